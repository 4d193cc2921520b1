"""Files of every kind, made here: good ones, odd ones, and such as are made to harm."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from jobs.spreadsheets.limits import Limits
from jobs.spreadsheets.reading import Chosen, Sheet, Unreadable, open_sheet

LIMITS = Limits(
    max_bytes=1_000_000,
    max_rows=1_000,
    max_columns=50,
    max_cell_characters=1_000,
    max_expanded_bytes=5_000_000,
    max_characters=5_000_000,
)

_NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def opened(content: bytes, name: str = "people.csv", *, limits: Limits = LIMITS, **chosen: Any) -> Sheet:
    return open_sheet(io.BytesIO(content), name, limits=limits, chosen=Chosen(**chosen))


def rows_of(content: bytes, name: str = "people.csv", *, limits: Limits = LIMITS) -> list[tuple[int, list[Any]]]:
    """Number and cells; a row with a fault is not expected."""
    rows = list(opened(content, name, limits=limits).rows())
    assert [row.fault for row in rows if row.fault] == []
    return [(row.number, row.cells) for row in rows]


def refusal_of(content: bytes, name: str = "people.csv", *, limits: Limits = LIMITS) -> str:
    """The sentence, whether it is said at the beginning or at the row that is too much; "" when all is read."""
    try:
        for _row in opened(content, name, limits=limits).rows():
            pass
    except Unreadable as unreadable:
        return unreadable.sentence
    return ""


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def table(*rows: Sequence[str]) -> str:
    """Rows of texts from A1 on."""
    return "".join(
        row(number, *(text_cell(f"{chr(64 + column)}{number}", text) for column, text in enumerate(texts, 1)))
        for number, texts in enumerate(rows, 1)
    )


def workbook(
    *sheets: str,
    names: Sequence[str] = ("People", "Others", "More"),
    states: Sequence[str] = ("visible", "visible", "visible"),
    texts: str = "",
    styles: str = "",
    settings: str = "",
    dimension: str = "",
    extra: Iterable[tuple[str, bytes]] = (),
) -> bytes:
    """An XLSX of these sheets, each given as its rows in XML."""
    listed = "".join(
        f'<sheet name="{names[at]}" sheetId="{at + 1}" state="{states[at]}" r:id="rId{at + 1}"/>'
        for at in range(len(sheets))
    )
    relations = "".join(
        f'<Relationship Id="rId{at + 1}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{at + 1}.xml"/>'
        for at in range(len(sheets))
    )
    if texts:
        relations += f'<Relationship Id="rIdT" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    if styles:
        relations += f'<Relationship Id="rIdS" Type="{_OFFICE}/styles" Target="/xl/styles.xml"/>'
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships><Relationship Id="r" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook {_NAMESPACE} xmlns:r="{_OFFICE}">{settings}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
        **({"xl/sharedStrings.xml": f"<sst {_NAMESPACE}>{texts}</sst>"} if texts else {}),
        **({"xl/styles.xml": f"<styleSheet {_NAMESPACE}>{styles}</styleSheet>"} if styles else {}),
    }
    for at, rows in enumerate(sheets, 1):
        size = f'<dimension ref="{dimension}"/>' if dimension else ""
        parts[f"xl/worksheets/sheet{at}.xml"] = (
            f"<worksheet {_NAMESPACE}>{size}<sheetData>{rows}</sheetData></worksheet>"
        )
    return archive({name: text.encode() for name, text in parts.items()} | dict(extra))


def archive(members: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as kept:
        for name, content in members.items():
            kept.writestr(name, content)
    return out.getvalue()


class Counted(io.BytesIO):
    """Knows how many bytes of it were read."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        self.taken += len(found)
        return found

    def read1(self, size: int | None = -1, /) -> bytes:
        found = super().read1(-1 if size is None else size)
        self.taken += len(found)
        return found
