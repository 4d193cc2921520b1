"""What can be loaded from a spreadsheet and written into one: a SheetResource each, which its app registers in ready().

class EmployeeResource(SheetResource):
    kind, title, key_column, unique_column = "people", _("Employees"), "company_id", "email"
    email = Column(_("E-mail"), required=True, synonyms=["mail"])
    ...
    class Meta:
        model = Employee

A plan compares each row with what is here and writes nothing; applying and undoing go through the verbs. A resource's
own are `exported`, `check_new`, `make_new`, `change`, `check_change` and `take_back`; the rest is the same for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from import_export.resources import Resource

from audit.reading import Unfit
from audit.refusals import InvalidValues, Reason, Refused, StaleVersion
from jobs.models import Run, RunRow
from jobs.runs import Effect, RunRefused
from jobs.spreadsheets import comparing
from jobs.spreadsheets.columns import Column, as_text
from jobs.spreadsheets.compounds import Compound
from jobs.spreadsheets.folding import whatever_case
from jobs.spreadsheets.lines import CELLS, FAULT, SAID, Line, Task
from jobs.spreadsheets.outgoing import Outgoing
from jobs.spreadsheets.turns import take_turn

_DECLINED = (Refused, InvalidValues, StaleVersion)


@dataclass(frozen=True)
class Option:
    """A tick beside the plan."""

    name: str
    title: str | Promise
    help: str | Promise = ""


class SheetResource(Outgoing, Resource):
    """`key_column` and `version_column`: what an exported file carries for the way back. `unique_column`: what else a
    row here is known by ("" for nothing)."""

    key_column: ClassVar[str] = ""
    unique_column: ClassVar[str] = ""
    version_column: ClassVar[str] = "version"
    #: What a plan calls a row by; the unique column, or the key, without.
    name_columns: ClassVar[Sequence[str]] = ()
    compounds: ClassVar[Sequence[Compound]] = ()
    comes_back: ClassVar[bool] = True
    #: Remarks that many rows may share, by a name: what a page calls such rows.
    remark_sorts: ClassVar[Mapping[str, str | Promise]] = {}
    #: Imports of it are applied one after the other: else two could make one name twice.
    in_turn: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, column in cls.fields.items():
            column.named(name)

    @property
    def model(self) -> type[models.Model]:
        return self._meta.model

    @property
    def run_kind(self) -> str:
        return f"spreadsheets.{self.kind}"

    @property
    def columns(self) -> list[Column]:
        return sorted(self.fields.values(), key=lambda column: column.order)

    @property
    def targets(self) -> list[Column | Compound]:
        """Where a column of a file can go."""
        return [*(column for column in self.columns if column.can_import), *self.compounds]

    def columns_for(self, person: Any) -> list[Column]:
        return self.columns

    @property
    def fields_by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    # Who may

    def may_import(self, person: Any) -> bool:
        return person.has_perm(self._permission("import"))

    def may_export(self, person: Any) -> bool:
        return person.has_perm(self._permission("export"))

    def _permission(self, verb: str) -> str:
        meta = self.model._meta
        return f"{meta.app_label}.{verb}_{meta.model_name}"

    def options_for(self, person: Any) -> list[Option]:
        """The ticks that this person may set."""
        return []

    # Hooks

    def check_new(self, lines: Sequence[Line], task: Task) -> None:
        """Say on the lines (`refuse`, `refuse_by`, `remark`) what `make_new` would say. Writes nothing."""
        raise NotImplementedError

    def make_new(self, lines: Sequence[Line], task: Task) -> Sequence[models.Model | Exception]:
        """Bring them in, in one transaction: for each the row that was made, or why not."""
        raise NotImplementedError

    def change(
        self, instance: Any, values: Mapping[str, Any], *, by: Any, reason: str, expected_version: int
    ) -> models.Model:
        """Give the row these values (field → as the column reads it) by the verbs. Answers with the row as it is then;
        raises what they raise."""
        raise NotImplementedError

    def check_change(self, line: Line, task: Task) -> None:
        """Say on the line what `change` would say. Writes nothing."""
        raise NotImplementedError

    def remembered(self, instance: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        """What `put_back` must know of a row that gets these values, beside those it has now (JSON)."""
        return {}

    def put_back(self, instance: Any, memory: Mapping[str, Any], *, by: Any, reason: str) -> None:
        """Undo what changed it: give it the values that it had. memory: that of the row of the run."""
        self.change(instance, memory["before"], by=by, reason=reason, expected_version=memory["version"])

    def take_back(self, instance: Any, *, by: Any, reason: str) -> None:
        """Undo what made it: take it away, or refuse where somebody had to do with it since."""
        raise NotImplementedError

    def take_back_many(
        self, instances: Sequence[Any], *, by: Any, reasons: Sequence[str]
    ) -> Sequence[Exception | None]:
        """The same for several, each with its reason; in their order what is against it. By `take_back`, one after the
        other, unless a resource knows how to do it at once."""
        return [self._one_back(each, by, reason) for each, reason in zip(instances, reasons, strict=True)]

    def _one_back(self, instance: Any, by: Any, reason: str) -> Exception | None:
        try:
            with transaction.atomic():
                self.take_back(instance, by=by, reason=reason)
        except _DECLINED as declined:
            return declined
        return None

    def is_of_round_trip(self, column: Column) -> bool:
        """Whether a column stands in exported files alone, for the way back."""
        return column.name in {self.key_column, self.version_column}

    def unknown_key(self, key: str) -> str:
        return _("Nothing here has this key. Empty the cell to load the row as a new one.")

    # What a row is about

    def key_of(self, cells: Mapping[str, Any]) -> str:
        """What makes a row unique within its file."""
        for name in (self.key_column, self.unique_column):
            if value := str(cells.get(name) or "").strip():
                return f"{name}:{self.folded(name, value)}"[:320]
        return ""

    def existing_by(self, name: str, values: Iterable[str], *, by: Any) -> dict[str, models.Model]:
        """The rows here whose column `name` has one of these values, by the value as `folded` has it."""
        found = whatever_case(self.exported(by), self.fields[name].attribute, values)
        return {self.folded(name, str(self.fields[name].value(row))): row for row in found}

    def folded(self, name: str, value: str) -> str:
        """What two values of a key or unique column have in common when they are the same one."""
        return value.lower()

    def name_of(self, cells: Mapping[str, Any]) -> str:
        """How a plan names the row that these cells are; "" when they don't say."""
        named = " ".join(str(cells[name]) for name in self.name_columns if cells.get(name))
        known = [str(cells[name]) for name in (self.unique_column, self.key_column) if cells.get(name)]
        return named or next(iter(known), "")

    def as_it_was(self, existing: Any, version: int) -> Any:
        """The row as it was at that version; None where that is not kept."""
        return existing.history.filter(version=version).order_by("history_date", "history_id").last()

    # The steps of a run

    def plan_rows(self, rows: Sequence[RunRow], *, by: Any, run: Run) -> list[Effect | Exception]:
        task = self._allowed_task(by, run)
        lines = self.lines(rows, task)
        comparing.mark_repeats(lines, run)
        comparing.find_existing(self, lines, task)
        columns = self.columns
        for line in lines:
            if line.existing is not None and not line.against:
                comparing.compare(self, line, columns)
        # Also those with a cell that can't be read: whatever else is wrong is said at once.
        new = [
            line for line in lines if line.existing is None and not line.against and self.key_column not in line.errors
        ]
        if new:
            self._check_required(new, columns)
            self.check_new(new, task)
        for line in lines:
            if line.existing is not None and line.changes and not line.against:
                self.check_change(line, task)
        by_name = {column.name: column for column in columns}
        return [line.effect(by_name) for line in lines]

    def apply_rows(self, rows: Sequence[RunRow], *, by: Any, run: Run) -> list[Effect | Exception]:
        task = self._allowed_task(by, run)
        new = [row for row in rows if row.action == RunRow.Action.NEW]
        said: dict[int, Effect | Exception] = {}
        if self.in_turn:
            take_turn(self.model)
        lines = self.lines(new, task)
        for line, made in zip(lines, self.make_new(lines, task) if lines else [], strict=True):
            said[line.row.pk] = made if isinstance(made, Exception) else _made(line, made)
        subjects = self.subjects_of([row for row in rows if row.pk not in said])
        for row in rows:
            if row.pk not in said:
                said[row.pk] = self._apply_change(row, subjects.get(row.about_id or 0), task)
        return [said[row.pk] for row in rows]

    def undo_rows(self, rows: Sequence[RunRow], *, by: Any, run: Run) -> list[Effect | Exception]:
        task = self._allowed_task(by, run)
        subjects = self.subjects_of(rows)
        said: dict[int, Effect] = {}
        for row in rows:
            subject = subjects.get(row.about_id or 0)
            if subject is None:
                said[row.pk] = Effect([_("It is not there any more.")], outcome=RunRow.Outcome.KEPT)
            elif subject.version != row.memory["version"]:
                said[row.pk] = self._kept(row, subject, [_("Somebody has changed this since. It stays as it is.")])
        untouched = [(row, subjects[row.about_id or 0]) for row in rows if row.pk not in said]
        made = [(row, subject) for row, subject in untouched if row.memory.get("made")]
        reasons = [_undone(task, row) for row, _subject in made]
        against = self.take_back_many([subject for _row, subject in made], by=by, reasons=reasons) if made else []
        for (row, subject), declined in zip(made, against, strict=True):
            said[row.pk] = self._declined(row, subject, declined) if declined else Effect()
        for row, subject in untouched:
            if row.pk not in said:
                said[row.pk] = self._put_back(row, subject, task)
        return [said[row.pk] for row in rows]

    # Their parts

    def _allowed_task(self, by: Any, run: Run) -> Task:
        """Whoever may not import at all hears it once: the rows stay for who may."""
        if not self.may_import(by):
            raise RunRefused(_not_allowed())
        return self.task(by, run)

    def task(self, by: Any, run: Run) -> Task:
        """The ticks are those that this person may set."""
        allowed = {option.name for option in self.options_for(by)}
        given = run.params.get("options") or {}
        return Task(by, run, {name: bool(given.get(name)) for name in allowed})

    def lines(self, rows: Sequence[RunRow], task: Task) -> list[Line]:
        """The rows with their cells read."""
        columns = self.fields_by_name
        choices = {name: column.choices() if column.choices else None for name, column in columns.items()}
        return [_read(Line(row), columns, choices) for row in rows]

    def subjects_of(self, rows: Sequence[RunRow]) -> dict[int, Any]:
        """What the rows are about, as it is now, by key."""
        kind = ContentType.objects.get_for_model(self.model)
        keys = {row.about_id for row in rows if row.about_type_id == kind.pk}
        return {found.pk: found for found in self.model._default_manager.filter(pk__in=keys)}

    def _check_required(self, lines: Sequence[Line], columns: Sequence[Column]) -> None:
        required = [column for column in columns if column.required]
        exported_only = [column for column in columns if not column.can_import]
        for line in lines:
            for column in required:
                if line.cells.get(column.name, "") == "":
                    line.refuse(column.name, _("This is needed and it is empty."))
            for column in exported_only:
                if line.cells.get(column.name, "") != "":
                    line.remark(_("“%(title)s” is not taken from a file.") % {"title": column.title})

    def _apply_change(self, row: RunRow, subject: Any, task: Task) -> Effect | Exception:
        if subject is None:
            return Refused([Reason("unseen", _("It is not there any more."))])
        values = {name: new for name, (_old, new) in row.memory["cells"].items()}
        reason, version, beside = task.reason(row), row.memory["version"], self.remembered(subject, values)
        try:
            with transaction.atomic():
                changed = self.change(subject, values, by=task.by, reason=reason, expected_version=version)
        except StaleVersion:
            return Refused([Reason("stale", _("Somebody has changed this since it was checked. Check it again."))])
        except _DECLINED as declined:
            return declined
        before = {name: old for name, (old, _new) in row.memory["cells"].items()}
        memory = {**row.memory, "before": before, **beside, "version": changed.version}  # type: ignore[attr-defined]  # versioned
        return Effect(list(row.memory.get("remarks", [])), changed, memory)

    def _put_back(self, row: RunRow, subject: Any, task: Task) -> Effect:
        try:
            with transaction.atomic():
                self.put_back(subject, row.memory, by=task.by, reason=_undone(task, row))
        except _DECLINED as declined:
            return self._declined(row, subject, declined)
        return Effect()

    def _declined(self, row: RunRow, subject: Any, declined: Exception) -> Effect:
        line = Line(row)
        line.refuse_by(declined)
        return self._kept(row, subject, [*line.against, *(" ".join(said) for said in line.errors.values())])

    def _kept(self, row: RunRow, subject: Any, sentences: list[str]) -> Effect:
        """With both versions: as it is, and as the import left it; for who may know of it at all."""
        if not self.exported(row.run.asked_by).filter(pk=subject.pk).exists():
            return Effect(sentences, outcome=RunRow.Outcome.KEPT)
        return Effect(
            sentences, memory={"kept": comparing.both_versions(self, row, subject)}, outcome=RunRow.Outcome.KEPT
        )


