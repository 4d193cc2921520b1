"""What the pages of an import say: where it stands, how many rows of which sort, and each row cell by cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.models import Run, RunRow
from jobs.spreadsheet_models import ColumnMemory, Spreadsheet
from jobs.spreadsheets.columns import as_text
from jobs.spreadsheets.lines import mark_of
from jobs.spreadsheets.mapping import memory_of
from jobs.spreadsheets.reading import Found
from jobs.spreadsheets.resources import SheetResource, resource_of

Outcome, Action, Phase, Status = RunRow.Outcome, RunRow.Action, Run.Phase, Run.Status

#: Seconds for which counts are kept: those of a finished run change no more.
COUNTED_FOR, COUNTED_FOR_AT_WORK = 24 * 60 * 60, 2

#: Of a new row the first cells are shown; the file has them all.
CELLS_OF_A_NEW_ROW = 20


@dataclass(frozen=True)
class Sort:
    """Rows of which the same became. `name` as in addresses, `look` the colour of the pill."""

    name: str
    word: str | Promise
    rows: Q
    look: str
    icon: str
    is_wrong: bool = False


#: In the order of the tabs. A row is of the first sort that fits, but for remarks, which any row may have.
SORTS = [
    Sort("new", gettext_lazy("New"), Q(outcome=Outcome.GOOD, action=Action.NEW), "new", "plus"),
    Sort("changed", gettext_lazy("Changed"), Q(outcome=Outcome.GOOD, action=Action.CHANGED), "changed", "pencil"),
    Sort("applied", gettext_lazy("Done"), Q(outcome=Outcome.APPLIED), "applied", "tick"),
    Sort("undone", gettext_lazy("Taken back"), Q(outcome=Outcome.UNDONE), "undone", "withdrawn"),
    Sort("kept", gettext_lazy("Kept"), Q(outcome=Outcome.KEPT), "kept", "lock"),
    Sort("same", gettext_lazy("Unchanged"), Q(outcome=Outcome.SAME), "same", "tick"),
    Sort(
        "refused", gettext_lazy("Refused"), Q(outcome__in=[Outcome.REFUSED, Outcome.FAILED]), "refused", "cross", True
    ),
    Sort("staged", gettext_lazy("Not checked yet"), Q(outcome=Outcome.STAGED), "staged", "clock"),
]
CONFLICTS = Sort(
    "conflicts",
    gettext_lazy("Conflicts"),
    Q(outcome=Outcome.REFUSED, memory__has_key="conflicts"),
    "conflict",
    "warning",
    True,
)
REMARKS = Sort("remarks", gettext_lazy("With a remark"), Q(memory__has_key="remarks"), "remark", "info")
#: After somebody said go, rows that were good are those not reached.
NOT_REACHED = gettext_lazy("Not reached")
_BY_NAME = {sort.name: sort for sort in [*SORTS, CONFLICTS, REMARKS]}


def _sorts_of(run: Run) -> dict[str, Sort]:
    """By name; with those of the remarks that many rows of this kind may share."""
    resource = resource_of(run.kind.removeprefix("spreadsheets."))
    shared = resource.remark_sorts if resource else {}
    of_remarks = [
        Sort(f"said-{name}", word, REMARKS.rows & Q(memory__has_key=mark_of(name)), REMARKS.look, REMARKS.icon)
        for name, word in shared.items()
    ]
    return _BY_NAME | {sort.name: sort for sort in of_remarks}


@dataclass(frozen=True)
class Tally:
    """How many rows are of a sort."""

    sort: Sort
    word: str
    count: int

    @property
    def name(self) -> str:
        return self.sort.name

    @property
    def count_words(self) -> str:
        return f"{self.count:,}"

    @property
    def is_wrong(self) -> bool:
        return self.sort.is_wrong


def tallies(run: Run) -> list[Tally]:
    """The sorts of which there are rows."""
    sorts = _sorts_of(run)
    counted = _counted(run, sorts)
    started = run.phase in {Phase.APPLY, Phase.UNDO}
    found = []
    for sort in sorts.values():
        # What was counted before an update of the program knows nothing of a sort that came with it.
        if count := counted.get(sort.name):
            is_left = started and sort.name in {"new", "changed"}
            word = f"{sort.word} ({NOT_REACHED.lower()})" if is_left else str(sort.word)
            found.append(Tally(sort, word, count))
    return found


def _counted(run: Run, sorts: Mapping[str, Sort]) -> dict[str, int]:
    """How many rows are of each sort. Counting a hundred thousand takes a while, and once a run is finished they stay
    as they are until it is sent on: then it is finished at another time."""
    finished = run.finished_at.timestamp() if run.finished_at else ""
    key = f"run-tallies:{run.pk}:{run.phase}:{run.status}:{finished}"
    kept = cache.get(key)
    if kept is not None:
        return dict(kept)
    # Each is answered by an index alone.
    counted = dict.fromkeys(sorts, 0)
    for outcome, count in run.rows.order_by().values_list("outcome").annotate(rows=Count("*")):
        counted[_sort_name(outcome, Action.CHANGED)] += count
    for sort in (_BY_NAME["new"], CONFLICTS, REMARKS):
        counted[sort.name] = run.rows.filter(sort.rows).count()
    counted["changed"] -= counted["new"]
    if counted[REMARKS.name]:
        counted |= {name: run.rows.filter(sorts[name].rows).count() for name in sorts.keys() - _BY_NAME.keys()}
    cache.set(key, counted, COUNTED_FOR if run.is_finished else COUNTED_FOR_AT_WORK)
    return counted


def of_sort(run: Run, name: str) -> QuerySet[RunRow]:
    rows = run.rows.order_by("number")
    sorts = _sorts_of(run)
    return rows.filter(sorts[name].rows) if name in sorts else rows


class PagesOfSort(Paginator):
    """The rows of a sort, a page at a time. How many there are is known; and to pass over ninety thousand, only their
    numbers are read, which stand in the index."""

    def __init__(self, run: Run, name: str, found: Sequence[Tally], per_page: int) -> None:
        self.of_sort = of_sort(run, name)
        super().__init__(self.of_sort, per_page)
        of_name = {tally.name: tally.count for tally in found}
        every = sum(tally.count for tally in found if tally.sort in SORTS)
        self.run, self.count = run, of_name.get(name, 0) if name in _sorts_of(run) else every

    def page(self, number: Any) -> Page:
        number = self.validate_number(number)
        begin = (number - 1) * self.per_page
        numbers = list(self.of_sort.values_list("number", flat=True)[begin : begin + self.per_page])
        rows = self.run.rows.filter(number__in=numbers).order_by("number").select_related("about_type")
        return Page(rows, number, self)


def refused_for_words(run: Run, names: Iterable[str], most: int) -> QuerySet[RunRow, tuple[Any, Any]]:
    """Of the first so many refused rows those refused for one of these fields: the cells and the errors, by field."""
    first = run.rows.filter(outcome=Outcome.REFUSED).order_by("number").values("pk")[:most]
    refused = RunRow.objects.filter(pk__in=first, memory__errors__has_any_keys=list(names))
    return refused.order_by("number").values_list("payload__cells", "memory__errors")


def refused_count(run: Run) -> int:
    return run.rows.filter(outcome__in=[Outcome.REFUSED, Outcome.FAILED]).count()


def counts_words(run: Run) -> str:
    """“12 new, 3 changed, 1 refused”."""
    own = [tally for tally in tallies(run) if tally.sort in SORTS]
    return ", ".join(f"{tally.count_words} {tally.word.lower()}" for tally in own) or _("no rows")


_FINISHED: dict[str, str] = {Phase.PLAN: "planned", Phase.UNDO: "undone"}
_AT_WORK: dict[str, str] = {
    Phase.READ: "reading",
    Phase.PLAN: "planning",
    Phase.APPLY: "applying",
    Phase.UNDO: "undoing",
}


def state_of(run: Run | None) -> str:
    """reading, planning, planned, dropped, applying, done, undoing, undone, stopped or failed; "matching" without."""
    if run is None:
        return "matching"
    before = run.phase in {Phase.READ, Phase.PLAN}
    if run.status == Status.CANCELLED:
        return "dropped" if before else "stopped"
    if run.status == Status.FAILED:
        return "failed"
    if run.is_finished:
        return _FINISHED.get(run.phase, "done")
    return _AT_WORK[run.phase]


#: State → as a list and a heading say it, and the colour of its pill.
STATES: dict[str, tuple[str | Promise, str | Promise, str]] = {
    "matching": (gettext_lazy("Columns to choose"), "", "at-work"),
    "reading": (gettext_lazy("Being read"), gettext_lazy("The file is being read"), "at-work"),
    "planning": (gettext_lazy("Being checked"), gettext_lazy("Every row is being checked"), "at-work"),
    "planned": (
        gettext_lazy("Checked, waits for you"),
        gettext_lazy("Nothing has happened yet. This is the plan."),
        "new",
    ),
    "dropped": (gettext_lazy("Dropped"), gettext_lazy("This plan was dropped"), "undone"),
    "applying": (gettext_lazy("Being done"), gettext_lazy("It is being done"), "at-work"),
    "done": (gettext_lazy("Done"), gettext_lazy("Done"), "applied"),
    "undoing": (gettext_lazy("Being taken back"), gettext_lazy("It is being taken back"), "at-work"),
    "undone": (gettext_lazy("Taken back"), gettext_lazy("It was taken back"), "undone"),
    "stopped": (gettext_lazy("Stopped"), gettext_lazy("Stopped"), "kept"),
    "failed": (gettext_lazy("Broke off"), gettext_lazy("It broke off"), "refused"),
}
AT_WORK = frozenset({"reading", "planning", "applying", "undoing"})


def found_words(sheet: Spreadsheet) -> str:
    """“CSV, UTF-16, separated by semicolons, Windows line ends”."""
    return Found.of(sheet.found).words() if sheet.found else ""


def remembered_words(sheet: Spreadsheet) -> str:
    memory: ColumnMemory | None = memory_of(sheet)
    if memory is None or sheet.run_id is not None:
        return ""
    return _("The columns are taken as they were for the last file of this shape. Look whether they still fit.")


# Rows


@dataclass(frozen=True)
class Cell:
    title: str
    old: str
    new: str
    is_changed: bool
    errors: Sequence[str] = ()


@dataclass(frozen=True)
class Versions:
    """A cell that two had to do with."""

    title: str
    here: str
    file: str
    was: str = ""


@dataclass(frozen=True)
class RowShown:
    number: int
    name: str
    link: str
    word: str
    look: str
    icon: str
    sentences: Sequence[str]
    cells: Sequence[Cell]
    #: Changed here and in the file; and what an undo left, because somebody had changed it.
    conflicts: Sequence[Versions]
    kept: Sequence[Versions]
    remarks: Sequence[str]


def rows_shown(resource: SheetResource, rows: Iterable[RunRow]) -> list[RowShown]:
    titles = {column.name: str(column.title) for column in resource.columns}
    return [_row_shown(resource, row, titles) for row in rows]


def _row_shown(resource: SheetResource, row: RunRow, titles: Mapping[str, str]) -> RowShown:
    sort = _sort_of(row)
    conflicts = [
        Versions(titles.get(name, name), _shown(here), _shown(file), _shown(was))
        for name, (was, here, file) in _ordered(row, "conflicts", titles).items()
    ]
    remarks = [str(said) for said in row.memory.get("remarks", [])]
    return RowShown(
        row.number,
        _name(resource, row),
        _link(row),
        _("Conflict") if sort is CONFLICTS else str(sort.word),
        sort.look,
        sort.icon,
        _sentences(row, titles, remarks),
        _cells(row, titles),
        conflicts,
        [
            Versions(titles.get(name, name), _shown(here), _shown(file))
            for name, (here, file) in _ordered(row, "kept", titles).items()
        ],
        remarks,
    )


def _sentences(row: RunRow, titles: Mapping[str, str], remarks: Sequence[str]) -> list[str]:
    """Those that are said nowhere else: what is wrong with a cell stands at it."""
    at_cells = [f"{titles.get(name, name)}: " for part in ("errors", "conflicts") for name in row.memory.get(part, ())]
    found = []
    for sentence in row.sentences:
        name, colon, rest = sentence.partition(": ")
        if sentence not in remarks and not sentence.startswith(tuple(at_cells)):
            # What a verb said when the row was applied names the field as the code does.
            found.append(f"{titles[name]}: {rest}" if colon and name in titles else sentence)
    return found


_SORT_OF: dict[str, str] = {
    Outcome.STAGED: "staged",
    Outcome.SAME: "same",
    Outcome.APPLIED: "applied",
    Outcome.UNDONE: "undone",
    Outcome.KEPT: "kept",
}


def _sort_of(row: RunRow) -> Sort:
    if row.outcome == Outcome.REFUSED and row.memory.get("conflicts"):
        return CONFLICTS
    return _BY_NAME[_sort_name(row.outcome, row.action)]


def _sort_name(outcome: str, action: str) -> str:
    if outcome == Outcome.GOOD:
        return "new" if action == Action.NEW else "changed"
    return _SORT_OF.get(outcome, "refused")


def _cells(row: RunRow, titles: Mapping[str, str]) -> list[Cell]:
    """Changed cells old and new, wrong ones with their sentences; of a new row the first ones."""
    given = row.payload.get("cells", {})
    changes, errors = _ordered(row, "cells", titles), _ordered(row, "errors", titles)
    found = [
        Cell(titles.get(name, name), _shown(old), _shown(new), row.action != Action.NEW, errors.get(name, ()))
        for name, (old, new) in changes.items()
    ]
    found += [
        Cell(titles.get(name, name), "", _shown(given.get(name)), False, said)
        for name, said in errors.items()
        if name not in changes and name in titles
    ]
    if not found and row.outcome == Outcome.GOOD and row.action == Action.NEW:
        filled = [name for name in titles if given.get(name) not in (None, "")]
        found = [Cell(titles[name], "", _shown(given[name]), False) for name in filled[:CELLS_OF_A_NEW_ROW]]
    return found


def _ordered(row: RunRow, part: str, titles: Mapping[str, str]) -> dict[str, Any]:
    """By field, in the order of the columns: PostgreSQL keeps the keys of JSON in one of its own."""
    kept: Mapping[str, Any] = row.memory.get(part, {})
    return {name: kept[name] for name in sorted(kept, key=[*titles, *kept].index)}


def _shown(value: Any) -> str:
    return _("empty") if value in (None, "") else as_text(value)


def _name(resource: SheetResource, row: RunRow) -> str:
    given = row.payload.get("cells", {})
    return resource.name_of(given) or row.key or _("(nothing in it)")


def _link(row: RunRow) -> str:
    """The page of what the row is about, where it is there and has one."""
    if row.about_type_id is None or row.outcome in {Outcome.UNDONE, Outcome.STAGED}:
        return ""
    model = row.about_type.model_class() if row.about_type else None
    if model is None or model not in admin.site._registry or (row.action == Action.NEW and row.outcome == Outcome.GOOD):
        return ""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.about_id])
