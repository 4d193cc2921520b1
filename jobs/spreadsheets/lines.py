"""One row of a file on its way: what it gives, what is here, and what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from audit.refusals import InvalidValues, Refused, StaleVersion
from jobs.models import Run, RunRow
from jobs.runs import Effect
from jobs.runs.engine import sentences_of
from jobs.spreadsheets.columns import Column

#: In a row's payload: the cells by field; what reading it found wrong; what to take of a conflict.
CELLS, FAULT, TAKE = "cells", "fault", "take"
#: And how a cell was taken, where that may be doubted.
SAID = "said"
#: What to take.
FROM_FILE, FROM_HERE = "file", "here"


@dataclass
class Task:
    """What the rows of a chunk have in common. `options`: the ticks of the plan, by name. `known`: for a resource, to
    look things up once."""

    by: Any
    run: Run
    options: Mapping[str, Any] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)

    def reason(self, row: RunRow) -> str:
        """Stands in the history of whatever the row changes."""
        return f"Import {self.run.params.get('sheet')}, row {row.number}"


def mark_of(sort: str) -> str:
    """What a row's memory has when a remark of that sort is made on it."""
    return f"said_{sort}"


@dataclass
class Line:
    """`cells`: what the file gives, by the field's name, as the column reads it; a column that the file has not, has no
    entry. `existing`: the row here that it is about. `changes`: field → (here, in the file). `conflicts`: field → (was,
    here, in the file)."""

    row: RunRow
    cells: dict[str, Any] = field(default_factory=dict)
    existing: Any = None
    errors: dict[str, list[str]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    #: Of which sorts the remarks are, by names of the resource's `remark_sorts`.
    remark_sorts: set[str] = field(default_factory=set)
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    conflicts: dict[str, tuple[Any, Any, Any]] = field(default_factory=dict)
    #: Why not, where it is no cell's fault.
    against: list[str] = field(default_factory=list)
    #: Why nothing comes of it, though nothing is wrong with it.
    passed_over: str = ""

    @property
    def is_refused(self) -> bool:
        return bool(self.errors or self.conflicts or self.against)

    def refuse(self, name: str, sentence: str | Promise) -> None:
        """A cell can't be taken. The first word on a cell stands; "" is the whole row."""
        if not name:
            self.against.append(str(sentence))
        elif name not in self.errors:
            self.errors[name] = [str(sentence)]

    def refuse_by(self, refused: Exception) -> None:
        """As a verb said it."""
        if isinstance(refused, InvalidValues):
            for name, sentences in refused.errors.items():
                self.refuse(name, " ".join(map(str, sentences)))
        elif isinstance(refused, Refused | StaleVersion):
            self.against += [said for said in sentences_of(refused) if said not in self.against]
        else:
            raise refused

    def remark(self, sentence: str | Promise, *, sort: str = "") -> None:
        """sort: one of the resource's `remark_sorts`, for whoever looks for rows of which the same is said."""
        self.remarks.append(str(sentence))
        if sort:
            self.remark_sorts.add(sort)

    @property
    def marks(self) -> dict[str, bool]:
        """The sorts of its remarks, as a row of the run remembers them."""
        return {mark_of(sort): True for sort in sorted(self.remark_sorts)}

    def effect(self, columns: Mapping[str, Column]) -> Effect:
        """What a plan says of it."""
        if self.passed_over:
            memory = {"remarks": [self.passed_over]}
            return Effect([self.passed_over], memory=memory, outcome=RunRow.Outcome.SAME)
        about, memory = self.existing, self._memory()
        action = RunRow.Action.CHANGED if about is not None else RunRow.Action.NEW
        if self.is_refused:
            return Effect(self._sentences(columns), about, memory, action, RunRow.Outcome.REFUSED)
        if about is not None and not self.changes:
            return Effect(self.remarks, about, memory, outcome=RunRow.Outcome.SAME)
        return Effect(self.remarks, about, memory, action)

    def _memory(self) -> dict[str, Any]:
        memory: dict[str, Any] = {
            "cells": {name: list(pair) for name, pair in self.changes.items()},
            "conflicts": {name: list(three) for name, three in self.conflicts.items()},
            "errors": self.errors,
            "remarks": self.remarks,
        }
        memory = {name: kept for name, kept in memory.items() if kept}
        if self.existing is not None:
            memory["version"] = self.existing.version
        return memory | self.marks

    def _sentences(self, columns: Mapping[str, Column]) -> list[str]:
        said = list(self.against)
        for name, sentences in self.errors.items():
            title = columns[name].title if name in columns else name
            said.append(f"{title}: {' '.join(sentences)}")
        for name in self.conflicts:
            title = columns[name].title if name in columns else name
            said.append(_("%(title)s: changed here since the file was made, and in the file too.") % {"title": title})
        return said + self.remarks
