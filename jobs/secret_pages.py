"""Pages that make something with a secret: the secret stands in the one answer to the POST, and nowhere after that.

No redirect follows, since it would have to carry the secret through the session or the address. Sending the form once
more (a reload, "back") makes nothing and shows nothing: it leads to what was made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _

from audit.refusals import InvalidValues, Refused
from audit.verb_pages import VerbForm, Words
from jobs import once


class SecretPages:
    """For a ModelAdmin with VerbPages: its add page. Who may add is asked by `has_add_permission`, and by the door."""

    make_form: ClassVar[type[VerbForm]] = VerbForm
    make_title: Words = ""
    make_sentence: Words = ""
    #: What the secret is called, and what to do with it.
    secret_label: Words = ""
    secret_sentence: Words = ""

    # Of the ModelAdmin it is mixed into.
    model: type[models.Model]
    admin_site: Any
    has_add_permission: Callable[..., bool]
    page_of: Callable[[Any], str]

    def make(self, *, by: Any, **values: Any) -> tuple[Any, str]:
        """The door: what was made, and its secret."""
        raise NotImplementedError

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Only for who has just shown the password or a code: an open window must not hand out secrets. What was sent
        before that is done after it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._asked_to_make(request)

    @method_decorator(reauthentication_required)
    def _asked_to_make(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return self._make_page(request, self.make_form(None, initial=self.make_initial(request)))
        form = self.make_form(None, request.POST)
        return self._made(request, form) if form.is_valid() else self._make_page(request, form)

    def make_initial(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def _made(self, request: HttpRequest, form: VerbForm) -> HttpResponse:
        turn = once.turn(request, self.model._meta.label_lower)
        if turn.made or turn.is_taken:
            return self._already(request, turn.made)
        key = ""
        try:
            made, secret = self.make(by=request.user, **form.values())
            key = str(made.pk)
        except InvalidValues as invalid:
            form.take_errors(invalid)
            return self._make_page(request, form)
        except Refused as refused:
            raise PermissionDenied from refused
        finally:
            turn.finish(key)
        return self.secret_page(request, made, secret)

    def _already(self, request: HttpRequest, key: str) -> HttpResponse:
        meta = self.model._meta
        messages.info(request, _("This was made already. Its secret was shown once, and can't be shown again."))
        found = self.model._default_manager.filter(pk=key or None).first()
        if found is None:
            return redirect(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        return redirect(self.page_of(found))

    def secret_page(self, request: HttpRequest, made: Any, secret: str) -> HttpResponse:
        """The one page with the secret."""
        context = {
            **self.admin_site.each_context(request),
            "title": str(made),
            "opts": self.model._meta,
            "object": made,
            "secret": secret,
            "label": self.secret_label,
            "sentence": self.secret_sentence,
            "page": self.page_of(made),
        }
        response = TemplateResponse(request, "jobs/admin/secret.html", context)
        add_never_cache_headers(response)
        return response

    def _make_page(self, request: HttpRequest, form: VerbForm) -> HttpResponse:
        meta = self.model._meta
        context = {
            **self.admin_site.each_context(request),
            "title": self.make_title,
            "opts": meta,
            "sentence": self.make_sentence,
            "form": form,
            "once": once.token(),
            "back": f"admin:{meta.app_label}_{meta.model_name}_changelist",
        }
        return TemplateResponse(request, "jobs/admin/make.html", context, status=422 if form.errors else 200)
