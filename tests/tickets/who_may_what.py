"""Reads the literal table, and plays a row of it: every actor asks, on a ticket of that state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from audit.actors import SYSTEM, WORKFLOW, Actor, name_of, person_of
from audit.models import AuditEvent
from audit.refusals import Refused
from notifications.models import EmailNotification
from people.models import Department, Employee
from tests.factories import people
from tests.factories import tickets as factories
from tickets import conversation, lifecycle, rules
from tickets.enums import Status
from tickets.models import StagedFile, Ticket, TicketComment

Cells = dict[str, str]
Table = dict[tuple[str, str], Cells]

WORDS = {
    frozenset({"unseen"}): "unseen",
    frozenset({"state"}): "state",
    frozenset({"not_yours"}): "person",
    frozenset({"own_ticket"}): "person",
    frozenset({"not_yours", "state"}): "both",
    frozenset({"own_ticket", "state"}): "both",
    frozenset({"assigned"}): "assigned",
    frozenset({"too_early"}): "early",
    frozenset({"too_late"}): "late",
}


class BadTable(Exception):
    """The file is no table: a cell is missing, or a row stands there twice."""


def read(path: Path) -> Table:
    """(verb, state) → actor → word. Lines with # are comments; a line that begins with "verb" names the columns."""
    table: Table = {}
    actors: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        verb, state, *cells = [cell.strip() for cell in line.split("|")]
        if verb == "verb":
            actors = cells
        elif len(cells) != len(actors) or not all(cells) or (verb, state) in table:
            raise BadTable(line)
        else:
            table[verb, state] = dict(zip(actors, cells, strict=True))
    return table


#: In SQL: thousands of times, and to put six questions together anew took longer than to ask them.
FACTS = f"""
    SELECT status, version,
        (SELECT COUNT(*) FROM {Ticket.history.model._meta.db_table} WHERE id = %s),
        (SELECT COUNT(*) FROM {EmailNotification._meta.db_table}),
        (SELECT COUNT(*) FROM {TicketComment._meta.db_table} WHERE comment <> ''),
        (SELECT COUNT(*) FROM {AuditEvent._meta.db_table} WHERE kind = %s)
    FROM {Ticket._meta.db_table} WHERE id = %s
"""  # noqa: S608 - our own names


@dataclass(frozen=True)
class Facts:
    """What a refusal must leave as it was."""

    status: str
    version: int
    history: int
    mails: int
    comments: int
    refusals: int

    @classmethod
    def of(cls, ticket: Ticket) -> Facts:
        with connection.cursor() as cursor:
            cursor.execute(FACTS, [ticket.pk, AuditEvent.Kind.REFUSED, ticket.pk])
            return cls(*cursor.fetchone())


@dataclass
class Cast:
    """Everybody whom the columns of the table name."""

    home: Department
    other: Department
    actors: dict[str, Actor | None]

    @classmethod
    def with_everybody(cls) -> Cast:
        home, other = people.department("IT Department"), people.department("Legal")
        return cls(
            home,
            other,
            {
                "requester": people.person(),
                "assignee": people.coordinator(other),
                "coordinator": people.coordinator(home),
                "of another": people.coordinator(other),
                "of none": people.coordinator(None),
                "admin": people.admin(),
                "own admin": people.admin(),
                "suspended": people.coordinator(home, status="Suspended"),
                "stranger": people.person(),
                "nobody": None,
                "SYSTEM": SYSTEM,
                "WORKFLOW": WORKFLOW,
            },
        )

    def differences(self, label: str, state: str, cells: Cells) -> list[str]:
        """One sentence for each actor who gets another answer than the table says, or a half-done one."""
        verb = label.partition(" (")[0]
        tickets = {} if verb == "submit" else self._tickets(label, state)
        found = []
        for column, expected in cells.items():
            happened = self.play(verb, tickets.get(column), self.actors[column])
            if happened != expected:
                found.append(f"{label} × {state} × {column}: expected {expected}, is {happened}")
        return found

    def play(self, verb: str, ticket: Ticket | None, by: Actor | None) -> str:
        """What comes of it, as a word of the table. Undone afterwards, so that all ask on the same ticket."""
        with transaction.atomic():
            happened = self._ask(verb, ticket, by) if ticket else self._submit(by)
            transaction.set_rollback(True)
        return happened

    def _submit(self, by: Any) -> str:
        before = Ticket.objects.count()
        asked = {"category": factories.category(self.home), "subject": "A subject", "description": "Some more words."}
        try:
            made = lifecycle.submit(by=by, **asked)
        except Refused as refused:
            assert Ticket.objects.count() == before
            return word(refused)
        assert Ticket.objects.get(pk=made.pk).employee == by
        return made.status

    def _ask(self, verb: str, ticket: Ticket, by: Actor | None) -> str:
        is_seen = _is_seen(ticket, by)
        foretold = {reason.code for reason in rules.CHECKS[verb](ticket, by)}
        before, refusal = Facts.of(ticket), None
        try:
            VERBS[verb](self, ticket, by)
        except Refused as refused:
            refusal = refused
        after = Facts.of(ticket)
        codes = refusal.codes if refusal else set()
        assert foretold == codes, f"{verb}: foretold differently"
        assert ("unseen" in codes) == (not is_seen), f"{verb}: visible_to and the rules disagree"
        if refusal:
            assert replace(after, refusals=before.refusals) == before, f"{verb}: a refusal changed something"
            assert after.refusals == before.refusals + 1, f"{verb}: the refusal is not on the record"
            return word(refusal)
        last = ticket.history.latest()
        assert (after.version, after.history) == (before.version + 1, before.history + 1), f"{verb}: not one change"
        assert (last.verb, last.history_user, last.actor_name) == (verb, person_of(by), name_of(by))
        assert after.refusals == before.refusals
        return after.status

    def _tickets(self, label: str, state: str) -> dict[str, Ticket]:
        """Column → the ticket its actor asks on: one for all but those who must be its requester or assignee."""
        without_assignee = state == Status.NEW or label == "claim"

        def made(requester: str, assignee: str) -> Ticket:
            given = MOMENTS.get(label, MOMENTS[state])() if state in MOMENTS else {}
            return factories.quick_ticket(
                state,
                department=self.home,
                requester=self.actors[requester],
                assignee=None if without_assignee else self.actors[assignee],
                **given,
            )

        of_most = made("requester", "assignee")
        special = {"own admin": made("own admin", "assignee"), "suspended": made("requester", "suspended")}
        tickets = {column: special.get(column, of_most) for column in self.actors}
        for ticket in {of_most, *special.values()}:
            factories.comment(ticket, by=self.actors["coordinator"])
        return tickets


