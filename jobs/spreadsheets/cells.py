"""What stands in a spreadsheet, whatever its format."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

#: One cell. A CSV has texts alone; None is a cell of a workbook that holds nothing.
Cell = str | int | float | Decimal | bool | datetime | date | time | timedelta | None


class Unreadable(Exception):
    """A file that can't be taken. `sentence` says what is wrong with it and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class SheetRow(NamedTuple):
    """One row below the header, as wide as the header.

    `number` is the row's own in the spreadsheet program, counted from 1. `fault` is a sentence that says why this row
    can't be taken although the file can; "" for a good one.
    """

    number: int
    cells: list[Cell]
    fault: str = ""


def is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
