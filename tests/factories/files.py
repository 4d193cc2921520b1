"""Files for tests: small ones of every kind that may be attached, real enough for whoever looks at their bytes.

upload("photo.png")            # as it comes from a form
staged(ana, "photo.png")       # uploaded, stored, and not sent yet
"""

from __future__ import annotations

import io
import struct
import zipfile
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from people.models import Employee
from tickets import file_kinds
from tickets.models import StagedFile

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
EXCEL_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 6)) -> bytes:
    written = io.BytesIO()
    Image.new("L" if kind != "JPEG" else "RGB", size, 200).save(written, kind)
    return written.getvalue()


def packed(members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", how) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


def office(main: str, media_type: str, *, text: bytes = b"<x/>", **more: bytes) -> bytes:
    types = f'<?xml version="1.0"?><Types><Override PartName="/{main}" ContentType="{media_type}"/></Types>'
    return packed({"[Content_Types].xml": types.encode(), main: b'<?xml version="1.0"?>' + text, **more})


def docx(**more: Any) -> bytes:
    return office("word/document.xml", WORD_TYPE, **more)


def xlsx(**more: Any) -> bytes:
    return office("xl/workbook.xml", EXCEL_TYPE, **more)


def old_office(*names: str, embedded: tuple[str, ...] = ()) -> bytes:
    """A file system in a file as Office wrote it until 2007: streams of these names, all of them empty. `embedded`:
    names that lie in a folder of it."""
    free, end, table_mark = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(6) + struct.pack("<IIIII", 0, 1, 1, 0, 4096) + struct.pack("<IIII", end, 0, end, 0)
    header += struct.pack("<109I", 0, *[free] * 108)
    sectors = 1 + (len(names) + len(embedded) + 1) // 4
    chain = [table_mark, *range(2, 1 + sectors), end]
    table = struct.pack("<128I", *chain, *[free] * (128 - len(chain)))

    def entry(name: str, kind: int, left: int, right: int, child: int) -> bytes:
        text = name.encode("utf-16-le")
        named = text.ljust(64, b"\0") + struct.pack("<H", len(text) + 2) + bytes([kind, 1])
        return (named + struct.pack("<III", left, right, child)).ljust(128, b"\0")

    # Each stream is the right neighbour of the one before it; the first holds the folder, whose child is embedded.
    entries = [entry("Root Entry", 5, free, free, 1)]
    for number, name in enumerate(names, start=1):
        right = number + 1 if number < len(names) else free
        child = len(names) + 1 if embedded and number == 1 else free
        entries.append(entry(name, 1 if child != free else 2, free, right, child))
    entries += [entry(name, 2, free, free, free) for name in embedded]
    directory = b"".join(entries).ljust(sectors * 512, b"\0")
    return header + table + directory


#: Name → bytes that fit it: one for every ending that may be attached.
FITTING: dict[str, bytes] = {
    "report.pdf": PDF,
    "letter.doc": old_office("WordDocument", "1Table"),
    "letter.docx": docx(),
    "figures.xls": old_office("Workbook"),
    "figures.xlsx": xlsx(),
    "figures.csv": "name;amount\nZoë;1,50\n".encode(),
    "photo.jpg": picture("JPEG"),
    "photo.jpeg": picture("JPEG"),
    "screen.png": picture("PNG"),
    "moving.gif": picture("GIF"),
    "notes.txt": "Größe\r\n€\n".encode(),
}


def content_for(name: str) -> bytes:
    ending = file_kinds.ending_of(name)
    return next((content for fitting, content in FITTING.items() if fitting.endswith(f".{ending}")), b"Some words.")


def upload(name: str = "notes.txt", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content_for(name) if content is None else content)


def staged(owner: Employee, name: str = "notes.txt", content: bytes | None = None, **columns: Any) -> StagedFile:
    """As `files.stage` leaves it, also within a transaction."""
    content = content_for(name) if content is None else content
    row = StagedFile(
        owner=owner,
        file_name=name,
        file_type=file_kinds.media_type_of(name),
        file_size=len(content),
        **{"is_stored": True} | columns,
    )
    row.file.save(name, ContentFile(content), save=False)
    row.save()
    return row
