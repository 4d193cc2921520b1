"""What people can choose to be told of about tickets, or not: each kind with its messages."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from notifications.messages import BY_EMAIL, IN_APP, Kind
from people.enums import STAFF_ROLES, Role

_STAFF, _EVERYBODY = frozenset(STAFF_ROLES), frozenset(Role)
_BOTH = frozenset({BY_EMAIL, IN_APP})


def _kind(name: str, title: Any, hint: Any, roles: frozenset[Any], channels: frozenset[str] = _BOTH) -> Kind:
    return Kind(f"ticket_{name}", title, hint, channels, lambda person: person.role in roles)


#: What admins may put into own words for an e-mail about a ticket.
PLACEHOLDERS: dict[str, Any] = {
    "number": gettext_lazy("the number of the ticket"),
    "ticket_subject": gettext_lazy("its subject"),
    "status": gettext_lazy("its state"),
    "priority": gettext_lazy("its priority"),
    "category": gettext_lazy("what it is about"),
    "department": gettext_lazy("the department"),
    "requester": gettext_lazy("who asked"),
    "assignee": gettext_lazy("who has it"),
    "actor": gettext_lazy("who did what the e-mail tells of"),
}
#: Made up, to show an e-mail with.
SAMPLE: dict[str, Any] = {
    "number": "TX0042",
    "ticket_subject": "Laptop does not start",
    "status": "In Progress",
    "priority": "High",
    "category": "IT Support",
    "department": "IT Department",
    "requester": "Elena Rossi",
    "assignee": "Chen Wei",
    "actor": "Amara Okafor",
    "before": "Medium",
    "count": 2,
    "resume_date": "",
    "path": "/my/tickets/TX0042/",
}

#: Those that quote what somebody wrote, as the sample does.
WITH_WORDS = frozenset(
    {"rejected", "on_hold", "resolved", "closed", "reopened", "withdrawn", "commented", "noted", "reprioritised"}
)
SAMPLE_WORDS = "We have ordered a new battery.\nIt should be here on Monday."


def sample_of(name: str, *, is_requester: bool) -> dict[str, Any]:
    """What an e-mail is shown with."""
    words = {"reason": SAMPLE_WORDS} if name in WITH_WORDS else {}
    return {**SAMPLE, **words, "is_requester": is_requester}


#: What one can choose to be told of, in the order of the page; each with its messages.
KINDS: list[tuple[Kind, tuple[str, ...]]] = [
    (
        _kind(
            "receipts",
            gettext_lazy("Receipts"),
            gettext_lazy("That a ticket of yours has reached us."),
            _EVERYBODY,
            frozenset({BY_EMAIL}),
        ),
        ("submitted", "brought_in"),
    ),
    (
        _kind(
            "progress",
            gettext_lazy("A ticket moves on"),
            gettext_lazy("It is approved, rejected, on hold, solved, closed: what you asked for or work on."),
            _EVERYBODY,
        ),
        ("approved", "taken", "rejected", "on_hold", "resumed", "resolved", "closed", "reopened", "withdrawn"),
    ),
    (
        _kind(
            "replies",
            gettext_lazy("Replies and files"),
            gettext_lazy("Somebody writes to you on a ticket, or adds a file."),
            _EVERYBODY,
        ),
        ("commented", "attached"),
    ),
    (
        _kind(
            "assigned",
            gettext_lazy("A ticket is assigned to you"),
            gettext_lazy("Somebody else gave it to you."),
            _STAFF,
        ),
        ("assigned",),
    ),
    (
        _kind(
            "waiting",
            gettext_lazy("A ticket waits in your department"),
            gettext_lazy("It was approved or transferred, and nobody has it yet."),
            frozenset({Role.TICKET_COORDINATOR}),
        ),
        ("waiting",),
    ),
    (
        _kind(
            "to_approve",
            gettext_lazy("A ticket waits for approval"),
            gettext_lazy("Somebody asked for something new."),
            frozenset({Role.SYSTEM_ADMIN}),
        ),
        ("to_approve",),
    ),
    (
        _kind(
            "notes",
            gettext_lazy("Internal notes and priorities"),
            gettext_lazy("What is said and changed between colleagues on a ticket of yours."),
            _STAFF,
        ),
        ("noted", "reprioritised"),
    ),
]
