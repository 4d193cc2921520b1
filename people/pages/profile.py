"""One's own page: name, picture, sign-ins. And everybody's picture."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.models import AuditEvent
from audit.refusals import InvalidValues, Refused, StaleVersion
from people import addresses, browsers, lifecycle, queries, rules, second_factor, tokens
from people.enums import Status
from people.forms import ProfileForm
from people.models import Employee
from people.pages.passwords import stay_signed_in
from people.signin import SIGN_IN_EVENT


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    person = Employee.objects.select_related("department").get(pk=request.user.pk or 0)
    parts = ("first_name", "middle_name", "last_name", "suffix")
    form = ProfileForm(
        request.POST or None, request.FILES or None, initial={part: getattr(person, part) for part in parts}
    )
    if request.method == "POST" and form.is_valid() and _saved(person, form):
        messages.success(request, _("Your profile is saved."))
        return redirect("profile")
    context = {"form": form, "person": person, "address_is_proven": addresses.is_proven(person)}
    return render(request, "people/pages/profile.html", context, status=422 if form.errors else 200)


def _saved(person: Employee, form: ProfileForm) -> bool:
    values: dict[str, Any] = form.parts_of_name()
    if form.cleaned_data["image"]:
        values["image"] = form.cleaned_data["image"]
    elif form.cleaned_data["remove_image"]:
        values["image"] = None
    try:
        lifecycle.edit_profile(person, by=person, **values)
    except InvalidValues as invalid:
        form.add_errors(invalid)
    except (Refused, StaleVersion) as refused:
        form.add_error(None, str(refused))
    return not form.errors


@never_cache
@login_required
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    person: Employee = request.user  # type: ignore[assignment]  # signed in
    context = {
        "person": person,
        "second_factor": second_factor.is_set_up(person),
        "second_factor_required": person.is_staff and second_factor.staff_need_one(),
        "recovery_codes_left": second_factor.recovery_codes_left(person),
        "sign_ins": [_in_words(event, request) for event in queries.sign_ins(person)],
        "token_families": tokens.families_of(person),
    }
    return render(request, "people/pages/security.html", context)


def _in_words(event: AuditEvent, request: HttpRequest) -> dict[str, Any]:
    """One line of the history of sign-ins."""
    return {
        "when": event.occurred_at,
        "kind": event.kind,
        "what": event.get_kind_display(),
        "browser": browsers.in_words(event.user_agent),
        "address": event.ip_address,
        "via_api": event.detail.get("via") == "api",
        "is_this": event.pk == request.session.get(SIGN_IN_EVENT),
    }


@never_cache
@login_required
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    person: Employee = request.user  # type: ignore[assignment]  # signed in
    try:
        lifecycle.end_sessions(person, by=person)
    except Refused:  # suspended in this very moment
        return redirect("account_login")
    messages.success(request, _("You are signed out everywhere else."))
    return stay_signed_in(request, reverse("profile_security"))


@login_required
@require_safe
def picture(request: HttpRequest, company_id: str) -> HttpResponseBase:
    """Somebody's picture, or their initials; for everybody who is signed in, as names on tickets are."""
    person = Employee.objects.filter(company_id=company_id).first()
    if person is None or not _may_be_seen(person, request.user):  # type: ignore[arg-type]  # signed in
        raise Http404
    response = (_stored_picture(person) if _shows_their_face(person, request.user) else None) or _initials(person)
    # What a browser may make of it, should it ever not be what it claims.
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    patch_cache_control(response, private=True, max_age=300)
    return response


def _may_be_seen(person: Employee, by: Employee) -> bool:
    """Who is or was a colleague, by everybody: they stand beside tickets. Applicants by who may see them."""
    return person.status in {Status.APPROVED, Status.SUSPENDED} or bool(rules.relations(person, by))


def _shows_their_face(person: Employee, by: Any) -> bool:
    """Of who has left, others have the name on old tickets, and no more."""
    return person.status != Status.SUSPENDED or bool(rules.relations(person, by))


def _stored_picture(person: Employee) -> HttpResponseBase | None:
    if not person.image:
        return None
    kind = "image/png" if str(person.image.name).endswith(".png") else "image/jpeg"
    try:
        return FileResponse(person.image.open("rb"), content_type=kind)
    except OSError:  # taken away in this moment, or the storage is down
        return None


#: Grounds of the initials: dark enough for white letters.
_GROUNDS = ["#1f7678", "#1d4f91", "#5a3d8a", "#7a4a00", "#1c6434", "#46525a", "#6b5a45", "#8a2d5c"]


def _initials(person: Employee) -> HttpResponse:
    drawn = render_to_string(
        "people/pages/initials.svg", {"initials": person.initials, "ground": _GROUNDS[person.pk % len(_GROUNDS)]}
    )
    return HttpResponse(drawn, content_type="image/svg+xml")
