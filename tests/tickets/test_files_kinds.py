"""What may be attached: name and bytes must be of one kind, and of no file is more looked at than must be."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import unicodedata
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from audit.reading import Unfit
from tests.factories import files as factory
from tickets import file_kinds
from tickets.enums import ATTACHMENT_TYPES

NAUGHTY = Path(__file__).resolve().parents[1] / "data" / "naughty-strings" / "blns.json"


class Counted(io.BytesIO):
    """Notes how many bytes were read, and the largest piece."""

    taken = largest = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.taken += len(found)
        self.largest = max(self.largest, len(found))
        return found


def check(name: str, content: bytes) -> Counted:
    file = Counted(content)
    file_kinds.check(name, file)
    assert file.tell() == 0, "whoever stores it begins at its beginning"
    return file


def test_a_file_of_each_kind_is_taken() -> None:
    for name, content in factory.FITTING.items():
        check(name, content)
        check(name.upper(), content)
    assert {name.rpartition(".")[2] for name in factory.FITTING} == set(ATTACHMENT_TYPES)


@pytest.mark.parametrize("name", sorted(factory.FITTING))
def test_no_kind_passes_for_another(name: str) -> None:
    """But a text for a table, a JPEG for a JPEG: what is called by another name and is the same."""
    alike = [{"csv", "txt"}, {"jpg", "jpeg"}]
    mine = file_kinds.ending_of(name)
    for other, content in factory.FITTING.items():
        theirs = file_kinds.ending_of(other)
        if mine != theirs and {mine, theirs} not in alike:
            with pytest.raises(Unfit) as unfit:
                check(name, content)
            assert f"“{name}”" in str(unfit.value)


PAGE = b"<!doctype html><html><script>alert(1)</script></html>"
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + bytes(200)


@pytest.mark.parametrize("name", sorted(set(factory.FITTING) - {"figures.csv", "notes.txt"}))
@pytest.mark.parametrize(
    "content", [PAGE, b"<svg xmlns='http://www.w3.org/2000/svg'/>", PROGRAM, b"\x7fELF" + bytes(99)]
)
def test_pages_and_programs_pass_for_nothing(name: str, content: bytes) -> None:
    with pytest.raises(Unfit):
        check(name, content)


@pytest.mark.parametrize(
    "content",
    [
        PROGRAM,
        b"text, and then\x00",
        b"a" * 300_000 + b"\x01",
        factory.PDF,
        b"\xff\xfea\x00\x00",  # half a character of UTF-16
        b"\xff\xfe\x00\xd8a\x00",  # half a pair
        "\ufeffnul \x00 in it".encode("utf-16-le"),
    ],
)
def test_what_is_no_text_is_not_taken_as_one(content: bytes) -> None:
    for name in ("notes.txt", "figures.csv"):
        with pytest.raises(Unfit):
            check(name, content)


@pytest.mark.parametrize(
    "content",
    [
        "Größe €".encode(),
        "\ufeffGröße".encode(),
        "Größe".encode("latin-1"),
        "€ “quoted”".encode("cp1252"),
        "Größe 👩🏽‍💻".encode("utf-16"),
        "Größe".encode("utf-16-be").join([b"\xfe\xff", b""]),
        b"\x1b[31mred\x1b[0m of a log\x07",
        b"an old table\r\n\x1a",
        PAGE,  # sent as text/plain, it is one
        b"#!/bin/sh\nrm -rf /\n",
        b"x",
    ],
)
def test_texts_in_all_their_encodings_are_taken(content: bytes) -> None:
    check("notes.txt", content)
    check("figures.csv", content)


# Packed files


def test_a_plain_zip_is_no_word_file() -> None:
    with pytest.raises(Unfit):
        check("letter.docx", factory.packed({"evil.exe": PROGRAM}))


def test_a_file_with_macros_does_not_pass_by_an_ending_without() -> None:
    macros = factory.WORD_TYPE.replace("openxmlformats-officedocument.wordprocessingml", "ms-word").replace(
        "document.main", "document.macroEnabled.main"
    )
    with pytest.raises(Unfit):
        check("letter.docx", factory.office("word/document.xml", macros))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_table_with_entities_is_refused(encoding: str) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
    with pytest.raises(Unfit):
        check("figures.xlsx", factory.xlsx(text=bomb.encode(encoding)))


ENTITY = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><x>&a;</x>'


@pytest.mark.parametrize("member", ["_rels/.rels", "customXml/ITEM1.XML", "docProps/core.xml", "word/styles.xml"])
@pytest.mark.parametrize(
    "content",
    [
        ENTITY.encode(),
        ENTITY.encode("utf-16"),
        ENTITY.encode("utf-16-be"),
        b"\xef\xbb\xbf" + f'<?xml version="1.0"?><!-- <x/> --><?y <x?>{ENTITY}'.encode(),
        f"<!--{' ' * 20_000}-->{ENTITY}".encode(),
        f"{' ' * 80_000}{ENTITY}".encode(),
        # The bytes of the first two characters spell "-->", and end nothing.
        f"<!--\u2d2d><x>-->{ENTITY}".encode("utf-16"),
        f'<?xml version="1.0" encoding="utf-7"?><!--+AC0ALQA+-<x>-->{ENTITY}'.encode(),
    ],
)
def test_entities_in_any_part_of_a_letter_are_refused(member: str, content: bytes) -> None:
    with pytest.raises(Unfit, match="is not what its name says"):
        check("letter.docx", factory.docx(**{member: content}))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<a/>",
        b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\r\n<w:a>&lt;!DOCTYPE</w:a>",
        "<?xml version='1.0' encoding='UTF-16'?><größe/>".encode("utf-16"),
        b"<?xml version='1.0'?><!-- <!DOCTYPE x> --><?mso-application progid='Word.Document'?><a><!DOCTYPE</a>",
        b"<!--" + b"-" * 10_000 + b"--><a/>",
    ],
)
def test_parts_as_office_writes_them_are_taken(content: bytes) -> None:
    check("letter.docx", factory.docx(**{"customXml/item1.xml": content, "word/_rels/document.xml.rels": b"<a/>"}))


def test_an_endless_row_of_instructions_is_judged_at_once() -> None:
    """A pattern that tries each of them in two ways would not come to an end."""
    with pytest.raises(Unfit):
        check("letter.docx", factory.docx(**{"word/a.xml": b"<?a?><!---->" * 5_000 + ENTITY.encode()}))


def test_of_all_parts_together_no_more_than_a_set_number_of_bytes_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {f"word/{number}.xml": b"<!--" + b" " * 50_000 + b"--><a/>" for number in range(6)}
    check("letter.docx", factory.docx(**parts))
    monkeypatch.setattr(file_kinds, "ZIP_XML_BYTES", 200_000)
    with pytest.raises(Unfit, match="holds more than we take"):
        check("letter.docx", factory.docx(**parts))


def test_a_bomb_is_refused_by_its_directory_and_nothing_of_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    members = {f"xl/media/{number}.bin": bytes(10 * 1024**2) for number in range(3)}
    bomb = factory.xlsx(**members)
    assert len(bomb) < 100_000
    monkeypatch.setattr(file_kinds, "ZIP_UNPACKED_BYTES", 20 * 1024**2)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_given: pytest.fail("something was unpacked"))
    with pytest.raises(Unfit, match="holds more than we take"):
        check("figures.xlsx", bomb)


def test_of_a_member_that_lies_about_its_size_a_set_number_of_bytes_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unpacked: list[int] = []
    read = zipfile.ZipExtFile.read

    def noted(self: zipfile.ZipExtFile, n: int | None = -1) -> bytes:
        found = read(self, n)
        unpacked.append(len(found))
        return found

    honest = factory.xlsx(text=b"<x>" + b" " * 30 * 1024**2)
    lying = honest.replace(struct.pack("<I", 30 * 1024**2 + 24), struct.pack("<I", 3000))
    assert lying != honest
    monkeypatch.setattr(zipfile.ZipExtFile, "read", noted)
    for content in (honest, lying):
        try:
            check("figures.xlsx", content)
        except Unfit:
            assert content is lying
    assert 0 < sum(unpacked) < 200_000


def test_a_directory_of_a_million_members_is_not_read() -> None:
    members = {f"{number}": b"" for number in range(file_kinds.ZIP_MEMBERS_MOST + 10)}
    file = Counted(factory.xlsx(**members))
    with pytest.raises(Unfit, match="holds more than we take"):
        file_kinds.check("figures.xlsx", file)
    assert file.taken < 200_000, "its end and its beginning are enough"


def test_a_directory_in_64_bits_is_not_believed() -> None:
    content = factory.xlsx()
    end = content.rindex(b"PK\x05\x06")
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, 0, 1)
    with pytest.raises(Unfit):
        check("figures.xlsx", content[:end] + locator + content[end:])


@pytest.mark.parametrize("cut", [5, 40, 200])
@pytest.mark.parametrize("name", ["letter.docx", "figures.xlsx", "letter.doc", "figures.xls", "screen.png"])
def test_what_is_cut_off_is_refused_and_breaks_nothing(name: str, cut: int) -> None:
    whole = factory.FITTING[name]
    with pytest.raises(Unfit):
        check(name, whole[: min(cut, len(whole) // 2)])


def test_a_packed_file_behind_a_password_or_packed_in_a_strange_way_is_refused() -> None:
    content = bytearray(factory.docx())
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = content.index(mark)
        content[at + offset] |= 1
    with pytest.raises(Unfit):
        check("letter.docx", bytes(content))
    with pytest.raises(Unfit):
        check("letter.docx", _packed_by(zipfile.ZIP_LZMA))


def _packed_by(how: int) -> bytes:
    with zipfile.ZipFile(io.BytesIO(factory.docx())) as plain:
        return factory.packed({name: plain.read(name) for name in plain.namelist()}, how)


# Old Office


def test_a_table_within_a_letter_does_not_make_it_a_table() -> None:
    letter = factory.old_office("WordDocument", embedded=("Workbook",))
    check("letter.doc", letter)
    with pytest.raises(Unfit):
        check("figures.xls", letter)


def test_a_table_of_contents_that_goes_round_in_circles_ends() -> None:
    content = bytearray(factory.old_office(*[f"stream {number}" for number in range(30)]))
    content[512 + 4 : 512 + 8] = struct.pack("<I", 1)  # the first sector of the directory follows itself
    file = Counted(bytes(content))
    with pytest.raises(Unfit):
        file_kinds.check("letter.doc", file)
    assert file.taken < 2 * 1024**2


@pytest.mark.parametrize("at", [30, 44, 48, 68, 76, 512, 516, 1024 + 64, 1024 + 68, 1024 + 72, 1024 + 76])
@pytest.mark.parametrize("value", [0, 1, 7, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF])
def test_broken_numbers_in_an_old_file_break_nothing(at: int, value: int) -> None:
    content = bytearray(factory.old_office("Workbook", "Second"))
    content[at : at + 4] = struct.pack("<I", value)
    file = Counted(bytes(content))
    with contextlib.suppress(Unfit):
        file_kinds.check("figures.xls", file)
    assert file.taken < 2 * 1024**2


# Pictures


def _png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [8_000, 20_000, 60_000, 2**31 - 1])
def test_a_picture_that_would_unfold_without_end_is_refused_by_its_head(side: int) -> None:
    with pytest.raises(Unfit, match="too many pixels"):
        check("screen.png", _png_that_claims(side, side))


def test_a_large_photograph_is_taken_and_not_unfolded(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = factory.picture("JPEG", (9_000, 7_000))
    from PIL import ImageFile

    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _self: pytest.fail("its pixels were read"))
    assert check("photo.jpg", photo).largest < 100_000


def test_a_head_of_a_picture_and_nothing_behind_it_is_none() -> None:
    for content in (b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff\xe0\x00\x10JFIF"):
        for name in ("screen.png", "moving.gif", "photo.jpg"):
            with pytest.raises(Unfit):
                check(name, content)


def test_no_file_is_held_as_a_whole() -> None:
    large = b"All work and no play. " * 500_000
    assert check("notes.txt", large).largest <= file_kinds.CHUNK_BYTES
    assert check("report.pdf", factory.PDF + large).taken <= file_kinds.HEAD_BYTES


# Names


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("C:\\Users\\ana\\report.pdf", "report.pdf"),
        ("../../etc/report.pdf", "report.pdf"),
        ("a/b\\c/d.pdf", "d.pdf"),
        ("dir/", ""),
        ("", ""),
        (None, ""),
        ("re\r\nport\x00.pdf", "report.pdf"),
        ("invoice\u202efdp.txt", "invoicefdp.txt"),
        ("\u2066a\u2069\u200b\u200d\ufeff.txt", "a.txt"),
        ("Zoe\u0308.txt", "Zoë.txt"),
        ("half \ud83d.txt", "half .txt"),
        ("line\u2028break.txt", "linebreak.txt"),
        ("  spaces around .txt  ", "  spaces around .txt"),
        (".txt", ".txt"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("ö" * 300 + ".docx", "ö" * 250 + ".docx"),
        ("." + "x" * 400, "." + "x" * 254),
        ("<script>alert(1)", "<script>alert(1)"),
    ],
)
def test_of_a_name_the_last_segment_is_kept_without_what_nobody_sees(given: Any, kept: str) -> None:
    assert file_kinds.kept_name(given) == kept


@pytest.mark.parametrize(
    ("name", "is_readable"),
    [
        ("   .txt", False),
        ("\u3164.txt", False),
        ("\u2800\u00a0\u115f.txt", False),
        ("\u0301\ufe0f.txt", False),
        (".txt", False),
        ("a.txt", True),
        ("-.txt", True),
        ("..txt", True),
        ("報告.txt", True),
        ("📎.txt", True),
        ("a", True),
    ],
)
def test_a_name_can_be_read_when_something_is_seen_before_its_ending(name: str, is_readable: bool) -> None:
    assert file_kinds.is_readable(name) is is_readable


def test_a_naughty_name_stays_as_it_is_but_for_what_nobody_sees() -> None:
    for text in json.loads(NAUGHTY.read_text(encoding="utf-8")):
        given = f"{text}.txt"
        last = given.replace("\\", "/").rpartition("/")[2]
        seen = "".join(each for each in last if unicodedata.category(each) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
        expected = unicodedata.normalize("NFC", seen)
        kept = file_kinds.kept_name(given)
        assert kept == (expected if len(expected) <= 255 else expected[:251] + ".txt"), text
        assert file_kinds.ending_of(kept) == "txt", text
        check(kept, b"words")


@pytest.mark.parametrize(
    ("name", "ending"), [("a.PDF", "pdf"), ("a", ""), ("a.tar.gz", "gz"), (".pdf", "pdf"), ("", "")]
)
def test_the_ending_is_what_stands_behind_the_last_dot(name: str, ending: str) -> None:
    assert file_kinds.ending_of(name) == ending
