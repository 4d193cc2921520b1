"""A forgotten password, a first one, a new one."""

from __future__ import annotations

from contextlib import suppress

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from audit.refusals import InvalidValues, Refused
from people import browsers, emails, lifecycle, links
from people.forms import AddressForm, ChangePasswordForm, TwicePasswordForm
from people.models import Employee
from people.pages.coming_in import address_of, may_be_mailed
from people.pages.limits import too_many

#: Where the key of a link waits in the session, and what stands in the address instead: an address is shown on screens,
#: kept in histories and sent along as referrer.
_KEY_IN_SESSION, _INSTEAD = "people.password_key", "set"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest) -> HttpResponse:
    """Asks for the link. Nobody is looked up here; the worker finds out whether there is anybody to write to."""
    form = AddressForm(request.POST or None)
    if request.method != "POST":
        return render(request, "people/pages/reset.html", {"form": form})
    address = address_of(form)
    if address is None:
        return render(request, "people/pages/reset.html", {"form": form}, status=422)
    if limited := too_many(request, "reset_password", key=address.lower()):
        return limited
    if may_be_mailed(request, address):
        emails.reset_password(address)
    return redirect("account_reset_password_done")


@never_cache
@require_http_methods(["GET", "HEAD"])
def reset_done(request: HttpRequest) -> HttpResponse:
    return render(request, "people/pages/reset_done.html")


@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def set_by_link(request: HttpRequest, key: str) -> HttpResponse:
    """By a link that went to the address: choose a password. It proves the address as well."""
    if limited := too_many(request, "reset_password_from_key"):
        return limited
    person = links.who_sets_password(request.session.get(_KEY_IN_SESSION, "") if key == _INSTEAD else key)
    if person is None:
        return render(request, "people/pages/reset_key.html", {"state": "invalid"}, status=404)
    if key != _INSTEAD:
        request.session[_KEY_IN_SESSION] = key
        return redirect("account_reset_password_from_key", key=_INSTEAD)
    form = TwicePasswordForm(request.POST or None)
    if form.is_valid() and _changed(person, form):
        with suppress(Refused):  # suspended in this very moment: the password is set, and opens nothing
            lifecycle.prove_address(person, by=person)
        del request.session[_KEY_IN_SESSION]
        messages.success(request, _("Your password is set. Sign in with it."))
        response = redirect("account_login")
        browsers.know(request, response, Employee.objects.get(pk=person.pk))
        return response
    return render(
        request, "people/pages/reset_key.html", {"state": "ask", "form": form}, status=422 if form.errors else 200
    )


@never_cache
@sensitive_post_parameters("oldpassword", "password1", "password2")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest) -> HttpResponse:
    person: Employee = request.user  # type: ignore[assignment]  # signed in
    form = ChangePasswordForm(request.POST or None)
    if request.method == "POST" and (limited := too_many(request, "change_password")):
        return limited
    if form.is_valid():
        if not person.check_password(form.cleaned_data["oldpassword"]):
            form.add_error("oldpassword", _("This is not your password."))
        elif _changed(person, form):
            messages.success(request, _("Your password is changed. You are signed out everywhere else."))
            return stay_signed_in(request, reverse("profile_security"))
    return render(request, "people/pages/change_password.html", {"form": form}, status=422 if form.errors else 200)


def _changed(person: Employee, form: TwicePasswordForm) -> bool:
    try:
        lifecycle.change_password(person, by=person, password=form.cleaned_data["password1"])
    except InvalidValues as invalid:
        form.add_errors(invalid)
    except Refused as refused:
        form.add_error(None, str(refused))
    return not form.errors


def stay_signed_in(request: HttpRequest, to: str) -> HttpResponse:
    """After all sessions of the person ended: theirs at hand goes on under a new key, in a browser that is known."""
    person = Employee.objects.get(pk=request.user.pk or 0)
    update_session_auth_hash(request, person)
    response = redirect(to)
    browsers.know(request, response, person)
    return response
