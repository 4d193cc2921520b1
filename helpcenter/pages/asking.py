"""Asking for something: a category, its form, what happens next; and changing what one asked for while it is New.

Without a script each step is a POST that carries everything typed so far: `step` says which. Nothing is lost between
them, and nothing is sent before the last.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from audit.refusals import InvalidValues, Reason, Refused, StaleVersion
from jobs import once
from people.models import Employee
from people.pages import limits
from tickets import files, lifecycle, rules, uploading
from tickets.enums import SUBJECT_LENGTH, Status
from tickets.forms import RequestForm, differences, written_in
from tickets.models import Ticket, TicketCategory
from tickets.uploading import Uploads

#: What a button of the form asks for (`step`); without one the form is sent.
CATEGORIES, ADD_ROW, SHOW = "categories", "add-", "form"
#: What the steps carry on themselves.
_OF_THE_STEP = frozenset({"csrfmiddlewaretoken", "category", "step", uploading.TOKENS})
_KEY_LENGTH = 12
_TOO_MANY = gettext_lazy(
    "You have sent more requests within an hour than we take from one person. You can send this one %(wait)s; nothing "
    "that you typed is lost."
)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_ticket(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _go_on(request)
    asked = request.GET.get("category", "")
    category = _offered(asked)
    if category is None:
        return _categories(request, sentence=_not_offered(request) if asked else "")
    subject = request.GET.get("subject", "")[: SUBJECT_LENGTH[1]]
    return _form(request, RequestForm(category, initial={"subject": subject}), Uploads())


def _go_on(request: HttpRequest) -> HttpResponse:
    step = request.POST.get("step", "")
    category = _offered(request.POST.get("category", ""))
    if category is None or step == CATEGORIES:
        sentence = _not_offered(request) if step != CATEGORIES else ""
        return _categories(request, sentence=sentence, uploads=uploading.of(request))
    make = RequestForm.after_choosing if step == SHOW else RequestForm
    form = make(category, request.POST)
    if step == SHOW or step.startswith(ADD_ROW):
        form.add_row(step.removeprefix(ADD_ROW))
        uploads = uploading.of(request)
        form.take_errors(InvalidValues({uploading.FILES: uploads.errors}))
        return _form(request, form, uploads)
    return _send(request, form)


def _send(request: HttpRequest, form: RequestForm) -> HttpResponse:
    turn = once.turn(request, "ticket")
    if turn.made:
        return _see_other("ticket_submitted", turn.made)
    if turn.is_taken:
        form.add_error(None, _("This is being sent already. Look at your tickets before you send it again."))
        return _form(request, form, uploading.of(request), status=409)
    made = ""
    too_often: limits.TooOften | None = None
    # From here on the turn is ours: whatever fails gives it back, or the form could not be sent again for a while.
    try:
        uploads = uploading.of(request)
        ticket = _submit(request, form, uploads)
        made = ticket.ticket_number if ticket else ""
        too_often = uploads.too_often
    except limits.TooOften as caught:
        too_often = caught
        _say(form, too_often.reasons)
    finally:
        turn.finish(made)
    if made:
        return _see_other("ticket_submitted", made)
    if "category" in form.refused:
        return _categories(request, sentence=_not_offered(request), uploads=uploads)
    answer = _form(request, form, uploads, status=422)
    return limits.slowed(answer, too_often) if too_often else answer


def _submit(request: HttpRequest, form: RequestForm, uploads: Uploads) -> Ticket | None:
    """The ticket; None: the form says why not. What is wrong with files and with words is said at once. Raises
    TooOften."""
    try:
        if uploads.errors:
            form.take_errors(InvalidValues({uploading.FILES: uploads.errors}))
            form.check()
            return None
        by: Employee = request.user  # type: ignore[assignment]  # signed in
        with limits.counted(request, "submit_ticket", _TOO_MANY):
            return lifecycle.submit(by=by, category=form.category, files=uploads.files, **form.asked())
    except InvalidValues as invalid:
        form.take_errors(invalid)
    except limits.TooOften:
        raise
    except Refused as refused:
        _say(form, refused.reasons)
    return None


def _say(form: RequestForm, reasons: list[Reason]) -> None:
    for reason in reasons:
        form.add_error(None, str(reason))


def _form(request: HttpRequest, form: RequestForm, uploads: Uploads, status: int = 200) -> HttpResponse:
    context = {"form": form, "category": form.category, "uploads": uploads, "once": _token(request)}
    return render(request, "helpcenter/asking/form.html", context, status=status)


def _token(request: HttpRequest) -> str:
    """The form's own through all its steps: "back" and again is the same form."""
    return request.POST.get(once.FIELD) or once.token()


def _categories(request: HttpRequest, *, sentence: str, uploads: Uploads | None = None) -> HttpResponse:
    """All that can be asked for. In the middle of a form the choice carries on what was typed."""
    context: dict[str, Any] = {"categories": offered(), "sentence": sentence, "uploads": uploads}
    if uploads is not None:
        context["carried"] = [
            (name, value)
            for name in request.POST
            if name not in _OF_THE_STEP
            for value in request.POST.getlist(name)
        ]  # fmt: skip
    return render(request, "helpcenter/asking/categories.html", context, status=422 if sentence and uploads else 200)


