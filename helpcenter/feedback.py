"""Whether a page helped: one word a reader, which they may change. Who said it is not kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from helpcenter.models import ArticleFeedback
from people.forms import PageForm

#: Names a stranger's browser and nothing else.
COOKIE = "smartsupport_reader"
COOKIE_SECONDS = 365 * 24 * 3600
_COOKIE_MOST = 64


class FeedbackForm(PageForm):
    """The word, and after a no what was missing."""

    helpful = forms.TypedChoiceField(
        choices=[("yes", _("Yes")), ("no", _("No"))], coerce=lambda value: value == "yes", empty_value=None
    )
    reason = forms.CharField(
        label=_("What was missing or wrong?"),
        help_text=_("No names or passwords, please. We read this, but can’t answer here."),
        max_length=ArticleFeedback.REASON_MOST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def reader_of(request: HttpRequest, *, browser: str | None = None) -> str:
    """Tells one reader from another without saying who: "" for a browser that has said nothing yet."""
    if request.user.is_authenticated:
        named = f"person:{request.user.pk}"
    else:
        browser = browser or request.COOKIES.get(COOKIE, "")[:_COOKIE_MOST]
        if not browser:
            return ""
        named = f"browser:{browser}"
    return hmac.new(settings.SECRET_KEY.encode(), f"helpcenter.feedback:{named}".encode(), hashlib.sha256).hexdigest()


def given(page: Page, request: HttpRequest) -> ArticleFeedback | None:
    """What this reader said of the page before."""
    reader = reader_of(request)
    return ArticleFeedback.objects.filter(page_id=page.pk, reader=reader).first() if reader else None


def keep(page: Page, request: HttpRequest, response: HttpResponse, *, is_helpful: bool, reason: str) -> None:
    """Note the word; a second one of the same reader takes the first one's place."""
    browser = ""
    reader = reader_of(request)
    if not reader:
        browser = secrets.token_urlsafe(24)
        reader = reader_of(request, browser=browser)
    ArticleFeedback.objects.update_or_create(
        page_id=page.pk, reader=reader, defaults={"is_helpful": is_helpful, "reason": "" if is_helpful else reason}
    )
    if browser:
        response.set_cookie(
            COOKIE,
            browser,
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
