"""`/cms/`: who gets in, what they can do there, what is closed, and that everything is on the record."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import checks
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from PIL import Image
from wagtail.admin import urls as wagtail_admin
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter
from wagtail.models import GroupApprovalTask, Page, PageLogEntry, Workflow

from audit.models import AuditEvent
from helpcenter import cms_urls, pictures, tasks
from helpcenter.blocks import WRITING
from helpcenter.models import ArticleFeedback, ArticlePage, HelpImage, HomePage
from helpcenter.pages import reading
from notifications.models import EmailNotification
from people.models import Employee
from tests.factories import people
from tests.helpcenter import writing

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor() -> Employee:
    return people.person(is_help_center_editor=True)


@pytest.fixture
def desk(editor: Employee) -> Client:
    client = Client()
    client.force_login(editor)
    return client


def of_the_form(page: ArticlePage, **changed: Any) -> dict[str, Any]:
    """What the editor's form sends for an article of one text."""
    text = ContentstateConverter(WRITING).from_database_format("<p>Choose the shield.</p>")
    return {
        "title": page.title,
        "slug": page.slug,
        "summary": page.summary,
        "keywords": page.keywords,
        "reviewed_on": "",
        "looked_after_by": "",
        "body-count": "1",
        "body-0-deleted": "",
        "body-0-order": "0",
        "body-0-type": "text",
        "body-0-id": "",
        "body-0-value": text,
        "related-TOTAL_FORMS": "0",
        "related-INITIAL_FORMS": "0",
        "related-MIN_NUM_FORMS": "0",
        "related-MAX_NUM_FORMS": "6",
        "go_live_at": "",
        "expire_at": "",
        **changed,
    }


# Who gets in


def test_strangers_are_led_to_the_sign_in_and_those_who_write_nothing_are_turned_away(client: Client) -> None:
    assert client.get("/cms/").status_code == 302
    for who in (people.person(), people.coordinator(people.department()), people.clerk()):
        client.force_login(who)
        answer = client.get("/cms/")
        assert (answer.status_code, b"w-dashboard" in answer.content) == (403, False), who.role


def of_wagtail(patterns: list[Any], before: str = "/cms/") -> Iterator[str]:
    """Its addresses that take no parameter, but for the ways in and out."""
    for pattern in patterns:
        piece = before + str(pattern.pattern).lstrip("^").rstrip("$")
        if "<" in piece or "(" in piece:
            continue
        if hasattr(pattern, "url_patterns"):
            yield from of_wagtail(pattern.url_patterns, piece)
        elif pattern.name not in {"wagtailadmin_login", "wagtailadmin_logout"}:
            yield piece


def test_no_address_leads_who_writes_nothing_round_in_a_circle(client: Client) -> None:
    addresses = sorted({*of_wagtail(wagtail_admin.urlpatterns), "/cms/account/", "/cms/pages/1/edit/", "/cms/nothing/"})
    assert len(addresses) > 30
    client.force_login(people.coordinator(people.department()))
    closed = tuple(f"/cms/{first}/" for first in cms_urls.CLOSED)
    expected = {address: 404 if address.startswith(closed) else 403 for address in addresses}
    assert {address: client.get(address).status_code for address in addresses} == expected
    words = client.get("/cms/").content.decode()
    assert "w-dashboard" not in words
    assert 'href="/"' in words, "the page says where to go on"
    assert client.get("/cms/login/", {"next": "/cms/"}, follow=True).status_code == 403
    assert client.post("/cms/logout/").status_code == 302


def test_an_address_that_leads_nowhere_says_so_in_our_words(desk: Client) -> None:
    answer = desk.get("/cms/nothing/")
    assert answer.status_code == 404
    words = answer.content.decode()
    assert "There is nothing here" in words
    assert 'href="/cms/"' in words
    assert "Wagtail admin" not in words


def test_editors_and_admins_get_in(client: Client, desk: Client) -> None:
    assert b"w-dashboard" in desk.get("/cms/").content
    client.force_login(people.admin())
    assert b"w-dashboard" in client.get("/cms/").content


def test_a_suspended_editor_is_out_with_the_next_click(desk: Client, editor: Employee) -> None:
    from people import lifecycle

    lifecycle.suspend(editor, by=people.admin(), reason="Left us.")
    assert desk.get("/cms/").status_code == 302


@pytest.mark.parametrize(
    "address",
    [
        "/cms/users/",
        "/cms/users/add/",
        "/cms/users/1/",
        "/cms/groups/",
        "/cms/groups/new/",
        "/cms/password_reset/",
        "/cms/collections/",
        "/cms/bulk/people/employee/delete/",
        "/cms/bulk/people/employee/assign_role/",
        "/cms/failwhale/",
    ],
)
def test_what_goes_past_the_doors_of_the_house_is_closed_to_admins_too(client: Client, address: str) -> None:
    client.force_login(people.admin())
    assert client.get(address).status_code == 404
    assert client.post(address, {"first_name": "Eve"}).status_code == 404


