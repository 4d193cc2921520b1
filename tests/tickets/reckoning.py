"""What should become of tickets, reckoned apart from the code: from domain.md and from the literal table.

No function of tickets/ is asked here. The clocks are sums over the time a ticket spent in each state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from audit.actors import SYSTEM, NamedActor
from people.models import Department, Employee
from tests.tickets import who_may_what

TABLE = who_may_what.read(Path(__file__).with_name("expected_who_may_what.txt"))
STATES = ["New", "Open", "In Progress", "On Hold", "Resolved", "Closed", "Rejected", "Withdrawn"]
VERBS = sorted({label.partition(" (")[0] for label, _state in TABLE} - {"submit"})
#: The states in which the resolution clock runs.
RUNNING = {"New", "Open", "In Progress"}
AUTO_CLOSE, REOPEN = timedelta(days=7), timedelta(days=14)

#: Whom each verb tells, besides the actor and whoever may not see it. "department": its coordinators and its head.
TOLD: dict[str, set[str]] = {
    "approve": {"requester", "assignee or department"},
    "claim": {"requester"},
    "assign": {"requester", "assignee"},
    "comment": {"requester", "assignee or coordinators"},
    "attach": {"requester", "assignee or coordinators"},
    "note": {"assignee"},
    "reprioritise": {"assignee"},
    "transfer": {"department"},
    **{
        verb: {"requester", "assignee"}
        for verb in ["reject", "hold", "resume", "resolve", "close", "reopen", "withdraw"]
    },
    **{verb: set() for verb in ["edit", "start", "redact"]},
}


@dataclass
class Folk:
    """The people, and who of them is suspended."""

    people: dict[str, Employee]
    suspended: set[str] = field(default_factory=set)

    def name(self, person: Employee | None) -> str | None:
        return next((name for name, one in self.people.items() if one == person), None)

    def is_approved_staff(self, name: str) -> bool:
        return name not in self.suspended and self.people[name].role in {"Ticket Coordinator", "System Admin"}

    def coordinators_of(self, department: Department | None) -> set[str]:
        return {
            name
            for name, one in self.people.items()
            if one.role == "Ticket Coordinator" and department and one.department == department
        }

    def admins(self) -> set[str]:
        return {name for name, one in self.people.items() if one.role == "System Admin"}

    def by_address(self, address: str) -> str | None:
        return next((name for name, one in self.people.items() if one.email.lower() == address.lower()), None)


@dataclass
class Expected:
    """A ticket as it should be. People by name."""

    pk: int
    number: str
    requester: str
    department: Department
    priority: str
    timeline: list[tuple[datetime, str]]
    record: list[tuple[str, Any]]
    assignee: str | None = None
    response_time: timedelta | None = None
    resume_date: date | None = None
    comments: list[int] = field(default_factory=list)

    @property
    def status(self) -> str:
        return self.timeline[-1][1]

    @property
    def in_state_since(self) -> datetime:
        """Since when without a break; a claim On Hold is none."""
        return next(
            moment
            for position, (moment, _state) in enumerate(self.timeline)
            if all(state == self.status for _moment, state in self.timeline[position:])
        )

    @property
    def time_closed(self) -> datetime | None:
        return self.in_state_since if self.status in {"Closed", "Rejected", "Withdrawn"} else None

    @property
    def resolution_time(self) -> timedelta | None:
        if self.status not in {"Resolved", "Closed"}:
            return None
        ends = [moment for moment, _state in self.timeline[1:]]
        spans = zip(self.timeline, ends, strict=False)
        return sum(((end - begin) for (begin, state), end in spans if state in RUNNING), timedelta(0))

    @property
    def last_resolved(self) -> datetime | None:
        return max((moment for moment, state in self.timeline if state == "Resolved"), default=None)


def columns_of(ticket: Expected, actor: str | NamedActor, folk: Folk) -> list[str]:
    """Which columns of the table somebody is on this ticket. The requester is that and nothing more."""
    if isinstance(actor, NamedActor):
        return ["SYSTEM" if actor is SYSTEM else "WORKFLOW"]
    person = folk.people[actor]
    if actor in folk.suspended:
        return ["suspended"]
    if actor == ticket.requester:
        return ["own admin" if actor in folk.admins() else "requester"]
    found = {
        "admin": actor in folk.admins(),
        "coordinator": actor in folk.coordinators_of(ticket.department),
        "assignee": actor == ticket.assignee,
        "stranger": person.role == "Employee",
    }
    return [column for column, is_it in found.items() if is_it] or ["of another" if person.department else "of none"]


def verdict(verb: str, ticket: Expected, actor: str | NamedActor, folk: Folk, now: datetime) -> str:
    """The table's word. Who is two things at once may what either may; of two refusals the weaker one is given."""
    cells = TABLE[_label(verb, ticket, now), ticket.status]
    words = {cells[column] for column in columns_of(ticket, actor, folk)}
    order = [*STATES, "assigned", "early", "late", "state", "person", "both", "unseen"]
    return min(words, key=order.index)


