"""Memory holds a row, not the file: whatever is in it, and however large it is."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from jobs.spreadsheets.writing import write_csv
from tests.jobs.spreadsheets.files import table, workbook
from tests.source import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured as Linux tells it"),
]

MEGABYTE = 1 << 20
SHEET, TEXTS, BOOK = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"
HEAD = b"<worksheet><sheetData>" + table(["name"], ["Ana"]).encode()
TITLES = ["name", "e-mail", "note"]

#: Reads a file whole, and tells how many rows it has or why it isn't read, and the most memory (in KB) it took.
READER = """
import sys
from django.conf import settings
settings.configure(USE_I18N=False)
import django
django.setup()
from jobs.spreadsheets.limits import Limits
from jobs.spreadsheets.reading import Unreadable, open_sheet
limits = Limits(20 << 20, 100_000, 200, 32_767, 500 << 20, 50_000_000)
with open(sys.argv[1], "rb") as file:
    try:
        print(sum(1 for row in open_sheet(file, "people", limits=limits).rows()))
    except Unreadable as unreadable:
        print(unreadable.sentence)
print(open("/proc/self/status").read())
"""


def read(path: Path) -> tuple[str, float]:
    """What is said of the file, and megabytes."""
    done = subprocess.run(
        [sys.executable, "-c", READER, str(path)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
    )
    said, status = done.stdout.split("\n", 1)
    most = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert most
    return said, int(most[1]) / 1024


def with_member(path: Path, name: str, pieces: Iterable[bytes]) -> None:
    """A small workbook with one member in place of its own. Its last cell asks for a text that is far away."""
    asking = table(["name"]) + '<row><c t="s"><v>99000000</v></c></row>'
    whole = workbook(asking, texts="<si><t>a</t></si>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out, zipfile.ZipFile(io.BytesIO(whole)) as small:
        for other in small.namelist():
            if other != name:
                out.writestr(other, small.read(other))
        with out.open(name, "w") as member:
            for piece in pieces:
                member.write(piece)


def as_excel_writes_it(rows: list[list[str]]) -> bytes:
    """All texts in one place, and the cells naming them by number."""
    texts = "".join(f"<si><t>{text}</t></si>" for row in rows for text in row)
    cells = "".join(
        f'<row r="{number}">'
        + "".join(f'<c t="s"><v>{(number - 1) * len(row) + at}</v></c>' for at in range(len(row)))
        + "</row>"
        for number, row in enumerate(rows, 1)
    )
    return workbook(cells, texts=texts)


TEXT_FILES = {
    "nothing but commas": (b"," * (19 * MEGABYTE), "Row 1 has more cells than any table"),
    "very many columns": (b"11," * (6 * MEGABYTE), "Row 1 has more cells than any table"),
    "very many cells in quotes": (b'"a\n",' * (3 * MEGABYTE), "Row 1 has more cells than any table"),
    "one line": (b"x" * (19 * MEGABYTE), "Row 1 has a cell of more than 32,767 characters"),
    "one line in two bytes a letter": (("x" * (9 * MEGABYTE)).encode("utf-16"), "Row 1 has a cell of more than"),
    "a quotation without an end": (b'a,b\n"' + b"ab,\n" * (4 * MEGABYTE), "Row 2 has a cell of more than"),
    "lines without an end of them": (b"\xe9,b\n" * (4 * MEGABYTE), "This file has more than 100,000 rows"),
}
MEMBERS = {
    "a cell without an end": (SHEET, [HEAD, b'<row><c t="str"><v>', *[b"x" * MEGABYTE] * 200], "Cell A3 has more than"),
    "cells without an end": (SHEET, [HEAD, b"<row>", *[b"<c><v>1</v></c>" * 10_000] * 500], "Row 3 has more than 200"),
    "blank rows": (SHEET, [HEAD, *[b"<row/>" * 100_000] * 100], "This file has more than 100,000 rows"),
    "an attribute without an end": (SHEET, [b"<worksheet a='", *[b"x" * MEGABYTE] * 100], "This XLSX file is damaged"),
    "elements within each other": (SHEET, [b"<a>" * 10**7], "This XLSX file is damaged"),
    "columns without an end": (SHEET, [b"<worksheet>", *[b"<col/>" * 100_000] * 20], "This XLSX file is damaged"),
    "sheets without an end": (
        BOOK,
        [b"<workbook>", *[b"<sheet name='a'/>" * 100_000] * 20],
        "This XLSX file is damaged",
    ),
    "texts without an end": (
        TEXTS,
        [b"<sst>", *[b"<si><t>abc</t></si>" * 100_000] * 21],
        "This XLSX file is damaged",
    ),
}


@pytest.mark.parametrize("what", TEXT_FILES)
def test_a_text_file_made_to_harm_fills_no_memory(what: str, tmp_path: Path) -> None:
    content, sentence = TEXT_FILES[what]
    (tmp_path / "people").write_bytes(content)
    said, megabytes = read(tmp_path / "people")
    assert sentence in said
    assert megabytes < 300


@pytest.mark.parametrize("what", MEMBERS)
def test_a_workbook_made_to_harm_fills_no_memory(what: str, tmp_path: Path) -> None:
    member, pieces, sentence = MEMBERS[what]
    with_member(tmp_path / "people", member, pieces)
    said, megabytes = read(tmp_path / "people")
    assert sentence in said
    assert megabytes < 300


def test_rows_that_all_name_one_long_text_fill_no_memory(tmp_path: Path) -> None:
    """A few kilobytes that unfold to gigabytes. The emoji makes each character four bytes."""
    rows = "<row>" + '<c t="s"><v>0</v></c>' * 30 + "</row>"
    content = workbook(table(["name"], ["Ana"]) + rows * 2_000, texts=f"<si><t>😀{'x' * 32_766}</t></si>")
    (tmp_path / "people").write_bytes(content)
    said, megabytes = read(tmp_path / "people")
    assert "Up to row 53 the cells of this file have more than 50,000,000 characters together." in said
    assert megabytes < 300


@pytest.mark.parametrize(
    ("packing", "sentence"),
    [
        (zipfile.ZIP_DEFLATED, "This XLSX file is damaged"),
        (zipfile.ZIP_BZIP2, "This is an archive."),
        (zipfile.ZIP_LZMA, "This is an archive."),
    ],
)
def test_the_word_of_an_archive_about_itself_fills_no_memory(packing: int, sentence: str, tmp_path: Path) -> None:
    """Packed in half a megabyte at most, and it lies about its size."""
    with zipfile.ZipFile(tmp_path / "a", "w", packing) as out, out.open("mimetype", "w") as member:
        for _each in range(400):
            member.write(bytes(MEGABYTE))
    content = (tmp_path / "a").read_bytes()
    assert len(content) < MEGABYTE // 2
    (tmp_path / "people").write_bytes(content.replace((400 * MEGABYTE).to_bytes(4, "little"), b"\x10\0\0\0"))
    said, megabytes = read(tmp_path / "people")
    assert sentence in said
    assert megabytes < 300


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_ten_times_the_rows_take_no_more_memory(file_format: str, tmp_path: Path) -> None:
    taken = []
    for rows in (5_000, 50_000):
        path = tmp_path / f"{rows}"
        texts = ([f"Somebody {number}", f"p{number}@example.com", f"{number} " * 12] for number in range(rows))
        with path.open("wb") as out:
            if file_format == "csv":
                write_csv(texts, TITLES, out)
            else:
                out.write(as_excel_writes_it([TITLES, *texts]))
        said, megabytes = read(path)
        assert said == str(rows)
        taken.append(megabytes)
    assert taken[1] <= taken[0] * 1.2
