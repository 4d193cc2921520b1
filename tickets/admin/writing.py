"""The two boxes of a ticket's page: a reply, which the requester reads, and an internal note, which they never do.

Whatever is wrong, the page comes back with the text in its box and the files that were uploaded with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from audit.refusals import InvalidValues, Reason, Refused
from jobs import once
from tickets import conversation, hearing, rules, uploading
from tickets.models import Ticket
from tickets.uploading import Uploads

#: Where a page stands after something came to it.
NEWEST = "newest"

#: What a form or a program may say in `is_internal`, in any case of letters. Missing is public as well.
INTERNAL, PUBLIC = frozenset({"1", "true", "on", "yes"}), frozenset({"", "0", "false", "off", "no"})


@dataclass
class Box:
    """A box as it is shown: empty, or with what could not be taken. Errors of the whole are under ""."""

    is_internal: bool
    text: str = ""
    uploads: Uploads = field(default_factory=Uploads)
    errors: dict[str, list[str]] = field(default_factory=dict)
    once: str = field(default_factory=once.token)
    #: Why it can't be used at all; then there is no box.
    reasons: list[Reason] = field(default_factory=list)

    @property
    def name(self) -> str:
        return "note" if self.is_internal else "reply"

    @property
    def suffix(self) -> str:
        """Of ids, where both boxes have the same things."""
        return f"_{self.name}"

    @property
    def about_text(self) -> list[str]:
        return self.errors.get("comment", [])

    @property
    def about_all(self) -> list[str]:
        return self.errors.get("", [])

    @property
    def is_wrong(self) -> bool:
        return bool(self.errors or self.uploads.errors)

    def refuse(self, errors: dict[str, list[str]]) -> None:
        self.uploads.errors += errors.pop("attachments", [])
        for name, sentences in errors.items():
            self.errors.setdefault(name if name == "comment" else "", []).extend(sentences)


def box_of(request: HttpRequest, ticket: Ticket) -> Box:
    """What was posted, before its files are looked at."""
    text, meant = request.POST.get("comment", ""), {_is_internal(each) for each in request.POST.getlist("is_internal")}
    if None not in meant and len(meant) < 2:
        return Box(True in meant, text)
    # Where nobody can tell, the text waits where it does no harm, if they have such a box.
    box = Box(rules.is_staff_on(ticket, request.user), text)
    box.refuse({"": [_("We can't tell whether this is a reply or an internal note. Choose one, and send it again.")]})
    return box


def _is_internal(given: str) -> bool | None:
    """None for what is neither: a note that is taken for a reply is read and mailed where nobody can take it back."""
    word = given.strip().lower()
    return True if word in INTERNAL else False if word in PUBLIC else None


def boxes(ticket: Ticket, request: HttpRequest, written: Box | None) -> dict[str, Any]:
    """Both, for the page; of what is not for them at all (notes on one's own ticket) not even the reason."""
    by: Any = request.user
    found = []
    for is_internal, verb in ((False, "comment"), (True, "note")):
        box = written if written is not None and written.is_internal == is_internal else Box(is_internal)
        box.reasons = rules.CHECKS[verb](ticket, by)
        # What was typed is shown, though it can't be sent any more.
        if not is_internal or rules.is_staff_on(ticket, by):
            found.append(box)
    usable = [box for box in found if not box.reasons or box.text]
    chosen = written if written in usable else usable[0] if usable else None
    return {"boxes": usable, "chosen_box": chosen, "written": written}


def say(request: HttpRequest, ticket: Ticket, box: Box) -> str:
    """Say it. Answers where it stands on the page; "": not said, and the box says why."""
    by: Any = request.user
    if box.is_wrong:
        return ""
    given = box.uploads.files
    try:
        if given and not box.text.strip() and not box.is_internal:
            conversation.attach(ticket, by=by, files=given)
            return NEWEST
        said = conversation.comment(ticket, by=by, comment=box.text, is_internal=box.is_internal, files=given)
    except InvalidValues as invalid:
        box.refuse(invalid.errors)
    except Refused as refused:
        if "unseen" in refused.codes:
            raise Http404 from refused
        box.refuse({"": [str(reason.sentence) for reason in refused.reasons]})
    else:
        return f"comment-{said.pk}"
    return ""


def take_files(request: HttpRequest, box: Box) -> None:
    """Whatever comes of it, they are kept."""
    box.uploads = uploading.of(request)


def still_sent(box: Box) -> None:
    box.refuse({"": [_("This is being sent already. Look whether it stands above; if not, send it again.")]})


def done(ticket: Ticket, box: Box, by: Any) -> str:
    if box.is_internal:
        return _("Your note is there. The requester does not see it.")
    if ticket.employee_id == by.pk:
        return _("Your comment is there, for whoever works on it.")
    return " ".join([_("Your reply is there."), hearing.of_it(ticket.employee, "commented")])
