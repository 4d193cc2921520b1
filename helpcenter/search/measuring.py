"""How well the search answers: questions with the articles that answer them, asked as a stranger would.

A file has the columns `question` and `articles`: the paths of acceptable articles as they were loaded
(`ArticleSource.path`, without ".md"), separated by "|".
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from helpcenter.models import ArticleSource, SearchEntry
from helpcenter.search import ranking, results
from helpcenter.search.questions import understand

#: Places that somebody looks at before asking differently.
LOOKED_AT = 3
FILE_MOST = 1_000_000


@dataclass(frozen=True)
class Asked:
    question: str
    wanted: list[str]
    #: What came first.
    got: list[str]
    #: The place of the first acceptable article, from 1; 0: not found at all.
    place: int


@dataclass(frozen=True)
class Measured:
    asked: list[Asked]

    def hits(self, within: int) -> int:
        return sum(1 for each in self.asked if 0 < each.place <= within)

    @property
    def reciprocal_rank(self) -> float:
        return sum(1 / each.place for each in self.asked if each.place) / max(len(self.asked), 1)

    @property
    def misses(self) -> list[Asked]:
        return [each for each in self.asked if not 0 < each.place <= LOOKED_AT]


def measure(path: Path) -> Measured:
    if path.stat().st_size > FILE_MOST:
        raise ValueError("This file is too large for a list of questions.")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [(row["question"], row["articles"].split("|")) for row in csv.DictReader(lines)]
    paths = {page: source.removesuffix(".md") for page, source in ArticleSource.objects.values_list("page_id", "path")}
    pages = dict(SearchEntry.objects.values_list("pk", "page_id"))
    return Measured([_ask(question, wanted, pages, paths) for question, wanted in rows])


def _ask(question: str, wanted: list[str], pages: dict[int, int], paths: dict[int, str]) -> Asked:
    hits = ranking.rank(understand(question), results.public_entries())
    got = list(dict.fromkeys(paths.get(pages[hit.entry_id], f"page {pages[hit.entry_id]}") for hit in hits))
    places = [got.index(path) + 1 for path in wanted if path in got]
    return Asked(question, wanted, got[:LOOKED_AT], min(places, default=0))