def _label(verb: str, ticket: Expected, now: datetime) -> str:
    waited = now - ticket.in_state_since
    not_due = ticket.resume_date is None or ticket.resume_date > now.date()
    if verb == "claim" and ticket.assignee:
        return "claim (assigned)"
    if verb == "resume" and ticket.status == "On Hold" and not_due:
        return "resume (not due)"
    if verb == "close" and ticket.status == "Resolved" and waited <= AUTO_CLOSE:
        return "close (not due)"
    if verb == "reopen" and ticket.status == "Closed" and waited > REOPEN:
        return "reopen (too late)"
    return verb


def sees(ticket: Expected, name: str, folk: Folk) -> bool:
    return columns_of(ticket, name, folk)[0] not in {"suspended", "stranger", "of another", "of none"}


def is_unfit(verb: str, ticket: Expected, given: dict[str, Any], folk: Folk) -> bool:
    """Whether the values can't be taken, whoever gives them."""
    if verb in {"approve", "assign"}:
        name = given["assignee"]
        unfit = name is not None and (not folk.is_approved_staff(name) or name == ticket.requester)
        return unfit or (verb == "assign" and name == ticket.assignee)
    if verb == "reprioritise":
        return given["priority"] == ticket.priority
    return verb == "transfer" and given["department"] == ticket.department


def change(ticket: Expected, verb: str, actor: str | NamedActor, given: dict[str, Any], now: datetime, to: str) -> None:
    """What the verb does, when it is done."""
    if verb in {"approve", "reject", "claim", "comment"} and actor != ticket.requester and ticket.response_time is None:
        ticket.response_time = now - ticket.timeline[0][0]
    if verb == "claim":
        ticket.assignee = str(actor)
    if verb in {"approve", "assign"}:
        ticket.assignee = given["assignee"]
    if verb in {"approve", "reprioritise"}:
        ticket.priority = given["priority"]
    if verb in {"approve", "transfer"}:
        ticket.department = given["department"]
    if verb == "transfer":
        ticket.assignee = None
    if verb == "hold":
        ticket.resume_date = given["resume_date"]
    ticket.timeline.append((now, to))
    ticket.record.append((verb, actor))
    if to != "On Hold":
        ticket.resume_date = None


def told(verb: str, ticket: Expected, actor: str | NamedActor, folk: Folk) -> list[str]:
    """The addresses, in order, once each, of those who should get an e-mail of what was just done."""
    names: set[str] = set()
    addresses: set[str] = set()
    whom = TOLD[verb]
    if "requester" in whom:
        names.add(ticket.requester)
    gone = ticket.assignee in folk.suspended and "assignee or coordinators" in whom
    if ticket.assignee and not gone and whom & {"assignee", "assignee or department", "assignee or coordinators"}:
        names.add(ticket.assignee)
    elif whom & {"department", "assignee or department", "assignee or coordinators"}:
        names |= folk.coordinators_of(ticket.department) - {ticket.requester}
        if "assignee or coordinators" not in whom and ticket.department.head_email:
            head = folk.by_address(ticket.department.head_email)
            names |= {head} - {None, ticket.requester}
            addresses |= set() if head else {ticket.department.head_email}
    seeing = {name for name in names if name != actor and sees(ticket, name, folk)}
    return sorted(addresses | {folk.people[name].email for name in seeing})


def told_of_submission(requester: str, folk: Folk) -> list[str]:
    """The receipt, and the admins who will decide."""
    admins = folk.admins() - folk.suspended
    return sorted(folk.people[name].email for name in admins | {requester})