def _is_seen(ticket: Ticket, by: Actor | None) -> bool:
    """SYSTEM and WORKFLOW see all, nobody sees nothing, and a person what `visible_to` says."""
    person = person_of(by)
    return by is not None if person is None else rules.visible_to(person).filter(pk=ticket.pk).exists()


def _ago(days: int) -> dict[str, Any]:
    return {"since": timezone.now() - timedelta(days=days)}


def _resumes(days: int) -> dict[str, Any]:
    return {"resume_date": timezone.localdate() + timedelta(days=days)}


#: Since when it has been in its state, for whom that matters; by label of the row or else by state.
MOMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    Status.ON_HOLD: lambda: _resumes(0),
    "resume (not due)": lambda: _resumes(1),
    Status.RESOLVED: lambda: _ago(settings.AUTO_CLOSE_DAYS + 1),
    "close (not due)": lambda: _ago(settings.AUTO_CLOSE_DAYS - 1),
    Status.CLOSED: lambda: _ago(settings.REOPEN_DAYS - 1),
    "reopen (too late)": lambda: _ago(settings.REOPEN_DAYS + 1),
}


def _file_of(cast: Cast, by: Any) -> StagedFile:
    """A file that they have uploaded; the bytes are not looked at any more."""
    owner = by if isinstance(by, Employee) else cast.actors["requester"]
    return StagedFile.objects.create(
        owner=owner, file="tickets/00/none", file_name="a.txt", file_type="text/plain", file_size=1, is_stored=True
    )


WHY = "They asked for it on the phone."

#: How each verb is asked for, with values that are good for everybody who may.
VERBS: dict[str, Callable[[Cast, Ticket, Any], Any]] = {
    "edit": lambda cast, ticket, by: lifecycle.edit(
        ticket, by=by, subject="Another subject", description="Other words, and enough of them.", reason=WHY
    ),
    "approve": lambda cast, ticket, by: lifecycle.approve(ticket, by=by, priority="High", department=cast.home),
    "reject": lambda cast, ticket, by: lifecycle.reject(ticket, by=by, reason=WHY),
    "claim": lambda cast, ticket, by: lifecycle.claim(ticket, by=by),
    "assign": lambda cast, ticket, by: lifecycle.assign(ticket, by=by, assignee=cast.actors["of another"]),
    "start": lambda cast, ticket, by: lifecycle.start(ticket, by=by),
    "hold": lambda cast, ticket, by: lifecycle.hold(ticket, by=by, reason=WHY),
    "resume": lambda cast, ticket, by: lifecycle.resume(ticket, by=by),
    "resolve": lambda cast, ticket, by: lifecycle.resolve(ticket, by=by, resolution="It works again."),
    "close": lambda cast, ticket, by: lifecycle.close(ticket, by=by, reason=WHY),
    "reopen": lambda cast, ticket, by: lifecycle.reopen(ticket, by=by, reason=WHY),
    "withdraw": lambda cast, ticket, by: lifecycle.withdraw(ticket, by=by, reason=WHY),
    "reprioritise": lambda cast, ticket, by: lifecycle.reprioritise(ticket, by=by, priority="Critical", reason=WHY),
    "transfer": lambda cast, ticket, by: lifecycle.transfer(ticket, by=by, department=cast.other, reason=WHY),
    "comment": lambda cast, ticket, by: conversation.comment(ticket, by=by, comment="Have a look, please."),
    "attach": lambda cast, ticket, by: conversation.attach(ticket, by=by, files=[_file_of(cast, by)]),
    "note": lambda cast, ticket, by: conversation.comment(ticket, by=by, comment="For us alone.", is_internal=True),
    "redact": lambda cast, ticket, by: conversation.redact(ticket.comments.first(), by=by, reason=WHY),
}


def word(refused: Refused) -> str:
    for reason in refused.reasons:
        assert str(reason.sentence).endswith("."), reason
    return WORDS.get(frozenset(refused.codes)) or f"{sorted(refused.codes)}?"
