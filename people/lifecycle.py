"""The door: one function a verb, for whoever asks. Nothing else changes a person.

verb              | from                         | to        | who is told
register          | -                            | Pending   | the address: link to prove it
prove_address     | Pending, Approved            | same      | when Pending: person; System Admins
approve           | Pending                      | Approved  | person
reject            | Pending                      | Rejected  | person, with the reason
apply_again       | Rejected                     | Pending   | person; System Admins
suspend           | Approved                     | Suspended | person
restore           | Suspended                    | Approved  | person
change_role       | Pending, Approved, Suspended | same      | person, when Approved
change_department | Pending, Approved, Suspended | same      | -
change_email      | Pending, Approved, Suspended | same      | old and new address, but when Suspended
grant             | Approved                     | same      | -
revoke            | Approved, Suspended          | same      | -
edit_profile      | Pending, Approved, Suspended | same      | -
change_password   | Approved                     | same      | person
end_sessions      | Approved                     | same      | -
remove_second_factor | Approved, Suspended       | same      | person, when Approved
bring_in          | -                            | any       | person, when asked to announce
bring_in_many     | -                            | any       | the same
take_back         | -                            | gone      | -
appoint_operator  | -                            | Approved  | -

Who may is in `rules`. Nobody is told of what they did themselves, but for receipts; see `emails`. Every function
returns the person as they are now and raises Refused, InvalidValues or StaleVersion (when the caller gives the
`expected_version` it had read).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit.actors import SYSTEM, Actor
from audit.events import refusals_noted
from audit.history import note
from audit.reading import Reading, one
from audit.refusals import InvalidValues, Refused, refuse
from people import addresses, door, emails, founding, pictures, roles, rules, second_factor, values
from people.door import passing
from people.enums import Role, Status
from people.models import Department, Employee, RejectedEmployeeAudit

#: For edit_profile: leave the picture as it is. None takes it away.
KEEP: Any = object()


# Coming in


def register(
    *,
    email: str,
    password: str,
    first_name: str,
    last_name: str,
    department: Department,
    middle_name: str = "",
    suffix: str = "",
    image: File | None = None,
) -> Employee | None:
    """Apply for an account. None for an address that is known: then a mail goes to it, and only there.

    The caller answers alike in both cases, and both do the same work: the password is hashed, an account is opened (and
    taken back), one e-mail row is written. Neither time, nor queries, nor the outbox's length tell who is here.
    """
    with refusals_noted("register", by=None):
        refuse(rules.against_register())
    picture = pictures.NewPicture(image)
    columns, raw_password = founding.application(
        email=email, password=password, first_name=first_name, last_name=last_name, department=department,
        middle_name=middle_name, suffix=suffix, picture=picture,
    )  # fmt: skip
    person = Employee(**columns)
    person.set_password(raw_password)
    with picture.stored(), transaction.atomic():
        person.image = picture.name
        known = founding.open_unless_known(person)
        emails.signed_up(known or person)
    return None if known else person


def bring_in(*, by: Actor, approved: bool = False, announce: bool = False, **newcomer: Any) -> Employee:
    """Make the account of somebody who comes from elsewhere (an import, a migration, a command).

    newcomer: email, first_name, last_name; middle_name, suffix, department, role, the reason; password, for our own
    commands alone. Sends nothing unless asked to `announce`: then an approved person gets the link to choose a
    password, anybody else the link to prove the address.
    """
    with refusals_noted("bring_in", by=by):
        (made,) = bring_in_many([newcomer], by=by, approved=approved, announce=announce)
        if isinstance(made, Exception):
            raise made
    return _fresh(made)


def bring_in_many(
    newcomers: Sequence[Mapping[str, Any]], *, by: Actor, approved: bool = False, announce: bool = False
) -> list[Employee | InvalidValues | Refused]:
    """The same for many, each with what `bring_in` takes. In their order the people, or what is against them. The
    caller notes refusals: a run does so row by row."""
    with transaction.atomic():
        by = door.anew(by)
        refuse(rules.against_bring_in(by, approved=approved))
        outcome = founding.checked(newcomers, by=by, approved=approved)
        for person in [each for each in outcome if approved and isinstance(each, Employee)]:
            person.machine_approve()
        outcome = founding.open_accounts(outcome)
        if announce:
            emails.announced([each for each in outcome if isinstance(each, Employee)], by=by)
    return outcome


def take_back(people: Sequence[Employee], *, by: Actor, reasons: Sequence[str]) -> list[Refused | None]:
    """Take people out again who came from elsewhere and whom nobody had to do with since, each with its reason. Their
    history stays. Answers for each why not."""
    with transaction.atomic():
        return founding.take_back(people, by=door.anew(by), reasons=reasons)


def appoint_operator(*, password: str | None, **newcomer: Any) -> Employee:
    """`createsuperuser`: an Approved, verified System Admin who is_superuser. Whoever has the shell needs no link.

    newcomer: email, first_name, last_name; middle_name, suffix, department.
    """
    with transaction.atomic():
        person = founding.newcomer(**newcomer, role=Role.SYSTEM_ADMIN)
        person.is_superuser = True
        person.set_password(password)
        person.machine_approve()
        note(person, by=SYSTEM, verb="appoint_operator")
        (made,) = founding.open_accounts([person], proven=True)
        if isinstance(made, Exception):
            raise made
    return _fresh(made)


def prove_address(
    person: Employee, *, by: Actor, keeps_password: bool = True, expected_version: int | None = None
) -> Employee:
    """The person came by the link that went to their address. The admins hear of an application only now.

    `keeps_password`: False where nothing shows that an applicant chose the password themselves. Somebody else may have
    applied with their address; that one's password must not open the account. They get a link to choose one.
    """
    with passing(person, "prove_address", by=by, expected_version=expected_version) as passage:
        row = passage.person
        passage.changed = addresses.mark_proven(row)
        if passage.changed and row.status == Status.PENDING and not keeps_password:
            row.set_unusable_password()
            passage.reason = "The password of the application was dropped: nothing showed whose it was."
        if passage.changed and row.status == Status.PENDING:
            emails.application_received(row)
    return _fresh(person)


# The decision


def approve(
    person: Employee,
    *,
    by: Actor,
    role: str | None = None,
    allow_unverified: bool = False,
    reason: str = "",
    expected_version: int | None = None,
) -> Employee:
    """Let somebody in, as `role` (or the one they have). An address that is not proven needs `allow_unverified`."""
    with passing(person, "approve", by=by, expected_version=expected_version) as passage:
        row = passage.person
        refuse(rules.against_unverified(row, allow_unverified=allow_unverified))
        reading = Reading()
        row.role = reading.take("role", values.role, row.role if role is None else role)
        passage.reason = reading.take("reason", values.optional_reason, reason)
        reading.finish()
        if not addresses.is_proven(row):
            passage.reason = f"Approved although the address is not proven. {passage.reason}".strip()
        row.machine_approve()
        emails.approved(row, by=passage.by)
    return _fresh(person)


def reject(person: Employee, *, by: Actor, reason: str, expected_version: int | None = None) -> Employee:
    """Turn an application down. The account stays; the reason goes to the person and stays on a row of its own."""
    with passing(person, "reject", by=by, expected_version=expected_version) as passage:
        row, passage.reason = passage.person, one("reason", values.reason, reason)
        row.machine_reject()
        RejectedEmployeeAudit.objects.create(
            first_name=row.first_name,
            last_name=row.last_name,
            email=row.email,
            company_id=row.company_id,
            department=row.department.name if row.department else "",
            reason=passage.reason,
            rejected_by=passage.by,
        )
        emails.rejected(row, by=passage.by, reason=passage.reason)
    return _fresh(person)


def apply_again(
    person: Employee,
    *,
    by: Actor,
    password: str,
    first_name: str,
    last_name: str,
    department: Department,
    middle_name: str = "",
    suffix: str = "",
    image: File | None = None,
    expected_version: int | None = None,
) -> Employee:
    """A rejected person fills in the form once more, having come by the link that went to their address."""
    with refusals_noted("apply_again", by=by, about=person):
        refuse(rules.against_register())
    picture = pictures.NewPicture(image)
    with picture.stored(), passing(person, "apply_again", by=by, expected_version=expected_version) as passage:
        row = passage.person
        columns, raw_password = founding.application(
            applicant=row, password=password, first_name=first_name, last_name=last_name, department=department,
            middle_name=middle_name, suffix=suffix, picture=picture,
        )  # fmt: skip
        for column, value in {**columns, "image": picture.name}.items():
            setattr(row, column, value)
        row.role = Role.EMPLOYEE
        row.set_password(raw_password)
        row.session_generation += 1  # the link was signed over it: used once
        row.machine_apply_again()
        addresses.mark_proven(row)
        emails.application_received(row)
    return _fresh(person)


# Out and back in


def suspend(person: Employee, *, by: Actor, reason: str, expected_version: int | None = None) -> Employee:
    """End somebody's access: sessions and tokens with it, for good."""
    with passing(person, "suspend", by=by, expected_version=expected_version) as passage:
        row, passage.reason = passage.person, one("reason", values.reason, reason)
        row.session_generation += 1
        row.machine_suspend()
        emails.suspended(row, by=passage.by)
    return _fresh(person)


