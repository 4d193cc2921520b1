"""Files on their way to a ticket and on it: staged, sent along, seen, taken away.

staged = files.stage(upload, by=ana)                       # from a form: checked and kept; no ticket has it yet
lifecycle.submit(..., files=files.staged(tokens, by=ana))  # or conversation.comment, conversation.attach

No crash leaves bytes that no row names: the row with their key is committed before they are stored, and goes after
they are removed. What is broken off in between is found by `sweep`. What a ticket's file has to lose (a virus; a text
that was redacted) is marked first, in the transaction of the decision, and removed after it; `remove_dead` finds those.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.actors import Actor
from audit.history import note
from audit.reading import Unfit, one
from audit.refusals import InvalidValues, refuse
from people.models import Employee
from tickets import door, file_kinds, rules, scanning
from tickets.enums import ATTACHMENT_TYPES
from tickets.models import Scan, StagedFile, Ticket, TicketAttachment, TicketComment

logger = logging.getLogger(__name__)

FIELD = "attachments"
FILES_AT_ONCE = 10
#: Of the public ones, and of those on internal notes, each: a requester must not learn of notes by a lower number.
FILES_OF_A_TICKET = 50
#: What one person may have uploaded and not sent yet.
STAGED_FILES = 50
STAGED_BYTES = 200 * 1024 * 1024
STAGED_FOR = timedelta(hours=24)
#: Whatever is still being stored after this time was broken off.
STORING_FOR = timedelta(hours=1)
#: The kinds that browsers draw, and that may be shown within a page.
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif"})


class NotStored(InvalidValues):
    """The storage did not take it; nothing is wrong with the file."""


# What is said of files before they come


def accepted() -> str:
    """For the `accept` attribute of a file input."""
    return ",".join(f".{ending}" for ending in ATTACHMENT_TYPES)


def limits_sentence() -> str:
    sentence = _("Up to %(most)d files of %(size)s each: %(endings)s.")
    size = _size(settings.ATTACHMENT_MAX_BYTES)
    return sentence % {"most": FILES_AT_ONCE, "size": size, "endings": ", ".join(ATTACHMENT_TYPES)}


def _size(count: int) -> str:
    """Bytes in words: "10 MB", not "10.0 MB"."""
    return re.sub(r"[.,]0(?=\D)", "", filesizeformat(count))


def type_label(file_name: str) -> str:
    """What the kind is called: "Word document"."""
    return str(file_kinds.LABELS.get(file_kinds.ending_of(file_name), ""))


def is_picture(attachment: TicketAttachment) -> bool:
    """May be shown within a page, by `?inline=1`."""
    return attachment.file_type in PICTURES and attachment.is_available


def availability(attachment: TicketAttachment) -> str:
    """Why it can't be handed out, as a sentence; "" when it can."""
    if attachment.scan == Scan.INFECTED:
        return _("A virus was found; the file was removed.")
    return _("Being checked for viruses.") if attachment.scan == Scan.WAITING else ""


# Staged: uploaded, and not sent along with anything yet


def stage(upload: UploadedFile, *, by: Employee) -> StagedFile:
    """Check a file and keep it until its owner sends it along. Never inside a transaction, which would keep the row
    from being there before its bytes. Raises InvalidValues with a sentence that names the file, or Refused."""
    name = one(FIELD, _fit_name, upload)
    row = _announced(name, upload.size or 0, by=by)
    try:
        _storage(row).save_as(row.file.name, File(upload, name=row.file.name))
    except Exception as error:
        # Each storage's client has its own; whichever it is, one can only try again, and the sweep takes the row.
        logger.exception("The storage did not take a file.")
        sentence = _("“%(name)s” could not be stored just now. Try again in a minute.")
        raise NotStored({FIELD: sentence % {"name": name}}) from error
    if not StagedFile.objects.filter(pk=row.pk).update(is_stored=True):
        _bytes_removed(row)  # it took so long that the sweep came first
        raise NotStored({FIELD: _("“%(name)s” has to be uploaded again.") % {"name": name}})
    row.is_stored = True
    return row


