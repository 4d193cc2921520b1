"""People and departments as rows of spreadsheets: what the columns are, and which verb a changed cell is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.reading import Reading
from audit.refusals import InvalidValues, Refused
from jobs.spreadsheets import moments
from jobs.spreadsheets.columns import Column
from jobs.spreadsheets.lines import Line, Task
from jobs.spreadsheets.resources import Option, SheetResource, register
from people import addresses, founding, lifecycle, rules, values
from people.department_resource import DepartmentResource
from people.enums import Role, Status, Suffix
from people.full_names import FULL_NAME
from people.models import Department, Employee

APPROVE, ANNOUNCE = "approve", "announce"
_NAMES = ("first_name", "middle_name", "last_name", "suffix")


def _departments() -> list[str]:
    return list(Department.objects.filter(is_active=True).values_list("name", flat=True))


def _like_addresses(texts: list[str]) -> float:
    """How many of them look like e-mail addresses."""
    return sum(" " not in text and text.count("@") == 1 for text in texts) / len(texts) if texts else 0.0


class EmployeeResource(SheetResource):
    """Everybody with an account. A row without a company ID is somebody new, or whoever has its address."""

    kind = "people"
    title = gettext_lazy("Employees")
    key_column = "company_id"
    unique_column = "email"
    name_columns = ("first_name", "last_name")
    compounds = (FULL_NAME,)

    company_id = Column(
        gettext_lazy("Company ID"),
        help=gettext_lazy("Leave it empty for somebody new: it is given here."),
        synonyms=("employee id", "employee number", "staff id", "personnel number"),
    )
    version = Column(gettext_lazy("Version"), help=gettext_lazy("As it was exported. Leave it as it is."))
    email = Column(
        gettext_lazy("E-mail"),
        required=True,
        synonyms=("email address", "e-mail address", "mail", "work email", "user name", "login"),
        looks_like=_like_addresses,
        can_change=True,
        example="elena.rossi@example.com",
    )
    first_name = Column(
        gettext_lazy("First name"), required=True, synonyms=("given name", "forename"), can_change=True, example="Elena"
    )
    middle_name = Column(gettext_lazy("Middle name"), synonyms=("second name", "middle initial"), can_change=True)
    last_name = Column(
        gettext_lazy("Last name"), required=True, synonyms=("surname", "family name"), can_change=True, example="Rossi"
    )
    suffix = Column(gettext_lazy("Suffix"), choices=lambda: list(Suffix.values), can_change=True)
    department = Column(
        gettext_lazy("Department"),
        attribute="department__name",
        synonyms=("dept", "team", "business unit", "division"),
        choices=_departments,
        can_change=True,
        example="Marketing",
    )
    role = Column(
        gettext_lazy("Role"),
        help=gettext_lazy("Employee, unless something else stands here."),
        choices=lambda: list(Role.values),
        value_synonyms={"coordinator": "Ticket Coordinator", "agent": "Ticket Coordinator", "admin": "System Admin"},
        can_change=True,
        example="Employee",
    )
    status = Column(gettext_lazy("Status"), can_import=False)
    date_created = Column(
        gettext_lazy("Since"),
        dehydrate_method=lambda person: moments.plain_moment(person.date_created),
        reads_into=moments.moment,
        can_import=False,
    )

    class Meta:
        model = Employee

    def exported(self, person: Any) -> QuerySet[Employee]:
        return rules.visible_to(person).select_related("department")

    def options_for(self, person: Any) -> list[Option]:
        announce = Option(
            ANNOUNCE,
            gettext_lazy("Tell them by e-mail"),
            gettext_lazy(
                "Each new person gets a link: to choose a password when they are approved, else to prove their address."
            ),
        )
        if rules.against_bring_in(person, approved=True):
            return [announce]
        approve = Option(
            APPROVE,
            gettext_lazy("Approve them at once"),
            gettext_lazy("They can sign in as soon as they have a password. Otherwise they wait for approval."),
        )
        return [approve, announce]

    def unknown_key(self, key: str) -> str:
        sentence = _("Nobody here has the company ID %(key)s. Leave the cell empty to bring somebody new in.")
        return sentence % {"key": key[:50]}

    # New people

    def check_new(self, lines: Sequence[Line], task: Task) -> None:
        approved = bool(task.options.get(APPROVE))
        said = founding.checked(self._newcomers(lines, task), by=task.by, approved=approved)
        for line, against in zip(lines, said, strict=True):
            if isinstance(against, Exception):
                line.refuse_by(against)

    def make_new(self, lines: Sequence[Line], task: Task) -> Sequence[Employee | InvalidValues | Refused]:
        return lifecycle.bring_in_many(
            self._newcomers(lines, task),
            by=task.by,
            approved=bool(task.options.get(APPROVE)),
            announce=bool(task.options.get(ANNOUNCE)),
        )

    def _newcomers(self, lines: Sequence[Line], task: Task) -> list[dict[str, Any]]:
        departments = _by_name()
        newcomers = []
        for line in lines:
            cells = line.cells
            newcomer = {name: cells.get(name, "") for name in ("email", *_NAMES)}
            name = cells.get("department", "")
            # Not there: the name itself, which is no department.
            newcomer["department"] = departments.get(name.casefold(), name) if name else None
            newcomer["role"] = cells.get("role") or Role.EMPLOYEE
            newcomers.append(newcomer | {"reason": task.reason(line.row)})
        return newcomers

    # People who are here

    def check_change(self, line: Line, task: Task) -> None:
        person: Employee = line.existing
        new = {name: pair[1] for name, pair in line.changes.items()}
        reading = Reading()
        for verb, names in _VERBS.items():
            changed = [name for name in names if name in new]
            if changed:
                for reason in rules.CHECKS[verb](person, task.by):
                    line.refuse(changed[0], reason.sentence)
        if new.keys() & set(_NAMES):
            values.names(reading, **_all_names(person, new))
        if "email" in new:
            reading.take("email", values.free_email, new["email"], person)
            if "email" not in reading.errors and person.status != Status.SUSPENDED:
                line.remark(_("They are told by mail, at the old address and at the new one; also when it is undone."))
        if "department" in new:
            chosen = _by_name().get(str(new["department"]).casefold())
            reading.take("department", values.another_department, chosen, person.department)
        if "role" in new:
            reading.take("role", values.another_role, new["role"], person.role)
        line.refuse_by(InvalidValues(reading.errors))

    def change(
        self, instance: Employee, values: Mapping[str, Any], *, by: Any, reason: str, expected_version: int
    ) -> Employee:
        return self._changed(instance, values, expected_version, by=by, reason=reason)

    def remembered(self, instance: Employee, values: Mapping[str, Any]) -> dict[str, Any]:
        """What is proven stays so when it comes back."""
        return {"proven": addresses.is_proven(instance)} if "email" in values else {}

    def put_back(self, instance: Employee, memory: Mapping[str, Any], *, by: Any, reason: str) -> None:
        """Also what nobody can choose by hand: no department, as before."""
        proven = bool(memory.get("proven"))
        self._changed(
            instance,
            memory["before"],
            memory["version"],
            proven=proven,
            empty=values.NO_DEPARTMENT,
            by=by,
            reason=reason,
        )

    def _changed(
        self,
        person: Employee,
        values: Mapping[str, Any],
        version: int,
        *,
        proven: bool = False,
        empty: Any = None,
        **told: Any,
    ) -> Employee:
        """empty: what stands for an empty department."""
        if values.keys() & set(_NAMES):
            person = lifecycle.edit_profile(person, expected_version=version, **_all_names(person, values), **told)
            version = person.version
        if "email" in values:
            person = lifecycle.change_email(
                person, email=values["email"], proven=proven, expected_version=version, **told
            )
            version = person.version
        if "department" in values:
            name = str(values["department"])
            chosen = _by_name().get(name.casefold()) if name else empty
            person = lifecycle.change_department(person, department=chosen, expected_version=version, **told)  # type: ignore[arg-type]  # the verb says what None is
            version = person.version
        if "role" in values:
            person = lifecycle.change_role(person, role=values["role"], expected_version=version, **told)
        return person

    def take_back_many(
        self, instances: Sequence[Employee], *, by: Any, reasons: Sequence[str]
    ) -> Sequence[Exception | None]:
        return lifecycle.take_back(instances, by=by, reasons=reasons)


#: Which columns are changed by which verb.
_VERBS = {
    "edit_profile": _NAMES,
    "change_email": ("email",),
    "change_department": ("department",),
    "change_role": ("role",),
}


def _all_names(person: Employee, new: Mapping[str, Any]) -> dict[str, Any]:
    return {name: new.get(name, getattr(person, name)) for name in _NAMES}


def _by_name() -> dict[str, Department]:
    """All of them: one that is not used any more is refused with that."""
    return {department.name.casefold(): department for department in Department.objects.all()}


def register_resources() -> None:
    """Makes them known; called when the app is ready."""
    register(EmployeeResource())
    register(DepartmentResource())
