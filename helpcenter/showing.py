"""What the pages of the help center show beside their own words: where they stand, what is beside them, what is read.

Each function asks the database once, however many pages there are.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode
from wagtail.models import Page

from helpcenter import feedback, kept_pages, outline, rights, seeing, views_counted
from helpcenter.addresses import DEPTH_OF_HOME
from helpcenter.models import (
    ArticleFeedback,
    ArticlePage,
    ArticleViewCount,
    FaqPage,
    HelpPage,
    HomePage,
    TopicPage,
)
from helpcenter.pages import following
from helpcenter.words import address_of
from tickets.models import TicketCategory

#: How many of each stand on the home page; how many related articles; how many articles a card names.
POPULAR_MOST, RECENT_MOST, RELATED_MOST, NAMED_ON_CARD = 6, 6, 4, 3
POPULAR_DAYS = 30
_STEP = 4


@dataclass(frozen=True)
class Entry:
    """A page in a list."""

    pk: int
    title: str
    url: str
    summary: str = ""
    updated: dt.datetime | None = None
    topic: str = ""


@dataclass
class Shelf:
    """A topic with what stands on it."""

    title: str
    url: str
    icon: str
    summary: str
    path: str
    articles: list[Entry] = field(default_factory=list)
    count: int = 0


def serve(page: HelpPage, request: HttpRequest, *, key: kept_pages.Key | None = None) -> HttpResponse:
    """`key`: under which it is to be kept for other strangers."""
    made = TemplateResponse(request, page.template, page.get_context(request))
    response: HttpResponse = made
    counted = isinstance(page, ArticlePage | FaqPage)
    if key is not None:
        response = kept_pages.keep(key, made, request, pk=page.pk, counted=counted)
    else:
        _keep_private(page, request, response)
    if counted:
        views_counted.count(page.pk, request)
    return response


def served_before(key: kept_pages.Key, request: HttpRequest) -> HttpResponse | None:
    """The answer kept for strangers, counted as a reading like any other; None where there is none."""
    found = kept_pages.found(key, request)
    if found is None:
        return None
    kept, response = found
    if kept.counted:
        views_counted.count(kept.pk, request)
    return response


def _keep_private(page: HelpPage, request: HttpRequest, response: HttpResponse) -> None:
    """What is made for one reader stays with them: the first page has their tickets, every page their name, or a
    stranger's token against forgery."""
    if not request.user.is_authenticated:
        patch_cache_control(response, no_cache=True)
    elif isinstance(page, HomePage):
        patch_cache_control(response, private=True, no_store=True)
    else:
        patch_cache_control(response, private=True, no_cache=True)


def context(page: HelpPage, request: HttpRequest) -> dict[str, Any]:
    hidden = seeing.hidden_from(request)
    if isinstance(page, HomePage):
        return _home(page, request, hidden)
    above = _above(page)
    common = {"above": [entry for entry, _topic in above], "ask_url": _ask_url(page, above)}
    if isinstance(page, TopicPage):
        return {**common, **_topic(page, hidden)}
    return {**common, **_answering(page, request, hidden), **_parts(page, request)}


def _parts(page: HelpPage, request: HttpRequest) -> dict[str, Any]:
    if isinstance(page, FaqPage):
        return {"questions": outline.questions(page, request.user), "lead": page.summary}
    if isinstance(page, ArticlePage):
        shown = outline.shown(page.body, request.user)
        return {"shown": shown, "lead": "" if shown.begins_with(page.summary) else page.summary}
    return {}


# Where it stands


def _above(page: Page) -> list[tuple[Entry, TopicPage]]:
    """The topics above it, outermost first, with the category that each asks with."""
    paths = [page.path[: _STEP * depth] for depth in range(DEPTH_OF_HOME + 1, page.depth)]
    topics = TopicPage.objects.filter(path__in=paths).select_related("category").order_by("depth") if paths else []
    return [(Entry(topic.pk, topic.title, address_of(topic.url_path)), topic) for topic in topics]


def _ask_url(page: Page, above: list[tuple[Entry, TopicPage]]) -> str:
    """Where one asks whom this did not help: with the category of the nearest topic that names one still offered."""
    own = [page] if isinstance(page, TopicPage) else []
    categories = [topic.category for topic in [*(topic for _entry, topic in above), *own]]
    offered: list[TicketCategory] = [category for category in categories if category and category.is_active]
    return reverse("new_ticket") + (f"?category={offered[-1].pk}" if offered else "")


# Lists


def entries(pages: QuerySet[Page]) -> list[Entry]:
    """With the summaries of articles and FAQ pages, in the order of the query."""
    found = pages.annotate(
        said=F("articlepage__summary"), said_in_faq=F("faqpage__summary"), said_of_topic=F("topicpage__summary")
    ).values_list("pk", "title", "url_path", "said", "said_in_faq", "said_of_topic", "last_published_at")
    return [
        Entry(pk, title, address_of(url_path), said or in_faq or of_topic or "", updated)
        for pk, title, url_path, said, in_faq, of_topic, updated in found
    ]