def staged(tokens: Iterable[Any], *, by: Employee) -> list[StagedFile]:
    """The files that these tokens stand for, in this order, each once. Raises InvalidValues when one is not there
    (any more), or is somebody else's."""
    given = list(dict.fromkeys(map(str, tokens)))
    if len(given) > FILES_AT_ONCE:
        raise too_many()
    try:
        keys = [uuid.UUID(token) for token in given]
    except ValueError:
        raise _gone() from None
    kept = _sendable(by).filter(created_at__gt=timezone.now() - STAGED_FOR)
    found = {row.token: row for row in kept.filter(token__in=keys)}
    if set(found) != set(keys):
        raise _gone()
    return [found[key] for key in dict.fromkeys(keys)]


def discard(token: uuid.UUID, *, by: Employee) -> bool:
    """Take back what one has uploaded. False when there is no such file of theirs, or it was sent meanwhile."""
    row = _sendable(by).filter(token=token).first()
    return row is not None and _dropped(row)


def sweep(*, now: datetime | None = None) -> int:
    """Remove what nobody sent for a day, and what was broken off while it was stored or removed. Answers how many."""
    now = now or timezone.now()
    unsent = Q(is_stored=True, created_at__lte=now - STAGED_FOR)
    broken_off = Q(is_stored=False, created_at__lte=now - STORING_FOR)
    return sum(_dropped(row) for row in StagedFile.objects.filter(unsent | broken_off).iterator())


def _fit_name(upload: Any) -> str:
    """A reader: the name under which it is kept, once name, size and bytes fit each other."""
    name = file_kinds.kept_name(getattr(upload, "name", ""))
    if not name:
        raise Unfit(_("A file without a name can't be taken."))
    if file_kinds.ending_of(name) not in ATTACHMENT_TYPES:
        sentence = _("“%(name)s” is of a kind that can't be attached. We take %(endings)s.")
        raise Unfit(sentence % {"name": name, "endings": ", ".join(ATTACHMENT_TYPES)})
    if not file_kinds.is_readable(name):
        sentence = _(
            "This file's name can't be seen: nothing readable stands before “.%(ending)s”. Give it another one."
        )
        raise Unfit(sentence % {"ending": file_kinds.ending_of(name)})
    size, most = upload.size or 0, settings.ATTACHMENT_MAX_BYTES
    if not size:
        raise Unfit(_("“%(name)s” is empty.") % {"name": name})
    if size > most:
        sentence = _("“%(name)s” is too large: at most %(most)s, and it has %(size)s.")
        if _size(size) == _size(most):  # by a few bytes
            sentence = _("“%(name)s” is too large: at most %(most)s.")
        raise Unfit(sentence % {"name": name, "most": _size(most), "size": _size(size)})
    file_kinds.check(name, upload)
    return name


def _announced(name: str, size: int, *, by: Employee) -> StagedFile:
    """The row, committed: from now on the sweep knows of the bytes, whether they come or not."""
    with transaction.atomic(durable=True):
        owner = door.locked_actor(by)  # of two uploads at once the second counts the first
        refuse(rules.against_submit(owner))
        theirs = StagedFile.objects.filter(owner=owner)
        waiting = theirs.aggregate(bytes=Sum("file_size"))["bytes"] or 0
        most = max(STAGED_BYTES, FILES_AT_ONCE * settings.ATTACHMENT_MAX_BYTES)
        if theirs.count() >= STAGED_FILES or waiting + size > most:
            sentence = _("You have uploaded much that is not sent yet. Send or remove some of it first.")
            raise InvalidValues({FIELD: sentence})
        row = StagedFile(owner=owner, file_name=name, file_type=file_kinds.media_type_of(name), file_size=size)
        row.file.name = _storage(row).new_key(row.file.field.generate_filename(row, name))
        row.save()
    return row


def _sendable(by: Employee) -> QuerySet[StagedFile]:
    return StagedFile.objects.filter(owner=by, is_stored=True)


def _dropped(row: StagedFile) -> bool:
    """Bytes first, then the row. Not when somebody sent it in this moment: then they belong to a ticket."""
    if not StagedFile.objects.filter(pk=row.pk).update(is_stored=False):
        return False
    if _bytes_removed(row):
        StagedFile.objects.filter(pk=row.pk).delete()
    return True


