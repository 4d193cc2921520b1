"""A ticket's page for the staff: what is asked, what happened, what can be done. Each part only for who may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, IntegerField, Value, When, prefetch_related_objects
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from audit.verb_pages import Button, obstacles
from notifications import outbox
from notifications.models import EmailNotification
from people.models import Employee
from people.queries import coordinators_of
from tickets import narrative, rules, search, showing, timeline
from tickets.admin import facts
from tickets.enums import OPEN_STATUSES, Status
from tickets.models import Ticket
from tickets.queries import CountUpTo
from tickets.workflow import rights

EMAILS = 20
OTHER_TICKETS = 5
SIMILAR_TICKETS = 3
COORDINATORS = 6
#: Of what happened while somebody looked elsewhere, this much is told; the rest stands on the page.
NEWS = 5

#: The verb that most likely comes next, by state; the first one that is possible.
NEXT = {
    Status.NEW: ["approve"],
    Status.OPEN: ["claim", "start"],
    Status.IN_PROGRESS: ["claim", "resolve"],
    Status.ON_HOLD: ["resume"],
    Status.RESOLVED: ["close", "reopen"],
    Status.CLOSED: ["reopen"],
}
#: Those that move the ticket on stand in the bar; the others behind "More", and beside the value they change.
IN_THE_BAR = ("reject", "claim", "start", "hold", "resume", "resolve", "close", "reopen")
#: So few need nothing to hide behind.
FEW = 2


@dataclass(frozen=True)
class Verbs:
    """What can be done, in the order of the page. `by_name`: for links beside values."""

    first: Button | None
    bar: list[Button]
    more: list[Button]
    by_name: dict[str, Button]


def context(ticket: Ticket, request: HttpRequest, buttons: Sequence[Button], *, shows_all: bool) -> dict[str, Any]:
    user: Any = request.user
    is_staff = rules.is_staff_on(ticket, user)
    # For the values of the extra fields, and for what the timeline says of their changes.
    prefetch_related_objects([ticket], "category__fields")
    told = timeline.timeline(ticket, user, most=timeline.MOST_OF_ALL if shows_all else timeline.MOST)
    return {
        "title": ticket.ticket_number,
        "ticket": ticket,
        # For the heading of the page.
        "object": ticket,
        "is_staff": is_staff,
        "is_mine": ticket.employee_id == user.pk,
        "help_center_page": address_of("my_ticket", ticket.ticket_number),
        "verbs": verbs_of(ticket, buttons, user),
        "obstacles": obstacles(buttons, wrong_state=_wrong_state(ticket)),
        "clocks": facts.clocks_of(ticket),
        "wanted": facts.wanted_by(ticket),
        "details": showing.details_of(ticket),
        "files": [each for each in told.files if each.comment_id is None],
        "timeline": _without_the_request(told),
        # As much of it as there is room for stands there already.
        "earlier": "" if shows_all else "?all=1#timeline-title",
        "may_redact": not rules.CHECKS["redact"](ticket, user),
        **(_for_staff(ticket, user) if is_staff else {}),
    }


def _without_the_request(told: timeline.Timeline) -> timeline.Timeline:
    """Its files stand with the request."""
    first = ("submit", "bring_in")
    return replace(told, entries=[replace(each, files=[]) if each.verb in first else each for each in told.entries])


def _wrong_state(ticket: Ticket) -> str:
    return _("Not while the ticket is “%(state)s”.") % {"state": Status(ticket.status).label}


def verbs_of(ticket: Ticket, buttons: Sequence[Button], user: Any) -> Verbs:
    allowed = {button.verb.name: _from_here(button, ticket, user) for button in buttons if button.is_allowed}
    likely = [name for name in NEXT.get(Status(ticket.status), []) if name in allowed]
    # Somebody else's to begin, though an admin might.
    if likely[:1] == ["start"] and ticket.assigned_to_id != user.pk:
        likely = []
    first = allowed[likely[0]] if likely else None
    rest = [button for button in allowed.values() if button is not first]
    # A decision has two sides; later on, to reject is the exception.
    shown = [name for name in IN_THE_BAR if name != "reject" or ticket.status == Status.NEW]
    bar = [button for button in rest if button.verb.name in shown]
    if first is None and not bar and len(rest) <= FEW:
        bar = rest
    more = sorted((button for button in rest if button not in bar), key=lambda button: button.verb.danger)
    return Verbs(first, bar, more, allowed)


def _from_here(button: Button, ticket: Ticket, user: Any) -> Button:
    """The link says which version was seen, so that who comes second is told. Not on one's own ticket: internal notes
    count as versions too."""
    if not rules.is_staff_on(ticket, user):
        return button
    return replace(button, address=f"{button.address}?version={ticket.version}")


def _for_staff(ticket: Ticket, user: Any) -> dict[str, Any]:
    """What its requester does not see."""
    theirs = rules.visible_to(user).filter(employee=ticket.employee_id)
    people = list(coordinators_of(ticket.department)[: COORDINATORS + 1]) if ticket.department else []
    mails = emails_of(ticket)
    still_open = CountUpTo(theirs.filter(status__in=OPEN_STATUSES).order_by().values("pk"))
    others = theirs.exclude(pk=ticket.pk).order_by("-submit_date", "-pk").annotate(still_open=still_open)
    shown = list(others[:OTHER_TICKETS])
    return {
        "others": shown,
        "open_statuses": OPEN_STATUSES,
        # Counted beside them, in their statement; without others there is this one.
        "open_tickets": shown[0].still_open if shown else int(ticket.status in OPEN_STATUSES),
        "coordinators": people[:COORDINATORS],
        "has_more_coordinators": len(people) > COORDINATORS,
        "articles": address_of("articles_for_ticket", ticket.pk),
        "emails": mails,
        "failed_emails": [mail for mail in mails if mail.status == EmailNotification.Status.FAILED],
        "may_see_emails": user.has_perm("notifications.view_emailnotification"),
        "may_send_again": user.has_perm("notifications.send_again_emailnotification"),
        "may_see_history": user.has_perm("tickets.view_historicalticket"),
        "exchange": reverse("admin:tickets_sync_of_ticket", args=[ticket.pk]) if rights.sees(user) else "",
    }


def address_of(name: str, *given: Any) -> str:
    """Of a page of an app to the left; "" where that does not stand."""
    try:
        return reverse(name, args=given)
    except NoReverseMatch:
        return ""


def emails_of(ticket: Ticket) -> list[EmailNotification]:
    """What was told about it, newest first; whatever failed is among them, however old."""
    about = ContentType.objects.get_for_model(Ticket)
    failed = When(status=EmailNotification.Status.FAILED, then=Value(0))
    rows = EmailNotification.objects.filter(about_type=about, about_id=ticket.pk).defer("body", "template_data")
    ordered = rows.order_by(Case(failed, default=Value(1), output_field=IntegerField()), "-pk")
    found = list(ordered.select_related("recipient")[:EMAILS])
    for mail in found:
        # Here everybody knows which ticket it is about.
        words = mail.subject.removeprefix(f"[{ticket.ticket_number}] ").removesuffix(f": {ticket.subject}")
        mail.words = words  # type: ignore[attr-defined]  # for the page
        mail.new_address = _new_address(mail)  # type: ignore[attr-defined]  # for the page
    return sorted(found, key=lambda mail: -mail.pk)


def _new_address(mail: EmailNotification) -> str:
    """Where it would go if it were sent again; "" where that is where it went."""
    address = outbox.address_now(mail)
    return "" if address == mail.recipient_email else address


# What is like it


def similar_to(ticket: Ticket, user: Employee) -> list[Ticket]:
    """The newest with the words of its subject: all of them, or else two of its longest, which say the most."""
    seen = rules.visible_to(user).exclude(pk=ticket.pk).order_by("-submit_date", "-pk")
    words = sorted(
        {word for word in ticket.subject.lower().split() if len(word) > 3}, key=lambda word: (-len(word), word)
    )
    found: dict[int, Ticket] = {}
    for asked in (ticket.subject, *(" ".join(two) for two in combinations(words[:3], 2))):
        if len(found) < SIMILAR_TICKETS:
            for each in search.search(seen, asked)[:SIMILAR_TICKETS]:
                found.setdefault(each.pk, each)
    return list(found.values())[:SIMILAR_TICKETS]


# What somebody else did meanwhile


def news_since(ticket: Ticket, version: int) -> list[dict[str, Any]]:
    """What was done to it after that version, newest first. For its staff."""
    newest = ticket.history.select_related("history_user").order_by("-history_date", "-history_id")
    rows = list(newest[: NEWS + 1])
    names = narrative.names_of(rows, with_fields=True)
    pairs = zip(rows, [*rows[1:], None], strict=True)
    return [
        {
            "when": after.history_date,
            "sentence": narrative.sentence(after, before, names),
            "differences": narrative.differences(after, before, names) if before is not None else [],
        }
        for after, before in pairs
        if after.version > version
    ][:NEWS]
