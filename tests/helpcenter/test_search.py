"""What somebody finds in the help center: any form of a word, with typing errors; and nothing that is not theirs."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from wagtail.models import Page, PageViewRestriction

from helpcenter.models import SearchEntry, SearchPosting, SearchWord
from helpcenter.search import index, results
from helpcenter.search.questions import LENGTH_MOST, WORDS_MOST, likely_meant, understand
from tests.helpcenter.articles import article, faq, topic
from tests.security import naughty
from tests.tickets.conftest import House

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf() -> Page:
    """A small help center on everyday matters."""
    equipment = topic("Equipment")
    article(
        "Borrowing a laptop",
        "<h2>Who may borrow one</h2><p>Everybody may borrow a laptop for up to four weeks. Ask the IT Department.</p>"
        "<h2>Giving it back</h2><p>Bring the laptop and its charger back to the desk on the first floor.</p>",
        above=equipment,
        summary="How to borrow a laptop, and for how long.",
    )
    article(
        "Printers",
        "<p>Each floor has a colour printer. When it jams, open the tray and pull the paper out gently.</p>",
        above=equipment,
    )
    away = topic("Leave")
    article(
        "Annual leave",
        "<p>You have thirty days of leave a year. Your manager is approving it within three days.</p>",
        above=away,
        keywords="vacation, time off",
    )
    article("About us", "<p>We are a company of four hundred people.</p>", above=away)
    faq(
        "Questions on pay",
        [
            ("When is my salary paid?", "<p>On the last working day of the month.</p>"),
            ("Where are my payslips?", "<p>In the portal, under Documents.</p>"),
        ],
        above=away,
    )
    return Page.objects.get(pk=equipment.pk).specific


def titles(text: str) -> list[str]:
    return [each.plain_title for each in results.articles(text).articles]


# What is found


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("laptop", "Borrowing a laptop"),
        ("LAPTOPS", "Borrowing a laptop"),
        ("can i borrow a laptop for a week?", "Borrowing a laptop"),
        ("the printer is jammed", "Printers"),
        ("jamming", "Printers"),
        ("color printer", "Printers"),
        ("approval of leave", "Annual leave"),
        ("vacation", "Annual leave"),
        ("lapto", "Borrowing a laptop"),
        ("pritner", "Printers"),
        ("lpatop chrager", "Borrowing a laptop"),
        ("„Printers“ – where?", "Printers"),
        ("about us", "About us"),
        ("payslip", "Where are my payslips?"),
    ],
)
def test_it_is_found_first_in_any_form_and_with_small_typing_errors(shelf: Page, asked: str, title: str) -> None:
    assert titles(asked)[:1] == [title]


def test_an_answer_of_an_faq_page_is_found_as_itself_and_leads_to_its_place(shelf: Page, client: Client) -> None:
    found = results.articles("when is my salary paid").articles[0]
    page, _hash, anchor = found.url.partition("#")
    assert (found.plain_title, found.answer_on) == ("When is my salary paid?", "Questions on pay")
    assert f'id="{anchor}"' in client.get(page).content.decode()


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


def test_the_topic_an_article_stands_in_counts_too(shelf: Page) -> None:
    assert "Printers" in titles("equipment")


@pytest.mark.parametrize("asked", ["", "   ", "the of and", "?!", "\x00", "'", '"', "zzzzqqqq"])
def test_what_says_nothing_finds_nothing_and_breaks_nothing(shelf: Page, client: Client, asked: str) -> None:
    answer = client.get("/search/", {"q": asked})
    assert answer.status_code == 200
    assert '<li class="result">' not in answer.content.decode()


def test_a_question_is_cut_before_anything_looks_at_it(shelf: Page) -> None:
    question = understand("laptop " * 5000)
    assert len(question.text) <= LENGTH_MOST
    assert len(understand(" ".join(f"word{n} laptop{n}" for n in range(50))).slots) <= WORDS_MOST


@pytest.mark.parametrize(
    "asked",
    ["laptop AND printer", "laptop OR", "NOT laptop", '"laptop', "laptop*", "title:laptop", "(laptop",
     "laptop NEAR/3 x", "laptop%", "laptop_", "laptop'; DROP TABLE people_employee; --", "laptop\\", "laptop & | !",
     "{{ laptop }}"],
)  # fmt: skip
def test_signs_have_no_meaning_of_their_own(shelf: Page, asked: str) -> None:
    assert "Borrowing a laptop" in titles(asked)


@pytest.mark.slow
def test_whatever_somebody_asks_the_pages_answer(shelf: Page, client: Client) -> None:
    for asked in naughty.all_of_them():
        assert client.get("/search/", {"q": asked}).status_code == 200, asked
        assert client.get("/search/suggest/", {"q": asked}).status_code == 200, asked


def test_nothing_found_offers_the_likely_spelling_the_topics_and_asking(shelf: Page, client: Client) -> None:
    page = client.get("/search/", {"q": "prnt"}).content.decode()
    assert "Nothing found for “prnt”." in page
    assert "Equipment" in page
    assert 'href="/my/tickets/new/"' in page
    assert likely_meant(understand("prinnteerz")) == "printer"
    assert "Did you mean" in client.get("/search/", {"q": "prinnteerz"}).content.decode()


def test_a_mended_word_is_said(shelf: Page, client: Client) -> None:
    page = client.get("/search/", {"q": "pritner"}).content.decode()
    assert "No page has “pritner”, so we looked for <b>printer</b>." in page


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


def test_a_result_says_in_which_topic_it_stands(shelf: Page) -> None:
    inner = topic("Printing", above=shelf)
    article("Toner", "<p>Toner comes from the stockroom.</p>", above=inner)
    found = results.articles("toner").articles[0]
    assert [each.title for each in found.topics] == ["Equipment", "Printing"]


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


@pytest.mark.parametrize("kind", [PageViewRestriction.LOGIN, PageViewRestriction.GROUPS, PageViewRestriction.PASSWORD])
def test_private_pages_are_not_found_until_they_are_public_again(shelf: Page, kind: str) -> None:
    kept = PageViewRestriction.objects.create(page=shelf, restriction_type=kind, password="x")
    assert titles("laptop") == []
    assert not SearchWord.objects.filter(word="laptop").exists()
    kept.delete()
    assert titles("laptop") == ["Borrowing a laptop"]


def test_a_deleted_page_takes_its_words_along() -> None:
    article("Offsite", "<p>The offsite is in Vaduz.</p>").delete()
    assert (titles("vaduz"), SearchWord.objects.filter(word="vaduz").count()) == ([], 0)


def test_deleting_a_topic_takes_all_of_it_along(shelf: Page) -> None:
    Page.objects.get(pk=shelf.pk).delete()
    assert titles("laptop printer") == []
    assert not SearchWord.objects.filter(word="laptop").exists()


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


def test_a_renamed_topic_and_a_move_reach_the_articles(shelf: Page) -> None:
    shelf.title = "Gadgets"
    shelf.save_revision().publish()
    assert "Printers" in titles("gadgets")
    printers = Page.objects.get(title="Printers")
    printers.move(Page.objects.get(title="Leave"), pos="last-child")
    assert "Printers" not in titles("gadgets")
    assert next(each for each in results.articles("printers").articles).topics[0].title == "Leave"


def test_rebuilding_makes_the_same_index(shelf: Page) -> None:
    def whole() -> list[Any]:
        rows = SearchPosting.objects.order_by("entry__page", "entry__anchor", "stem")
        return [
            *rows.values_list("entry__page", "stem", "weight", "places"),
            *SearchWord.objects.values_list("word", "stem"),
        ]

    before = whole()
    SearchWord.objects.create(word="left", stem="left", head="le", length=4)
    index.rebuild()
    assert whole() == before


# How many statements


def test_the_statements_of_a_search_stay_the_same_whatever_it_finds(
    shelf: Page, client: Client, django_assert_max_num_queries: Any
) -> None:
    client.get("/search/", {"q": "laptop printer"})
    with django_assert_max_num_queries(24) as few:
        client.get("/search/", {"q": "laptop printer"})
    for number in range(15):
        article(f"Printer {number}", "<p>A printer for your laptop, with paper in its tray.</p>")
    with django_assert_max_num_queries(len(few)):
        client.get("/search/", {"q": "laptop printer"})


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
