"""What a file is, by its name and its bytes together; and what of its name is kept.

Nothing here unpacks or draws a file, and of none more than a set number of bytes is held at a time: a zip is judged by
its directory, a picture by its head, a text in pieces. The name alone is what somebody says, the first bytes alone call
a Word file a zip and a table a text: so each kind has its own look at what the two must have in common.
"""

from __future__ import annotations

import codecs
import re
import struct
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import IO, Any

# Brings the C library that the other one looks for: first.
import pylibmagic  # noqa: F401

# isort: split
import magic
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image, UnidentifiedImageError

from audit.reading import Unfit
from tickets import ole, prolog
from tickets.enums import ATTACHMENT_TYPES

NAME_LENGTH = 255
HEAD_BYTES = 16 * 1024
CHUNK_BYTES = 64 * 1024

#: Controls, marks of direction and joiners, halves of characters, separators of lines: what makes a name look like
#: another one, or breaks the line it stands on.
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}

#: Letters and marks by their kind, and drawn as nothing: fillers of Hangul, a Braille cell without dots.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")

#: What a picture may unfold to in the browser of whoever looks at it. Cameras make large ones, and only as JPEG.
PIXELS_MOST = {"JPEG": 120_000_000, "PNG": 50_000_000, "GIF": 50_000_000}
_BROKEN_PICTURE = (
    UnidentifiedImageError, OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError,
    struct.error, zlib.error,
)  # fmt: skip

ZIP_MEMBERS_MOST = 5_000
ZIP_DIRECTORY_BYTES = 1024 * 1024
#: What all members may be unpacked; Office does not come near it at the size that an attachment may have.
ZIP_UNPACKED_BYTES = 250 * 1024 * 1024
#: Of the member that says what the others are. It has a line for each kind, not for each member.
ZIP_TYPES_BYTES = 1024 * 1024
#: Of each other member that is XML: where its first tag must stand, and what is read of all of them together.
XML_HEAD_BYTES = 64 * 1024
XML_PIECE_BYTES = 4 * 1024
ZIP_XML_BYTES = 32 * 1024 * 1024
_END_OF_DIRECTORY = b"PK\x05\x06"
_END_BYTES = 22
_LOCATOR_OF_64_BITS = b"PK\x06\x07"
_TYPES_MEMBER = "[Content_Types].xml"

#: Ending → the member it is all about, and what that is called in the list of types. A file with macros that was given
#: an ending without them is called differently there.
_OFFICE = {
    "docx": ("word/document.xml", b"wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", b"spreadsheetml.sheet.main+xml"),
}
#: Ending → the stream that such a file has at its top.
_OLD_OFFICE = {"doc": {"WordDocument"}, "xls": {"Workbook", "Book"}}

#: Bytes that no text has, in UTF-8, in the old code pages or in ASCII: controls but for line ends, tabs, the escapes
#: of logs and the end mark of old tables.
_NO_TEXT = re.compile(rb"[\x00-\x06\x0e-\x19\x1c-\x1f]")
_NO_TEXT_CHARACTERS = re.compile("[\x00-\x06\x0e-\x19\x1c-\x1f]")
_UTF_16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_NOT_AS_TEXT = {"application/pdf", "application/zip", "image/png", "image/gif", "image/jpeg", "application/msword"}

LABELS: dict[str, str | Promise] = {
    "pdf": gettext_lazy("PDF document"),
    "doc": gettext_lazy("Word document"),
    "docx": gettext_lazy("Word document"),
    "xls": gettext_lazy("Excel table"),
    "xlsx": gettext_lazy("Excel table"),
    "csv": gettext_lazy("CSV table"),
    "jpg": gettext_lazy("JPEG picture"),
    "jpeg": gettext_lazy("JPEG picture"),
    "png": gettext_lazy("PNG picture"),
    "gif": gettext_lazy("GIF picture"),
    "txt": gettext_lazy("text file"),
}


def kept_name(given: Any) -> str:
    """The last segment of the name, composed (NFC), without what can't be seen, in at most 255 characters with its
    ending; "" when nothing is left."""
    name = re.split(r"[/\\]", given if isinstance(given, str) else "")[-1][: 20 * NAME_LENGTH]
    seen = "".join(character for character in name if unicodedata.category(character) not in _UNSEEN)
    name = unicodedata.normalize("NFC", seen).rstrip()
    if len(name) <= NAME_LENGTH:
        return name
    stem, dot, ending = name.rpartition(".")
    end = f"{dot}{ending}" if len(ending) < 20 else ""
    return f"{(stem if end else name)[: NAME_LENGTH - len(end)]}{end}"


