"""What happened on a ticket, as one list: what was said, the files, and the verbs in sentences.

One for both sides. The requester's knows nothing of internal notes – neither that there is one nor a gap where it would
stand – and none of what is told to staff only; staff have all of it, with what changed, and System Admins with where it
came from. Pages show an Entry by templates/tickets/timeline/.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, zip_longest
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.text import slugify
from django.utils.translation import gettext as _

from audit.actors import Actor
from people import browsers
from people.models import Employee
from people.narrative import Difference
from tickets import conversation, files, narrative, rules
from tickets.models import Ticket, TicketAttachment, TicketComment

MOST = 100
#: Never more on one page, whatever is asked for.
MOST_OF_ALL = 500

EVENT, COMMENT, NOTE = "event", "comment", "note"

#: What the requester reads of. A verb that is not here, later ones included, is staff's.
FOR_REQUESTER = frozenset(
    {"submit", "edit", "approve", "reject", "claim", "assign", "start", "hold", "resume", "resolve", "close", "reopen"}
    | {"withdraw", "reprioritise", "transfer", "bring_in"}
)
#: Whose reason too: those that are told to them.
REASON_FOR_REQUESTER = frozenset({"reject", "hold", "reopen", "resolve", "withdraw", "close"})
#: Rows of the ticket's history that stand in the list as what they brought: a comment, files.
_TOLD_ELSEWHERE = ("comment", "note", "attach")
#: Its reason is the old number, which the sentence says.
_REASON_IN_SENTENCE = "bring_in"

_ICONS = {
    "submit": "new", "edit": "pencil", "claim": "person", "assign": "person", "transfer": "next",
    "bring_in": "elsewhere", "redact": "off", "attach": "paperclip",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `who` is None for SmartSupport and the workflow system; `who_words` is always there."""

    when: datetime
    kind: str
    verb: str
    who: Employee | None
    who_words: str
    sentence: str
    #: A comment, or the reason or resolution of a verb: in full, as it was typed.
    text: str = ""
    is_redacted: bool = False
    files: list[TicketAttachment] = field(default_factory=list)
    #: Staff only.
    differences: list[Difference] = field(default_factory=list)
    comment: TicketComment | None = None
    icon: str = "info"
    #: The state that the ticket came into by it; "" when it stayed as it was.
    state: str = ""
    #: System Admins only.
    address: str = ""
    browser: str = ""


@dataclass(frozen=True)
class Timeline:
    """Oldest first. `has_earlier`: there is more before the first. `files`: all that the viewer may know of."""

    entries: list[Entry]
    has_earlier: bool
    files: list[TicketAttachment] = field(default_factory=list)


def timeline(ticket: Ticket, viewer: Actor, *, most: int = MOST) -> Timeline:
    """The newest `most` things that `viewer` may know of. The number of statements does not grow with them."""
    relations = rules.relations(ticket, viewer)
    if not relations:
        return Timeline([], has_earlier=False)
    view = _View(ticket, viewer, rules.is_staff_on(ticket, viewer), rules.ADMIN in relations, min(most, MOST_OF_ALL))
    seen = files.visible_attachments(ticket, viewer).select_related("uploaded_by")
    with_it = list(seen.order_by("upload_date", "pk"))
    of_comments, of_submission, alone = _sorted(view, with_it)
    entries = _events(view, of_submission) + _comments(view, of_comments) + _by_themselves(alone)
    entries.sort(key=lambda entry: entry.when)
    return Timeline(entries[-view.most :], has_earlier=len(entries) > view.most, files=with_it)


@dataclass(frozen=True)
class _View:
    ticket: Ticket
    viewer: Actor
    is_staff: bool
    sees_origin: bool
    most: int


# Verbs


def _events(view: _View, of_submission: list[TicketAttachment]) -> list[Entry]:
    # One more than shown: the last one shown is compared with the one before it.
    rows = list(_history(view)[: view.most + 1])
    names = narrative.names_of(rows, with_fields=view.is_staff, about=view.ticket)
    pairs = zip_longest(rows, rows[1:])  # also of none: a row that came past the door has a page too
    return [_event(view, after, before, names, of_submission) for after, before in pairs]


