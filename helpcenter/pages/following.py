"""What becomes of what one asked for: the list of one's tickets, the page of one of them, and what one can do there.

For who asked only. Staff look at tickets in the back office, also at what they may see of others' here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from audit.refusals import InvalidValues, Refused
from helpcenter import progress
from jobs import once
from people.forms import PageForm
from people.models import Employee
from people.pages import limits
from tickets import conversation, lifecycle, rules, search, showing, uploading, visits
from tickets.enums import ENDED_STATUSES, OPEN_STATUSES, Status
from tickets.models import Ticket
from tickets.timeline import MOST, MOST_OF_ALL, timeline
from tickets.uploading import Uploads

PAGE = 20
#: On the home page.
HOME_MOST = 5
_TOO_MUCH = gettext_lazy(
    "You have added more to your tickets within an hour than we take from one person. You can send this %(wait)s; "
    "nothing that you typed is lost."
)

#: Tab → its title and its states, in the order in which they stand.
TABS: dict[str, tuple[str | Promise, Sequence[str]]] = {
    "open": (gettext_lazy("Open"), OPEN_STATUSES),
    "waiting": (gettext_lazy("Waiting for you"), (Status.RESOLVED,)),
    "done": (gettext_lazy("Done"), ENDED_STATUSES),
    "all": (gettext_lazy("All"), tuple(Status)),
}


def _asked_by(person: Employee) -> QuerySet[Ticket]:
    return rules.visible_to(person).filter(employee=person)


# The list


@never_cache
@login_required
@require_safe
def my_tickets(request: HttpRequest) -> HttpResponse:
    person: Employee = request.user  # type: ignore[assignment]  # signed in
    asked = request.GET.get("q", "").replace("\x00", "").strip()[: search.QUERY_LENGTH_MOST]
    tickets = search.search(_asked_by(person), asked) if asked else _asked_by(person)
    counts = _counts(tickets)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else ("all" if asked else "open")
    page, pages = _page(request.GET.get("page", ""), counts[tab])
    context = {
        "asked": asked,
        "tab": tab,
        "tabs": [(name, title, counts[name]) for name, (title, _states) in TABS.items()],
        "tickets": _rows(tickets.filter(status__in=TABS[tab][1]), person, (page - 1) * PAGE, page * PAGE),
        "page": page,
        "pages": pages,
        "has_any": counts["all"] > 0 or (bool(asked) and _asked_by(person).exists()),
        "waiting_elsewhere": counts["waiting"] if tab == "open" else 0,
    }
    return render(request, "helpcenter/following/list.html", context)


def _counts(tickets: QuerySet[Ticket]) -> dict[str, int]:
    wanted = {name: Count("pk", filter=Q(status__in=states)) for name, (_title, states) in TABS.items()}
    return tickets.order_by().aggregate(**wanted)


def _page(given: str, count: int) -> tuple[int, int]:
    pages = max(1, -(-count // PAGE))
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 9 else 1
    return min(max(number, 1), pages), pages


def _rows(tickets: QuerySet[Ticket], person: Employee, first: int, end: int) -> list[Any]:
    rows = visits.with_news(tickets, person).select_related("category").defer("description", "dynamic_data")
    return list(rows.order_by(visits.by_news(), "-pk")[first:end])


def for_home(person: Employee) -> dict[str, Any]:
    """What the home page shows somebody of their own: templates/helpcenter/following/on_home.html, as `mine`."""
    tickets = _asked_by(person)
    counts = _counts(tickets)
    return {
        "has_any": counts["all"] > 0,
        "counts": counts,
        "waiting": _rows(tickets.filter(status=Status.RESOLVED), person, 0, HOME_MOST) if counts["waiting"] else [],
        "open": _rows(tickets.filter(status__in=OPEN_STATUSES), person, 0, HOME_MOST) if counts["open"] else [],
    }


# The page of a ticket


class Words(forms.CharField):
    """A text that is handed to the door as it was typed. What is wrong with it the door says, and only the door."""

    def clean(self, value: Any) -> Any:
        return value


class CommentForm(PageForm):
    use_required_attribute = False
    comment = Words(
        label=gettext_lazy("Your reply"),
        # The placeholder also tells the style sheet whether there is something in it.
        widget=forms.Textarea(
            attrs={"rows": 3, "data-send": "", "placeholder": gettext_lazy("Add what helps, or ask.")}
        ),
    )


@dataclass(frozen=True)
class Act:
    """Something that a requester can do with their ticket on a page of its own (without a script too)."""

    verb: str
    call: Callable[..., Ticket]
    title: str | Promise
    sentence: str | Promise
    done: str | Promise
    #: What is asked: its label; "" for nothing.
    why: str | Promise = ""
    why_hint: str | Promise = ""
    why_is_needed: bool = False
    icon: str = ""
    danger: bool = False


ACTS = {
    "withdraw": Act(
        "withdraw",
        lifecycle.withdraw,
        gettext_lazy("Withdraw the ticket"),
        gettext_lazy("Nobody works on it any more. This can't be undone; you can always ask again."),
        gettext_lazy("Your ticket is withdrawn."),
        why=gettext_lazy("Why do you not need it any more?"),
        why_hint=gettext_lazy("It helps whoever worked on it."),
        icon="withdrawn",
        danger=True,
    ),
    "close": Act(
        "close",
        lifecycle.close,
        gettext_lazy("It is solved"),
        gettext_lazy("Thank you for saying so. The ticket is closed with it; should it come back, you can reopen it."),
        gettext_lazy("Thank you. Your ticket is closed."),
        icon="tick",
    ),
    "reopen": Act(
        "reopen",
        lifecycle.reopen,
        gettext_lazy("Reopen the ticket"),
        gettext_lazy("It goes back to the people who can help, with all that was said."),
        gettext_lazy("Your ticket is open again. We look into it."),
        why=gettext_lazy("What is not solved?"),
        why_is_needed=True,
        icon="again",
    ),
}


@never_cache
@login_required
@require_safe
def my_ticket(request: HttpRequest, ticket_number: str) -> HttpResponse:
    person: Employee = request.user  # type: ignore[assignment]  # signed in
    ticket = _own(person, ticket_number)
    if ticket is None:
        return _of_others(person, ticket_number)
    if ticket.is_unread:
        visits.seen(ticket, person)
    return _shown(request, ticket, CommentForm(), Uploads())


def _own(person: Employee, number: str) -> Any:
    tickets = visits.with_news(_asked_by(person), person)
    related = tickets.select_related("category", "department", "assigned_to", "employee")
    return related.filter(ticket_number=number).first() if _is_storable(number) else None


def _is_storable(number: str) -> bool:
    """A database that is asked for a NUL answers with an error."""
    return "\x00" not in number


def _own_or_404(request: HttpRequest, number: str) -> Any:
    ticket = _own(request.user, number)  # type: ignore[arg-type]  # signed in
    if ticket is None:
        raise Http404
    return ticket


def _of_others(person: Employee, number: str) -> HttpResponse:
    """Staff who follow a link from somebody's mail are led to where they work; for others it is not there."""
    ticket = rules.visible_to(person).filter(ticket_number=number).first() if _is_storable(number) else None
    if ticket is None:
        raise Http404
    return redirect("admin:tickets_ticket_change", ticket.pk)


