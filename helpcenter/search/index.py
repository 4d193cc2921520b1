"""Keeps the index in step with the pages: what strangers may read is in it, and nothing else.

A page is read anew when it is published, moved or kept private, and goes out when it is withdrawn or deleted
(`helpcenter.search.following`). All of one page happens in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from wagtail.models import Page

from helpcenter import seeing
from helpcenter.addresses import DEPTH_OF_HOME
from helpcenter.models import SearchEntry, SearchPosting, SearchWord
from helpcenter.search.weights import Weighed, weigh
from helpcenter.search.words import is_stop_word
from helpcenter.searching import SearchDocument

ROWS_AT_ONCE = 500
_STEP = Page.steplen


def put(page: Page) -> int:
    """Read a page anew, or forget it when strangers may not read it. How many entries it has now."""
    with transaction.atomic():
        # Whoever publishes the same page at the same moment waits here.
        locked = Page.objects.select_for_update().filter(pk=page.pk).first()
        old = _forget(page.pk)
        new: set[str] = set()
        documents = _documents(locked) if locked is not None and seeing.is_public(locked) else []
        topics = _topics(locked) if locked is not None and documents else ""
        for document in documents:
            new |= _write(page.pk, document, weigh(document, topics))
        _drop_words(old - new)
    return len(documents)


def put_all(pages: Iterable[Page]) -> int:
    return sum(put(page) for page in pages)


def below(page: Page) -> Iterable[Page]:
    """A page and all below it: what a topic's name, place or privacy bears upon."""
    return Page.objects.filter(path__startswith=page.path).order_by("path")


def forget(page_id: int) -> None:
    with transaction.atomic():
        _drop_words(_forget(page_id))


def rebuild() -> tuple[int, int]:
    """The whole index anew, page by page: searching goes on meanwhile. (pages, entries)"""
    pages = entries = 0
    for page in Page.objects.filter(depth__gte=DEPTH_OF_HOME).order_by("path").iterator():
        found = put(page)
        pages, entries = pages + bool(found), entries + found
    kept = Exists(SearchPosting.objects.filter(stem=OuterRef("stem")))
    SearchWord.objects.filter(~kept).delete()
    return pages, entries


def _documents(page: Page) -> list[SearchDocument]:
    """Each anchor once: two entries of one page can't lead to the same place."""
    specific: Any = page.specific
    found = specific.search_documents() if hasattr(specific, "search_documents") else []
    by_anchor = {document.anchor[:255]: document for document in reversed(found) if document.title.strip()}
    return list(reversed(by_anchor.values()))


def _topics(page: Page) -> str:
    paths = [page.path[: _STEP * depth] for depth in range(DEPTH_OF_HOME + 1, page.depth)]
    return " ".join(Page.objects.filter(path__in=paths).order_by("depth").values_list("title", flat=True))


def _forget(page_id: int) -> set[str]:
    """Its entries go; the stems they had."""
    # By their keys: by the page, PostgreSQL would join the whole index to find them.
    entries = list(SearchEntry.objects.filter(page=page_id).values_list("pk", flat=True))
    of_page = SearchPosting.objects.filter(entry__in=entries)
    stems = set(of_page.values_list("stem", flat=True))
    of_page.delete()
    SearchEntry.objects.filter(page=page_id).delete()
    return stems


def _write(page_id: int, document: SearchDocument, weighed: Weighed) -> set[str]:
    entry = SearchEntry.objects.create(
        page_id=page_id,
        anchor=document.anchor[:255],
        title=document.title,
        summary=document.summary,
        text=document.text,
    )
    postings = [
        SearchPosting(
            entry=entry,
            stem=stem,
            weight=weight,
            forms=" ".join(weighed.forms[stem]),
            places=" ".join(str(place) for place in weighed.places.get(stem, ())),
        )
        for stem, weight in weighed.weights.items()
    ]
    SearchPosting.objects.bulk_create(postings, batch_size=ROWS_AT_ONCE)
    _learn({form: stem for stem, forms in weighed.forms.items() for form in forms if not is_stop_word(form)})
    return set(weighed.weights)


def _learn(words: dict[str, str]) -> None:
    # In one order, so that two who publish at the same moment don't wait for each other.
    rows = [SearchWord(word=word, stem=words[word], head=word[:2], length=len(word)) for word in sorted(words)]
    SearchWord.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)


def _drop_words(stems: set[str]) -> None:
    """Words that no entry has any more: a withdrawn page must not be told of by "Did you mean"."""
    still = Exists(SearchPosting.objects.filter(stem=OuterRef("stem")))
    gone = sorted(stems)
    for start in range(0, len(gone), ROWS_AT_ONCE):
        SearchWord.objects.filter(~still, stem__in=gone[start : start + ROWS_AT_ONCE]).delete()