def offered() -> QuerySet[TicketCategory]:
    return TicketCategory.objects.filter(is_active=True)


def _offered(key: str) -> TicketCategory | None:
    """One that is not there, is retired, or is no key at all are the same to who asks."""
    is_key = key.isascii() and key.isdigit() and len(key) <= _KEY_LENGTH
    return offered().filter(pk=int(key)).first() if is_key else None


def _not_offered(request: HttpRequest) -> str:
    if request.method == "POST":
        return _("This category is not offered any more. Choose another one: what you wrote is kept.")
    return _("This category is not offered any more. Choose another one.")


def _see_other(name: str, ticket_number: str) -> HttpResponse:
    """Away from what was posted: a reload of the next page posts nothing again."""
    answer = redirect(name, ticket_number)
    answer.status_code = 303
    return answer


# Afterwards


@never_cache
@login_required
@require_safe
def submitted(request: HttpRequest, ticket_number: str) -> HttpResponse:
    """The number, and what happens next. For who asked."""
    ticket = _own_ticket(request, ticket_number)
    mine = files.visible_attachments(ticket, request.user).count()
    context = {"ticket": ticket, "is_new": ticket.status == Status.NEW, "files": mine}
    return render(request, "helpcenter/asking/submitted.html", context)


def _own_ticket(request: HttpRequest, ticket_number: str) -> Ticket:
    by: Employee = request.user  # type: ignore[assignment]  # signed in
    mine = rules.visible_to(by).filter(employee=by).select_related("category", "department")
    ticket = mine.filter(ticket_number=ticket_number).first() if "\x00" not in ticket_number else None
    if ticket is None:
        raise Http404(rules.unseen().sentence)
    return ticket


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, ticket_number: str) -> HttpResponse:
    """Change what was asked, while nobody has decided. Staff have the back office for it."""
    ticket = _own_ticket(request, ticket_number)
    if against := rules.CHECKS["edit"](ticket, request.user):
        return _back(request, ticket, against)
    if request.method != "POST":
        return _edit_form(request, ticket, RequestForm(ticket.category, ticket=ticket))
    form = RequestForm(ticket.category, request.POST, ticket=ticket)
    if request.POST.get("step", "").startswith(ADD_ROW):
        form.add_row(request.POST["step"].removeprefix(ADD_ROW))
        return _edit_form(request, ticket, form, as_read=request.POST.get("as_read", ""))
    return _save(request, ticket, form)


def _save(request: HttpRequest, ticket: Ticket, form: RequestForm) -> HttpResponse:
    by: Employee = request.user  # type: ignore[assignment]  # signed in
    # A program that posts the fields of the form alone has read nothing; a browser always says what it had.
    as_read = request.POST.get("as_read")
    if as_read is not None and as_read != _as_it_reads(ticket):
        return _changed_meanwhile(request, ticket)
    try:
        lifecycle.edit(ticket, by=by, expected_version=ticket.version, **form.asked())
    except InvalidValues as invalid:
        form.take_errors(invalid)
        return _edit_form(request, ticket, form, as_read=as_read or "", status=422)
    except Refused as refused:
        return _back(request, ticket, refused.reasons)
    except StaleVersion:
        return _again(request, ticket, form)
    messages.success(request, _("Your changes are saved."))
    return _see_other("my_ticket", ticket.ticket_number)


def _again(request: HttpRequest, ticket: Ticket, form: RequestForm) -> HttpResponse:
    """Something was done within this very moment. Unless it changed what was asked, it is none of the requester's."""
    now = _own_ticket(request, ticket.ticket_number)
    if now.version == ticket.version or rules.CHECKS["edit"](now, request.user):
        return _changed_meanwhile(request, now)
    return _save(request, now, form)


def _as_it_reads(ticket: Ticket) -> str:
    """What was asked, as one word. Not the ticket's version: internal notes raise that, and would tell the requester of
    themselves by "somebody changed it meanwhile"."""
    written = {**written_in(ticket), "category": ticket.category_id}
    return hashlib.sha256(json.dumps(written, sort_keys=True, default=str).encode()).hexdigest()


def _changed_meanwhile(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """What they typed stays, beside what stands there now; sending it again is then meant."""
    ticket = _own_ticket(request, ticket.ticket_number)
    if against := rules.CHECKS["edit"](ticket, request.user):
        return _back(request, ticket, against)
    form = RequestForm(ticket.category, request.POST, ticket=ticket)
    theirs = differences(form, written_in(ticket))
    return _edit_form(request, ticket, form, differences=theirs, is_stale=True, status=409)


def _edit_form(
    request: HttpRequest, ticket: Ticket, form: RequestForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    """`as_read` in `more`: what was read with what stands in the form; by default as it is now."""
    context = {"form": form, "ticket": ticket, "as_read": _as_it_reads(ticket), **more}
    return render(request, "helpcenter/asking/edit.html", context, status=status)


def _back(request: HttpRequest, ticket: Ticket, reasons: list[Reason]) -> HttpResponse:
    for reason in reasons:
        messages.error(request, str(reason))
    return _see_other("my_ticket", ticket.ticket_number)
