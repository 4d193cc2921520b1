"""The list of tickets: what one may see of them, narrowed, in an order of the list, page by page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from audit.reading import Unfit
from people.api import paging, queries
from people.api.paging import Key, Order
from people.api.queries import Filters, department_names, parameter
from people.enums import STAFF_ROLES
from people.models import Employee
from tickets import rules, search
from tickets.api.reading import Beside, tickets_for
from tickets.api.serializers import TicketSerializer
from tickets.enums import Priority, Status
from tickets.models import Ticket, TicketCategory
from tickets.models.ticket import priority_rank

NEWEST_FIRST = "-submit_date"
ME, NOBODY = "me", "none"
ORDERS: dict[str, Order] = {
    "submit_date": (Key("submit_date"), Key("pk")),
    "-submit_date": (Key("submit_date", falling=True), Key("pk", falling=True)),
    "update_date": (Key("known_update"), Key("pk")),
    "-update_date": (Key("known_update", falling=True), Key("pk", falling=True)),
    "priority": (Key(priority_rank()), Key("submit_date", falling=True), Key("pk", falling=True)),
    "-priority": (Key(priority_rank(), falling=True), Key("submit_date"), Key("pk")),
    "ticket_number": (Key("pk"),),
    "-ticket_number": (Key("pk", falling=True),),
}
#: The history says of a change a moment after the row does.
_A_MOMENT = dt.timedelta(minutes=1)
SEVERAL = ("status", "priority", "category", "department", "assigned_to")
ONCE = ("updated_since", "search", "ordering")

PARAMETERS = [
    parameter("status", "Only tickets in these states.", many=True, enum=Status.values),
    parameter("priority", "Only these priorities.", many=True, enum=Priority.values),
    parameter("category", "Only of this category, by its name; more than one.", many=True),
    parameter("department", "Only in this department, by its name; more than one.", many=True),
    parameter("assigned_to", "A company ID, “me”, or “none”; more than one.", many=True),
    parameter("updated_since", "Changed since then, as far as you may know of it.", kind=OpenApiTypes.DATETIME),
    parameter("search", "Words of subject, description and extra fields, or a number."),
    parameter("ordering", "By default the newest first.", enum=list(ORDERS)),
    *queries.PAGES,
]


def page(request: Request) -> Response:
    """Raises InvalidValues for what can't be asked."""
    by: Any = request.user
    filters = Filters(request.query_params, many=SEVERAL, once=ONCE)
    tickets = _narrowed(tickets_for(by), filters, by)
    name = filters.one("ordering", list(ORDERS), NEWEST_FIRST)
    filters.finish()
    if words := request.query_params.get("search", "").strip():
        # Staff look for people as well, as in the back office.
        tickets = search.search(tickets, words, by_requester=by.role in STAFF_ROLES)

    def shown(found: list[Ticket]) -> Any:
        return TicketSerializer(found, many=True, context={"beside": Beside.of(found, by)}).data

    return paging.page(request, tickets, _order(name, tickets, by), name, shown)


def _order(name: str, tickets: QuerySet, by: Employee) -> Order:
    """Whoever asked for none of them has the plain column, for which there is an index."""
    order = ORDERS[name]
    if order[0].by != "known_update" or tickets.filter(rules.only_asked_by(by)).order_by().exists():
        return order
    return (Key("update_date", falling=order[0].falling), *order[1:])


def _narrowed(tickets: QuerySet, filters: Filters, by: Employee) -> QuerySet:
    for column, allowed in (("status", Status.values), ("priority", Priority.values)):
        if chosen := filters.several(column, allowed):
            tickets = tickets.filter(**{f"{column}__in": chosen})
    for column, names in (("category", _category_names), ("department", department_names)):
        if filters.asked.getlist(column) and (chosen := filters.several(column, names())):
            tickets = tickets.filter(**{f"{column}__name__in": chosen})
    if given := filters.asked.getlist("assigned_to"):
        tickets = tickets.filter(filters.reading.take("assigned_to", _assigned_to, given, by) or Q())
    if since := filters.moment("updated_since"):
        own = rules.only_asked_by(by)
        tickets = tickets.filter(update_date__gte=since - min(_A_MOMENT, since - _BEGINNING))
        tickets = tickets.filter((~own & Q(update_date__gte=since)) | (own & Q(known_update__gte=since)))
    return tickets


#: Before this day one can't count back.
_BEGINNING = dt.datetime.min.replace(tzinfo=dt.UTC)


def _category_names() -> list[str]:
    return list(TicketCategory.objects.values_list("name", flat=True))


def _assigned_to(given: list[str], by: Employee) -> Q:
    """Who is nobody has no tickets; that they are nobody is not said."""
    words = queries.words_of(given)
    found = Q(pk__in=[]) if words else Q()
    for word in words:
        if word == NOBODY:
            found |= Q(assigned_to=None)
        elif word == ME:
            found |= Q(assigned_to=by)
        elif queries.COMPANY_ID.fullmatch(word):
            found |= Q(assigned_to__company_id=word)
        else:
            raise Unfit(_("Give a company ID such as MA0001, “me” or “none”."))
    return found
