"""Files that come with a form: those uploaded before (tokens in `uploads`) and those in the form itself (`attachments`,
from who has no script). The partial site/uploads.html shows them, static/site/uploads.js makes it quick.

uploads = uploading.of(request)          # stages what came in the form; whatever happens next, it is kept
lifecycle.submit(…, files=uploads.files)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from audit.refusals import InvalidValues, Refused
from people.models import Employee
from people.pages import limits
from tickets import files as kept
from tickets.files import FILES_AT_ONCE, FILES_OF_A_TICKET, accepted, limits_sentence
from tickets.models import StagedFile

TOKENS, FILES = "uploads", "attachments"
#: Tokens of one form that are looked at one by one to see which of them are still good.
_TOKENS_MOST = 50


@dataclass
class Uploads:
    """What somebody has uploaded for a form, and what is wrong with what they tried to."""

    files: list[StagedFile] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    #: This person has sent up too much: `errors` says so too, and the page answers with 429 (limits.slowed).
    too_often: limits.TooOften | None = None

    # What the partial says before anybody chooses a file.
    most = FILES_AT_ONCE

    @property
    def most_bytes(self) -> int:
        return settings.ATTACHMENT_MAX_BYTES

    @property
    def accepted(self) -> str:
        return accepted()

    @property
    def limits(self) -> str:
        return limits_sentence()


def of(request: HttpRequest) -> Uploads:
    """What a POST brought. Every file that could be taken is staged and listed, also when another could not."""
    by: Employee = request.user  # type: ignore[assignment]  # signed in
    uploads = Uploads()
    _take_tokens(uploads, dict.fromkeys(request.POST.getlist(TOKENS)), by)
    chosen = request.FILES.getlist(FILES)
    # More than any ticket holds are not stored only to be refused.
    room = max(FILES_OF_A_TICKET - len(uploads.files), 0)
    for upload in chosen[:room]:
        try:
            count(request)
            uploads.files.append(kept.stage(upload, by=by))
        except limits.TooOften as too_often:
            uploads.too_often = too_often
            uploads.errors += _sentences(too_often)
            break  # the others would hear the same
        except (InvalidValues, Refused) as refused:
            uploads.errors += _sentences(refused)
    return uploads


def count(request: HttpRequest) -> None:
    """One more file of this person, whether it is taken or not: looking at it is the work. Raises limits.TooOften."""
    sentence = _("You have uploaded more within an hour than we take from one person. Upload this again %(wait)s.")
    limits.count(request, "upload_file", sentence)


def _take_tokens(uploads: Uploads, tokens: Iterable[str], by: Employee) -> None:
    tokens = list(tokens)[:_TOKENS_MOST]
    try:
        uploads.files += kept.staged(tokens, by=by)
    except InvalidValues as invalid:
        uploads.errors += _sentences(invalid)
        for token in tokens:
            uploads.files += _still_there(token, by)


def _still_there(token: str, by: Employee) -> list[StagedFile]:
    try:
        return kept.staged([token], by=by)
    except InvalidValues:
        return []


def _sentences(refused: InvalidValues | Refused) -> list[str]:
    if isinstance(refused, Refused):
        return [str(reason) for reason in refused.reasons]
    return [sentence for sentences in refused.errors.values() for sentence in sentences]
