"""What a file is: its bytes decide, its name and the members of an archive help, and a kind we don't take is named."""

from __future__ import annotations

import re
import zipfile
from pathlib import PurePosixPath
from typing import BinaryIO, Final, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.spreadsheets.cells import Unreadable

Format = Literal["CSV", "XLSX"]

HEAD_BYTES = 4096
#: An ordinary workbook has some dozens. Each costs memory before the first is read, so they are counted first.
MOST_MEMBERS = 10_000
#: They are unpacked piece by piece; the others whole blocks at once.
USUAL_PACKINGS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
#: The longest name of a kind has some seventy.
KIND_BYTES = 100

_SAVE_AS: Final = gettext_lazy("Open it in your spreadsheet program and save it as .xlsx or CSV.")
_OLD_EXCEL: Final = gettext_lazy("This is an old Excel file (.xls).")
_PROTECTED: Final = gettext_lazy("This file is protected with a password. Save it without one.")
_OPEN_DOCUMENT: Final = gettext_lazy("This is an OpenDocument file (.ods).")
_NO_SPREADSHEET: Final = gettext_lazy("This is not a spreadsheet. Choose a CSV or XLSX file.")
_WEB_PAGE: Final = gettext_lazy("This is a web page (HTML), whatever its name says.")
_PACKED: Final = gettext_lazy("This is an archive. Unpack it, and choose the CSV or XLSX file in it.")
_BINARY_EXCEL: Final = gettext_lazy("This is a binary Excel file (.xlsb).")
_XML: Final = gettext_lazy("This is an XML file.")
_NUMBERS: Final = gettext_lazy("This is a file of Numbers. Export it as Excel or CSV.")
DAMAGED: Final = gettext_lazy(
    "This XLSX file is damaged or not whole. Open it in your spreadsheet program and save it again."
)

_PACKED_BEGINNINGS = (b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ")
_OTHER_BEGINNINGS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"\x7fELF", b"SQLite format")
_HTML = re.compile(r"<(!doctype\s+html|html|head|body|title|meta|style|div|table|p)\b", re.IGNORECASE)
#: Names that promise another kind than a table, and whose text would make one by chance.
_OTHER_ENDINGS = {"doc", "docx", "htm", "html", "json", "md", "ods", "pdf", "ppt", "pptx", "rtf", "xml", "yaml", "yml"}


def ending_of(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).suffix.removeprefix(".").lower()


def format_of(file: BinaryIO, name: str) -> Format:
    """CSV or XLSX; raises Unreadable for whatever else it is."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if head[:4] in {b"PK\x03\x04", b"PK\x05\x06"}:
        return _format_of_archive(file)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise Unreadable(_of_compound_file(file))
    if head.startswith(_PACKED_BEGINNINGS):
        raise Unreadable(str(_PACKED))
    if head.startswith(_OTHER_BEGINNINGS):
        raise Unreadable(str(_NO_SPREADSHEET))
    if ending_of(name) in {"xlsx", "xlsm"}:
        sentence = _("The name says XLSX, and the file is none. If it is a CSV, give it a name that ends in .csv.")
        raise Unreadable(sentence)
    return "CSV"


def refuse_other_text(text: str, name: str) -> None:
    """Raises Unreadable when the beginning of a text file is none of a table."""
    start = text.lstrip("\ufeff \t\r\n")
    if _HTML.match(start) or (start.startswith("<") and _HTML.search(start[:1000])):
        raise Unreadable(f"{_WEB_PAGE} {_SAVE_AS}")
    if start.startswith("<?xml"):
        raise Unreadable(f"{_XML} {_SAVE_AS}")
    if re.match(r"mime-version:", start, re.IGNORECASE):
        raise Unreadable(f"{_WEB_PAGE} {_SAVE_AS}")
    if ending_of(name) in _OTHER_ENDINGS or re.match(r"[{\[]\s*[{\[\"]", start):
        raise Unreadable(str(_NO_SPREADSHEET))


def _format_of_archive(file: BinaryIO) -> Format:
    if _members_at_most(file) > MOST_MEMBERS:
        raise Unreadable(str(DAMAGED))
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            names = {name.replace("\\", "/").lower() for name in archive.namelist()}
            said = _said_kind(archive) if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError, KeyError):
        raise Unreadable(str(DAMAGED)) from None
    if "xl/workbook.bin" in names:
        raise Unreadable(f"{_BINARY_EXCEL} {_SAVE_AS}")
    if "[content_types].xml" in names and any(name.startswith("xl/") for name in names):
        return "XLSX"
    if said.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        raise Unreadable(f"{_OPEN_DOCUMENT} {_SAVE_AS}")
    if said.startswith(b"application/") or "word/document.xml" in names or "ppt/presentation.xml" in names:
        raise Unreadable(str(_NO_SPREADSHEET))
    raise Unreadable(str(_NUMBERS if "index/document.iwa" in names else _PACKED))


def _said_kind(archive: zipfile.ZipFile) -> bytes:
    """What an archive says of itself. Of other packings the first byte may cost gigabytes, whatever size they name."""
    member = archive.getinfo("mimetype")
    if member.compress_type not in USUAL_PACKINGS:
        return b""
    with archive.open(member) as opened:
        return opened.read(KIND_BYTES)


def _members_at_most(file: BinaryIO) -> int:
    """Counted by the mark of each entry in the archive's table, whatever the archive says of itself."""
    mark, found, tail = b"PK\x01\x02", 0, b""
    file.seek(0)
    while chunk := file.read(1 << 20):
        found += (tail + chunk).count(mark)
        tail = chunk[-3:]
    return found


def _of_compound_file(file: BinaryIO) -> str:
    """The container of old Office files, and of new ones under a password. Its table of streams names them."""
    file.seek(0)
    found = file.read(8 << 20)
    if "EncryptedPackage".encode("utf-16-le") in found:
        return str(_PROTECTED)
    if any(name.encode("utf-16-le") + b"\0\0" in found for name in ("Workbook", "Book")):
        return f"{_OLD_EXCEL} {_SAVE_AS}"
    return str(_NO_SPREADSHEET)
