"""What a System Admin puts right: the words of a request, for its requester; and a text that must not stand there."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.refusals import InvalidValues, Reason, Refused, StaleVersion
from audit.verb_pages import Verb, VerbForm, read_version
from tickets import conversation, lifecycle, rules
from tickets.admin import workspace
from tickets.forms import RequestForm, differences, written_in
from tickets.models import Ticket, TicketComment


class WhyForm(VerbForm):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Kept in the history, for the staff."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


#: Not among those of the list: its form is built from the ticket's category. Here for its button.
EDIT = Verb(
    "edit",
    lifecycle.edit,
    title=gettext_lazy("Edit the request"),
    sentence=lambda ticket: (
        _("You change what %(name)s asked for. They see that it was edited, and are not mailed.")
        % {"name": ticket.employee.get_full_name()}
    ),
    done=lambda ticket: _("The request is as you wrote it."),
)

REDACT = Verb(
    "redact",
    conversation.redact,
    title=gettext_lazy("Take this text away"),
    form=WhyForm,
    sentence=lambda comment: _(
        "The text goes for good, here and in the mails that carried it, and so do the files that came with it. That "
        "something was said stays. For what must not stand here: a password, words about somebody's health."
    ),
    done=lambda comment: _("The text is gone."),
    danger=True,
)


def _of_the_request(form: RequestForm, invalid: InvalidValues) -> dict[str, list[str]]:
    """All that is wrong with it, at once: the door stops at a missing reason. Not with a day, which may stay."""
    found = {name: said for name, said in invalid.errors.items() if name != "reason"}
    if found:
        return found
    try:
        form.check()
    except InvalidValues as others:
        return {name: said for name, said in others.errors.items() if name != "scheduled_date"}
    return {}


class CorrectingPages:
    """Half of `WorkspacePages`."""

    admin_site: Any
    model: Any
    page_of: Any
    ticket_seen: Any
    address_of: Any
    get_queryset: Any

    # The words of a request

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        ticket: Ticket = self.ticket_seen(request, pk)
        if not rules.is_staff_on(ticket, request.user):
            # Their own: there they are its requester.
            return redirect(workspace.address_of("my_ticket_edit", ticket.ticket_number) or self.page_of(ticket))
        reasons = rules.CHECKS["edit"](ticket, request.user)
        if request.method == "POST":
            form, why = RequestForm(ticket.category, request.POST, ticket=ticket), WhyForm(ticket, request.POST)
            return self._edit(request, ticket, form, why)
        if reasons:
            return self._refused(request, ticket, reasons)
        return self._edit_page(request, ticket, RequestForm(ticket.category, ticket=ticket), WhyForm(ticket))

    def _edit(self, request: HttpRequest, ticket: Ticket, form: RequestForm, why: WhyForm) -> HttpResponse:
        by: Any = request.user
        version, reason = read_version(request), request.POST.get("reason", "")
        why.is_valid()
        try:
            lifecycle.edit(ticket, by=by, reason=reason, expected_version=version, **form.asked())
        except InvalidValues as invalid:
            why.take_errors(InvalidValues({"reason": invalid.errors.get("reason", [])}))
            form.take_errors(InvalidValues(_of_the_request(form, invalid)))
            return self._edit_page(request, ticket, form, why, status=422)
        except StaleVersion:
            now = self.ticket_seen(request, ticket.pk)
            news = workspace.news_since(now, version or 0)
            return self._edit_page(
                request, now, form, why, status=409, news=news, others=differences(form, written_in(now))
            )
        except Refused as refused:
            return self._refused(request, ticket, refused.reasons)
        messages.success(request, EDIT.done(ticket))
        return redirect(self.page_of(ticket))

    def _edit_page(
        self, request: HttpRequest, ticket: Ticket, form: RequestForm, why: WhyForm, *, status: int = 200, **more: Any
    ) -> HttpResponse:
        """`news` and `others`: what somebody else did meanwhile, and what the ticket says now."""
        asks_why = rules.acts_for_requester(ticket, request.user)
        context = {
            **self._about(request, ticket, EDIT),
            "form": form,
            "why": why if asks_why else None,
            "sentence": EDIT.sentence(ticket),
            "read_version": ticket.version if more.get("news") else read_version(request) or ticket.version,
            "reasons": rules.CHECKS["edit"](ticket, request.user),
            **more,
        }
        return TemplateResponse(request, "tickets/admin/edit.html", context, status=status)

    # A text that must not stand there

    def redact_view(self, request: HttpRequest, pk: int, comment: int) -> HttpResponse:
        ticket: Ticket = self.ticket_seen(request, pk)
        # Of a note on one's own ticket there is nothing to know.
        said = conversation.visible_comments(ticket, request.user).filter(pk=comment).first()
        if said is None:
            raise Http404
        said.ticket = ticket
        form = WhyForm(said, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                conversation.redact(said, by=request.user, **form.values())
            except InvalidValues as invalid:
                form.take_errors(invalid)
            except Refused as refused:
                return self._refused(request, ticket, refused.reasons)
            else:
                messages.success(request, REDACT.done(said))
                return redirect(f"{self.page_of(ticket)}#comment-{said.pk}")
        return self._redact_page(request, ticket, said, form)

    def _redact_page(self, request: HttpRequest, ticket: Ticket, said: TicketComment, form: WhyForm) -> HttpResponse:
        reasons = rules.CHECKS["redact"](ticket, request.user)
        if not reasons and said.redacted_at is not None:
            reasons = [Reason("state", _("This text has been taken away already."))]
        context = {
            **self._about(request, ticket, REDACT),
            "subject": said,
            "said": said,
            "summary_template": "tickets/admin/said.html",
            "form": form,
            "sentence": REDACT.sentence(said),
            "reasons": reasons,
        }
        return TemplateResponse(request, "audit/verb_page.html", context, status=422 if form.errors else 200)

    def _about(self, request: HttpRequest, ticket: Ticket, verb: Verb) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": verb.title,
            "opts": self.model._meta,
            "ticket": ticket,
            # For the heading of the page.
            "object": ticket,
            "subject_name": str(ticket),
            "verb": verb,
            "page": self.page_of(ticket),
            "back": self.page_of(ticket),
        }

    def _refused(self, request: HttpRequest, ticket: Ticket, reasons: list[Reason]) -> HttpResponse:
        if any(reason.code == "unseen" for reason in reasons):
            raise Http404
        for reason in reasons:
            messages.error(request, str(reason.sentence))
        return redirect(self.page_of(ticket))