def restore(person: Employee, *, by: Actor, reason: str, expected_version: int | None = None) -> Employee:
    """Give the access back, with the role and the grants that there were. Old sessions stay ended."""
    with passing(person, "restore", by=by, expected_version=expected_version) as passage:
        row, passage.reason = passage.person, one("reason", values.reason, reason)
        row.machine_restore()
        emails.restored(row, by=passage.by)
    return _fresh(person)


# What somebody is


def change_role(
    person: Employee, *, by: Actor, role: str, reason: str, expected_version: int | None = None
) -> Employee:
    """Give another role. An operator who is no System Admin any more is no superuser either."""
    with passing(person, "change_role", by=by, expected_version=expected_version) as passage:
        row, before = passage.person, passage.person.role
        reading = Reading()
        row.role = reading.take("role", values.another_role, role, before)
        passage.reason = reading.take("reason", values.reason, reason)
        reading.finish()
        row.is_superuser = row.is_superuser and row.role == Role.SYSTEM_ADMIN
        emails.role_changed(row, by=passage.by, before=str(Role(before).label))
    return _fresh(person)


def change_department(
    person: Employee, *, by: Actor, department: Department, reason: str, expected_version: int | None = None
) -> Employee:
    with passing(person, "change_department", by=by, expected_version=expected_version) as passage:
        row = passage.person
        reading = Reading()
        row.department = reading.take("department", values.another_department, department, row.department)
        passage.reason = reading.take("reason", values.reason, reason)
        reading.finish()
    return _fresh(person)


