"""What other programs are told of accounts: which verb is which event, and what is said of a person."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from notifications import links
from notifications.webhooks import events, kinds
from people.enums import Status
from people.models import Employee

APPLIED = "person.applied"

#: Verb → event. Of an application nobody hears before its address is proven.
EVENTS = {
    "prove_address": APPLIED,
    "apply_again": APPLIED,
    "approve": "person.approved",
    "reject": "person.rejected",
    "suspend": "person.suspended",
    "restore": "person.restored",
}
WORDS = {
    APPLIED: _("Somebody applied for an account, and proved their address"),
    "person.approved": _("An account was approved"),
    "person.rejected": _("An application was rejected"),
    "person.suspended": _("An account was suspended"),
    "person.restored": _("A suspended account was restored"),
}


def register() -> None:
    """Makes the events known; called when the app is ready."""
    for name, words in WORDS.items():
        kinds.register(name, words)


def happened(verb: str, person: Employee) -> None:
    """A verb was done: in its transaction, with the person as they are then."""
    event = EVENTS.get(verb)
    if event is None or (event == APPLIED and person.status != Status.PENDING):
        return
    events.emit(event, about=person, facts=lambda: facts(person))


def facts(person: Employee) -> dict[str, Any]:
    """Names are those of the API (interfaces.md)."""
    return {
        "person": {
            "company_id": person.company_id,
            "name": person.get_full_name(),
            "email": person.email,
            "role": str(person.role),
            "status": str(person.status),
            "department": person.department.name if person.department else None,
            "page": links.absolute(f"/admin/people/employee/{person.pk}/change/"),
        }
    }
