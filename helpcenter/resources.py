"""Articles as rows of spreadsheets: title, topic, and the body in Markdown. For those who may edit them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.reading import Reading, Unfit, bounded_text
from audit.refusals import InvalidValues, Reason, Refused, StaleVersion
from helpcenter import markdown_out
from helpcenter.models import ArticlePage, TopicPage
from helpcenter.models.pages import SUMMARY_MOST
from helpcenter.rights import may_edit
from helpcenter.shelving import free_slug
from jobs.models import RunRow
from jobs.spreadsheets.columns import Column
from jobs.spreadsheets.folding import first_called
from jobs.spreadsheets.lines import Line, Task
from jobs.spreadsheets.resources import SheetResource, register

TITLE_MOST, KEYWORDS_MOST, BODY_MOST = 250, 500, 100_000
#: A longer number is no key.
KEY_DIGITS = 18


class _Body(Column):
    """Markdown, in the one form in which it goes out, where it has one."""

    def read(self, given: Any, *, choices: Sequence[str] | None = None) -> Any:
        if not isinstance(given, str) or not given.strip():
            return ""
        text = bounded_text(given, BODY_MOST)
        said = markdown_out.said(markdown_out.read(text, "").body, "")
        return text if said is None else said


def _body(article: ArticlePage) -> str | None:
    return markdown_out.said(article.body.raw_data, "")


def _topic_of(article: ArticlePage) -> str:
    return str(article.get_parent().title)


def _topic_titles() -> list[str]:
    return list(TopicPage.objects.order_by("path").values_list("title", flat=True))


class ArticleResource(SheetResource):
    kind, title = "articles", gettext_lazy("Help articles")
    key_column, unique_column = "id", "heading"
    in_turn = True

    id = Column(gettext_lazy("Article ID"), help=gettext_lazy("Only in files that came from here."))
    version = Column(gettext_lazy("Version"), help=gettext_lazy("As it was exported. Leave it as it is."))
    # Not "title": that is the resource's own.
    heading = Column(
        gettext_lazy("Title"), attribute="title", required=True, synonyms=["headline", "subject", "name", "question"],
        can_change=True, example="The laptop does not start",
    )  # fmt: skip
    topic = Column(
        gettext_lazy("Topic"), dehydrate_method=_topic_of, required=True, choices=_topic_titles,
        synonyms=["section", "folder", "category", "shelf"], example="Equipment",
    )  # fmt: skip
    summary = Column(
        gettext_lazy("Summary"), synonyms=["abstract", "excerpt"], can_change=True,
        help=gettext_lazy("One or two sentences. Empty: how the article begins."),
    )  # fmt: skip
    keywords = Column(
        gettext_lazy("Other words for it"), synonyms=["keywords", "tags", "labels"], can_change=True,
        help=gettext_lazy("Separated by commas."), example="notebook, computer",
    )  # fmt: skip
    body = _Body(
        gettext_lazy("Body"), dehydrate_method=_body, required=True, can_change=True,
        synonyms=["text", "content", "article", "markdown"], help=gettext_lazy("In Markdown."),
        example="Hold the power key for **ten seconds**.",
    )  # fmt: skip

    class Meta:
        model = ArticlePage

    # Who may

    def may_import(self, person: Any) -> bool:
        return may_edit(person)

    def may_export(self, person: Any) -> bool:
        return may_edit(person)

    # What is here; the version of an article is its newest revision

    def exported(self, person: Any) -> models.QuerySet:
        return _with_version(ArticlePage.objects.order_by("path"))

    def existing_by(self, name: str, values: Iterable[str], *, by: Any) -> dict[str, models.Model]:
        if name != self.key_column:
            return super().existing_by(name, values, by=by)
        keys = {value for value in values if value.isascii() and value.isdigit() and len(value) < KEY_DIGITS}
        return {str(page.pk): page for page in self.exported(by).filter(pk__in=keys)}

    def as_it_was(self, existing: Any, version: int) -> Any:
        revision = existing.revisions.filter(pk=version).first()
        if revision is None:
            return None
        page = revision.as_object()
        page.version = version
        return page

    def subjects_of(self, rows: Sequence[RunRow]) -> dict[int, Any]:
        keys = [row.about_id for row in rows]
        return {page.pk: page for page in _with_version(ArticlePage.objects.filter(pk__in=keys))}

    # New ones

    def check_new(self, lines: Sequence[Line], task: Task) -> None:
        for line in lines:
            reading = Reading()
            _read(reading, line.cells)
            reading.take("topic", _topic, line.cells.get("topic"))
            line.refuse_by(InvalidValues(reading.errors))

    def make_new(self, lines: Sequence[Line], task: Task) -> Sequence[models.Model | Exception]:
        # Of those that were not here when the file was checked, some may be by now.
        titles = {str(line.cells.get("heading", "")) for line in lines}
        here = self.existing_by("heading", titles, by=task.by)
        return [self._made(line, here, task.by) for line in lines]

    def _made(self, line: Line, here: Mapping[str, Any], by: Any) -> models.Model | Exception:
        reading = Reading()
        if self.folded("heading", str(line.cells.get("heading", ""))) in here:
            reading.refuse("heading", _("There is an article with this title by now. Check the file again."))
        values = _read(reading, line.cells)
        topic = reading.take("topic", _topic, line.cells.get("topic"))
        if reading.errors:
            return InvalidValues(reading.errors)
        title = values["title"]
        values["summary"] = values.get("summary") or markdown_out.read(line.cells["body"], "").beginning[:SUMMARY_MOST]
        try:
            with transaction.atomic():
                page = ArticlePage(title=title, slug=free_slug(topic, title), live=False, has_unpublished_changes=True)
                topic.add_child(instance=page)
                return _published(page, values, by)
        except IntegrityError:  # an editor put another page into its place
            sentence = _("Somebody made a page in this topic in the same moment. Check the file again.")
            return Refused([Reason("at-once", sentence)])

    # Those that are here

    def check_change(self, line: Line, task: Task) -> None:
        if "body" in line.changes and not line.changes["body"][0] and line.existing.body.raw_data:
            _keep_the_same(line)
        reading = Reading()
        _read(reading, {name: new for name, (_old, new) in line.changes.items()})
        line.refuse_by(InvalidValues(reading.errors))
        if line.changes:
            for refused in _against_change(line.existing, task.by):
                line.refuse_by(refused)

    def change(
        self, instance: Any, values: Mapping[str, Any], *, by: Any, reason: str, expected_version: int
    ) -> models.Model:
        with transaction.atomic():
            page = _open_to(by, instance, expected_version)
            reading = Reading()
            read = _read(reading, values)
            reading.finish()
            return _published(page, read, by)

    def remembered(self, instance: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        """The revision has it to the letter; Markdown says in one way what was said in many."""
        return {"revision": instance.version}

    def put_back(self, instance: Any, memory: Mapping[str, Any], *, by: Any, reason: str) -> None:
        was = self.as_it_was(instance, memory.get("revision", 0))
        if was is None:
            super().put_back(instance, memory, by=by, reason=reason)
            return
        names = ["title" if name == "heading" else name for name in memory["before"]]
        values = {name: was.body.get_prep_value() if name == "body" else getattr(was, name) for name in names}
        with transaction.atomic():
            _published(_open_to(by, instance, memory["version"]), values, by)

    def take_back(self, instance: Any, *, by: Any, reason: str) -> None:
        page = _locked(instance)
        if page.version != instance.version:
            raise StaleVersion(page)
        if _is_locked_for(page, by):
            raise _has_lock()
        if page.feedback.exists():
            raise Refused([Reason("touched", _("Readers have answered to this article. It stays."))])
        page.delete(user=by)


def _with_version(pages: models.QuerySet) -> models.QuerySet:
    return pages.annotate(version=F("latest_revision_id"))


def _locked(page: Any) -> Any:
    found = _with_version(ArticlePage.objects.select_for_update(of=("self",)).filter(pk=page.pk)).first()
    if found is None:
        raise Refused([Reason("unseen", _("It is not there any more."))])
    return found


def _open_to(by: Any, page: Any, version: int) -> Any:
    """The article under its lock, at that version and free to be changed."""
    found = _locked(page)
    if found.version != version:
        raise StaleVersion(found)
    for refused in _against_change(found, by):
        raise refused
    return found


def _topic(title: Any) -> TopicPage:
    found = first_called(TopicPage.objects.order_by("path"), "title", str(title or ""))
    if found is None:
        raise Unfit(_("There is no topic “%(word)s”. Make it in the help center, or choose another.") % {"word": title})
    return found


def _read(reading: Reading, cells: Mapping[str, Any]) -> dict[str, Any]:
    """Cells as columns of the page."""
    values: dict[str, Any] = {}
    for name, most in (("heading", TITLE_MOST), ("summary", SUMMARY_MOST), ("keywords", KEYWORDS_MOST)):
        if name in cells:
            values[name] = reading.take(name, bounded_text, cells[name], most)
    if "heading" in values:
        values["title"] = values.pop("heading")
    if cells.get("body"):
        written = markdown_out.read(cells["body"], "")
        values["body"] = written.body
        if not written.body:
            reading.refuse("body", _("Nothing of this can be shown. Write some words."))
    return values


def _published(page: ArticlePage, values: Mapping[str, Any], by: Any) -> ArticlePage:
    for name, value in values.items():
        setattr(page, name, json.dumps(value) if name == "body" else value)
    page.draft_title = page.title
    revision = page.save_revision(user=by, log_action=True)
    revision.publish(user=by)
    page.version = revision.pk
    return page


def _keep_the_same(line: Line) -> None:
    """What is more than Markdown can say went out empty: only the very same may come for it."""
    new = markdown_out.read(line.changes["body"][1], "").body
    if new == [{"type": block["type"], "value": block["value"]} for block in line.existing.body.raw_data]:
        del line.changes["body"]
        return
    sentence = _("This article holds more than a spreadsheet can carry, such as pictures. Edit it in the help center.")
    line.refuse("body", sentence)


def _against_change(page: ArticlePage, by: Any) -> list[Refused]:
    if _is_locked_for(page, by):
        return [_has_lock()]
    return [_has_draft()] if page.has_unpublished_changes else []


def _is_locked_for(page: ArticlePage, by: Any) -> bool:
    """An editor keeps it to themselves, or it is in a step of a workflow that is not theirs."""
    lock = page.get_lock()
    return lock is not None and lock.for_user(by)


def _has_lock() -> Refused:
    return Refused([Reason("locked", _("This article is locked in the help center. Have it unlocked first."))])


def _has_draft() -> Refused:
    sentence = _("There is a draft of this article that nobody has published. Publish it or drop it first.")
    return Refused([Reason("draft", sentence)])


def register_resources() -> None:
    """Makes them known; called when the app is ready."""
    register(ArticleResource())
