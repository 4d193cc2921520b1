"""Searching the help center: the page of results, the list while one types, and the word that an article was enough.

Both show the same: what strangers may read, and the person's own tickets. A GET counts what was looked for, without
saying by whom (`helpcenter.search.asked_for`).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.core import ratelimit
from allauth.core.internal import ratelimit as limits
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe
from wagtail.models import Page, Site

from helpcenter import seeing, views_counted
from helpcenter.addresses import DEPTH_OF_HOME
from helpcenter.models import TopicPage
from helpcenter.search import asked_for, results
from helpcenter.search.questions import cut
from helpcenter.search.results import Article
from helpcenter.words import address_of
from people.pages.limits import too_many
from tickets.models import Ticket

#: Letters from which on there is something to suggest.
SUGGESTED_FROM = 2
#: Topics shown to whom nothing was found for; more are on the first page.
TOPICS_MOST = 8
_PAGE_MOST = 1000
_URL_MOST = 1000


@require_safe
@cache_control(private=True, no_cache=True)
def search(request: HttpRequest) -> HttpResponse:
    if _asks_too_often(request):
        return _slow_down(request)
    asked = cut(request.GET.get("q", ""))
    number = _number(request.GET.get("page", ""))
    context: dict[str, Any] = {"asked": asked, "is_asked": bool(asked)}
    if asked:
        found = results.articles(asked, page=number)
        tickets = results.own_tickets(asked, request.user) if found.page == 1 else []
        context |= {"found": found, "tickets": tickets, "guesses": sorted(found.question.mended.items())}
        if number == 1 and views_counted.is_a_reading(request):
            asked_for.count(asked, found.count)
    if not asked or not context["found"].count:
        context["topics"] = _topics()
    return render(request, "helpcenter/search/results.html", context)


@require_safe
@cache_control(private=True, no_cache=True)
def suggest(request: HttpRequest) -> JsonResponse:
    """What may answer, while somebody types. Strangers get no tickets, everybody else only their own."""
    if _asks_too_often(request):
        return JsonResponse({"articles": [], "tickets": []}, status=429, headers={"Retry-After": "60"})
    asked = request.GET.get("q", "")
    is_enough = len(cut(asked)) >= SUGGESTED_FROM
    articles = results.suggested(asked) if is_enough else []
    tickets = results.own_tickets(asked, request.user, most=results.SUGGESTED_TICKETS) if is_enough else []
    return JsonResponse(
        {"articles": [_article(each) for each in articles], "tickets": [_ticket(each) for each in tickets]}
    )


@require_POST
@login_required
def solved_by_article(request: HttpRequest) -> HttpResponse:
    """An article answered what somebody was about to ask. Counted for the page, without saying for whom."""
    slow_down = too_many(request, "article_feedback")
    if slow_down is not None:
        return slow_down
    page = _page_at(request, request.POST.get("url", "")[:_URL_MOST])
    if page is None:
        return HttpResponse(status=404)
    asked_for.solved(page.pk)
    return HttpResponse(status=204)


def _page_at(request: HttpRequest, url: str) -> Page | None:
    """The page of an address that the suggestions gave out."""
    site = Site.find_for_request(request)
    try:
        path = urlsplit(url.replace("\x00", "")).path.removeprefix(reverse("home"))
    except ValueError:  # no address at all, such as "http://["
        return None
    if site is None:
        return None
    pages = seeing.visible_pages(Page.objects.all(), request.user)
    return pages.filter(url_path=f"{site.root_page.url_path}{path}").first()


def _article(article: Article) -> dict[str, Any]:
    return {
        "title": article.plain_title,
        # The same in pieces: [text, whether it was looked for].
        "title_pieces": [[piece.text, piece.is_hit] for piece in article.title],
        "url": article.url,
        "topic": article.answer_on or " / ".join(topic.title for topic in article.topics),
        "excerpt": article.plain_excerpt,
    }


def _ticket(ticket: Ticket) -> dict[str, Any]:
    return {
        "number": ticket.ticket_number,
        "subject": ticket.subject,
        "status": ticket.status,
        "status_label": str(ticket.get_status_display()),
        "url": reverse("my_ticket", args=[ticket.ticket_number]),
    }


def _topics() -> list[results.Topic]:
    """Where to look on, when the search did not help."""
    topics = seeing.visible_pages(TopicPage.objects.filter(depth=DEPTH_OF_HOME + 1).order_by("path"), None)
    found = topics.values_list("title", "url_path")[:TOPICS_MOST]
    return [results.Topic(title, address_of(url_path)) for title, url_path in found]


def _number(given: str) -> int:
    return min(int(given), _PAGE_MOST) if given.isascii() and given.isdigit() and len(given) < 9 else 1


def _asks_too_often(request: HttpRequest) -> bool:
    """The library counts no GET unless told to."""
    return limits.consume(request=request, app="allauth.account", action="help_search", limit_get=True) is None


def _slow_down(request: HttpRequest) -> HttpResponse:
    answer = ratelimit.respond_429(request)
    answer["Retry-After"] = "60"
    return answer
