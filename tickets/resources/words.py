"""What other help desks call our states, priorities and columns: in lower case → our word."""

from __future__ import annotations

from collections.abc import Mapping

from tickets.enums import Priority, Status


def _words(text: str) -> list[str]:
    return text.split(", ")


def _turned(words: Mapping[str, str]) -> dict[str, str]:
    return {word: str(ours) for ours, theirs in words.items() for word in _words(theirs)}


STATUSES = _turned(
    {
        Status.NEW: "submitted, unapproved, waiting for approval, pending approval, registered",
        Status.OPEN: "to do, todo, backlog, assigned, acknowledged, active, reopened, re-opened, approved, triaged",
        Status.IN_PROGRESS: (
            "wip, work in progress, working, doing, started, ongoing, in review, in-progress, in_progress, "
            "inprogress, under investigation"
        ),
        Status.ON_HOLD: (
            "hold, on-hold, onhold, on_hold, pending, pending customer response, waiting, pending customer, "
            "waiting for customer, waiting on customer, waiting for user, awaiting user info, awaiting customer, "
            "awaiting response, awaiting reply, waiting on third party, pending vendor, waiting for third party, "
            "awaiting vendor, paused, blocked, stalled, suspended, deferred"
        ),
        Status.RESOLVED: "solved, fixed, done, completed, complete",
        Status.CLOSED: "finished, archived, close",
        Status.REJECTED: "declined, denied, won't do, won't fix, wont fix, refused",
        Status.WITHDRAWN: "cancelled, canceled, recalled",
    }
)

PRIORITIES = _turned(
    {
        Priority.CRITICAL: "p1, 1, 1 - critical, urgent, highest, emergency, blocker, very high",
        Priority.HIGH: "p2, 2, 2 - high, major, important",
        Priority.MEDIUM: "p3, 3, 3 - moderate, 3 - medium, normal, moderate, standard, average",
        Priority.LOW: "p4, 4, 4 - low, p5, 5, 5 - planning, minor, lowest, trivial, very low",
    }
)

#: Our column → what it is called elsewhere.
TITLES = {
    column: _words(titles)
    for column, titles in {
        "external_reference": (
            "ticket id, ticket number, old number, number, id, case id, case number, issue key, key, incident, "
            "incident id, reference, external reference, external id, request id"
        ),
        "requester": (
            "customer email, requester email, requester, email, e-mail, from, reporter, caller, reporter email, "
            "user email, contact email, opened by, requested by, sender"
        ),
        "requester_name": "customer name, requester name, customer, reporter name, contact name, user name",
        "subject": "ticket subject, title, summary, short description, headline, topic",
        "description": "ticket description, details, body, message, text, request, content",
        "category": "ticket type, type, request type, issue type, ticket category, service",
        "sub_category": "subcategory, sub category, sub-type, subtype",
        "priority": "ticket priority, urgency, severity, importance",
        "department": "team, group, assignment group, queue, assigned department",
        "status": "ticket status, state",
        "assignee": "assignee email, assigned to, agent, agent email, owner, technician, assigned agent",
        "submitted": (
            "created, created at, created on, opened, opened at, submit date, date submitted, creation date, date "
            "created, creation time, reported on"
        ),
        "first_response_at": "first response, first response time, first reply, first responded at, answered at",
        "resolved_at": "resolved, time to resolution, resolution date, solved at, resolved on, date resolved",
        "closed_at": "closed, time closed, closed on, close date, date closed, ended",
        "scheduled_date": "due, due date, wanted by, scheduled date, deadline",
        "resolution": "solution, resolution notes, close notes, answer",
        "rejection_reason": "reason of rejection, rejection, reject reason",
    }.items()
}
