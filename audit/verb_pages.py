"""Verbs as pages: /admin/<app>/<model>/<key>/<verb>/. GET shows a small form and changes nothing; POST calls the door.

An app describes each verb once, and its admin shows them:

APPROVE = Verb("approve", lifecycle.approve, title=_("Approve"), form=ApproveForm, sentence=…, done=…)

class EmployeeAdmin(VerbPages, ReadOnlyAdmin):
    verbs, checks = [APPROVE, …], rules.CHECKS

The page judges nothing itself: values are read and rules are asked by the door.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.encoding import iri_to_uri
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audit.refusals import InvalidValues, Reason, Refused, StaleVersion

#: Servers in between and Django itself choke on long addresses; by then the verb would be done.
LONGEST_WAY_BACK = 2000

Words = str | Promise
Check = Callable[[Any, Any], list[Reason]]


class VerbForm(forms.Form):
    """What a verb asks for; without fields a verb that asks for nothing.

    `subject` is the row it is about, None for a form over many rows. Nothing is required here: what is missing or wrong
    the door says, in the same words as everywhere.
    """

    #: Fields that may stay empty, besides ticks.
    optional: ClassVar[frozenset[str]] = frozenset()
    use_required_attribute = False

    def __init__(self, subject: models.Model | None, *args: Any, **kwargs: Any) -> None:
        self.subject = subject
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for field in self.fields.values():
            field.required = False

    def values(self) -> dict[str, Any]:
        """What the door takes, by keyword. Of a valid form."""
        return dict(self.cleaned_data)

    def missing(self) -> list[str]:
        """Fields that must be filled in and are not."""
        needed = [
            name
            for name, field in self.fields.items()
            if name not in self.optional and not isinstance(field, forms.BooleanField)
        ]
        return [name for name in needed if not str(self.data.get(name, "")).strip()]

    def take_errors(self, invalid: InvalidValues) -> None:
        """What the door found wrong with the values, at the fields it is about."""
        for name, sentences in invalid.errors.items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else None, sentence)


@dataclass(frozen=True)
class Verb:
    """A verb as people see it.

    `slug` as in addresses ("change-role"); `call` the door's function; `sentence(row)` what will happen and who is
    told; `done(row)` what is said afterwards. `title` is also the button's word.
    """

    slug: str
    call: Callable[..., Any]
    title: Words
    sentence: Callable[[Any], str]
    done: Callable[[Any], str]
    form: type[VerbForm] = VerbForm
    danger: bool = False
    #: Why there is nothing to do for it on this row, though one may; "" where there is. Shown, not judged by.
    moot: Callable[[Any], str] = lambda subject: ""
    #: More reasons against than the check has, once the values are known: with_values(row, **values).
    with_values: Callable[..., list[Reason]] | None = None
    #: Only for who has just shown the password or a code: an open window must not be enough.
    asks_again: bool = False

    @property
    def name(self) -> str:
        """As the door's function and the rules have it."""
        return self.slug.replace("-", "_")


@dataclass(frozen=True)
class Button:
    """A verb for one row and one person: to be pressed, or grey with its reasons."""

    verb: Verb
    address: str
    reasons: list[Reason]

    @property
    def is_allowed(self) -> bool:
        return not self.reasons


@dataclass(frozen=True)
class Obstacle:
    """Verbs that can't be done now for the same reason: said once, it is read."""

    sentence: str
    who: str
    buttons: list[Button]


def obstacles(buttons: Sequence[Button], *, wrong_state: Words) -> list[Obstacle]:
    """The grey ones by their first reason, which is why somebody may never do it, or else the state. Of states each
    verb has a sentence of its own; `wrong_state` is the one for all."""
    found: dict[str, Obstacle] = {}
    for button in buttons:
        if button.reasons:
            reason = button.reasons[0]
            sentence = str(wrong_state if reason.code == "state" else reason.sentence)
            found.setdefault(sentence, Obstacle(sentence, _who_else(reason), [])).buttons.append(button)
    return list(found.values())


def _who_else(reason: Reason) -> str:
    """Who could, where the sentence does not say it already."""
    return "" if str(reason.who) in str(reason.sentence) else str(reason.who)


