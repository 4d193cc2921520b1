"""Verbs over many people: what jobs.bulk needs to know about them."""

from __future__ import annotations

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from jobs import bulk
from notifications.models import EmailNotification
from people import badges, narrative, rules
from people.models import Employee
from people.verbs import BULK_VERBS


def effects(before: Employee, after: Employee, since: datetime) -> list[str]:
    """What changes, and which mails were written because of it since that moment."""
    changes = [capfirst(sentence) for sentence in narrative.told_in_plan(before, after)]
    about = ContentType.objects.get_for_model(Employee)
    mails = EmailNotification.objects.filter(about_type=about, about_id=before.pk, created_at__gte=since).order_by("pk")
    told = [
        _("Mail to %(address)s: “%(subject)s”") % {"address": mail.recipient_email, "subject": mail.subject}
        for mail in mails
    ]
    return [*changes, *(told or [_("Nobody is mailed")])]


def name_of(person: Employee) -> str:
    return str(person)


PEOPLE = bulk.Bulk(
    "people.verbs",
    model=Employee,
    verbs=BULK_VERBS,
    checks=rules.CHECKS,
    visible_to=rules.visible_to,
    name_of=name_of,
    effects=effects,
    after=badges.forget,
)


def register() -> None:
    """Called when the app is ready."""
    bulk.register(PEOPLE)
