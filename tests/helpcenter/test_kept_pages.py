"""Pages kept ready for strangers: never old, never another's, and little work."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.messages import INFO
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import OperationalError, connection, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisConnectionError
from wagtail.models import Page, PageViewRestriction

from helpcenter import editions, kept_pages, views_counted
from helpcenter.models import ArticlePage, ArticleViewCount, EditionChange, RelatedArticle
from people.lifecycle import suspend
from tests.backoffice.conftest import House, built_house, house, migrated  # noqa: F401 - fixtures
from tests.factories import people
from tests.helpcenter import writing
from tickets.models import TicketCategory

ADDRESS = "/computers/vpn/"
#: What one reader's copy has and another's has not.
OWN = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")\w+')


@pytest.fixture
def page(db: None) -> ArticlePage:
    """An article that a stranger has read, so that it is kept."""
    made = writing.article(writing.topic(), body="<p>Choose the shield.</p>")
    assert "Choose the shield." in read()
    return made


def read(address: str = ADDRESS, client: Client | None = None) -> str:
    answer = (client or Client()).get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def status() -> int:
    return Client().get(ADDRESS).status_code


def publish(page: Any, **values: Any) -> None:
    current = Page.objects.get(pk=page.pk).specific
    for name, value in values.items():
        setattr(current, name, value)
    current.save_revision().publish()


def body(words: str) -> Any:
    return [("text", words)]


# Little work


def test_the_second_stranger_costs_two_small_statements_and_reads_the_same(page: ArticlePage) -> None:
    first = read()
    with CaptureQueriesContext(connection) as captured:
        second = read()
    assert OWN.sub("", second) == OWN.sub("", first)
    # Which edition it is, and what is private.
    assert [("editionchange" in each["sql"], "pageviewrestriction" in each["sql"]) for each in captured] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize("address", ["/computers/", "/computers/questions/"])
def test_topics_and_questions_are_kept_too(page: ArticlePage, address: str) -> None:
    writing.faq(page.get_parent(), {"Where is it?": "<p>At the door.</p>"})
    read(address)
    with CaptureQueriesContext(connection) as captured:
        read(address)
    assert len(captured) == 2


def test_every_reading_counts_and_those_of_programs_do_not(page: ArticlePage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views_counted, "SECONDS_BETWEEN_WRITES", 3600.0)
    views_counted.flush()
    ArticleViewCount.objects.all().delete()
    for _reader in range(3):
        read()
    Client(headers={"User-Agent": "Googlebot"}).get(ADDRESS)
    views_counted.flush()
    assert ArticleViewCount.objects.get().views == 3


# Never old


def test_what_is_published_is_read_at_once(page: ArticlePage) -> None:
    publish(page, body=body("<p>Choose the key.</p>"))
    assert "Choose the key." in read()
    assert "shield" not in read()


def test_what_is_taken_down_is_gone_at_once_and_back_at_once(page: ArticlePage) -> None:
    Page.objects.get(pk=page.pk).specific.unpublish()
    assert status() == 404
    publish(page)
    assert status() == 200


def test_a_draft_changes_nothing_that_strangers_read(page: ArticlePage) -> None:
    draft = Page.objects.get(pk=page.pk).specific
    draft.body = body("<p>A canary.</p>")
    draft.save_revision()
    assert "canary" not in read()


def test_what_is_deleted_or_runs_out_is_gone_at_once(page: ArticlePage) -> None:
    Page.objects.get(pk=page.pk).delete()
    assert status() == 404
    writing.article(writing.topic("Phones", "phones"), "Ring", "ring")
    assert read("/phones/ring/")
    Page.objects.filter(slug="ring").update(expire_at=timezone.now() - timedelta(hours=1))
    from helpcenter import tasks

    tasks.publish_due()
    assert Client().get("/phones/ring/").status_code == 404


@pytest.mark.parametrize("kind", [PageViewRestriction.LOGIN, PageViewRestriction.GROUPS])
def test_what_is_kept_private_is_for_strangers_no_more_at_once(page: ArticlePage, kind: str) -> None:
    restriction = PageViewRestriction.objects.create(page=page.get_parent(), restriction_type=kind)
    restriction.groups.set(Group.objects.filter(name="Ticket Coordinator"))
    assert status() == 302
    restriction.delete()
    assert status() == 200


def test_what_stands_beside_and_above_is_never_old(page: ArticlePage) -> None:
    topic, other = page.get_parent(), writing.article(page.get_parent(), "Printers", "printers")
    assert "Printers" in read()
    publish(other, title="Copiers")
    assert "Copiers" in read()
    publish(topic, title="Machines")
    assert "Machines" in read()
    category = TicketCategory.objects.get(name="IT Support")
    publish(topic, category=category)
    assert f"category={category.pk}" in read()
    category.is_active = False
    category.save()
    assert f"category={category.pk}" not in read()
    Page.objects.get(pk=other.pk).specific.unpublish()
    assert "Copiers" not in read()


def test_what_is_linked_and_related_is_never_old(page: ArticlePage) -> None:
    other = writing.article(writing.topic("Phones", "phones"), "Ring", "ring")
    publish(page, body=body(f'<p>See <a linktype="page" id="{other.pk}">there</a>.</p>'))
    assert 'href="/phones/ring/"' in read()
    publish(other, slug="bell")
    assert 'href="/phones/bell/"' in read()
    Page.objects.get(pk=other.pk).move(Page.objects.get(slug="computers"), pos="last-child")
    assert 'href="/computers/bell/"' in read()
    RelatedArticle.objects.create(article=page, page=other)
    assert "Related" in read()


def test_a_moved_article_is_where_it_is_now(page: ArticlePage) -> None:
    Page.objects.get(pk=page.pk).move(writing.topic("Phones", "phones"), pos="last-child")
    assert status() == 404
    assert read("/phones/vpn/")


def test_what_is_rolled_back_was_never_read(page: ArticlePage) -> None:
    with transaction.atomic():
        publish(page, body=body("<p>A canary.</p>"))
        transaction.set_rollback(True)
    assert "canary" not in read()
    assert "shield" in read()


READ = (
    "from django.test import Client; answer = Client(headers={'host': '127.0.0.1'}).get('/computers/vpn/');"
    "print(answer.status_code, b'shield' in answer.content, b'swordfish' in answer.content)"
)
MAKE = "from tests.helpcenter import writing; writing.article(writing.topic(), body='<p>Choose the shield.</p>');"
CHANGE = (
    "from helpcenter.models import ArticlePage; page = ArticlePage.objects.get(slug='vpn');"
    "page.body = [('text', '<p>Choose the swordfish.</p>')]; page.save_revision().publish()"
)
WITHDRAW = "from helpcenter.models import ArticlePage; ArticlePage.objects.get(slug='vpn').unpublish()"
#: How many pages lie in the cache that all processes share.
COUNT = "import sqlite3; print(sqlite3.connect({file!r}).execute('SELECT COUNT(*) FROM cache_entries').fetchone()[0])"


@pytest.mark.slow
def test_what_another_process_changes_is_read_at_once(built_house: House) -> None:  # noqa: F811 - the fixture
    def run(code: str) -> str:
        done = built_house.manage("shell", "--no-imports", "-c", code)
        assert done.returncode == 0, done.stderr
        return (done.stdout.splitlines() or [""])[-1]

    assert run(MAKE + READ) == "200 True False"
    assert int(run(COUNT.format(file=str(built_house.folder / "var" / "cache.sqlite3")))) >= 1
    assert run(READ) == "200 True False"
    run(CHANGE)
    assert run(READ) == "200 False True"
    run(WITHDRAW)
    assert run(READ) == "404 False False"


# Never another's


def test_who_is_signed_in_reads_their_own_page_and_leaves_nothing_for_strangers(page: ArticlePage) -> None:
    ana = people.person(first_name="Swordfish", email="swordfish@example.com")
    browser = Client()
    browser.force_login(ana)
    publish(page, title="Connect anew")
    assert "swordfish@example.com" in read(client=browser)
    assert "swordfish" not in read().lower()
    assert "swordfish@example.com" in read(client=browser)
    suspend(ana, by=people.admin(), reason="Gone.")
    assert "swordfish" not in read(client=browser).lower()


def test_editors_get_the_link_to_edit_and_strangers_do_not(page: ArticlePage) -> None:
    browser = Client()
    browser.force_login(people.admin())
    assert f"/cms/pages/{page.pk}/edit/" in read(client=browser)
    assert f"/cms/pages/{page.pk}/edit/" not in read()


def test_a_strangers_word_stands_on_their_page_alone(page: ArticlePage) -> None:
    browser = Client()
    browser.post(f"/articles/{page.pk}/feedback/", {"helpful": "yes"})
    assert "You said that this helped." in read(client=browser)
    assert "You said that this helped." not in read()


def test_a_message_is_told_to_whom_it_is_for(page: ArticlePage) -> None:
    browser = Client()
    browser.cookies["messages"] = CookieStorage(RequestFactory().get("/"))._encode([Message(INFO, "A canary.")])
    assert "A canary." in read(client=browser)
    assert "A canary." not in read()


def test_each_stranger_has_a_token_of_their_own_that_works(page: ArticlePage) -> None:
    tokens = []
    for _stranger in range(2):
        browser = Client(enforce_csrf_checks=True)
        (token,) = set(OWN.findall(read(client=browser)))
        form = {"helpful": "yes", "csrfmiddlewaretoken": token}
        assert browser.post(f"/articles/{page.pk}/feedback/", form).status_code == 302
        tokens.append(token)
    assert tokens[0] != tokens[1]
    other = Client(enforce_csrf_checks=True)
    read(client=other)
    form = {"helpful": "yes", "csrfmiddlewaretoken": tokens[0]}
    assert other.post(f"/articles/{page.pk}/feedback/", form).status_code == 403


def test_only_a_look_is_answered_from_what_is_kept(page: ArticlePage) -> None:
    head = Client().head(ADDRESS)
    assert (head.status_code, head.content) == (200, b"")
    assert Client().get(ADDRESS, {"any": "thing"}).status_code == 200
    assert Client().get("/" + "x" * 1001 + "/").status_code == 404


# Read before


def test_a_browser_that_has_it_is_told_so_until_it_changes(page: ArticlePage) -> None:
    browser = Client()
    etag = browser.get(ADDRESS).headers["ETag"]
    again: Callable[[], Any] = lambda: browser.get(ADDRESS, headers={"If-None-Match": etag})  # noqa: E731
    assert (again().status_code, again().content) == (304, b"")
    assert "Cookie" in again().headers["Vary"]
    # The token in the copy is good for this browser alone.
    assert Client().get(ADDRESS, headers={"If-None-Match": etag}).status_code == 200
    publish(page, body=body("<p>Choose the key.</p>"))
    assert b"Choose the key." in again().content
    browser.force_login(people.person())
    assert again().status_code == 200


# Kept in bounds


def test_a_new_edition_takes_the_place_of_the_old_one(page: ArticlePage, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    put = kept_pages.cache.set
    monkeypatch.setattr(kept_pages.cache, "set", lambda name, *rest: (names.append(name), put(name, *rest)))
    for words in ("one", "two"):
        publish(page, body=body(f"<p>{words}</p>"))
        assert words in read()
    assert len(names) == 2
    assert len(set(names)) == 1


def test_what_is_made_private_goes_although_the_word_of_it_is_lost(
    page: ArticlePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wagtail writes a restriction and tells of it in two transactions: the second may fail."""
    monkeypatch.setattr(editions, "changed", lambda: None)
    PageViewRestriction.objects.create(page=Page.objects.get(pk=page.pk), restriction_type=PageViewRestriction.LOGIN)
    assert status() == 302