def ending_of(name: str) -> str:
    """Without its dot, in small letters; "" when there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def is_readable(name: str) -> bool:
    """Whether there is something to see before the ending: by it people know the file, and a link is made of it."""
    stem = name.rpartition(".")[0] if "." in name else name
    return any(unicodedata.category(each)[0] not in "ZCM" and each not in _BLANK for each in stem)


def media_type_of(name: str) -> str:
    """Our media type for the ending; it is stored with the file and sent with it."""
    return ATTACHMENT_TYPES[ending_of(name)][0]


def check(name: str, file: IO[bytes]) -> None:
    """Raises Unfit when the bytes are not of the kind that the name claims. The ending must be one that is offered."""
    ending = ending_of(name)
    file.seek(0)
    head = file.read(HEAD_BYTES)
    try:
        fits = _LOOKS[ending](ending, head, file)
    finally:
        file.seek(0)
    if not fits:
        sentence = _("“%(name)s” is not what its name says: what is in it is no %(kind)s.")
        raise Unfit(sentence % {"name": name, "kind": LABELS[ending]})


@cache
def _library() -> magic.Magic:
    return magic.Magic(mime=True)


def _named_by_library(head: bytes) -> str:
    """The media type that the first bytes look like. The library reads what it is given, and follows nothing."""
    return str(_library().from_buffer(head))


# One look for each kind: (ending, first bytes, file) → whether it is of that kind


def _is_pdf(ending: str, head: bytes, file: IO[bytes]) -> bool:
    return _named_by_library(head) == "application/pdf"


def _is_picture(ending: str, head: bytes, file: IO[bytes]) -> bool:
    kind = {"png": "PNG", "gif": "GIF"}.get(ending, "JPEG")
    if _named_by_library(head) != ATTACHMENT_TYPES[ending][0]:
        return False
    file.seek(0)
    try:
        # Its head is read, its pixels are not. The library warns of many pixels by its own measure; ours is below.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file, formats=[kind]) as opened:
                pixels = opened.width * opened.height
    except Image.DecompressionBombError:
        pixels = PIXELS_MOST[kind] + 1
    except _BROKEN_PICTURE:
        return False
    if pixels > PIXELS_MOST[kind]:
        sentence = _("This picture has too many pixels: at most %(most)d million. Make it smaller.")
        raise Unfit(sentence % {"most": PIXELS_MOST[kind] // 1_000_000})
    return pixels > 0


def _is_text(ending: str, head: bytes, file: IO[bytes]) -> bool:
    """Also a table: to the library, too, that is a text like any other. What it takes a text for (a script, a letter)
    is left alone, since it is sent as plain text whatever it says."""
    if _named_by_library(head) in _NOT_AS_TEXT:
        return False
    encoding = _UTF_16.get(head[:2])
    file.seek(0)
    pieces = iter(lambda: file.read(CHUNK_BYTES), b"")
    return _is_utf_16(pieces, encoding) if encoding else not any(_NO_TEXT.search(piece) for piece in pieces)


def _is_utf_16(pieces: Iterator[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        if any(_NO_TEXT_CHARACTERS.search(decoder.decode(piece)) for piece in pieces):
            return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_old_office(ending: str, head: bytes, file: IO[bytes]) -> bool:
    return bool(ole.names_at_top(file) & _OLD_OFFICE[ending])


def _is_office(ending: str, head: bytes, file: IO[bytes]) -> bool:
    main, called = _OFFICE[ending]
    if not head.startswith(b"PK\x03\x04") or not _directory_is_sound(file):
        return False
    try:
        with zipfile.ZipFile(file) as packed:
            members = packed.infolist()
            if len(members) > ZIP_MEMBERS_MOST or sum(member.file_size for member in members) > ZIP_UNPACKED_BYTES:
                raise _holds_too_much()
            names = {member.filename for member in members}
            if not {main, _TYPES_MEMBER} <= names or any(_is_strange(member) for member in members):
                return False
            return called in _read(packed, _TYPES_MEMBER, ZIP_TYPES_BYTES) and _all_plain(packed, members)
    except Unfit:
        raise
    except (zipfile.BadZipFile, RuntimeError, EOFError, OSError, ValueError, struct.error, zlib.error):
        return False


def _holds_too_much() -> Unfit:
    return Unfit(_("This file holds more than we take when it is unpacked. Make it smaller, or send a PDF."))


def _all_plain(packed: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> bool:
    """No member declares entities: they have no place in such a file, and are how one makes the program that opens it
    choke, or fetch what it should not. Of each only the beginning is unpacked, which is where they would stand."""
    left = ZIP_XML_BYTES
    for member in members:
        if member.filename.lower().endswith((".xml", ".rels")):
            is_plain, taken = _begins_plain(packed, member)
            left -= taken
            if not is_plain:
                return False
            if left < 0:
                raise _holds_too_much()
    return True


def _begins_plain(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[bool, int]:
    """Whether it is empty or comes to its first tag without a declaration before it; and how many bytes were read."""
    with packed.open(member) as opened:
        head = opened.read(XML_PIECE_BYTES)
        if not prolog.is_plain(head):
            head += opened.read(XML_HEAD_BYTES - len(head))
    return not head or prolog.is_plain(head), len(head)


def _directory_is_sound(file: IO[bytes]) -> bool:
    """By the last record of the zip, before anything is read by what it says. With 64-bit numbers, which no such file
    needs, the reader would believe another record than this one. Raises Unfit when it is sound and too large."""
    length = file.seek(0, 2)
    file.seek(max(0, length - _END_BYTES - 0xFFFF - 20))
    tail = file.read()
    at = tail.rfind(_END_OF_DIRECTORY)
    if at < 0 or len(tail) < at + _END_BYTES or tail[max(0, at - 20) : at].startswith(_LOCATOR_OF_64_BITS):
        return False
    entries, size, offset = struct.unpack_from("<HII", tail, at + 10)
    if offset > length:
        return False
    if entries > ZIP_MEMBERS_MOST or size > ZIP_DIRECTORY_BYTES:
        raise _holds_too_much()
    return True


def _is_strange(member: zipfile.ZipInfo) -> bool:
    """Encrypted, or packed in a way that Office does not use (and that costs memory to unpack)."""
    return bool(member.flag_bits & 1) or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def _read(packed: zipfile.ZipFile, name: str, most: int) -> bytes:
    """The beginning of a member; no more is unpacked, whatever the directory says of it."""
    with packed.open(name) as member:
        return member.read(most)


_LOOKS: dict[str, Callable[[str, bytes, IO[bytes]], bool]] = {
    "pdf": _is_pdf,
    "doc": _is_old_office,
    "xls": _is_old_office,
    "docx": _is_office,
    "xlsx": _is_office,
    "csv": _is_text,
    "txt": _is_text,
    "jpg": _is_picture,
    "jpeg": _is_picture,
    "png": _is_picture,
    "gif": _is_picture,
}
