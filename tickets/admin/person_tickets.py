"""A person's tickets, for the page about them: a fragment that it fetches, and a page for who comes by the link."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from people import rules as people_rules
from people.models import Employee
from tickets import rules
from tickets.models import Ticket

MOST = 10


def tickets_of(person: Employee, by: Any) -> dict[str, Any]:
    """Those they asked for and those they have to do, as far as `by` may know of them. On a ticket that one asked for
    oneself there is nothing here that its requester does not see."""
    seen = rules.visible_to(by).select_related("department", "assigned_to").order_by("-submit_date", "-pk")
    return {
        "asked": list(seen.filter(employee=person)[:MOST]),
        "assigned": list(seen.filter(assigned_to=person)[:MOST]),
        "count": seen.filter(Q(employee=person) | Q(assigned_to=person)).count(),
        "most": MOST,
    }


def view(model_admin: Any) -> Any:
    """The view for an admin of tickets, to be wrapped by its site."""

    @require_safe
    def of_person(request: HttpRequest, pk: int) -> HttpResponse:
        if not model_admin.has_view_permission(request):
            raise PermissionDenied
        person = people_rules.visible_to(request.user).filter(pk=pk).first()  # type: ignore[arg-type]  # signed in
        if person is None:
            raise Http404
        context = {"person": person, **tickets_of(person, request.user)}
        if request.headers.get("X-Fragment") == "1":
            return TemplateResponse(request, "tickets/admin/person_tickets.html", context)
        whole = {**model_admin.admin_site.each_context(request), "title": person.get_full_name(), "opts": Ticket._meta}
        return TemplateResponse(request, "tickets/admin/person_tickets_page.html", {**whole, **context})

    return of_person