def _shown(
    request: HttpRequest, ticket: Any, form: CommentForm, uploads: Uploads, *, status: int = 200
) -> HttpResponse:
    person: Employee = request.user  # type: ignore[assignment]  # signed in
    every = request.GET.get("all") == "1"
    details = showing.details_of(ticket)
    told = timeline(ticket, person, most=MOST_OF_ALL if every else MOST)
    against = {verb: rules.CHECKS[verb](ticket, person) for verb in ("comment", "edit", *ACTS)}
    context = {
        "ticket": ticket,
        "viewer": person,
        "timeline": told,
        "earlier": "" if every else "?all=1",
        "steps": progress.steps(ticket, told.entries),
        # A table needs more room than the facts have.
        "details": [detail for detail in details if not detail.items],
        "costs": [detail for detail in details if detail.items],
        "is_over": ticket.status not in OPEN_STATUSES,
        "files": told.files,
        "answered": progress.answered(ticket),
        "solved": progress.solved(ticket),
        "closes_at": progress.closes_at(ticket),
        "can": {verb: not reasons for verb, reasons in against.items()},
        "obstacles": _obstacles(against),
        "acts": [act for act in ACTS.values() if not against[act.verb]],
        "form": form,
        "uploads": uploads,
        # One that comes back is the same form: should the first click have done it, the next one is led there.
        "once": request.POST.get(once.FIELD) or once.token(),
    }
    return render(request, "helpcenter/following/ticket.html", context, status=status)


_TITLES = {"comment": gettext_lazy("Reply"), "edit": gettext_lazy("Edit"), "withdraw": gettext_lazy("Withdraw")} | {
    "close": gettext_lazy("Close"),
    "reopen": gettext_lazy("Reopen"),
}


def _obstacles(against: dict[str, Any]) -> list[tuple[str | Promise, str]]:
    """What can't be done now, each with why."""
    return [
        (_TITLES[verb], " ".join(str(reason.sentence) for reason in reasons))
        for verb, reasons in against.items()
        if reasons
    ]


# What one can do


def _path(ticket: Ticket, fragment: str = "") -> str:
    return reverse("my_ticket", args=[ticket.ticket_number]) + fragment


