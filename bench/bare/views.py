"""Its pages, and their addresses."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.contrib.postgres.search import SearchQuery
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from bench.bare.models import WORDS, Article, Comment, Ticket, change_state

#: What a list shows, and no objects made of it.
COLUMNS = ("pk", "subject", "status", "priority", "department__name", "employee__username", "assigned_to__username")


@login_required
def ticket_list(request: HttpRequest) -> HttpResponse:
    tickets = Ticket.objects.values_list(*COLUMNS)
    return render(request, "bare_list.html", {"tickets": tickets[: int(request.GET["rows"])]})


@login_required
def search(request: HttpRequest) -> HttpResponse:
    found = Ticket.objects.annotate(words=WORDS).filter(words=SearchQuery(request.GET["q"], config="english"))
    return render(request, "bare_list.html", {"tickets": found.values_list(*COLUMNS)[: int(request.GET["rows"])]})


@login_required
def ticket(request: HttpRequest, key: int) -> HttpResponse:
    found = get_object_or_404(Ticket.objects.select_related("department", "employee", "assigned_to"), pk=key)
    comments = Comment.objects.filter(ticket=key).order_by("pk").values_list("user__username", "comment", "created_at")
    return render(request, "bare_ticket.html", {"ticket": found, "comments": comments})


@login_required
def start(request: HttpRequest) -> HttpResponse:
    counted = Ticket.objects.order_by().values_list("department__name", "status").annotate(count=Count("pk"))
    return render(request, "bare_start.html", {"counted": counted})


def article(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "bare_article.html", {"article": get_object_or_404(Article, slug=slug)})


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
    path("start/", start),
    path("articles/<slug:slug>/", article),
    path("tickets/", ticket_list),
    path("tickets/search/", search),
    path("tickets/<int:key>/", ticket),
    path("tickets/new/", submit),
    path("tickets/<int:key>/approve/", approve),
]