def way_back(request: HttpRequest, otherwise: str) -> str:
    """Where `next` leads, if it is a path of this site."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    is_path = asked.startswith("/") and not asked.startswith("//") and len(iri_to_uri(asked)) <= LONGEST_WAY_BACK
    return asked if is_path and url_has_allowed_host_and_scheme(asked, None) else otherwise


class VerbPages:
    """For a ModelAdmin: a page for each verb. Rows come from its own `get_queryset`: what is not in it is not there."""

    verbs: ClassVar[Sequence[Verb]] = ()
    #: The rules' `CHECKS`: name of the verb → reasons against.
    checks: ClassVar[Mapping[str, Check]] = {}
    verb_template = "audit/verb_page.html"
    #: Shows the row above the form; takes `subject`.
    verb_summary_template: str | None = None
    #: Shows what others did meanwhile, above the form; takes `news`.
    verb_news_template: str | None = None

    # Of the ModelAdmin it is mixed into.
    model: type[models.Model]
    admin_site: Any
    has_view_permission: Callable[..., bool]
    get_queryset: Callable[[HttpRequest], models.QuerySet]

    def name_of(self, subject: Any) -> str:
        """How a heading names the row."""
        return str(subject)

    def after_verb(self, verb: Verb, subject: Any) -> None:
        """Called when a verb was done."""

    def still_sees(self, subject: Any, by: Any) -> bool:
        """Whether who did a verb may know of the row as it is now."""
        return True

    def version_for(self, subject: Any, by: Any) -> int | None:
        """The version that their page shows and the door compares; None where it would tell them of what they must not
        know. Then who comes second is stopped by the rules alone."""
        return getattr(subject, "version", None)

    def history_for(self, subject: Any, by: Any) -> models.QuerySet:
        """What was done to the row, as far as they may know of it."""
        return subject.history.all()

    def news_since(self, subject: Any, version: int, by: Any) -> list[Any]:
        """What was done to the row after that version, as `verb_news_template` shows it. Who comes second then reads
        it above what they typed; where there is nothing to tell, they begin anew on the row's page."""
        return []

    def stay_signed_in(self, request: HttpRequest, response: HttpResponse, person: Any) -> None:
        """Called when somebody did a verb to themselves: what ends their sessions must not end the one in which its
        success is told."""
        update_session_auth_hash(request, person)

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path(f"<int:pk>/{verb.slug}/", self._view_of(verb), name=self._url_name(verb).removeprefix("admin:"))
            for verb in self.verbs
        ]
        return [*pages, *super().get_urls()]  # type: ignore[misc]  # a mixin: the ModelAdmin has it

    def _view_of(self, verb: Verb) -> Any:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            return self.verb_view(request, pk, verb)

        return self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(view))

    def _url_name(self, verb: Verb) -> str:
        return f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_{verb.name}"

    def page_of(self, subject: models.Model) -> str:
        meta = self.model._meta
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[subject.pk])

    def buttons(self, subject: models.Model, by: Any, verbs: Sequence[Verb] | None = None) -> list[Button]:
        """These verbs (all, if not said) for this row, in order."""
        return [
            Button(verb, reverse(self._url_name(verb), args=[subject.pk]), self._against(verb, subject, by))
            for verb in (self.verbs if verbs is None else verbs)
        ]

    def _against(self, verb: Verb, subject: Any, by: Any) -> list[Reason]:
        reasons = self.checks[verb.name](subject, by)
        moot = "" if reasons else verb.moot(subject)
        return [Reason("moot", moot)] if moot else reasons

    def verb_view(self, request: HttpRequest, pk: int, verb: Verb) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        subject = self.get_queryset(request).filter(pk=pk).first()
        if subject is None:
            raise Http404
        asked = reauthentication_required(self._asked) if verb.asks_again else self._asked
        return asked(request, verb, subject)

    def _asked(self, request: HttpRequest, verb: Verb, subject: Any) -> HttpResponse:
        if request.method == "POST":
            return self._do(request, verb, subject)
        return self._verb_page(request, verb, subject, verb.form(subject))

    def _do(self, request: HttpRequest, verb: Verb, subject: Any) -> HttpResponse:
        form = verb.form(subject, request.POST)
        if not form.is_valid():
            return self._verb_page(request, verb, subject, form)
        try:
            done = verb.call(subject, by=request.user, expected_version=self._read(request, subject), **form.values())
        except InvalidValues as invalid:
            form.take_errors(invalid)
            return self._verb_page(request, verb, subject, form)
        except (Refused, StaleVersion) as stopped:
            already = self._done_by_this_click(request, verb, subject, form)
            if already is None:
                return self._come_second(request, verb, subject, form, stopped)
            done = already
        else:
            self.after_verb(verb, done)
        messages.success(request, verb.done(done))
        # No redirect(): it would take a word that is no address for the name of a view.
        response = HttpResponseRedirect(self._way_on(request, done))
        if done == request.user:
            self.stay_signed_in(request, response, done)
        return response

    def _way_on(self, request: HttpRequest, done: Any) -> str:
        """Where they came from; the list, if that was the page of a row that they may not see any more."""
        page = self.page_of(done)
        back = way_back(request, page)
        if back.partition("?")[0] == page and not self.still_sees(done, request.user):
            return reverse(f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_changelist")
        return back

    def _come_second(
        self, request: HttpRequest, verb: Verb, subject: Any, form: VerbForm, stopped: Refused | StaleVersion
    ) -> HttpResponse:
        """Stopped, be it by the rules: when somebody else was quicker, what they did says more than a reason."""
        now: Any = self.get_queryset(request).filter(pk=subject.pk).first()
        if now is not None and self._news(request, now):
            return self._verb_page(request, verb, now, form, status=409)
        if isinstance(stopped, Refused):
            for reason in stopped.reasons:
                messages.error(request, reason.sentence)
        else:
            messages.error(request, _("Somebody else has changed this since you opened it. This is how it is now."))
        return redirect(self.page_of(subject))

    def _read(self, request: HttpRequest, subject: Any) -> int | None:
        """The version that they had read, where versions are for them at all."""
        return None if self.version_for(subject, request.user) is None else read_version(request)

    def _news(self, request: HttpRequest, subject: Any) -> list[Any]:
        """What happened since the reader saw the row; nothing when they saw it as it is."""
        read = self._read(request, subject)
        if read in {None, self.version_for(subject, request.user)}:
            return []
        return self.news_since(subject, read or 0, request.user)

    def _done_by_this_click(self, request: HttpRequest, verb: Verb, subject: Any, form: VerbForm) -> Any:
        """The row as it is now, if since it was read nothing came but this very verb by this very person, to the same
        effect: the second of a double click, and nobody else's change. Otherwise None."""
        now: Any = self.get_queryset(request).filter(pk=subject.pk).first()
        if now is None:
            return None
        version = self.version_for(now, request.user)
        if version is not None and version - 1 != read_version(request):
            return None
        newest = self.history_for(now, request.user).order_by("-history_date", "-history_id").first()
        if newest is None or (newest.verb, newest.history_user_id) != (verb.name, request.user.pk):
            return None
        asked = {name: value for name, value in form.values().items() if value and hasattr(now, name)}
        return now if all(getattr(now, name) == _as_stored(value) for name, value in asked.items()) else None

    def _verb_page(
        self, request: HttpRequest, verb: Verb, subject: Any, form: VerbForm, *, status: int = 200
    ) -> HttpResponse:
        page = self.page_of(subject)
        news = self._news(request, subject)
        version = self.version_for(subject, request.user)
        context = {
            **self.admin_site.each_context(request),
            "title": verb.title,
            "opts": self.model._meta,
            "subject": subject,
            # For the heading of the page.
            "object": subject,
            "subject_name": self.name_of(subject),
            "summary_template": self.verb_summary_template,
            "verb": verb,
            "sentence": verb.sentence(subject),
            "form": form,
            "news": news,
            "news_template": self.verb_news_template,
            # What was read stays what was read: an error in between must not make an old page look new. Who is told
            # what happened since has read that.
            "read_version": (None if news else self._read(request, subject)) or version,
            "reasons": self._against(verb, subject, request.user),
            "page": page,
            "back": way_back(request, page),
        }
        return TemplateResponse(request, self.verb_template, context, status=422 if form.errors else status)


def _as_stored(value: Any) -> Any:
    """The door takes away what browsers add to texts."""
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value


def read_version(request: HttpRequest) -> int | None:
    """The version that the page showed; None for who asks without having read one. A link from the row's page names it
    in its address."""
    given = request.POST.get("read_version") or request.GET.get("version") or ""
    # Bounded; what is no number was no version that there is.
    return None if not given else int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1
