"""Its pages, and their addresses."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from bench.bare.models import Ticket, change_state


@login_required
def ticket_list(request: HttpRequest) -> HttpResponse:
    # Only what is shown, and no objects made of it.
    tickets = Ticket.objects.values_list(
        "pk", "subject", "status", "priority", "department__name", "employee__username", "assigned_to__username"
    )
    return render(request, "bare_list.html", {"tickets": tickets[: int(request.GET["rows"])]})


@login_required
@require_POST
def submit(request: HttpRequest) -> HttpResponse:
    ticket = Ticket.objects.create(
        employee=request.user,
        department_id=int(request.POST["department"]),
        subject=request.POST["subject"],
        description=request.POST["description"],
    )
    return redirect(f"/tickets/{ticket.pk}/")


@login_required
@require_POST
def approve(request: HttpRequest, key: int) -> HttpResponse:
    change_state(key, before=Ticket.NEW, after=Ticket.OPEN)
    return redirect(f"/tickets/{key}/")


urlpatterns = [
    path("tickets/", ticket_list),
    path("tickets/new/", submit),
    path("tickets/<int:key>/approve/", approve),
]
