"""How large a body may be, by the address it goes to. Said before anything of it is read: the forgery check would have
an upload of any length spooled to disk, from anybody, before it asks who they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse

from backoffice.errors import too_large

MEGABYTE = 1024 * 1024
#: A picture of a person is the largest thing there (people.values.PICTURE_BYTES), or a JSON object.
OF_ADDRESSES: tuple[tuple[str, int], ...] = (
    ("/accounts/", 6 * MEGABYTE),
    ("/my/profile/", 6 * MEGABYTE),
    ("/people/", 6 * MEGABYTE),
    ("/admin/login/", 6 * MEGABYTE),
    ("/cms/login/", 6 * MEGABYTE),
    ("/api/", 2 * MEGABYTE),  # but what may come with files, below
)


def limit_of(path: str) -> int:
    """Bytes; elsewhere ten attachments and the words around them."""
    if path.startswith("/my/uploads/"):
        return settings.ATTACHMENT_MAX_BYTES + MEGABYTE
    if path.startswith("/admin/jobs/spreadsheet/"):
        # A little more than is taken: a file that is too large by less is refused on its page, in its words.
        return settings.SPREADSHEET_MAX_BYTES + 5 * MEGABYTE
    elsewhere = settings.ATTACHMENT_MAX_BYTES * 10 + 5 * MEGABYTE
    if path.startswith("/api/tickets/"):
        return elsewhere  # JSON is held to DATA_UPLOAD_MAX_MEMORY_SIZE there as well
    return next((limit for beginning, limit in OF_ADDRESSES if path.startswith(beginning)), elsewhere)


def announced(request: HttpRequest) -> int:
    """Bytes of the body by its head, read as Django reads it. Without a length (in chunks) Django takes it as empty."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


class BodySizeMiddleware:
    """Stands before whatever may read a body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        limit = limit_of(request.path_info)
        return self.get_response(request) if 0 <= announced(request) <= limit else too_large(request, limit // MEGABYTE)


class BoundedUpload(FileUploadHandler):
    """The first of the handlers: counts what really arrives in files, for servers that hand on more than was
    announced."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.left = limit_of(request.path_info if request else "")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.left -= len(raw_data)
        if self.left < 0:
            # Whose file is half written; Django ends them only where it ends the reading itself.
            for handler in self.request.upload_handlers if self.request else ():
                handler.upload_interrupted()
            raise RequestDataTooBig("The files are larger than this address takes.")
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        return None
