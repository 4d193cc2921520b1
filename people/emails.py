"""What people are told about accounts: one function a message, as domain.md "Who is told" has it.

Nobody is told of what they did themselves, but for receipts (application received, password changed) and for the old
address of a change, whoever made it: a stolen session must not move an account silently. A suspended person hears of
the suspension, and then nothing. Rows are written into the transaction of the change; the worker sends them.

Mails to an address that nobody has proven hold no words of the applicant: a stranger could send them to anybody.
"""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.urls import NoReverseMatch, reverse

from audit.actors import Actor
from jobs.outbox import Cancelled
from notifications import messages, outbox
from notifications.models import EmailNotification
from people import addresses, links, queries
from people.enums import Role, Status
from people.models import Employee


def register() -> None:
    """Makes the messages known; called when the app is ready."""
    for name, compose in MESSAGES.items():
        messages.register(
            f"people_{name}", template=f"people/emails/{name}", compose=compose, still_wanted=_still_wanted
        )


def _still_wanted(row: EmailNotification) -> bool:
    """When it is sent: a suspended person hears of the suspension and of nothing else, and of new applications only
    who may decide about them."""
    person = row.recipient
    if person is None:
        return True  # an old address of somebody, which is told that it is that no more
    if row.message == "people_new_application":
        return person.status == Status.APPROVED and person.role == Role.SYSTEM_ADMIN
    return person.status != Status.SUSPENDED or row.message == "people_suspended"


# To the person


def prove_address(person: Employee, *, by: Actor | None) -> None:
    _send("prove_address", person, by=by)


def application_received(person: Employee) -> None:
    """The receipt, once the address is proven; and to the admins, whose decision it waits for."""
    _send("application_received", person, by=person, data={"name": person.get_full_name()})
    for admin in queries.approved_admins():
        _send("new_application", admin, by=person, about=person, data=_facts(person))


def signed_up_again(person: Employee) -> None:
    """Somebody signs up with an address that is known: the page tells nothing, the mail goes to the address alone.

    Always one row, as for an unknown address; whether it is sent to somebody suspended is decided when it would be.
    """
    if person.status == Status.REJECTED:
        _send("apply_again", person, by=None)
    elif person.status == Status.PENDING and not addresses.is_proven(person):
        _send("prove_address", person, by=None)
    else:
        _send("address_taken", person, by=None)


def approved(person: Employee, *, by: Actor) -> None:
    """With the first steps; whoever was brought in without a password gets the link to choose one instead."""
    if person.has_usable_password():
        _send("approved", person, by=by, data={"name": person.get_full_name(), "path": links.SIGN_IN_PATH})
    else:
        set_password(person, by=by)


def rejected(person: Employee, *, by: Actor, reason: str) -> None:
    _send("rejected", person, by=by, data={"name": person.get_full_name(), "reason": reason})


def suspended(person: Employee, *, by: Actor) -> None:
    _send("suspended", person, by=by, data={"name": person.get_full_name()})


def restored(person: Employee, *, by: Actor) -> None:
    _send("restored", person, by=by, data={"name": person.get_full_name(), "path": links.SIGN_IN_PATH})


def role_changed(person: Employee, *, by: Actor, before: str) -> None:
    if person.status == Status.APPROVED:
        _send("role_changed", person, by=by, data={"role": str(Role(person.role).label), "before": before})


def address_changed(person: Employee, *, by: Actor, before: str) -> None:
    """The old and the new address, and to the new one the link to prove it."""
    if person.status == Status.SUSPENDED:
        return
    data = {"old_address": before, "new_address": person.email}
    _send("address_changed", person, by=by, data=data, address=before)
    if by != person:
        _send("address_changed", person, by=by, data=data)
    prove_address(person, by=by)


def password_changed(person: Employee) -> None:
    _send("password_changed", person, by=person, data={"path": links.RESET_PATH})


def set_password(person: Employee, *, by: Actor) -> None:
    _send("set_password", person, by=by)


# What a secret message says, found out when it is sent


def _still_theirs(row: EmailNotification, *statuses: str) -> Employee:
    """The recipient as they are now, if the message is still for them in this state."""
    person = row.recipient and Employee.objects.filter(pk=row.recipient.pk).first()
    if person is None or person.email.lower() != row.recipient_email.lower() or person.status not in statuses:
        raise Cancelled("The account has changed meanwhile.")
    return person


def _compose_prove_address(row: EmailNotification) -> dict[str, Any]:
    person = _still_theirs(row, Status.PENDING, Status.APPROVED)
    unproven = EmailAddress.objects.filter(user=person, email=person.email.lower(), verified=False).first()
    if unproven is None:
        raise Cancelled("The address is proven already.")
    return {"path": links.prove_address(unproven), "is_applicant": person.status == Status.PENDING}


def _compose_apply_again(row: EmailNotification) -> dict[str, Any]:
    return {"path": links.apply_again(_still_theirs(row, Status.REJECTED))}


def _compose_set_password(row: EmailNotification) -> dict[str, Any]:
    return {"path": links.set_password(_still_theirs(row, Status.APPROVED))}


def _compose_address_taken(row: EmailNotification) -> dict[str, Any]:
    person = _still_theirs(row, Status.PENDING, Status.APPROVED)
    return {"waits": person.status == Status.PENDING, "path": links.SIGN_IN_PATH}


MESSAGES: dict[str, messages.Compose | None] = {
    "prove_address": _compose_prove_address,
    "application_received": None,
    "new_application": None,
    "address_taken": _compose_address_taken,
    "apply_again": _compose_apply_again,
    "approved": None,
    "rejected": None,
    "suspended": None,
    "restored": None,
    "role_changed": None,
    "address_changed": None,
    "password_changed": None,
    "set_password": _compose_set_password,
}


# How


def _send(
    message: str,
    recipient: Employee,
    *,
    by: Actor | None,
    data: dict[str, Any] | None = None,
    about: Employee | None = None,
    address: str | None = None,
) -> None:
    about = about or recipient
    outbox.queue(
        f"people_{message}",
        to=address or recipient,
        about=about,
        by=by,
        data=data,
        thread_key=f"account-{about.pk}",
    )


def _facts(person: Employee) -> dict[str, Any]:
    try:
        path = reverse("admin:people_employee_change", args=[person.pk])
    except NoReverseMatch:  # a worker that serves no pages
        path = f"/admin/people/employee/{person.pk}/change/"
    return {
        "name": person.get_full_name(),
        "email": person.email,
        "company_id": person.company_id,
        "department": person.department.name if person.department else "",
        "path": path,
    }
