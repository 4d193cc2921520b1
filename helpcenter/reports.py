"""What editors learn from readers: how often a page is read, whether it helped, and what was missing."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from helpcenter import showing
from helpcenter.models import ArticleFeedback

A_PAGE = 50
WORDS_MOST = 50


class FiguresView(WagtailAdminTemplateMixin, TemplateView):
    """Pages with their figures, the worst first; below them what readers wrote."""

    template_name = "helpcenter/cms/figures.html"
    page_title = _("What readers say")
    header_icon = "thumbtack"
    _show_breadcrumbs = True
    breadcrumbs_items = [{"url": "", "label": _("What readers say")}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        pages = showing.figures().order_by("-no", F("latest_views").desc(nulls_last=True), "title")
        words = ArticleFeedback.objects.exclude(reason="").select_related("page")[:WORDS_MOST]
        shown = Paginator(pages, A_PAGE).get_page(self.request.GET.get("p"))
        return {**super().get_context_data(**kwargs), "pages": shown, "words": words, "days": showing.POPULAR_DAYS}