def change_email(
    person: Employee, *, by: Actor, email: str, reason: str, expected_version: int | None = None, proven: bool = False
) -> Employee:
    """Give another address, not proven until the link sent to it is used. `proven`: for taking a change back alone."""
    try:
        with passing(person, "change_email", by=by, expected_version=expected_version) as passage:
            row, before = passage.person, passage.person.email
            reading = Reading()
            row.email = reading.take("email", values.free_email, email, row)
            passage.reason = reading.take("reason", values.reason, reason)
            reading.finish()
            if row.email.lower() != before.lower():
                addresses.start(row, proven=proven)
                emails.address_changed(row, by=passage.by, before=before, proven=proven)
    except IntegrityError:
        # Somebody came in with this address between our look and our save.
        raise founding.address_known() from None
    return _fresh(person)


def grant(person: Employee, *, by: Actor, group: str, reason: str, expected_version: int | None = None) -> Employee:
    """Make somebody a Help Center Editor or a Data Clerk besides their role."""
    return _set_grant(person, "grant", by=by, group=group, reason=reason, expected_version=expected_version)


def revoke(person: Employee, *, by: Actor, group: str, reason: str, expected_version: int | None = None) -> Employee:
    return _set_grant(person, "revoke", by=by, group=group, reason=reason, expected_version=expected_version)


def _set_grant(
    person: Employee, verb: str, *, by: Actor, group: str, reason: str, expected_version: int | None
) -> Employee:
    with passing(person, verb, by=by, expected_version=expected_version) as passage:
        reading = Reading()
        chosen = reading.take("group", values.group, group)
        passage.reason = reading.take("reason", values.reason, reason)
        reading.finish()
        column = roles.GRANT_COLUMNS[chosen]
        if getattr(passage.person, column) == (verb == "grant"):
            raise InvalidValues({"group": values.nothing_to_do(verb)})
        setattr(passage.person, column, verb == "grant")
    return _fresh(person)


# One's own


def edit_profile(
    person: Employee,
    *,
    by: Actor,
    first_name: str,
    last_name: str,
    middle_name: str = "",
    suffix: str = "",
    image: File | None = KEEP,
    reason: str = "",
    expected_version: int | None = None,
) -> Employee:
    """Name and picture. `image`: a file, None to take it away, left out to keep it."""
    picture = pictures.NewPicture(None if image is KEEP else image)
    with picture.stored(), passing(person, "edit_profile", by=by, expected_version=expected_version) as passage:
        row, passage.reason = passage.person, one("reason", values.optional_reason, reason)
        reading = Reading()
        columns: dict[str, Any] = values.names(
            reading, first_name=first_name, last_name=last_name, middle_name=middle_name, suffix=suffix
        )
        reading.take("image", picture.check)
        reading.finish()
        if image is not KEEP:
            columns["image"] = picture.name
        for column, value in columns.items():
            setattr(row, column, value)
    return _fresh(person)


def change_password(person: Employee, *, by: Actor, password: str, expected_version: int | None = None) -> Employee:
    """Choose a new password; all sessions end. The caller keeps its own by `update_session_auth_hash`."""
    with passing(person, "change_password", by=by, expected_version=expected_version) as passage:
        row = passage.person
        row.set_password(one("password", values.password, password, row))
        row.session_generation += 1
        emails.password_changed(row)
    return _fresh(person)


def end_sessions(person: Employee, *, by: Actor, expected_version: int | None = None) -> Employee:
    """Sign somebody out everywhere, programs too. Who does it to themselves keeps the session at hand by
    `update_session_auth_hash`."""
    with passing(person, "end_sessions", by=by, expected_version=expected_version) as passage:
        passage.person.session_generation += 1
    return _fresh(person)


def remove_second_factor(person: Employee, *, by: Actor, reason: str, expected_version: int | None = None) -> Employee:
    """For somebody who lost it: the password alone opens the account again, and the sessions end."""
    with passing(person, "remove_second_factor", by=by, expected_version=expected_version) as passage:
        row, passage.reason = passage.person, one("reason", values.reason, reason)
        if not second_factor.remove(row):
            raise InvalidValues({"": _("They have no second factor.")})
        row.session_generation += 1
        emails.second_factor_changed(row, what="removed_by_admin", by=passage.by)
    return _fresh(person)


def _fresh(person: Employee) -> Employee:
    # Read anew: the protected state makes refresh_from_db unsafe between threads (stack.md).
    return Employee.objects.select_related("department").get(pk=person.pk)
