"""`/cms/` as a part of the house: its look, a menu without what is done elsewhere, links that keep their anchors."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from draftjs_exporter.dom import DOM
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.rich_text.converters import html_to_contentstate
from wagtail.models import Page
from wagtail.whitelist import check_url

from helpcenter import reports
from helpcenter.models import HomePage

#: Menu entries of Wagtail that have no place here: guides on other hosts, news of versions, what there is one of.
_LEFT_OUT_OF_MENU = {"help", "settings"}
_LEFT_OUT_OF_REPORTS = {"page-types-usage", "aging-pages"}


@hooks.register("insert_global_admin_css")
def look() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("site/cms.css"))


# Menu


class HelpCenterItem(MenuItem):
    def __init__(self) -> None:
        # With the host: the menu marks whatever the address begins with, and every one begins with "/".
        super().__init__(_("Help center"), f"{settings.SITE_URL}/", name="help-center", icon_name="home", order=20_000)


class BackOfficeItem(MenuItem):
    def __init__(self) -> None:
        super().__init__(
            _("Back office"), reverse("admin:index"), name="back-office", icon_name="desktop", order=20_001
        )

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.is_staff)


hooks.register("register_admin_menu_item", HelpCenterItem)
hooks.register("register_admin_menu_item", BackOfficeItem)


@hooks.register("construct_main_menu")
def only_ours(request: HttpRequest, items: list[Any]) -> None:
    items[:] = [item for item in items if item.name not in _LEFT_OUT_OF_MENU]


@hooks.register("construct_reports_menu")
def only_useful_reports(request: HttpRequest, items: list[Any]) -> None:
    items[:] = [item for item in items if item.name not in _LEFT_OUT_OF_REPORTS]


@hooks.register("register_reports_menu_item")
def figures_item() -> MenuItem:
    return MenuItem(
        _("What readers say"), reverse("help_figures"), name="what-readers-say", icon_name="thumbtack", order=100
    )


@hooks.register("register_admin_urls")
def report_urls() -> list[Any]:
    return [path("reports/readers/", reports.FiguresView.as_view(), name="help_figures")]


class _NoDocuments:
    """Wagtail's pages name the address of its documents; there are none here."""

    model = type("Nothing", (), {})

    @classmethod
    def get_urlpatterns(cls) -> list[Any]:
        return [path("", cls.nothing, name="listing")]

    @staticmethod
    def nothing(request: HttpRequest) -> HttpResponse:
        raise Http404


@hooks.register("construct_admin_api")
def no_documents(router: Any) -> None:
    router.register_endpoint("documents", _NoDocuments)


# The first page stays


@hooks.register("before_delete_page")
def keep_first_page(request: HttpRequest, page: Page) -> None:
    if isinstance(page.specific, HomePage):
        raise Http404


@hooks.register("before_unpublish_page")
def keep_first_page_published(request: HttpRequest, page: Page) -> None:
    keep_first_page(request, page)


# Links that lead to a heading or a question of another page


class _PageLink(html_to_contentstate.PageLinkElementHandler):
    def get_attribute_data(self, attrs: dict[str, str]) -> dict[str, Any]:
        data = super().get_attribute_data(attrs)
        return {**data, "anchor": attrs["data-anchor"]} if attrs.get("data-anchor") else data


def _link(props: dict[str, Any]) -> Any:
    """As Wagtail writes a link to a page, and the place on it."""
    if props.get("id") is None:
        return DOM.create_element("a", {"href": check_url(props.get("url"))}, props["children"])
    attributes = {"linktype": "page", "id": props["id"]}
    if props.get("anchor"):
        attributes["data-anchor"] = props["anchor"]
    return DOM.create_element("a", attributes, props["children"])


@hooks.register("register_rich_text_features", order=10)
def keep_anchors(features: Any) -> None:
    """Without this, saving a page would cut the anchors off its links to pages."""
    # Read from its table: asking for the rule would begin to gather the rules, which is what happens right now.
    rule = features.converter_rules_by_converter["contentstate"]["link"]
    features.register_converter_rule(
        "contentstate",
        "link",
        {
            "from_database_format": {**rule["from_database_format"], 'a[linktype="page"]': _PageLink("LINK")},
            "to_database_format": {"entity_decorators": {"LINK": _link}},
        },
    )