def _storage(row: StagedFile | TicketAttachment) -> Any:
    """One of ours: it stores under a key that is given to it, which Django's storages do not."""
    return row.file.storage


def _bytes_removed(row: StagedFile | TicketAttachment) -> bool:
    """False when the storage did not do it; the sweep tries again."""
    try:
        _storage(row).delete(row.file.name)
    except Exception:
        # Each storage's client has its own errors; the row stays, so that the file is not forgotten.
        logger.exception("The storage did not remove a file.")
        return False
    return True


def _gone() -> InvalidValues:
    return InvalidValues({FIELD: _("We don't have one of the files any more. It has to be uploaded again.")})


def too_many() -> InvalidValues:
    return InvalidValues(
        {FIELD: _("At most %(most)d files at once. Send the others after these.") % {"most": FILES_AT_ONCE}}
    )


# On a ticket. The door calls these, inside its transaction


def claimed(given: Sequence[StagedFile], *, by: Actor) -> list[StagedFile]:
    """The staged files under their lock, in this order: of two who send the same, the second finds it gone."""
    wanted = list(dict.fromkeys(row.pk for row in given))
    if not wanted:
        return []
    if len(wanted) > FILES_AT_ONCE:
        raise too_many()
    if not isinstance(by, Employee):
        raise _gone()
    # In one order, or two who send the same files in another order would wait for each other.
    found = {row.pk: row for row in _sendable(by).select_for_update().filter(pk__in=wanted).order_by("pk")}
    if len(found) < len(wanted):
        raise _gone()
    return [found[pk] for pk in wanted]


def sent(
    rows: Sequence[StagedFile], *, ticket: Ticket, by: Actor, now: datetime, comment: TicketComment | None = None
) -> list[TicketAttachment]:
    """Make claimed files the ticket's. The bytes stay where they are. A rollback leaves everything staged."""
    if not rows:
        return []
    _refuse_too_many_of(ticket, len(rows), is_internal=comment is not None and comment.is_internal)
    made = []
    for row in rows:
        attachment = TicketAttachment(
            ticket=ticket,
            comment=comment,
            file=row.file.name,
            file_name=row.file_name,
            file_type=row.file_type,
            file_size=row.file_size,
            upload_date=now,
            uploaded_by=row.owner,
            scan=Scan.WAITING if scanning.is_on() else Scan.UNCHECKED,
        )
        note(attachment, by=by, verb="attach")
        attachment.save()
        made.append(attachment)
    StagedFile.objects.filter(pk__in=[row.pk for row in rows]).delete()
    if scanning.is_on():
        transaction.on_commit(scanning.wake, robust=True)
    return made


def _refuse_too_many_of(ticket: Ticket, more: int, *, is_internal: bool) -> None:
    on_notes = Q(comment__is_internal=True)
    there = TicketAttachment.objects.filter(on_notes if is_internal else ~on_notes, ticket=ticket).count()
    if there + more > FILES_OF_A_TICKET:
        sentence = ngettext(
            "A ticket holds at most %(most)d files, and this one has %(there)d already.",
            "A ticket holds at most %(most)d files, and this one has %(there)d already.",
            there,
        )
        raise InvalidValues({FIELD: sentence % {"most": FILES_OF_A_TICKET, "there": there}})


def visible_attachments(ticket: Ticket, by: Actor) -> QuerySet[TicketAttachment]:
    """The files of a ticket that somebody may know of: those on internal notes are for its staff, those of a redacted
    text are gone for everybody. One that is not available (`availability`) is among them."""
    if not rules.relations(ticket, by):
        return TicketAttachment.objects.none()
    files = TicketAttachment.objects.filter(Q(comment=None) | Q(comment__redacted_at=None), ticket=ticket)
    return files if rules.is_staff_on(ticket, by) else files.filter(Q(comment=None) | Q(comment__is_internal=False))


def remove_dead() -> int:
    """Remove the bytes of what nobody may have any more. The row stays; its key goes when the bytes are gone."""
    dead = TicketAttachment.objects.exclude(file="").filter(
        Q(scan=Scan.INFECTED) | Q(comment__redacted_at__isnull=False)
    )
    removed = [row.pk for row in dead.iterator() if _bytes_removed(row)]
    return TicketAttachment.objects.filter(pk__in=removed).update(file="")
