"""What somebody finds in a help center that is there: any form of a word, with typing errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import pytest_django
from django.test import Client
from wagtail.models import Page, PageViewRestriction

from helpcenter.models import SearchPosting, SearchWord
from helpcenter.search import index, results
from helpcenter.search.questions import LENGTH_MOST, WORDS_MOST, likely_meant, understand
from tests import shared
from tests.helpcenter.articles import article, faq, titles, topic
from tests.security import naughty

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def everyday_matters(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[int]:
    """A small help center. Answers the key of its first topic."""
    with shared.for_all_tests_of_a_file(django_db_blocker):
        yield filled().pk


@pytest.fixture
def shelf(everyday_matters: int, db: None) -> Page:
    return Page.objects.get(pk=everyday_matters).specific


def filled() -> Page:
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
    return equipment


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


# How it is shown


def test_a_result_says_in_which_topic_it_stands(shelf: Page) -> None:
    inner = topic("Printing", above=shelf)
    article("Toner", "<p>Toner comes from the stockroom.</p>", above=inner)
    found = results.articles("toner").articles[0]
    assert [each.title for each in found.topics] == ["Equipment", "Printing"]


# What is not found


@pytest.mark.parametrize("kind", [PageViewRestriction.LOGIN, PageViewRestriction.GROUPS, PageViewRestriction.PASSWORD])
def test_private_pages_are_not_found_until_they_are_public_again(shelf: Page, kind: str) -> None:
    kept = PageViewRestriction.objects.create(page=shelf, restriction_type=kind, password="x")
    assert titles("laptop") == []
    assert not SearchWord.objects.filter(word="laptop").exists()
    kept.delete()
    assert titles("laptop") == ["Borrowing a laptop"]


def test_deleting_a_topic_takes_all_of_it_along(shelf: Page) -> None:
    Page.objects.get(pk=shelf.pk).delete()
    assert titles("laptop printer") == []
    assert not SearchWord.objects.filter(word="laptop").exists()


# How the index is kept


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
