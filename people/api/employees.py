"""Accounts, for System Admins: the list, and the verbs that decide about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from audit.events import refusals_noted
from people import addresses, lifecycle, rules
from people.api import paging, queries
from people.api.base import KEY_HEADERS, View, for_admins
from people.api.bodies import Body, Choice, Flag, Named, Words
from people.api.paging import Key
from people.api.serializers import EmployeeSerializer, first_sentences, page_of
from people.enums import EMAIL_LENGTH, REASON_LENGTH, Role, Scope, Status
from people.models import Department, Employee

_ORDER = (Key("pk"),)


class Employees(View):
    key_scopes = {"GET": Scope.PEOPLE}

    @extend_schema(
        responses=page_of(EmployeeSerializer),
        parameters=[
            queries.parameter("status", "Only accounts in these states.", many=True, enum=Status.values),
            queries.parameter("role", "Only these roles.", many=True, enum=Role.values),
            queries.parameter("department", "Only people of this department, by its name; more than one.", many=True),
            *queries.PAGES,
        ],
        summary="Accounts",
    )
    def get(self, request: Request) -> Response:
        """For System Admins, in the order in which they came."""
        if self.by.role != Role.SYSTEM_ADMIN:
            with refusals_noted("list_employees", by=self.by):
                raise for_admins()
        filters = queries.Filters(request.query_params, many=("status", "role", "department"))
        people = addresses.with_proof(rules.visible_to(self.by)).select_related("department")
        for column, allowed in (("status", Status.values), ("role", Role.values)):
            if chosen := filters.several(column, allowed):
                people = people.filter(**{f"{column}__in": chosen})
        if request.query_params.getlist("department") and (
            chosen := filters.several("department", queries.department_names())
        ):
            people = people.filter(department__name__in=chosen)
        filters.finish()
        return paging.page(request, people, _ORDER, "pk", lambda found: EmployeeSerializer(found, many=True).data)


# The verbs


def _reason(*, required: bool = True) -> Words:
    return Words(required=required, max_length=REASON_LENGTH[1], allow_blank=not required)


class PersonReason(Body):
    reason = _reason()


class ApprovePerson(Body):
    role = Choice(required=False, allow_null=True, choices=Role.choices, help_text="Left out: the one they have.")
    allow_unverified = Flag(required=False, help_text="Needed where the address is not proven.")
    reason = _reason(required=False)


class ChangeRole(Body):
    role = Choice(choices=Role.choices)
    reason = _reason()


class ChangeDepartment(Body):
    department = Named(Department.objects.all, help_text="By its name.")
    reason = _reason()


class ChangeEmail(Body):
    email = Words(max_length=EMAIL_LENGTH[1])
    reason = _reason()


@dataclass(frozen=True)
class PersonVerb:
    call: Callable[..., Employee]
    takes: type[Body]


#: As addresses have them.
VERBS: Mapping[str, PersonVerb] = {
    "approve": PersonVerb(lifecycle.approve, ApprovePerson),
    "reject": PersonVerb(lifecycle.reject, PersonReason),
    "suspend": PersonVerb(lifecycle.suspend, PersonReason),
    "restore": PersonVerb(lifecycle.restore, PersonReason),
    "change-role": PersonVerb(lifecycle.change_role, ChangeRole),
    "change-department": PersonVerb(lifecycle.change_department, ChangeDepartment),
    "change-email": PersonVerb(lifecycle.change_email, ChangeEmail),
}


class DoWithEmployee(View):
    """`verb` is set by `view_of`."""

    key_scopes = {"POST": Scope.PEOPLE}
    verb = ""

    @cached_property
    def person(self) -> Employee:
        company_id = self.kwargs["company_id"]
        is_one = queries.COMPANY_ID.fullmatch(company_id)
        person = rules.visible_to(self.by).filter(company_id=company_id).first() if is_one else None
        if person is None:
            raise Http404
        return person

    def post(self, request: Request, company_id: str) -> Response:
        person, verb = self.person, VERBS[self.verb]
        asked = verb.takes.read(request.data)

        def do(_nothing: Any) -> str:
            return verb.call(person, by=self.by, **asked).company_id

        return self.once(do, self._shown)

    def _shown(self, company_id: str) -> Response:
        people = addresses.with_proof(rules.visible_to(self.by)).select_related("department")
        person = people.filter(company_id=company_id).first()
        if person is None:  # asked for again by somebody who is no admin any more
            raise Http404
        return Response(EmployeeSerializer(person).data)


def _summary(verb: str) -> str:
    first, _dash, what = verb.partition("-")
    return f"{first.capitalize()} the {what} of a person" if what else f"{first.capitalize()} a person"


def view_of(verb: str) -> Any:
    """The view of a verb, with documentation of its own."""
    made: Any = type(f"{verb.title().replace('-', '')}Employee", (DoWithEmployee,), {"verb": verb})
    documented = extend_schema(
        request=VERBS[verb].takes,
        responses={200: EmployeeSerializer},
        parameters=KEY_HEADERS,
        summary=_summary(verb),
        description=first_sentences(VERBS[verb].call) or "To another department; the reason is kept.",
        operation_id=f"employees_{verb.replace('-', '_')}",
    )
    return extend_schema_view(post=documented)(made).as_view()
