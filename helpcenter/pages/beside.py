"""Articles beside a ticket in the back office, for who answers it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from helpcenter.search import results
from tickets import rules

ARTICLES_MOST = 3


@never_cache
@login_required
@require_safe
def articles_for_ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """A part of the ticket's page, found by the words of its subject; who comes by the link is led to the search."""
    by: Any = request.user
    ticket = rules.visible_to(by).filter(pk=pk).first()
    if ticket is None or not rules.is_staff_on(ticket, by):
        raise Http404(rules.unseen().sentence)
    if request.headers.get("X-Fragment") != "1":
        return redirect(f"{reverse('search')}?{urlencode({'q': ticket.subject})}")
    found = results.articles(ticket.subject).articles[:ARTICLES_MOST]
    return render(request, "helpcenter/search/beside.html", {"articles": found})
