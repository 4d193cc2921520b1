"""What somebody finds in the help center: any form of a word, with typing errors; and nothing that is not theirs."""

from __future__ import annotations

import pytest
from django.test import Client
from wagtail.models import Page

from helpcenter.models import SearchEntry, SearchWord
from helpcenter.search import results
from helpcenter.search.questions import likely_meant, understand
from tests.helpcenter.articles import article, titles
from tests.tickets.conftest import House

pytestmark = pytest.mark.django_db


# What is found


def test_words_that_stand_together_count_more_than_words_apart() -> None:
    article("Apart", "<p>The parking is full. " + "Nothing to see. " * 30 + "A permit is needed to fish.</p>")
    article(
        "Together", "<p>" + "Nothing to see. " * 15 + "Ask for a parking permit. " + "Nothing to see. " * 15 + "</p>"
    )
    assert titles("parking permit") == ["Together", "Apart"]


def test_a_word_in_the_title_counts_more_than_one_in_the_text() -> None:
    article("Chairs", "<p>Ask for a chair, or for a lamp.</p>")
    article("Lamps", "<p>Ask for something else.</p>")
    assert titles("lamp") == ["Lamps", "Chairs"]


def test_results_come_in_pages(client: Client) -> None:
    for number in range(results.ON_A_PAGE + 2):
        article(f"Badge {number}", "<p>A badge opens doors.</p>")
    first, second = (client.get("/search/", {"q": "badge", "page": page}).content.decode() for page in (1, 2))
    assert f"{results.ON_A_PAGE + 2} results for “badge”" in first
    assert (first.count('<li class="result">'), second.count('<li class="result">')) == (results.ON_A_PAGE, 2)
    for odd in ("0", "-1", "x", "99999999999", "²"):
        assert client.get("/search/", {"q": "badge", "page": odd}).status_code == 200


# How it is shown


def test_found_words_are_marked_and_what_somebody_wrote_stays_text(client: Client) -> None:
    article(
        "<img src=x onerror=alert(1)>",
        "<p>A dongle &lt;script&gt;alert(2)&lt;/script&gt; for your &lt;b&gt;dongles&lt;/b&gt;</p>",
    )
    page = client.get("/search/", {"q": "dongle <script>"}).content.decode()
    assert "<mark>dongle</mark>" in page
    assert "<mark>dongles</mark>" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_the_excerpt_shows_the_place_that_was_found() -> None:
    article(
        "Long",
        "<p>" + "Something else entirely. " * 100 + "The stapler is in the blue drawer. " + "More. " * 100 + "</p>",
    )
    excerpt = results.articles("stapler drawer").articles[0].plain_excerpt
    assert "The stapler is in the blue drawer." in excerpt
    assert excerpt.startswith("… ")
    assert excerpt.endswith(" …")
    assert len(excerpt) < 250


# What is not found


def test_drafts_are_not_found_nor_is_a_word_of_theirs_offered(client: Client) -> None:
    article("Reorganisation", "<p>The secret project is called Zephyrine.</p>", live=False)
    assert titles("reorganisation zephyrine") == []
    assert likely_meant(understand("zephyrin")) == ""
    assert SearchEntry.objects.filter(title="Reorganisation").count() == 0


def test_a_withdrawn_page_is_gone_at_once_with_its_words() -> None:
    page = article("Offsite", "<p>The offsite is in Vaduz.</p>")
    assert titles("vaduz") == ["Offsite"]
    page.unpublish()
    assert titles("vaduz") == []
    assert not SearchWord.objects.filter(word="vaduz").exists()


def test_what_is_withdrawn_past_the_signals_is_not_shown_either(client: Client) -> None:
    page = article("Offsite", "<p>The offsite is in Vaduz.</p>")
    Page.objects.filter(pk=page.pk).update(live=False)
    assert titles("vaduz") == []
    assert client.get("/search/suggest/", {"q": "vaduz"}).json()["articles"] == []


def test_a_deleted_page_takes_its_words_along() -> None:
    article("Offsite", "<p>The offsite is in Vaduz.</p>").delete()
    assert (titles("vaduz"), SearchWord.objects.filter(word="vaduz").count()) == ([], 0)


# How the index is kept


def test_a_new_version_is_found_and_the_old_one_is_not() -> None:
    page = article("Offsite", "<p>The offsite is in Vaduz.</p>")
    page.body = []
    page.title = "Offsite in Lisbon"
    page.save_revision()
    assert titles("vaduz") == ["Offsite"], "a draft of a new version changes nothing"
    page.save_revision().publish()
    assert titles("vaduz") == []
    assert titles("lisbon") == ["Offsite in Lisbon"]


# Own tickets


def test_somebody_finds_their_own_tickets_and_nobody_elses(house: House, client: Client) -> None:
    mine = house.new(subject="The beamer in room 5 flickers")
    strangers = [house.eve, house.bea, house.dora]
    client.force_login(house.ana)
    for asked in ("beamer flickering", mine.ticket_number, mine.ticket_number.lower()):
        assert [each["number"] for each in client.get("/search/suggest/", {"q": asked}).json()["tickets"]] == [
            mine.ticket_number
        ]
        assert mine.subject in client.get("/search/", {"q": asked}).content.decode()
    for somebody in strangers:
        client.force_login(somebody)
        assert client.get("/search/suggest/", {"q": "beamer"}).json()["tickets"] == []
        assert mine.subject not in client.get("/search/", {"q": mine.ticket_number}).content.decode()
    client.logout()
    assert client.get("/search/suggest/", {"q": "beamer"}).json() == {"articles": [], "tickets": []}