def test_the_menu_of_a_person_leads_to_their_profile(desk: Client) -> None:
    assert desk.get("/cms/account/")["Location"] == "/my/profile/"
    assert Client().get("/cms/login/?next=/cms/")["Location"] == "/accounts/login/?next=%2Fcms%2F"


@pytest.mark.parametrize(
    "address",
    [
        "/cms/",
        "/cms/pages/{home}/",
        "/cms/images/",
        "/cms/reports/readers/",
        "/cms/reports/site-history/",
        "/cms/reports/workflow/",
    ],
)
def test_pages_for_editors_open_and_name_no_other_host(desk: Client, address: str) -> None:
    answer = desk.get(address.format(home=writing.home().pk))
    assert answer.status_code == 200
    page = answer.content.decode()
    for other in ("gravatar", "releases.wagtail", "wagtail.org", "guide.wagtail"):
        assert other not in page
    assert "/static/site/cms.css" in page
    assert "script-src" in answer["Content-Security-Policy"]


# Writing


def test_an_editor_writes_publishes_and_the_record_says_so(desk: Client, editor: Employee, client: Client) -> None:
    page = writing.article(writing.topic(), live=False)
    address = f"/cms/pages/{page.pk}/edit/"
    assert desk.get(address).status_code == 200
    desk.post(address, of_the_form(page, title="By shield"), REMOTE_ADDR="203.0.113.9")
    assert client.get("/computers/vpn/").status_code == 404
    desk.post(address, of_the_form(page, title="By shield", **{"action-publish": "1"}), REMOTE_ADDR="203.0.113.9")
    assert "By shield" in client.get("/computers/vpn/").content.decode()
    events = AuditEvent.objects.filter(kind=AuditEvent.Kind.PAGE_CHANGED, detail__key=str(page.pk), actor=editor)
    assert {"wagtail.edit", "wagtail.publish"} <= {event.detail["action"] for event in events}
    assert {str(event.ip_address) for event in events} == {"203.0.113.9"}
    assert {entry.user for entry in PageLogEntry.objects.filter(page=page, action="wagtail.publish")} == {editor}


def test_a_topic_under_one_of_our_addresses_is_refused_in_the_form(desk: Client) -> None:
    address = f"/cms/pages/add/helpcenter/topicpage/{writing.home().pk}/"
    given = {
        "title": "Mine",
        "slug": "accounts",
        "summary": "",
        "icon": "book",
        "category": "",
        "go_live_at": "",
        "expire_at": "",
    }
    answer = desk.post(address, {**given, "action-publish": "1"})
    assert "another part of the site" in answer.content.decode()
    assert not Page.objects.filter(slug="accounts").exists()


def test_saving_keeps_the_anchors_of_links_to_pages() -> None:
    there = writing.article(writing.topic())
    stored = (
        f'<p><a linktype="page" id="{there.pk}" data-anchor="place">go</a> <a href="https://x.example/">out</a></p>'
    )
    converter = ContentstateConverter(WRITING)
    again = converter.to_database_format(converter.from_database_format(stored))
    assert f'id="{there.pk}"' in again
    assert 'data-anchor="place"' in again
    assert 'href="https://x.example/"' in again


def test_a_link_that_runs_is_not_stored_by_a_forged_form() -> None:
    state = json.loads(ContentstateConverter(WRITING).from_database_format('<p><a href="https://x.example/">x</a></p>'))
    state["entityMap"]["0"]["data"] = {"url": "javascript:alert(1)"}
    assert "javascript" not in ContentstateConverter(WRITING).to_database_format(json.dumps(state))


def test_what_is_planned_comes_and_goes_by_itself(client: Client) -> None:
    topic, now = writing.topic(), timezone.now()
    coming, going = writing.article(topic, "Coming", "coming", live=False), writing.article(topic, "Going", "going")
    coming.go_live_at = now + dt.timedelta(minutes=5)
    coming.save_revision().publish()
    tasks.publish_due()
    assert client.get("/computers/coming/").status_code == 404
    revision = Page.objects.get(pk=coming.pk).latest_revision
    revision.approved_go_live_at = now - dt.timedelta(minutes=1)
    revision.content["go_live_at"] = (now - dt.timedelta(minutes=1)).isoformat()
    revision.save()
    Page.objects.filter(pk=going.pk).update(expire_at=now - dt.timedelta(minutes=1))
    tasks.publish_due()
    assert client.get("/computers/coming/").status_code == 200
    assert client.get("/computers/going/").status_code == 404


def test_a_review_can_be_asked_for_and_mails_nobody_from_the_request(desk: Client, mailoutbox: list[Any]) -> None:
    second = people.person(is_help_center_editor=True)
    page = writing.article(writing.topic(), live=False)
    assert Workflow.objects.get().name == "Review"
    task = GroupApprovalTask.objects.get()
    assert set(task.groups.values_list("name", flat=True)) == {"Help Center Editor", "System Admin"}
    desk.post(f"/cms/pages/{page.pk}/edit/", of_the_form(page, **{"action-submit": "1"}))
    state = Page.objects.get(pk=page.pk).current_workflow_state
    assert state is not None
    other = Client()
    other.force_login(second)
    assert page.title in other.get("/cms/").content.decode()
    state.current_task_state.approve(user=second)
    assert ArticlePage.objects.get(pk=page.pk).live
    assert mailoutbox == []
    assert not EmailNotification.objects.exists()


