"""What people are told about accounts: one function a message, as domain.md "Who is told" has it.

Nobody is told of what they did themselves, but for receipts (application received, password changed) and for the old
address of a change, whoever made it: a stolen session must not move an account silently. A suspended person hears of
the suspension, and then nothing. Rows are written into the transaction of the change; the worker sends them.

Mails to an address that nobody has proven hold no words of the applicant: a stranger could send them to anybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.actors import Actor
from jobs.outbox import Cancelled
from notifications import messages, outbox, rendering, telling
from notifications.messages import BY_EMAIL, IN_APP, Kind
from notifications.models import EmailNotification
from people import addresses, links, queries
from people.enums import Role, Status
from people.models import Employee

#: All others are nobody's choice: they open an account, or keep it safe.
APPLICATIONS = Kind(
    "people_applications",
    gettext_lazy("Somebody applies for an account"),
    gettext_lazy("Their address is proven, and they wait for an answer."),
    frozenset({BY_EMAIL, IN_APP}),
    lambda person: person.role == Role.SYSTEM_ADMIN,
)
#: Made up, to show an e-mail with.
SAMPLE: dict[str, Any] = {
    "name": "Elena Rossi",
    "email": "elena.rossi@example.com",
    "company_id": "MA0042",
    "department": "Marketing",
    "role": "Ticket Coordinator",
    "before": "Employee",
    "reason": "This is an address of a shop; it does not belong to a colleague.",
    "old_address": "elena.rossi@example.com",
    "new_address": "elena@example.com",
    "browser": "Firefox on Windows",
    "address": "192.0.2.17",
    "when": "21 November 2026, 9:14",
    "what": "totp_activated",
    "key": "Backups",
    "scopes": "read, submit",
    "actor": "Amara Okafor",
    "status": Status.APPROVED.value,
    "waits": False,
    "is_applicant": True,
    "path": "/…/",
}
#: A notice without an e-mail: the one that did not arrive.
UNDELIVERED = "people_undelivered"


def register() -> None:
    """Makes the messages known; called when the app is ready."""
    messages.register_kind(APPLICATIONS)
    for name, compose in MESSAGES.items():
        messages.register(
            f"people_{name}",
            template=f"people/emails/{name}",
            compose=compose,
            still_wanted=_still_wanted,
            kind=APPLICATIONS.name if name == "new_application" else "",
            undelivered=undelivered,
            sample=SAMPLE,
        )
    messages.register_readable("people", readable_by, ledger=readable_by)


def readable_by(user: Employee) -> Q:
    """Who was told of people is for those who decide about them."""
    if user.status != Status.APPROVED or user.role != Role.SYSTEM_ADMIN:
        return Q(pk__in=[])
    return Q(about_type=ContentType.objects.get_for_model(Employee))


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
    facts = _facts(person)
    telling.tell(
        "apply",
        [telling.Told("people_new_application", admin, facts) for admin in queries.approved_admins()],
        about=person,
        by=person,
        thread_key=_thread_of(person),
    )


def signed_up(person: Employee) -> None:
    """To an applicant, and to whoever has the address already: the page tells nothing, the mail goes to the address.

    Always one row; whether it is sent to somebody suspended is decided when it would be. Of a known person
    `address_is_proven` was read with them: a question more here would tell that they are known.
    """
    if person.status == Status.REJECTED:
        apply_again(person)
    elif person.status == Status.PENDING and not getattr(person, "address_is_proven", False):
        _send("prove_address", person, by=None)
    else:
        _send("address_taken", person, by=None)


def apply_again(person: Employee) -> None:
    _send("apply_again", person, by=None)


# To an address, whoever it belongs to: the request that asks for it looks nobody up, the worker does


def prove_address_again(address: str) -> None:
    _send_to("prove_address", address)


def reset_password(address: str) -> None:
    _send_to("reset_password", address)


def failed_sign_ins(address: str) -> None:
    """Once a day at most, however long somebody tries."""
    _send_to("failed_sign_ins", address, dedup_key=f"people_failed_sign_ins:{timezone.localdate()}:{address.lower()}")


def approved(person: Employee, *, by: Actor) -> None:
    """With the first steps; whoever was brought in without a password gets the link to choose one instead."""
    if person.has_usable_password():
        _send("approved", person, by=by, data={"name": _name(person), "path": links.SIGN_IN_PATH})
    else:
        set_password(person, by=by)


def rejected(person: Employee, *, by: Actor, reason: str) -> None:
    _send("rejected", person, by=by, data={"name": _name(person), "reason": reason})


def suspended(person: Employee, *, by: Actor) -> None:
    _send("suspended", person, by=by, data={"name": _name(person)})


def restored(person: Employee, *, by: Actor) -> None:
    _send("restored", person, by=by, data={"name": _name(person), "path": links.SIGN_IN_PATH})


def role_changed(person: Employee, *, by: Actor, before: str) -> None:
    if person.status == Status.APPROVED:
        _send("role_changed", person, by=by, data={"role": str(Role(person.role).label), "before": before})


def address_changed(person: Employee, *, by: Actor, before: str, proven: bool) -> None:
    """The old and the new address, and to the new one the link to prove it, unless it is."""
    if person.status == Status.SUSPENDED:
        return
    data = {"old_address": before, "new_address": person.email}
    _send("address_changed", person, by=by, data=data, address=before)
    if by != person:
        _send("address_changed", person, by=by, data=data)
    if not proven:
        prove_address(person, by=by)


def password_changed(person: Employee) -> None:
    _send("password_changed", person, by=person, data={"path": links.RESET_PATH})


def set_password(person: Employee, *, by: Actor) -> None:
    _send("set_password", person, by=by)


def announced(people: Iterable[Employee], *, by: Actor) -> None:
    """To people who were brought in: the link to choose a password, or the one to prove the address."""
    outbox.store(
        [
            outbox.written(
                "people_set_password" if person.status == Status.APPROVED else "people_prove_address",
                to=person, about=person, by=by, data=None, thread_key=_thread_of(person),
            )
            for person in people
        ]
    )  # fmt: skip


def unknown_browser(person: Employee, *, browser: str, address: str) -> None:
    """To the person themselves, who may not be who signed in. `browser`: in words, `address`: where from."""
    when = timezone.localtime()
    data = {
        "browser": browser,
        "address": address,
        "when": f"{date_format(when, 'DATETIME_FORMAT')} ({when.tzname()})",
        "path": links.RESET_PATH,
    }
    _send("unknown_browser", person, by=person, data=data)


def second_factor_changed(person: Employee, *, what: str, by: Actor | None = None) -> None:
    """`what`: totp_activated, totp_deactivated, recovery_codes_generated (by themselves), or removed_by_admin."""
    if person.status == Status.APPROVED:
        _send("second_factor_changed", person, by=by or person, data={"what": what, "path": links.SECURITY_PATH})


def api_key_made(person: Employee, *, by: Actor, name: str, scopes: list[str]) -> None:
    """To whom the key acts as, who would else not know that somebody can do things in their name."""
    if by != person:
        data = {"key": name, "scopes": ", ".join(scopes), "actor": by.get_full_name()}
        _send("api_key_made", person, by=by, data=data)


def undelivered(row: EmailNotification) -> None:
    """An admin who decided about somebody hears that they were not told of it."""
    person, sender = row.about, row.caused_by
    if not isinstance(person, Employee) or sender is None or sender == person or sender == row.recipient:
        return
    said = {"name": person.get_full_name(), "words": rendering.title(row.subject, person.company_id)}
    words = _("Not delivered to %(name)s: %(words)s") % said
    telling.notice(UNDELIVERED, to=sender, text=words, path=_page_of(person), number=person.company_id, about=person)


# What a secret message says, found out when it is sent


def _still_theirs(row: EmailNotification, *statuses: str) -> Employee:
    """The recipient as they are now, if the message is still for them in this state."""
    if row.recipient is None:
        person = Employee.objects.with_address(row.recipient_email).first()
    else:
        person = Employee.objects.filter(pk=row.recipient.pk).first()
    if person is None:
        raise Cancelled("Nobody here has this address.")
    if person.email.lower() != row.recipient_email.lower() or person.status not in statuses:
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


def _compose_reset_password(row: EmailNotification) -> dict[str, Any]:
    person = _still_theirs(row, Status.APPROVED, Status.PENDING, Status.REJECTED)
    if person.status == Status.APPROVED:
        return {"status": person.status, "path": links.set_password(person)}
    return {"status": person.status, "path": links.SIGN_IN_PATH}


def _compose_failed_sign_ins(row: EmailNotification) -> dict[str, Any]:
    _still_theirs(row, Status.APPROVED)
    return {"path": links.RESET_PATH}


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
    "reset_password": _compose_reset_password,
    "failed_sign_ins": _compose_failed_sign_ins,
    "unknown_browser": None,
    "second_factor_changed": None,
    "api_key_made": None,
}


# How


def _send(
    message: str,
    recipient: Employee,
    *,
    by: Actor | None,
    data: dict[str, Any] | None = None,
    address: str | None = None,
) -> None:
    outbox.queue(
        f"people_{message}",
        to=address or recipient,
        about=recipient,
        by=by,
        data=data,
        thread_key=_thread_of(recipient),
    )


def _send_to(message: str, address: str, *, dedup_key: str | None = None) -> None:
    with transaction.atomic():
        outbox.queue(f"people_{message}", to=address, dedup_key=dedup_key)


def _thread_of(person: Employee) -> str:
    return f"account-{person.pk}"


def _name(person: Employee) -> str:
    """How a mail addresses them; "" while nobody has proven the address: the name may be a stranger's message to
    whoever reads there."""
    return person.get_full_name() if addresses.is_proven(person) else ""


def _facts(person: Employee) -> dict[str, Any]:
    return {
        "name": person.get_full_name(),
        "email": person.email,
        "company_id": person.company_id,
        "department": person.department.name if person.department else "",
        "path": _page_of(person),
    }


def _page_of(person: Employee) -> str:
    try:
        return reverse("admin:people_employee_change", args=[person.pk])
    except NoReverseMatch:  # a worker that serves no pages
        return f"/admin/people/employee/{person.pk}/change/"
