"""Tickets of a CSV, submitted as people would submit them: through the door, by requesters made along the way.

One ticket a row, in New, with today's date; `bring_in` is the verb for old ones. A row that was submitted before is
known by its reference (a digest of what it says), so that a run can be broken off and started again.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actors import SYSTEM
from audit.refusals import InvalidValues, Refused
from people import lifecycle as people
from people.models import Employee
from tickets import lifecycle
from tickets.models import Ticket, TicketCategory
from tickets.resources.requesters import parts_of_name

REQUIRED = ("customer name", "customer email", "ticket subject", "ticket description")
OPTIONAL = ("ticket id", "ticket type")
#: What the kind of a ticket is called there → our category. Whatever else there is goes to the last.
CATEGORIES = {"technical issue": "IT Support"}
ELSE = "Others"


class Unreadable(Exception):
    """The file as a whole can't be used; the message says why."""


@dataclass(frozen=True)
class Row:
    """number: as a spreadsheet counts, the header being 1; line: in the file, where the row ends. `fault`: why the row
    could not be read at all."""

    number: int
    line: int
    cells: dict[str, str] = field(default_factory=dict)
    fault: str = ""

    @property
    def reference(self) -> str:
        said = "\x1f".join(self.cells.get(name, "") for name in (*REQUIRED, "ticket id"))
        return f"replay-{hashlib.sha256(said.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


@dataclass
class Report:
    made: int = 0
    there: int = 0
    people: int = 0
    refused: list[tuple[Row, str]] = field(default_factory=list)

    @property
    def read(self) -> int:
        return self.made + self.there + len(self.refused)


def rows(file: TextIO) -> Iterator[Row]:
    """The rows of a CSV with a header. Open the file with newline="" and "utf-8-sig". Raises Unreadable."""
    # Strict: a quote that is never closed would swallow the rest of the file and call it one cell.
    reader = csv.reader(file, strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in REQUIRED if name not in header]
        if missing:
            names = ", ".join(f"“{name.title()}”" for name in missing)
            raise Unreadable(_("The first row must name the columns; these are missing: %(names)s.") % {"names": names})
        yield from _read(reader, header)
    except UnicodeDecodeError:
        raise Unreadable(_("This file is not UTF-8. Save it as “CSV UTF-8” and try again.")) from None
    except csv.Error as error:
        raise Unreadable(_("The first row can't be read: %(fault)s.") % {"fault": error}) from None


def _read(reader: Iterator[list[str]], header: list[str]) -> Iterator[Row]:
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            fault = _("This row can't be read: %(fault)s.") % {"fault": error}
            yield Row(number, reader.line_num, fault=fault)  # type: ignore[attr-defined]  # the reader's
            continue
        line: int = reader.line_num  # type: ignore[attr-defined]  # the reader's
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            sentence = _("This row has %(cells)d cells, and the header names %(columns)d.")
            yield Row(number, line, fault=sentence % {"cells": len(cells), "columns": len(header)})
        else:
            wanted = {name: cell for name, cell in zip(header, cells, strict=True) if name in (*REQUIRED, *OPTIONAL)}
            yield Row(number, line, wanted)


def replay(given: Iterable[Row], *, told: Callable[[Report], None] = lambda _report: None) -> Report:
    """Submit them one by one, each in a transaction of its own. `told` is called after each row."""
    categories = _categories()
    report = Report()
    for row in given:
        try:
            _replay_one(row, categories, report)
        except InvalidValues as invalid:
            said = [f"{name}: {' '.join(map(str, sentences))}" for name, sentences in invalid.errors.items()]
            report.refused.append((row, " ".join(said)))
        except Refused as refused:
            report.refused.append((row, str(refused)))
        told(report)
    return report


def _replay_one(row: Row, categories: dict[str, TicketCategory], report: Report) -> None:
    if row.fault:
        report.refused.append((row, row.fault))
        return
    if Ticket.objects.filter(external_reference=row.reference).exists():
        report.there += 1
        return
    # One transaction, so that nobody is made whose ticket is refused.
    with transaction.atomic():
        requester, is_new = _requester(row)
        lifecycle.submit(
            by=requester,
            category=categories.get(row.cells.get("ticket type", "").strip().lower(), categories[ELSE]),
            subject=row.cells["ticket subject"],
            description=row.cells["ticket description"],
            external_reference=row.reference,
        )
    report.made += 1
    report.people += is_new


def _requester(row: Row) -> tuple[Employee, bool]:
    """Whoever has this address, or somebody new: approved, without a password, told nothing."""
    address = row.cells["customer email"]
    known = Employee.objects.with_address(address).first()
    if known is not None:
        return known, False
    names: dict[str, Any] = {**parts_of_name(row.cells["customer name"])}
    made = people.bring_in(by=SYSTEM, email=address, approved=True, **names)
    return made, True


def _categories() -> dict[str, TicketCategory]:
    """Kind of a ticket there → category here, as far as it is offered."""
    offered = {category.name: category for category in TicketCategory.objects.filter(is_active=True)}
    if ELSE not in offered:
        raise Unreadable(_("There is no category “%(name)s” to put the tickets into.") % {"name": ELSE})
    return {kind: offered[name] for kind, name in {**CATEGORIES, ELSE: ELSE}.items() if name in offered}
