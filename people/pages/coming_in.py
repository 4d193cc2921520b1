"""Signing up, proving the address, applying again.

Whether an address is known is never said and never shown: known and unknown ones get the same page, by the same work.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from audit.reading import Unfit
from audit.refusals import InvalidValues, Refused
from people import emails, lifecycle, links, values
from people.enums import Status
from people.forms import AddressForm, ApplicationForm, PasswordForm, SignUpForm
from people.models import Employee
from people.pages.limits import RateLimitUsage, is_within, taken, too_many

#: In the session of whoever signed up: the key of the application made here (0 for none), and the address typed.
APPLIED, TYPED = "people.applied", "people.typed_address"


@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")
    if not settings.REGISTRATION_OPEN:
        return _sign_up_page(request, SignUpForm(), status=403 if request.method == "POST" else 200)
    if request.method != "POST":
        return _sign_up_page(request, SignUpForm())
    if limited := too_many(request, "signup"):
        return limited
    form = SignUpForm(request.POST, request.FILES)
    if form.is_valid():
        request.session[TYPED] = form.cleaned_data["email"]
        usage = _may_be_mailed(request, form.cleaned_data["email"])
        if usage is None:
            return redirect("account_signup_done")
        try:
            person = lifecycle.register(**form.application())
        except InvalidValues as invalid:
            usage.rollback()
            form.add_errors(invalid)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            request.session[APPLIED] = person.pk if person else 0
            return redirect("account_signup_done")
    return _sign_up_page(request, form, status=422)


def _sign_up_page(request: HttpRequest, form: SignUpForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "domains": settings.REGISTRATION_DOMAINS}
    return render(request, "people/pages/signup.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD"])
def sign_up_done(request: HttpRequest) -> HttpResponse:
    email = request.session.get(TYPED, "")
    context = {"email": email, "resend_form": AddressForm(initial={"email": email})}
    return render(request, "people/pages/signup_done.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def resend(request: HttpRequest) -> HttpResponse:
    """The mail with the link to prove an address, once more."""
    form = AddressForm(request.POST or None)
    if request.method != "POST":
        return render(request, "people/pages/resend.html", {"form": form})
    address = address_of(form)
    if address is None:
        return render(request, "people/pages/resend.html", {"form": form}, status=422)
    if limited := too_many(request, "signup"):
        return limited
    # Somebody who is impatient gets the same page; the mail is on its way already.
    if is_within(request, "confirm_email", key=address.lower()) and may_be_mailed(request, address):
        emails.prove_address_again(address)
    return render(request, "people/pages/resend_done.html", {"email": address})


def may_be_mailed(request: HttpRequest, address: str) -> bool:
    """Whether another mail to this address may be asked for: nobody's mailbox is filled by strangers. Who asks sees
    the same page."""
    return _may_be_mailed(request, address) is not None


def _may_be_mailed(request: HttpRequest, address: str) -> RateLimitUsage | None:
    return taken(request, "mail_to_address", key=address.strip().lower())


def address_of(form: AddressForm) -> str | None:
    """The address as we would store it; None when it is none, said at the field."""
    if not form.is_valid():
        return None
    try:
        # Also: no characters that only look like a known address.
        return values.email(form.cleaned_data["email"])
    except Unfit as unfit:
        form.add_error("email", str(unfit))
        return None


# Proving


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, key: str) -> HttpResponse:
    """GET shows, POST confirms: programs that look at mails follow links."""
    row = links.address_to_prove(key)
    if row is None:
        return render(request, "people/pages/confirm.html", {"state": "invalid"}, status=404)
    person: Employee = row.user
    if row.verified:
        return render(request, "people/pages/confirm.html", {"state": "used", "email": row.email})
    asks = person.status == Status.PENDING and request.session.get(APPLIED) != person.pk
    form = PasswordForm(request.POST or None)
    if request.method == "POST":
        keeps = not asks
        if asks and form.is_valid() and (given := form.cleaned_data["password"]):
            if limited := too_many(request, "login_failed", key=f"confirm:{person.pk}"):
                return limited
            keeps = person.check_password(given)
            if not keeps:
                sentence = _("This is not the password of this application. Leave it empty if you don't know it.")
                form.add_error("password", sentence)
        if not asks or form.is_valid():
            return _confirmed(request, person, keeps_password=keeps)
    context = {"state": "ask", "email": row.email, "asks_password": asks, "form": form}
    return render(request, "people/pages/confirm.html", context, status=422 if form.errors else 200)


def _confirmed(request: HttpRequest, person: Employee, *, keeps_password: bool) -> HttpResponse:
    try:
        person = lifecycle.prove_address(person, by=person, keeps_password=keeps_password)
    except Refused:  # decided in this very moment
        return redirect("account_login")
    context = {
        "waits": person.status == Status.PENDING,
        "password_dropped": person.status == Status.PENDING and not person.has_usable_password(),
    }
    return render(request, "people/pages/confirmed.html", context)


# Applying again


@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def apply_again(request: HttpRequest, key: str) -> HttpResponse:
    person = links.who_applies_again(key)
    if person is None:
        return render(request, "people/pages/apply_again.html", {"state": "invalid"}, status=404)
    if not settings.REGISTRATION_OPEN:
        return _sign_up_page(request, SignUpForm())
    form = ApplicationForm(request.POST or None, request.FILES or None, initial=_as_it_was(person))
    if request.method == "POST" and form.is_valid():
        try:
            lifecycle.apply_again(person, by=person, **form.application())
        except InvalidValues as invalid:
            form.add_errors(invalid)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return render(request, "people/pages/confirmed.html", {"waits": True, "password_dropped": False})
    context = {"state": "ask", "form": form, "email": person.email}
    return render(request, "people/pages/apply_again.html", context, status=422 if form.errors else 200)


def _as_it_was(person: Employee) -> dict[str, Any]:
    fields = ("first_name", "middle_name", "last_name", "suffix", "department")
    return {field: getattr(person, field) for field in fields}
