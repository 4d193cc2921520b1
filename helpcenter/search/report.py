"""For editors, in `/cms/`: what people look for, what they look for in vain, which articles spared them a ticket."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Sum
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from helpcenter.models import SolvedCount
from helpcenter.search import asked_for

DAYS = 90
A_PAGE, SOLVED_MOST = 50, 20


class SearchesView(WagtailAdminTemplateMixin, TemplateView):
    """Searches of the last months, most often first; `?without=1`: those that found nothing."""

    template_name = "helpcenter/cms/searches.html"
    page_title = _("What people look for")
    header_icon = "search"
    _show_breadcrumbs = True
    breadcrumbs_items = [{"url": "", "label": _("What people look for")}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        since = timezone.localdate() - dt.timedelta(days=DAYS)
        without = self.request.GET.get("without") == "1"
        rows = asked_for.report(since, without_result=without)
        solved = SolvedCount.objects.filter(day__gte=since).values("page_id", "page__title")
        return {
            **super().get_context_data(**kwargs),
            "searches": Paginator(rows, A_PAGE).get_page(self.request.GET.get("p")),
            "without": without,
            "solved": solved.annotate(solved_times=Sum("times")).order_by("-solved_times", "page__title")[:SOLVED_MOST],
            "days": DAYS,
        }


@hooks.register("register_reports_menu_item")
def searches_item() -> MenuItem:
    return MenuItem(_("What people look for"), reverse("help_searches"), name="searches", icon_name="search", order=110)


@hooks.register("register_admin_urls")
def searches_url() -> list[Any]:
    return [path("reports/searches/", SearchesView.as_view(), name="help_searches")]
