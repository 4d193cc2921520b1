"""How the back office looks: name, colours (the tokens of our look), sidebar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

TEAL = {
    "50": "#effaf9",
    "100": "#d6f1ee",
    "200": "#aee3de",
    "300": "#7ccdc8",
    "400": "#47afac",
    "500": "#2b9392",
    "600": "#1f7678",
    "700": "#1c5f62",
    "800": "#1b4c50",
    "900": "#1a4044",
    "950": "#092529",
}

#: Paper at the light end, card and ink at the dark end; muted text (6.1 : 1 on paper) in the middle.
NEUTRAL = {
    "50": "#fbfaf7",
    "100": "#f3f1ec",
    "200": "#e6e3dc",
    "300": "#dcdad3",
    "400": "#9fadb5",
    "500": "#667178",
    "600": "#566169",
    "700": "#2a363d",
    "800": "#1f2b33",
    "900": "#17222a",
    "950": "#0f171c",
}

#: Group of the sidebar → its pages: model label and icon. What has no admin page, or not for this person, is left out.
GROUPS: list[tuple[Any, list[tuple[str, str]]]] = [
    (
        _("Tickets"),
        [
            ("tickets.Ticket", "confirmation_number"),
            ("tickets.TicketComment", "forum"),
            ("tickets.TicketAttachment", "attach_file"),
            ("tickets.TicketCategory", "category"),
            ("tickets.Sync", "sync"),
        ],
    ),
    (
        _("People"),
        [
            ("people.Employee", "person"),
            ("people.Department", "apartment"),
            ("people.RejectedEmployeeAudit", "person_off"),
            ("people.SignInPolicy", "passkey"),
            ("people.TokenFamily", "terminal"),
        ],
    ),
    (
        _("Messages"),
        [
            ("notifications.EmailNotification", "mail"),
            ("notifications.LedgerEntry", "fact_check"),
            ("notifications.MessageText", "drafts"),
        ],
    ),
    (
        _("Other programs"),
        [
            ("people.ApiKey", "key"),
            ("notifications.WebhookSubscription", "webhook"),
            ("notifications.WebhookDelivery", "outbox"),
        ],
    ),
    (_("Spreadsheets"), [("jobs.Spreadsheet", "upload_file"), ("jobs.Export", "download")]),
    (
        _("Work and record"),
        [("jobs.Run", "play_circle"), ("jobs.Heartbeat", "favorite"), ("audit.AuditEvent", "history")],
    ),
]

#: Pages that are more than a list of their rows.
_TITLES = {"tickets.Sync": _("Sync doctor")}


def page_of(request: HttpRequest, label: str, icon: str) -> dict[str, Any] | None:
    """The sidebar's entry for a model; None when it has no page or this person may not see it."""
    app_label, model_name = label.lower().split(".")
    try:
        model = apps.get_model(label)
        link = reverse(f"admin:{app_label}_{model_name}_changelist")
    except (LookupError, NoReverseMatch):
        return None
    if not admin.site._registry[model].has_view_or_change_permission(request):
        return None
    # Unfold prints titles unescaped: these come from our own models' Meta, never from people.
    title = str(_TITLES[label]) if label in _TITLES else capfirst(str(model._meta.verbose_name_plural))
    return {"title": title, "icon": icon, "link": link, **badge_of(request, label)}


def badge_of(request: HttpRequest, label: str) -> dict[str, Any]:
    """How many rows of a page wait for this person; nothing where nothing does."""
    waiting = _WAITING[label](request.user) if label in _WAITING else ""
    return {"badge": waiting, "badge_variant": "primary"} if waiting else {}


def _people_waiting(user: Any) -> str:
    from people import badges
    from people.enums import Role

    waiting = badges.waiting() if getattr(user, "role", "") == Role.SYSTEM_ADMIN else 0
    return str(waiting) if waiting else ""


def _tickets_waiting(user: Any) -> str:
    from tickets import badges

    return badges.shown(user)


def _webhooks_waiting(user: Any) -> str:
    from notifications.webhooks import badges

    return str(badges.known() or "")


def _exchange_waiting(user: Any) -> str:
    from tickets.workflow import watching

    return watching.lately(user).shown


#: Page of the sidebar → the number beside it, for one person.
_WAITING: dict[str, Callable[[Any], str]] = {
    "people.Employee": _people_waiting,
    "tickets.Ticket": _tickets_waiting,
    "tickets.Sync": _exchange_waiting,
    "notifications.WebhookSubscription": _webhooks_waiting,
}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    groups = []
    for title, pages in GROUPS:
        items = [page for label, icon in pages if (page := page_of(request, label, icon))]
        if items:
            groups.append({"title": title, "separator": True, "items": items})
    return groups


def environment_badge(request: HttpRequest) -> list[str] | None:
    """A label beside the person's name, so that nobody takes a trial for the real thing."""
    from django.conf import settings

    return [str(_("Local")), "info"] if settings.APP_ENV == "local" else None


def account_links(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu under one's name. Without a link of ours Unfold shows one to the admin's page for passwords, which leads
    nowhere here (urls.py). All staff may see people, hence themselves."""
    if not request.user.is_authenticated:
        return []
    return [{"title": _("My account"), "link": reverse("admin:people_employee_change", args=[request.user.pk])}]


def ours(path: str) -> Callable[[HttpRequest], str]:
    """The address of a static file, asked for when a page is made: in production it carries a fingerprint."""
    return lambda request: static(path)


UNFOLD = {
    "SITE_TITLE": "SmartSupport",
    "SITE_HEADER": "SmartSupport",
    "SITE_SUBHEADER": _("Back office"),
    "SITE_URL": "/",
    "SITE_ICON": ours("site/mark.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": ours("site/mark.svg")}],
    "STYLES": [
        ours("backoffice/backoffice.css"),
        ours("backoffice/workspace.css"),
        ours("backoffice/notices.css"),
        ours("backoffice/webhooks.css"),
        ours("backoffice/sheets.css"),
    ],
    "SCRIPTS": [ours("backoffice/backoffice.js"), ours("backoffice/workspace.js")],
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "backoffice.dashboard.context",
    "ENVIRONMENT": "backoffice.unfold.environment_badge",
    "COLORS": {"primary": TEAL, "base": NEUTRAL},
    "BORDER_RADIUS": "10px",
    "ACCOUNT": {"navigation": account_links},
    "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": navigation},
}