class WhyForm(PageForm):
    """The reason of a verb, where one is asked for."""

    use_required_attribute = False
    reason = Words(widget=forms.Textarea(attrs={"rows": 5, "data-send": ""}))

    def __init__(self, act: Act, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = str(act.why)
        self.fields["reason"].help_text = str(act.why_hint)
        self.fields["reason"].required = act.why_is_needed  # for the word "optional" beside it


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def act_on_ticket(request: HttpRequest, ticket_number: str, verb: str) -> HttpResponse:
    """GET asks (and changes nothing), POST does it. What is refused leads back to the ticket with the reasons."""
    ticket, act = _own_or_404(request, ticket_number), ACTS[verb]
    if request.method != "POST":
        if against := rules.CHECKS[verb](ticket, request.user):
            return _back_with(request, ticket, against)
        return _asked(request, ticket, act, WhyForm(act))
    try:
        act.call(ticket, by=request.user, **_values(request, act))
    except InvalidValues as invalid:
        form = WhyForm(act, request.POST)
        form.add_errors(invalid)
        return _asked(request, ticket, act, form, status=422)
    except Refused as refused:
        return _back_with(request, ticket, refused.reasons)
    messages.success(request, str(act.done))
    return redirect(_path(ticket))


def _values(request: HttpRequest, act: Act) -> dict[str, str]:
    return {"reason": request.POST.get("reason", "")} if act.why else {}


def _asked(request: HttpRequest, ticket: Ticket, act: Act, form: WhyForm, *, status: int = 200) -> HttpResponse:
    context = {"ticket": ticket, "act": act, "form": form}
    return render(request, "helpcenter/following/act.html", context, status=status)


def _back_with(request: HttpRequest, ticket: Ticket, reasons: Sequence[Any]) -> HttpResponse:
    for reason in reasons:
        messages.error(request, str(reason.sentence))
    return redirect(_path(ticket))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def comment_on_ticket(request: HttpRequest, ticket_number: str) -> HttpResponse:
    """Say something, with files or without; files alone are added without a word."""
    return _added(request, ticket_number, _say)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def attach_to_ticket(request: HttpRequest, ticket_number: str) -> HttpResponse:
    """Add files by themselves."""
    return _added(request, ticket_number, _attach)


def _added(request: HttpRequest, ticket_number: str, add: Callable[..., str]) -> HttpResponse:
    """What is refused comes back on the ticket's page with all that was typed and uploaded. Sent twice, it is one."""
    ticket = _own_or_404(request, ticket_number)
    if request.method != "POST":
        return redirect(_path(ticket, "#reply"))
    turn = once.turn(request, "comment")
    if turn.made:
        return redirect(_path(ticket, turn.made))
    if turn.is_taken:
        return _being_sent(request, ticket)
    form, uploads, made = CommentForm(request.POST), Uploads(), ""
    too_often: limits.TooOften | None = None
    # From here on the turn is ours: whatever fails gives it back, or the form could not be sent again for a while.
    try:
        uploads = uploading.of(request)
        too_often = uploads.too_often
        if uploads.errors:
            raise InvalidValues({uploading.FILES: uploads.errors})
        with limits.counted(request, "comment_ticket", _TOO_MUCH):
            made = add(request, ticket, uploads)
    except InvalidValues as invalid:
        uploads.errors = invalid.errors.get(uploading.FILES, [])
        form.add_errors(invalid)
    except Refused as refused:
        too_often = refused if isinstance(refused, limits.TooOften) else None
        for reason in refused.reasons:
            form.add_error(None, str(reason.sentence))
    finally:
        turn.finish(made)
    if made:
        return redirect(_path(ticket, made))
    answer = _shown(request, _own_or_404(request, ticket_number), form, uploads, status=422)
    return limits.slowed(answer, too_often) if too_often else answer


def _being_sent(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The first click is still at it, and may yet fail: nothing typed is thrown away before that is known."""
    form = CommentForm(request.POST)
    form.add_error(None, _("This is being sent already. Look whether it stands above before you send it again."))
    return _shown(request, ticket, form, uploading.of(request), status=409)


def _say(request: HttpRequest, ticket: Ticket, uploads: Uploads) -> str:
    """Where on the page it stands then."""
    text = request.POST.get("comment", "")
    if not text.strip() and uploads.files:
        return _attach(request, ticket, uploads)
    said = conversation.comment(ticket, by=request.user, comment=text, files=uploads.files)
    return f"#comment-{said.pk}"


def _attach(request: HttpRequest, ticket: Ticket, uploads: Uploads) -> str:
    person: Employee = request.user  # type: ignore[assignment]  # signed in
    conversation.attach(ticket, by=person, files=uploads.files)
    return "#newest"
