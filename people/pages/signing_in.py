"""Signing in and out, and what somebody reads who may not sign in."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.stagekit import clear_login
from allauth.account.views import LoginView, ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from people import emails, second_factor, standing
from people.enums import Status
from people.models import Employee
from people.pages.limits import is_within


class SignInView(LoginView):
    """allauth's flow (limits, second factor, next=) on our page."""

    template_name = "people/pages/login.html"

    def form_invalid(self, form: Any) -> HttpResponse:
        # The password typed wrong is not sent back, and the answer says that it is none.
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "demo_accounts": _demo_accounts()}


def _demo_accounts() -> list[dict[str, str]]:
    """Whom one can try it as; only on one's own machine, and only while they are there."""
    known: list[dict[str, str]] = settings.DEMO_SIGN_INS
    if not known:
        return []
    there = set(Employee.objects.filter(email__in=[each["email"] for each in known]).values_list("email", flat=True))
    return [each for each in known if each["email"] in there]


@method_decorator(login_stage_required(stage=AuthenticateStage.key, redirect_urlname="account_login"), name="dispatch")
class CodeView(AuthenticateView):
    """The second factor's code."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        person = request._login_stage.login.user  # type: ignore[attr-defined]  # allauth's
        if not second_factor.is_set_up(person):
            # An admin has removed it meanwhile. The password is asked for anew; allauth would send them here again.
            clear_login(request)
            return redirect("account_login")
        if request.method == "POST" and "code" not in request.POST:
            given = request.POST.copy()
            given["code"] = ""  # else allauth looks for a security key
            request.POST = given  # type: ignore[assignment]  # a QueryDict like the one before
        return super().dispatch(request, *args, **kwargs)


class AskAgainView(ReauthenticateView):
    """The password once more, before what only the person themselves may do."""

    template_name = "account/reauthenticate.html"


ask_again = never_cache(login_required(AskAgainView.as_view()))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """POST signs out; GET asks, since a link or a picture elsewhere must not do it."""
    if request.method == "POST":
        was_in = request.user.is_authenticated
        logout(request)
        # Who was not in yet (at the page for the code) wants to begin anew.
        return redirect("home" if was_in else "account_login")
    return render(request, "people/pages/logout.html") if request.user.is_authenticated else redirect("home")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def where_it_stands(request: HttpRequest) -> HttpResponse:
    """For who has just shown the right password and may not sign in. POST: a rejected person asks for the link to apply
    again; it goes to the address alone."""
    person = standing.recall(request)
    if person is None:
        return redirect("account_login")
    if request.method == "POST" and person.status == Status.REJECTED and settings.REGISTRATION_OPEN:
        if is_within(request, "confirm_email", key=f"again:{person.pk}"):
            with transaction.atomic():
                emails.apply_again(person)
        return render(request, "people/pages/link_sent.html", {"email": person.email})
    context = {
        "standing": standing.of(person),
        "person": person,
        "reason": standing.reason_of_rejection(person),
    }
    return render(request, "people/pages/standing.html", context)


@never_cache
def staff_sign_in(request: HttpRequest) -> HttpResponse:
    """/admin/login/ and /cms/login/: there is one sign-in for everybody."""
    if request.user.is_authenticated:
        # They are signed in, and were sent here because that does not open what they asked for.
        return render(request, "people/pages/no_access.html", status=403)
    wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
    return redirect(f"{reverse('account_login')}?{urlencode({REDIRECT_FIELD_NAME: wanted})}")
