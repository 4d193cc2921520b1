"""The search's addresses: the page, the list while one types, what is counted, and how often one may ask."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from helpcenter.models import SearchCount, SolvedCount
from helpcenter.search import asked_for
from people.models import Employee
from tests.factories import people
from tests.helpcenter.articles import article, topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(client: Client) -> Employee:
    somebody = people.person()
    client.force_login(somebody)
    return somebody


# While one types


def test_suggestions_know_the_word_that_is_being_typed(client: Client) -> None:
    page = article("Borrowing a projector", "<p>Ask at the desk.</p>", above=topic("Equipment"))
    for asked in ("pr", "proj", "projector", "borrowing proj"):
        found = client.get("/search/suggest/", {"q": asked}).json()["articles"]
        assert [(each["title"], each["url"], each["topic"]) for each in found] == [(page.title, page.url, "Equipment")]
    assert found[0]["title_pieces"] == [["Borrowing", True], [" a ", False], ["projector", True]]
    assert found[0]["excerpt"] == "Ask at the desk."


def test_a_finished_word_is_not_taken_for_a_beginning(client: Client) -> None:
    article("Projector", "<p>It shines.</p>")
    assert client.get("/search/suggest/", {"q": "proj "}).json()["articles"] == []


@pytest.mark.parametrize("asked", ["", "p", "   ", "%", "__", "\x00\x00"])
def test_too_little_suggests_nothing(client: Client, asked: str) -> None:
    article("Projector", "<p>It shines.</p>")
    assert client.get("/search/suggest/", {"q": asked}).json() == {"articles": [], "tickets": []}


def test_what_is_found_is_kept_by_no_shared_cache(client: Client) -> None:
    for path in ("/search/", "/search/suggest/"):
        assert "private" in client.get(path, {"q": "laptop"}).headers["Cache-Control"]


def test_only_reading_is_answered(client: Client) -> None:
    assert [client.post(path).status_code for path in ("/search/", "/search/suggest/")] == [405, 405]


def test_who_asks_without_end_has_to_wait(client: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"help_search": "3/m/ip"}
    cache.clear()
    answers = [client.get("/search/suggest/", {"q": "laptop"}) for _time in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    page = client.get("/search/", {"q": "laptop"})
    assert (page.status_code, page.headers["Retry-After"]) == (429, "60")


# What is counted


def test_a_search_is_counted_by_the_day_and_without_a_person(client: Client, person: Employee) -> None:
    article("Projector", "<p>It shines.</p>")
    for asked in ("Projector", " projector?", "PROJECTOR!"):
        client.get("/search/", {"q": asked}, headers={"User-Agent": "Mozilla/5.0"})
    client.get("/search/", {"q": "hovercraft"}, headers={"User-Agent": "Mozilla/5.0"})
    rows = SearchCount.objects.order_by("asked").values_list("day", "asked", "times", "found")
    today = timezone.localdate()
    assert list(rows) == [(today, "hovercraft", 1, 0), (today, "projector", 3, 1)]
    assert {field.name for field in SearchCount._meta.get_fields()} == {"id", "day", "asked", "times", "found"}


def test_pages_programs_and_suggestions_are_not_counted(client: Client) -> None:
    client.get("/search/", {"q": "projector", "page": "2"})
    client.get("/search/", {"q": "projector"}, headers={"User-Agent": "Somebot/1.0"})
    client.head("/search/", {"q": "projector"})
    client.get("/search/suggest/", {"q": "projector"})
    client.get("/search/")
    assert SearchCount.objects.count() == 0


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("mail to ada@example.com bounces", "mail to … bounces"),
        ("call +49 170 1234567", "call …"),
        ("password of ticket TX0001", "password of ticket tx0001"),
        ("x" * 500, "x" * 200),
    ],
)
def test_what_may_name_somebody_is_not_kept(asked: str, kept: str) -> None:
    assert asked_for.normalised(asked) == kept


def test_a_flood_of_questions_fills_no_table(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked_for, "ASKED_A_DAY_MOST", 2)
    for asked in ("one", "two", "three", "one"):
        asked_for.count(asked, 0)
    assert list(SearchCount.objects.order_by("asked").values_list("asked", "times")) == [("one", 2), ("two", 1)]


def test_old_counts_are_forgotten() -> None:
    asked_for.count("old", 1)
    SearchCount.objects.update(day=timezone.localdate() - dt.timedelta(days=asked_for.KEPT_DAYS + 1))
    asked_for.count("new", 1)
    asked_for.forget_old()
    assert list(SearchCount.objects.values_list("asked", flat=True)) == ["new"]


def test_editors_see_what_is_looked_for_in_vain(client: Client) -> None:
    asked_for.count("<b>hovercraft</b>", 0)
    asked_for.count("laptop", 4)
    client.force_login(people.admin())
    every, in_vain = (client.get("/cms/reports/searches/", given).content.decode() for given in ({}, {"without": "1"}))
    assert "&lt;b&gt;hovercraft&lt;/b&gt;" in every
    assert "<td>laptop</td>" in every
    assert "&lt;b&gt;hovercraft&lt;/b&gt;" in in_vain
    assert "<td>laptop</td>" not in in_vain
    client.force_login(people.person())
    assert client.get("/cms/reports/searches/").status_code in {302, 403, 404}


# An article was enough


def test_this_solved_it_is_counted_for_the_page(client: Client, person: Employee) -> None:
    page = article("Projector", "<p>It shines.</p>")
    for url in (page.url, f"http://testserver{page.url}#top"):
        assert client.post("/search/solved/", {"url": url, "q": "projector"}).status_code == 204
    assert list(SolvedCount.objects.values_list("page_id", "times")) == [(page.pk, 2)]


@pytest.mark.parametrize("url", ["", "/nowhere/", "http://[", "javascript:alert(1)", "/\x00", "/../../etc/passwd"])
def test_what_is_no_page_counts_nothing(client: Client, person: Employee, url: str) -> None:
    article("Projector", "<p>It shines.</p>")
    client.post("/search/solved/", {"url": url})
    assert SolvedCount.objects.exclude(page__depth=2).count() == 0


def test_a_draft_can_not_be_counted_and_a_stranger_counts_nothing(client: Client, person: Employee) -> None:
    draft = article("Draft", "<p>Not yet.</p>", live=False)
    assert client.post("/search/solved/", {"url": f"/equipment/{draft.slug}/"}).status_code == 404
    assert client.get("/search/solved/").status_code == 405
    client.logout()
    assert client.post("/search/solved/", {"url": "/"}).status_code == 302
    assert SolvedCount.objects.count() == 0