def _read(line: Line, columns: Mapping[str, Column], choices: Mapping[str, Sequence[str] | None]) -> Line:
    if fault := line.row.payload.get(FAULT):
        line.refuse("", fault)
    for said in line.row.payload.get(SAID, ()):
        line.remark(said)
    for name, given in line.row.payload.get(CELLS, {}).items():
        if name in columns:
            try:
                line.cells[name] = columns[name].read(given, choices=choices[name])
            except Unfit as unfit:
                if columns[name].can_import:
                    line.refuse(name, str(unfit))
                else:
                    line.cells[name] = as_text(given)
    return line


def _undone(task: Task, row: RunRow) -> str:
    return f"{task.reason(row)}, taken back"


def _made(line: Line, made: models.Model) -> Effect:
    """With what the plan said of it, and what could only be seen by now: a row before it may have changed things."""
    memory = line.row.memory
    remarks = list(dict.fromkeys([*memory.get("remarks", []), *line.remarks]))
    said = {"remarks": remarks} if remarks else {}
    known = {"made": True, "version": made.version}  # type: ignore[attr-defined]  # versioned
    return Effect(remarks, made, {**memory, **said, **line.marks, **known})


def _not_allowed() -> Refused:
    return Refused([Reason("not_yours", _("You may not load this kind of spreadsheet."))])


# Which there are

_registered: dict[str, SheetResource] = {}


def resource_of(kind: str) -> SheetResource | None:
    return _registered.get(kind)


def resource_of_model(model: type[models.Model]) -> SheetResource | None:
    return next((each for each in _registered.values() if each.model is model), None)


def resources_for(person: Any) -> list[SheetResource]:
    """Those that somebody may load or write out, in the order in which they were registered."""
    return [each for each in _registered.values() if each.may_import(person) or each.may_export(person)]


def register(resource: SheetResource) -> SheetResource:
    """Make it known, with the run that plans and applies its rows; called when the app is ready."""
    from jobs import runs
    from jobs.spreadsheets.importing import read

    _registered[resource.kind] = resource
    runs.register_kind_of_many(
        resource.run_kind,
        read=read,
        plan_rows=resource.plan_rows,
        apply_rows=resource.apply_rows,
        undo_rows=resource.undo_rows,
    )
    return resource