def _history(view: _View) -> QuerySet:
    newest = view.ticket.history.select_related("history_user").order_by("-history_date", "-history_id")
    if view.is_staff:
        return newest.exclude(verb__in=_TOLD_ELSEWHERE)
    return newest.filter(verb__in=FOR_REQUESTER).defer("description", "dynamic_data")


def _event(
    view: _View, after: Any, before: Any, names: narrative.Names, of_submission: list[TicketAttachment]
) -> Entry:
    verb = after.verb
    tells_why = verb != _REASON_IN_SENTENCE and (view.is_staff or verb in REASON_FOR_REQUESTER)
    state = after.status if before is None or before.status != after.status else ""
    address, browser = _origin(view, after)
    is_first = before is None and verb in ("submit", "bring_in")
    return Entry(
        when=after.history_date,
        kind=EVENT,
        verb=verb,
        who=after.history_user,
        who_words=narrative.who_in_words(after),
        sentence=narrative.sentence(after, before, names),
        text=(after.history_change_reason or "") if tells_why else "",
        files=of_submission if is_first else [],
        differences=narrative.differences(after, before, names) if view.is_staff and before is not None else [],
        icon=_ICONS.get(verb) or slugify(state) or "info",
        state=state,
        address=address,
        browser=browser,
    )


def _origin(view: _View, row: Any) -> tuple[str, str]:
    """Address and browser of a row of history, or of a comment with those of its first; for who may know."""
    if not view.sees_origin:
        return "", ""
    return row.ip_address or "", browsers.in_words(row.user_agent) if row.user_agent else ""


# What was said


def _comments(view: _View, of_comments: dict[int, list[TicketAttachment]]) -> list[Entry]:
    seen = conversation.visible_comments(view.ticket, view.viewer).select_related("user")
    if view.sees_origin:
        # Where each came from: the first row of its history.
        first = TicketComment.history.filter(id=OuterRef("pk"), history_type="+").order_by("history_id")
        origin = {column: Subquery(first.values(column)[:1]) for column in ("ip_address", "user_agent")}
        seen = seen.annotate(**origin)
    said = seen.order_by("-created_at", "-pk")[: view.most + 1]
    return [_said(view, comment, of_comments.get(comment.pk, [])) for comment in said]


def _said(view: _View, comment: TicketComment, with_it: list[TicketAttachment]) -> Entry:
    who = str(comment.user.get_full_name()) if comment.user else narrative.actor_in_words(comment.actor_name)
    address, browser = _origin(view, comment)
    words = _("%(who)s wrote an internal note.") if comment.is_internal else _("%(who)s wrote.")
    return Entry(
        when=comment.created_at,
        kind=NOTE if comment.is_internal else COMMENT,
        verb="note" if comment.is_internal else "comment",
        who=comment.user,
        who_words=who,
        sentence=words % {"who": who},
        text=comment.comment,
        is_redacted=comment.redacted_at is not None,
        files=with_it,
        comment=comment,
        icon="note" if comment.is_internal else "comment",
        address=address,
        browser=browser,
    )


# Files


def _sorted(
    view: _View, with_it: list[TicketAttachment]
) -> tuple[dict[int, list[TicketAttachment]], list[TicketAttachment], list[TicketAttachment]]:
    """By comment; those of the submission; those that came by themselves."""
    of_comments: dict[int, list[TicketAttachment]] = {}
    of_submission, alone = [], []
    for attachment in with_it:
        if attachment.comment_id is not None:
            of_comments.setdefault(attachment.comment_id, []).append(attachment)
        elif attachment.upload_date <= view.ticket.submit_date:
            of_submission.append(attachment)
        else:
            alone.append(attachment)
    return of_comments, of_submission, alone


def _by_themselves(alone: Iterable[TicketAttachment]) -> list[Entry]:
    """Those of one moment and one person are one entry: the door gives what comes together the same time."""
    groups = groupby(alone, key=lambda attachment: (attachment.upload_date, attachment.uploaded_by_id))
    return [_added(list(group)) for _key, group in groups]


def _added(group: list[TicketAttachment]) -> Entry:
    who = group[0].uploaded_by
    name = str(who.get_full_name())
    return Entry(
        when=group[0].upload_date,
        kind=EVENT,
        verb="attach",
        who=who,
        who_words=name,
        sentence=narrative.of_files(name, len(group)),
        files=group,
        icon=_ICONS["attach"],
    )
