"""Verbs over many tickets: what jobs.bulk needs to know about them."""

from __future__ import annotations

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from audit.actors import Actor
from jobs import bulk
from notifications.models import EmailNotification
from tickets import badges, narrative, queries, rules
from tickets.models import Ticket
from tickets.verbs import BULK_VERBS


def effects(before: Ticket, after: Ticket, since: datetime) -> list[str]:
    """What changes, and which mails were written because of it since that moment."""
    changes = [capfirst(sentence) for sentence in narrative.told_in_plan(before, after)]
    about = ContentType.objects.get_for_model(Ticket)
    mails = EmailNotification.objects.filter(about_type=about, about_id=before.pk, created_at__gte=since).order_by("pk")
    told = [
        _("Mail to %(address)s: “%(subject)s”") % {"address": mail.recipient_email, "subject": mail.subject}
        for mail in mails
    ]
    return [*changes, *(told or [_("Nobody is mailed")])]


def name_of(ticket: Ticket) -> str:
    return str(ticket)


def visible_to(person: Actor) -> QuerySet[Ticket]:
    """With what a sentence about one names: a plan over hundreds asks no more for each than it must."""
    return rules.visible_to(person).select_related("employee", "assigned_to", "department", "category")


def stamp(ticket: Ticket, person: Actor) -> int:
    """The version; for who asked for it, whom notes must not stop, the last thing that they may know of."""
    if rules.is_staff_on(ticket, person):
        return ticket.version
    newest = queries.history_for(ticket, person).order_by("-history_id").values_list("history_id", flat=True)
    return newest.first() or 0


TICKETS = bulk.Bulk(
    "tickets.verbs",
    model=Ticket,
    verbs=BULK_VERBS,
    checks=rules.CHECKS,
    visible_to=visible_to,
    name_of=name_of,
    effects=effects,
    stamp=stamp,
    after=badges.forget,
)


def register() -> None:
    """Called when the app is ready."""
    bulk.register(TICKETS)
