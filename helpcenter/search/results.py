"""What somebody gets to see: articles that a stranger may read, and their own tickets. One door for both pages.

Each function takes a constant number of statements, whatever it finds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When
from wagtail.models import Page

from helpcenter import seeing
from helpcenter.addresses import DEPTH_OF_HOME
from helpcenter.models import SearchEntry
from helpcenter.search import excerpts, ranking
from helpcenter.search.excerpts import Piece
from helpcenter.search.questions import Question, cut, likely_meant, understand
from helpcenter.words import address_of
from people.models import Employee
from tickets import rules
from tickets import search as ticket_search
from tickets.models import Ticket

#: How many stand in the list of suggestions, and on a page of results.
SUGGESTED_ARTICLES, SUGGESTED_TICKETS = 6, 3
ON_A_PAGE, TICKETS_MOST = 10, 5
_STEP = Page.steplen


@dataclass(frozen=True)
class Topic:
    title: str
    url: str


@dataclass(frozen=True)
class Article:
    """An article, a topic or one answer, as it stands in a list."""

    page_id: int
    url: str
    title: list[Piece]
    excerpt: list[Piece]
    topics: list[Topic] = field(default_factory=list)
    #: The FAQ page that an answer stands on; "" for what is a page of its own.
    answer_on: str = ""

    @property
    def plain_title(self) -> str:
        return excerpts.as_text(self.title)

    @property
    def plain_excerpt(self) -> str:
        return excerpts.as_text(self.excerpt)


@dataclass(frozen=True)
class Found:
    question: Question
    articles: list[Article]
    count: int
    page: int = 1
    pages: int = 1
    #: What the whole question may have been meant to be, when nothing was found; "" for no idea.
    meant: str = ""


def articles(text: str, *, page: int = 1) -> Found:
    """One page of what answers."""
    question = understand(text)
    hits = ranking.rank(question, public_entries())
    pages = max(1, -(-len(hits) // ON_A_PAGE))
    number = min(max(page, 1), pages)
    shown = _articles([hit.entry_id for hit in hits[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]], question)
    meant = "" if hits else likely_meant(question)
    return Found(question, shown, len(hits), number, pages, meant)


def suggested(text: str) -> list[Article]:
    """The first few, while somebody types: the last word may go on."""
    question = understand(text, is_growing=True)
    hits = ranking.rank(question, public_entries())
    return _articles([hit.entry_id for hit in hits[:SUGGESTED_ARTICLES]], question)


def own_tickets(text: str, person: Any, *, most: int = TICKETS_MOST) -> list[Ticket]:
    """Tickets that this person asked for and that have these words, the one of this number first. Others': never."""
    asked = cut(text)
    if not isinstance(person, Employee) or not asked:
        return []
    mine = rules.visible_to(person).filter(employee=person)
    numbers = ticket_search.exact_numbers(asked)
    found = mine.filter(pk__in=ticket_search.search(mine, asked).values("pk")) | mine.filter(ticket_number__in=numbers)
    first = Case(When(ticket_number__in=numbers, then=Value(0)), default=Value(1), output_field=IntegerField())
    return list(found.select_related("category").defer("description", "dynamic_data").order_by(first, "-pk")[:most])


def public_entries() -> QuerySet[SearchEntry]:
    """The index holds nothing else; asked once more here, so that what is withdrawn is gone at that moment."""
    return SearchEntry.objects.filter(page__in=seeing.visible_pages(Page.objects.all(), None))


def _articles(entry_ids: list[int], question: Question) -> list[Article]:
    if not entry_ids:
        return []
    entries = SearchEntry.objects.select_related("page").in_bulk(entry_ids)
    hits = excerpts.forms_of(question)
    topics = _topics({entry.page.path for entry in entries.values()})
    return [_article(entries[key], hits, topics) for key in entry_ids if key in entries]


def _article(entry: SearchEntry, hits: frozenset[str], topics: dict[str, Topic]) -> Article:
    above = [entry.page.path[: _STEP * depth] for depth in range(DEPTH_OF_HOME + 1, entry.page.depth)]
    url = address_of(entry.page.url_path)
    return Article(
        page_id=entry.page_id,
        url=f"{url}#{entry.anchor}" if entry.anchor else url,
        title=excerpts.marked(entry.title, hits),
        excerpt=excerpts.best(entry.summary, entry.text, hits),
        topics=[topics[path] for path in above if path in topics],
        answer_on=entry.page.title if entry.anchor else "",
    )


def _topics(paths: set[str]) -> dict[str, Topic]:
    """The pages above these, by their place in the tree. One statement."""
    above = {path[: _STEP * depth] for path in paths for depth in range(DEPTH_OF_HOME + 1, len(path) // _STEP)}
    found = Page.objects.filter(path__in=sorted(above)).values_list("path", "title", "url_path")
    return {path: Topic(title, address_of(url_path)) for path, title, url_path in found}
