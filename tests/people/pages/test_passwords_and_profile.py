"""A forgotten password, a new one, one's profile, pictures."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from notifications.models import EmailNotification
from people import lifecycle, links
from people.enums import Status
from people.models import Employee
from tests.factories import people
from tests.people.mails import last_mail, mails, path_in
from tests.people.test_values import picture
from tests.people.verbs import PASSWORD

pytestmark = pytest.mark.django_db

NEW = "a longer walk by the lake"


@pytest.fixture(autouse=True)
def _storage_of_its_own(tmp_path: Path, settings) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}},
    }


def text(response) -> str:
    return response.content.decode()


def is_in(client: Client) -> bool:
    return client.get("/my/profile/").status_code == 200


def asks_for_link(person: Employee) -> str:
    assert Client().post("/accounts/password/reset/", {"email": person.email}).url == "/accounts/password/reset/done/"
    return path_in("reset_password")


def set_password(client: Client, link: str, first: str = NEW, second: str = NEW):
    return client.post(client.get(link).url, {"password1": first, "password2": second})


# By link


def test_a_forgotten_password_is_replaced_by_the_link_and_all_sessions_end(client):
    person = people.person(raw_password=PASSWORD, verified=False)
    client.force_login(person)
    link = asks_for_link(person)
    browser = Client()
    assert set_password(browser, link).url == "/accounts/login/"
    assert Employee.objects.get(pk=person.pk).check_password(NEW)
    assert not is_in(client)
    assert person.emailaddress_set.get().verified, "the link came by the address"
    assert ("password_changed", person.email) in mails()
    assert browser.get(link).status_code == 404, "a link works once"
    browser.post("/accounts/login/", {"login": person.email, "password": NEW})
    assert ("unknown_browser", person.email) not in mails()


def test_the_key_of_the_link_leaves_the_address_at_once(client):
    person = people.person(raw_password=PASSWORD)
    link = asks_for_link(person)
    answer = client.get(link)
    assert answer.url == "/accounts/password/reset/key/set/"
    assert link.split("/")[-2] not in text(client.get(answer.url))
    assert Client().get(answer.url).status_code == 404


def test_a_poor_password_is_refused_and_the_link_still_works(client):
    person = people.person(raw_password=PASSWORD, first_name="Wilhelmina", last_name="Stroganova")
    link = asks_for_link(person)
    assert set_password(client, link, "password", "password").status_code == 422
    assert set_password(client, link, NEW, NEW + "x").status_code == 422
    assert "too similar" in str(set_password(client, link, "Stroganova", "Stroganova").context["form"].errors)
    assert set_password(client, link).status_code == 302


@pytest.mark.parametrize("status", [Status.PENDING, Status.REJECTED, Status.SUSPENDED])
def test_nobody_who_is_not_approved_gets_in_by_a_link(client, status):
    person = people.person(raw_password=PASSWORD)
    link = links.set_password(person)
    Employee.objects.filter(pk=person.pk).update(status=status, is_active=False)
    assert client.get(link).status_code == 404


def test_a_suspended_person_gets_no_mail_though_the_page_says_the_same():
    person = people.person(Status.SUSPENDED, raw_password=PASSWORD)
    Client().post("/accounts/password/reset/", {"email": person.email})
    from jobs.outbox import Cancelled
    from notifications import sending

    with pytest.raises(Cancelled):
        sending.deliver(last_mail("reset_password"))


def test_a_link_comes_from_the_site_and_never_from_the_host_header(settings, mailoutbox):
    from notifications import sending

    settings.ALLOWED_HOSTS = ["*"]
    person = people.person(raw_password=PASSWORD)
    Client().post("/accounts/password/reset/", {"email": person.email}, headers={"Host": "evil.example"})
    sending.deliver(last_mail("reset_password"))
    assert "evil.example" not in mailoutbox[0].body
    assert f"{settings.SITE_URL}/accounts/password/reset/key/" in mailoutbox[0].body


# Changing


def test_changing_the_password_keeps_this_session_and_ends_the_others(client):
    person = people.person(raw_password=PASSWORD)
    other = Client()
    for each in (client, other):
        each.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    key = client.session.session_key
    answer = client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert answer.url == "/my/profile/security/"
    assert (is_in(client), is_in(other)) == (True, False)
    assert client.session.session_key != key
    assert Employee.objects.get(pk=person.pk).check_password(NEW)


def test_without_the_old_password_nothing_changes(client):
    person = people.person(raw_password=PASSWORD)
    client.force_login(person)
    for given in ("", "wrong"):
        answer = client.post("/accounts/password/change/", {"oldpassword": given, "password1": NEW, "password2": NEW})
        assert answer.status_code == 422
    assert Employee.objects.get(pk=person.pk).check_password(PASSWORD)
    assert is_in(client)


def test_a_password_keeps_its_spaces(client):
    person = people.person(raw_password=PASSWORD)
    client.force_login(person)
    spaced = "  two spaces around  "
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": spaced, "password2": spaced})
    assert Employee.objects.get(pk=person.pk).check_password(spaced)


def test_signing_out_everywhere_else_keeps_this_browser(client):
    person = people.person(raw_password=PASSWORD)
    other = Client()
    for each in (client, other):
        each.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert client.get("/my/profile/security/end-sessions/").status_code == 405
    assert client.post("/my/profile/security/end-sessions/").url == "/my/profile/security/"
    assert (is_in(client), is_in(other)) == (True, False)
    assert person.history.first().verb == "end_sessions"
    told = EmailNotification.objects.filter(message="people_unknown_browser").count()
    other.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert EmailNotification.objects.filter(message="people_unknown_browser").count() == told + 1


# The profile


def test_one_changes_ones_name_and_nothing_else(client):
    person = people.person(department=people.department())
    client.force_login(person)
    sent = {
        "first_name": "Augusta", "middle_name": "Ada", "last_name": "Byron", "suffix": "Jr.", "role": "System Admin",
        "status": "Suspended", "email": "eve@example.com", "is_staff": "on", "company_id": "MA0001x", "department": "1",
    }  # fmt: skip
    assert client.post("/my/profile/", sent).url == "/my/profile/"
    after = Employee.objects.get(pk=person.pk)
    assert after.get_full_name() == "Augusta Ada Byron Jr."
    assert (after.email, after.role, after.status, after.company_id, after.department) == (
        person.email, "Employee", "Approved", person.company_id, person.department,
    )  # fmt: skip


def test_what_is_wrong_with_a_name_is_said_and_what_was_typed_stays(client):
    person = people.person()
    client.force_login(person)
    answer = client.post("/my/profile/", {"first_name": "", "last_name": "x" * 101, "suffix": "Duke"})
    assert answer.status_code == 422
    assert {"first_name", "suffix"} <= set(answer.context["form"].errors)
    assert "x" * 101 in text(answer)
    assert client.post("/my/profile/", {"first_name": "A", "last_name": "x" * 101}).status_code == 422


def test_a_stranger_sees_no_profile(client):
    for address in ("/my/profile/", "/my/profile/security/", "/accounts/password/change/", "/accounts/2fa/"):
        assert client.get(address).url.startswith("/accounts/login/")


def test_a_picture_is_shown_as_a_square_without_what_the_camera_wrote(client):
    person = people.person()
    client.force_login(person)
    assert client.get(f"/people/{person.company_id}/picture/").headers["Content-Type"] == "image/svg+xml"
    client.post("/my/profile/", {"first_name": "A", "last_name": "B", "image": picture(width=900)})
    answer = client.get(f"/people/{person.company_id}/picture/")
    shown = Image.open(io.BytesIO(b"".join(answer.streaming_content)))
    assert shown.width == shown.height
    assert not shown.getexif()
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    client.post("/my/profile/", {"first_name": "A", "last_name": "B", "remove_image": "on"})
    assert not Employee.objects.get(pk=person.pk).image


@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", b"", b"<?php", b"GIF89a<script>"])
def test_what_is_no_picture_is_said_at_its_field(client, content):
    person = people.person()
    client.force_login(person)
    sent = {"first_name": "A", "last_name": "B", "image": SimpleUploadedFile("me.png", content)}
    answer = client.post("/my/profile/", sent)
    assert answer.status_code == 422
    assert "image" in answer.context["form"].errors


def test_pictures_are_for_the_signed_in_and_of_those_one_may_know(client):
    colleague, applicant = people.person(), people.person(Status.PENDING)
    address = f"/people/{colleague.company_id}/picture/"
    assert client.get(address).url.startswith("/accounts/login/")
    client.force_login(people.person())
    assert client.get(address).status_code == 200
    assert client.get(f"/people/{applicant.company_id}/picture/").status_code == 404
    for invented in ("MA9999999", "MA%00", "x", "MA0001%0a"):
        assert client.get(f"/people/{invented}/picture/").status_code == 404
    client.force_login(people.admin())
    assert client.get(f"/people/{applicant.company_id}/picture/").status_code == 200


def test_of_who_has_left_others_see_the_initials_and_no_face(client):
    left = people.person(first_name="Lea", last_name="Left")
    client.force_login(left)
    client.post("/my/profile/", {"first_name": "Lea", "last_name": "Left", "image": picture(width=300)})
    lifecycle.suspend(Employee.objects.get(pk=left.pk), by=people.admin(), reason="Left us.")
    address = f"/people/{left.company_id}/picture/"
    client.force_login(people.person())
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    assert "LL" in answer.content.decode()
    client.force_login(people.admin())
    face = client.get(address)
    assert Image.open(io.BytesIO(b"".join(face.streaming_content))).format in {"JPEG", "PNG"}


def test_initials_are_escaped(client):
    person = people.person(first_name="<b>", last_name="&x")
    client.force_login(person)
    drawn = text(client.get(f"/people/{person.company_id}/picture/"))
    assert "&lt;&amp;" in drawn


def test_the_history_of_sign_ins_shows_tries_of_others_too(client):
    person = people.person(raw_password=PASSWORD)
    Client().post("/accounts/login/", {"login": person.email, "password": "wrong"})
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    page = client.get("/my/profile/security/")
    shown = [(line["kind"], line["is_this"], line["address"]) for line in page.context["sign_ins"]]
    assert shown == [("signed in", True, "127.0.0.1"), ("sign-in failed", False, "127.0.0.1")]


def test_nobody_sees_the_sign_ins_of_others(client):
    other = people.person(raw_password=PASSWORD)
    Client().post("/accounts/login/", {"login": other.email, "password": PASSWORD})
    Client().post("/accounts/login/", {"login": other.email, "password": "wrong"})
    client.force_login(people.person())
    shown = client.get("/my/profile/security/").context["sign_ins"]
    assert [(line["kind"], line["is_this"]) for line in shown] == [("signed in", True)]


def test_a_suspension_reaches_a_half_finished_profile_form(client):
    person = people.person()
    client.force_login(person)
    client.get("/my/profile/")
    lifecycle.suspend(person, by=people.admin(), reason="Left.")
    assert client.post("/my/profile/", {"first_name": "Eve", "last_name": "B"}).url.startswith("/accounts/login/")