def answering(pages: QuerySet[Page]) -> QuerySet[Page]:
    """Articles and FAQ pages only."""
    return pages.filter(Q(articlepage__isnull=False) | Q(faqpage__isnull=False))


def _home(page: HomePage, request: HttpRequest, hidden: list[str]) -> dict[str, Any]:
    pages = seeing.visible_pages(Page.objects.all(), request.user, hidden=hidden)
    topics = shelves(page, hidden, request.user)
    return {
        "topics": topics,
        "popular": _popular(pages),
        "recent": entries(answering(pages).order_by("-last_published_at", "-pk")[:RECENT_MOST]),
        "ask_url": reverse("new_ticket"),
        "may_edit": request.user.is_authenticated and rights.may_edit(request.user),
        **_own_part(request),
    }


def _own_part(request: HttpRequest) -> dict[str, Any]:
    if not request.user.is_authenticated:
        after = urlencode({REDIRECT_FIELD_NAME: reverse("new_ticket")})
        return {"sign_in_url": f"{reverse('account_login')}?{after}"}
    return {"mine": following.for_home(request.user)}


def _popular(pages: QuerySet[Page]) -> list[Entry]:
    """Read most in the last weeks."""
    since = timezone.localdate() - dt.timedelta(days=POPULAR_DAYS)
    read = answering(pages).filter(view_counts__day__gte=since)
    return entries(read.annotate(reads=Sum("view_counts__views")).order_by("-reads", "title", "pk")[:POPULAR_MOST])


def shelves(above: Page, hidden: list[str], user: Any) -> list[Shelf]:
    """The topics right below a page, each with how much stands on it and its first articles. No empty ones."""
    topics = seeing.visible_pages(TopicPage.objects.child_of(above), user, hidden=hidden).order_by("path")
    found = [Shelf(t.title, address_of(t.url_path), t.icon, t.summary, t.path) for t in topics]
    if not found:
        return []
    below = seeing.visible_pages(Page.objects.descendant_of(above), user, hidden=hidden).order_by("path")
    by_path = {shelf.path: shelf for shelf in found}
    rows = answering(below).values_list("pk", "title", "url_path", "path")
    for pk, title, url_path, path in rows:
        shelf = by_path.get(path[: len(found[0].path)])
        if shelf is None:
            continue
        shelf.count += 1
        if len(shelf.articles) < NAMED_ON_CARD:
            shelf.articles.append(Entry(pk, title, address_of(url_path)))
    return [shelf for shelf in found if shelf.count]


def _topic(page: TopicPage, hidden: list[str]) -> dict[str, Any]:
    children = seeing.visible_pages(Page.objects.child_of(page), None, hidden=hidden).order_by("path")
    return {
        "articles": entries(answering(children)),
        "topics": shelves(page, hidden, None),
    }


# Beside an article


def _answering(page: Page, request: HttpRequest, hidden: list[str]) -> dict[str, Any]:
    beside = seeing.visible_pages(Page.objects.sibling_of(page, inclusive=True), None, hidden=hidden)
    siblings = entries(answering(beside).order_by("path"))
    at = next((number for number, entry in enumerate(siblings) if entry.pk == page.pk), None)
    return {
        "siblings": siblings,
        "before": siblings[at - 1] if at else None,
        "after": siblings[at + 1] if at is not None and at + 1 < len(siblings) else None,
        "related": _related(page, siblings, request.user, hidden),
        "given": feedback.given(page, request),
        "feedback_form": feedback.FeedbackForm(),
        "may_edit": request.user.is_authenticated and rights.may_edit(request.user),
    }


def _related(page: Page, siblings: list[Entry], user: Any, hidden: list[str]) -> list[Entry]:
    """What an editor chose. Otherwise the articles around it in its topic that are neither before nor after it."""
    if isinstance(page, ArticlePage):
        chosen = seeing.visible_pages(Page.objects.all(), user, hidden=hidden)
        found = entries(chosen.filter(pk__in=[related.page_id for related in page.related.all()]).order_by("path"))
        if found:
            return found
    numbers = [number for number, entry in enumerate(siblings) if entry.pk == page.pk]
    at = numbers[0] if numbers else 0
    others = [entry for number, entry in enumerate(siblings) if abs(number - at) > 1]
    return sorted(others, key=lambda entry: abs(siblings.index(entry) - at))[:RELATED_MOST]


def figures(days: int = POPULAR_DAYS) -> QuerySet[Page]:
    """Articles and FAQ pages with what readers did, for editors: views of these days, and whether it helped."""
    since = timezone.localdate() - dt.timedelta(days=days)
    words = ArticleFeedback.objects.filter(page_id=OuterRef("pk")).order_by()
    views = ArticleViewCount.objects.filter(page_id=OuterRef("pk"), day__gte=since).order_by()
    return answering(Page.objects.all()).annotate(
        yes=_counted(words.filter(is_helpful=True)),
        no=_counted(words.filter(is_helpful=False)),
        latest_views=Subquery(views.values("page_id").annotate(sum=Sum("views")).values("sum")),
    )


def _counted(rows: QuerySet[ArticleFeedback]) -> Coalesce:
    return Coalesce(Subquery(rows.values("page_id").annotate(number=Count("pk")).values("number")), 0)
