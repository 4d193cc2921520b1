"""A person's page: who they are, what can be done, what happened. Each part only for who may see it."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from audit.models import AuditEvent
from audit.verb_pages import Button, obstacles
from notifications import outbox
from notifications.models import EmailNotification
from people import browsers, narrative, queries, roles, second_factor
from people.admin import facts
from people.enums import GrantedGroup, Status
from people.models import Employee, RejectedEmployeeAudit
from people.verbs import APPROVE, REJECT

SIGN_INS = 10
EMAILS = 10
HISTORY = 30


def context(person: Employee, request: HttpRequest, buttons: list[Button]) -> dict[str, Any]:
    user: Any = request.user
    allowed = [button for button in buttons if button.is_allowed]
    return {
        "title": person.get_full_name(),
        "person": person,
        # For the heading of the page.
        "object": person,
        "groups": [GrantedGroup(group).label for group in GrantedGroup if roles.holds(person, group)],
        "decisions": [button for button in allowed if button.verb in (APPROVE, REJECT)],
        "allowed": [button for button in allowed if button.verb not in (APPROVE, REJECT)],
        "obstacles": obstacles(buttons, wrong_state=_wrong_state(person)),
        "facts": facts.about([person], user).get(person.pk) if person.status == Status.PENDING else None,
        **_for_admins(person, user),
    }


def _wrong_state(person: Employee) -> str:
    return _("Not while the account is “%(state)s”.") % {"state": Status(person.status).label}


def _for_admins(person: Employee, user: Any) -> dict[str, Any]:
    """What is on the record. None: not for this reader, so that the page leaves the part out."""
    history = user.has_perm("people.view_historicalemployee")
    return {
        "has_second_factor": second_factor.is_set_up(person) if history else None,
        "history": narrative.of_person(person, most=HISTORY) if history else None,
        "has_more_history": history and narrative.has_more(person, most=HISTORY),
        "sign_ins": _sign_ins(person) if user.has_perm("audit.view_auditevent") else None,
        "rejections": rejections(person) if user.has_perm("people.view_rejectedemployeeaudit") else None,
        "emails": _emails(person, user) if user.has_perm("notifications.view_emailnotification") else None,
    }


def _sign_ins(person: Employee) -> list[dict[str, Any]]:
    return [
        {
            "when": event.occurred_at,
            "what": event.get_kind_display(),
            "is_failure": event.kind == AuditEvent.Kind.SIGN_IN_FAILED,
            "address": event.ip_address or "",
            "browser": browsers.in_words(event.user_agent) if event.user_agent else "",
            "via_api": event.detail.get("via") == "api",
        }
        for event in queries.sign_ins(person, most=SIGN_INS)
    ]


def rejections(person: Employee) -> QuerySet[RejectedEmployeeAudit]:
    return RejectedEmployeeAudit.objects.filter(company_id=person.company_id).select_related("rejected_by")


def _emails(person: Employee, user: Any) -> QuerySet[EmailNotification]:
    """To the person, and about their account to an address they had; of what `user` may know of."""
    about = ContentType.objects.get_for_model(Employee)
    account = Q(about_type=about, about_id=person.pk, recipient=None)
    return outbox.visible_to(user).filter(Q(recipient=person) | account).order_by("-pk")[:EMAILS]