def test_the_first_page_can_be_neither_deleted_nor_taken_down(desk: Client) -> None:
    home = writing.home()
    for verb in ("delete", "unpublish"):
        assert desk.post(f"/cms/pages/{home.pk}/{verb}/").status_code == 404
    assert HomePage.objects.get().live


def test_a_preview_shows_the_draft_and_counts_nothing(desk: Client, client: Client) -> None:
    page = writing.article(writing.topic())
    sent = of_the_form(page, title="Only a draft")
    assert desk.post(f"/cms/pages/{page.pk}/edit/preview/", sent).json()["is_valid"]
    shown = desk.get(f"/cms/pages/{page.pk}/edit/preview/?mode=")
    assert "Only a draft" in shown.content.decode()
    assert "Only a draft" not in client.get("/computers/vpn/").content.decode()


def test_what_readers_wrote_is_read_by_editors_alone(desk: Client, client: Client) -> None:
    page = writing.article(writing.topic())
    ArticleFeedback.objects.create(page_id=page.pk, is_helpful=False, reason="<b>Canary</b>", reader="x")
    shown = desk.get("/cms/reports/readers/").content.decode()
    assert "&lt;b&gt;Canary&lt;/b&gt;" in shown
    client.force_login(people.coordinator(people.department()))
    assert "Canary" not in client.get("/cms/reports/readers/").content.decode()


# Pictures


def uploaded(name: str, content: bytes, kind: str = "image/png") -> dict[str, Any]:
    return {"title": "A shield", "file": SimpleUploadedFile(name, content, kind), "tags": "", "description": ""}


def test_a_picture_is_drawn_anew_and_named_at_random(desk: Client, editor: Employee) -> None:
    hidden = writing.png() + b"<?php evil(); ?>"
    desk.post("/cms/images/add/", uploaded("../../secret name.png", hidden))
    image = HelpImage.objects.get()
    assert image.uploaded_by_user == editor
    assert "secret" not in image.file.name
    with image.file.open("rb") as file:
        assert b"evil" not in file.read()
    assert image.renditions.count() == len(pictures.SIZES)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("x.png", b"<html>"),
        ("x.bmp", b"BM" + bytes(100)),
        ("x.png", b""),
        ("x.jpg", writing.png()),
    ],
)
def test_what_is_no_picture_is_refused(desk: Client, name: str, content: bytes) -> None:
    assert desk.post("/cms/images/add/", uploaded(name, content)).status_code == 200
    assert not HelpImage.objects.exists()


def test_a_picture_with_too_many_pixels_is_refused(desk: Client, settings: Any) -> None:
    settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS = 1000
    assert desk.post("/cms/images/add/", uploaded("x.png", writing.png(size=(100, 100)))).status_code == 200
    assert not HelpImage.objects.exists()


def test_a_turned_photograph_stands_upright_and_says_nothing_about_where_it_was_taken(tmp_path: Any) -> None:
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Canary camera"
    Image.new("RGB", (40, 20)).save(path, exif=exif)
    with path.open("rb") as file:
        drawn = pictures.drawn_anew(file)
    with Image.open(drawn) as image:
        assert image.size == (20, 40)
    assert b"Canary" not in drawn.read()


def test_a_picture_is_shown_to_those_who_may_read_a_page_with_it(client: Client, desk: Client) -> None:
    image = writing.picture()
    rendition = image.renditions.get(filter_spec="max-800x800")
    assert client.get(rendition.url).status_code == 404
    assert desk.get(rendition.url).status_code == 200
    page = writing.article(writing.topic(), body=writing.every_block(image))
    answer = client.get(rendition.url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert "public" in answer["Cache-Control"]
    assert "sandbox" in answer["Content-Security-Policy"]
    again = client.get(rendition.url, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Page.objects.get(pk=page.pk).specific.unpublish()
    assert client.get(rendition.url).status_code == 404


def test_pictures_have_no_address_but_ours(client: Client) -> None:
    image = writing.picture()
    assert image.renditions.first().url.startswith("/pictures/")
    for name in (image.file.name, image.renditions.first().file.name):
        for folder in ("/media/", "/files/", "/"):
            assert client.get(f"{folder}{name}").status_code == 404
    assert set(reading.KINDS) == {"gif", "jpeg", "jpg", "png", "webp"}


# The house


def test_the_one_check_that_is_silenced_is_silenced_for_one_reason() -> None:
    silenced = [message for message in checks.run_checks() if message.is_silenced()]
    assert [(message.id, str(message.obj)) for message in silenced] == [
        ("fields.E303", "wagtailimages.Image.uploaded_by_user")
    ]
    assert Employee._meta.get_field("image").concrete


def test_no_group_of_wagtails_is_left(django_user_model: Any) -> None:
    from django.contrib.auth.models import Group

    assert not Group.objects.filter(name__in=["Editors", "Moderators"]).exists()
    call_command("check")
