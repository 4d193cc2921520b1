"""A folder of Markdown made into articles (`manage.py load_articles`).

Folders become topics, files articles. Again: nothing happens to files that say the same; one that changed becomes a new
version of its page. A page that an editor changed since is theirs and left alone, unless one asks for it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from helpcenter import folders, pictures
from helpcenter.folders import Folder, Problem, SourceFile
from helpcenter.links_between_files import Places
from helpcenter.markdown import Target, Written, written
from helpcenter.models import ArticlePage, ArticleSource, HelpImage
from helpcenter.models.pages import SUMMARY_MOST
from helpcenter.shelving import Shelves
from helpcenter.templating import Templates

PICTURE_BYTES = 10 * 1024 * 1024


@dataclass
class Report:
    """What became of the files, each by its path."""

    made: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def files(self) -> int:
        return len(self.made) + len(self.updated) + len(self.unchanged) + len(self.left)


def load(root: Path, *, overwrite: bool = False, progress: Callable[[int, int], None] | None = None) -> Report:
    """Make or bring up to date one article for each file. `overwrite`: also those that an editor changed since."""
    folder = folders.read(root)
    return _Loader(folder, overwrite).load(progress or (lambda done, all_of_them: None))


@dataclass
class _Loader:
    folder: Folder
    overwrite: bool
    report: Report = field(default_factory=Report)
    pages: dict[str, ArticlePage] = field(default_factory=dict)
    sources: dict[str, ArticleSource] = field(default_factory=dict)

    def load(self, progress: Callable[[int, int], None]) -> Report:
        files = self.folder.files
        self.report.problems = self.folder.problems
        topics = self._make_room(files)
        texts = {file.path: self._markdown_of(file) for file in files}
        places = Places(files, {path: page.pk for path, page in self.pages.items()}, topics)
        for file in files:
            # A first time for its headings alone: links of others may lead to them.
            places.note_headings(file, self._written(file, texts[file.path], lambda address: Target()))
        for number, file in enumerate(files, start=1):
            self._bring_up_to_date(file, texts[file.path], places)
            progress(number, len(files))
        known = {file.path for file in files}
        self.report.gone = [path for path in self.sources if path not in known]
        self.report.problems.sort(key=lambda problem: (problem.path, problem.line))
        return self.report

    def _make_room(self, files: list[SourceFile]) -> dict[str, int]:
        """A page for each file, empty and unpublished where it is new: links need to know where they lead. Answers
        with the pages of the folders."""
        found = ArticleSource.objects.select_related("page")
        self.sources = {source.path: source for source in found}
        articles = ArticlePage.objects.in_bulk([source.page_id for source in self.sources.values()])
        shelves = Shelves(files)
        for file in files:
            source = self.sources.get(file.path)
            page = articles.get(source.page_id) if source else None
            self.pages[file.path] = page or shelves.new_article(file)
            shelves.topic_of(file)
        return shelves.by_folder()

    def _markdown_of(self, file: SourceFile) -> str:
        """Without templates. A file that only says where its contents went says that."""
        gone_to = file.meta.get("redirect_to")
        if isinstance(gone_to, str) and not file.text.strip():
            return f"This has moved: [{file.title}]({gone_to})."
        say = lambda line, sentence: self._say(file, line + file.offset, sentence)  # noqa: E731 - one line, used once
        return Templates(self.folder.include, say).resolved(file.text)

    def _say(self, file: SourceFile, line: int, sentence: str) -> None:
        self.report.problems.append(Problem(file.path, line, sentence))

    def _written(self, file: SourceFile, text: str, link: Callable[[str], Target], *, says: bool = False) -> Written:
        return written(
            text,
            title=file.title,
            link=link,
            picture=lambda source, described: self._picture(file, source, says) if says else None,
        )

    def _picture(self, file: SourceFile, source: str, says: bool) -> int | None:
        path = self.folder.picture(source, file)
        if path is None or path.stat().st_size > PICTURE_BYTES:
            self._say(file, _line_of(file, source), f"the picture {source} is not in the folder; its description stays")
            return None
        try:
            with path.open("rb") as opened:
                return _kept_picture(pictures.drawn_anew(opened), path.stem).pk
        except ValidationError as error:
            self._say(file, _line_of(file, source), f"{source}: {error.messages[0]}")
            return None

    def _bring_up_to_date(self, file: SourceFile, text: str, places: Places) -> None:
        def link(address: str) -> Target:
            target, problem = places.target(address, file)
            if problem:
                self._say(file, _line_of(file, address), problem)
            return target

        article = self._written(file, text, link, says=True)
        values = _values(file, article)
        digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
        page, source = self.pages[file.path], self.sources.get(file.path)
        if source is None:
            self._publish(page, values, ArticleSource(page=page, path=file.path), digest)
            self.report.made.append(file.path)
        elif source.digest == digest:
            self.report.unchanged.append(file.path)
        elif page.latest_revision_id != source.revision_id and not self.overwrite:
            self.report.left.append(file.path)
        else:
            self._publish(page, values, source, digest)
            self.report.updated.append(file.path)

    def _publish(self, page: ArticlePage, values: dict[str, Any], source: ArticleSource, digest: str) -> None:
        with transaction.atomic():
            for name, value in values.items():
                setattr(page, name, json.dumps(value) if name == "body" else value)
            page.draft_title = page.title
            revision = page.save_revision(log_action=True)
            revision.publish()
            source.digest, source.revision_id = digest, revision.pk
            source.save()


def _values(file: SourceFile, article: Written) -> dict[str, Any]:
    return {
        "title": file.title,
        "summary": (folders.first_words(file.meta) or article.beginning)[:SUMMARY_MOST],
        "keywords": folders.keywords(file.meta),
        "body": article.body,
    }


def _line_of(file: SourceFile, words: str) -> int:
    """The line of a link or picture; 0 where it stands written otherwise."""
    at = file.text.find(words.strip("/")) if words.strip("/") else -1
    return file.text.count("\n", 0, at) + 1 + file.offset if at >= 0 else 0


def _kept_picture(file: Any, name: str) -> HelpImage:
    """The same picture in two articles is one."""
    digest = hashlib.sha1(file.read(), usedforsecurity=False).hexdigest()
    file.seek(0)
    known = HelpImage.objects.filter(file_hash=digest).first()
    if known is not None:
        return known
    image = HelpImage(title=name[:255], file=file)
    image._set_image_file_metadata()
    image.save()
    pictures.prepare(image)
    return image


def lines_of(report: Report) -> Iterator[str]:
    """The report in words."""
    for problem in report.problems:
        yield str(problem)
    for path in report.left:
        yield f"{path}: an editor changed this article since; left as it is (--overwrite takes the file)"
    for path in report.gone:
        yield f"{path}: not in the folder any more; its article stays"
    yield (
        f"{report.files} files: {len(report.made)} made, {len(report.updated)} updated, "
        f"{len(report.unchanged)} unchanged, {len(report.left)} left to their editors; {len(report.problems)} problems."
    )