@pytest.mark.parametrize("away", [ConnectionError, RedisConnectionError, OperationalError])
def test_a_cache_that_is_away_takes_no_page_with_it(
    page: ArticlePage, monkeypatch: pytest.MonkeyPatch, away: type[Exception]
) -> None:
    def fails(*args: Any) -> None:
        raise away("It is away.")

    monkeypatch.setattr(kept_pages.cache, "get", fails)
    monkeypatch.setattr(kept_pages.cache, "set", fails)
    assert "Choose the shield." in read()


# Editions


def test_old_changes_are_put_together_and_nothing_old_comes_back(page: ArticlePage) -> None:
    before = editions.current()
    EditionChange.objects.all().update(changed_at=timezone.now() - 2 * editions.KEPT)
    recent = EditionChange.objects.create()
    assert editions.forget_old() > 1
    assert EditionChange.objects.filter(pk=recent.pk).exists()
    assert EditionChange.objects.count() == 2
    assert (current := editions.current()) != before
    # An hour later, when nothing has changed, the one that is left is no change.
    EditionChange.objects.exclude(pk=recent.pk).update(changed_at=timezone.now() - 2 * editions.KEPT)
    assert editions.forget_old() == 0
    assert editions.current() == current


def test_two_changes_that_overlap_are_both_seen(page: ArticlePage) -> None:
    """The later one may be there first: what counts is not the newest, but which are there."""
    first, second = EditionChange(pk=900), EditionChange(pk=901)
    second.save()
    between = editions.current()
    first.save()
    assert editions.current() != between
