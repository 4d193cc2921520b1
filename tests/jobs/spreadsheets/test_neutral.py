"""Formulas are harmless in a file and come back as they were."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.spreadsheets.neutral import neutral, original

#: = + - @ as programs set to Chinese or Japanese write them.
FULL_WIDTH = "\uff1d\uff0b\uff0d\uff20"
DANGEROUS = [
    "=1+1",
    "+49 30",
    "-5",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\nx",
    "  =1",
    "\u00a0=1",
    *(f"{sign}A1" for sign in FULL_WIDTH),
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_begins_a_formula_gets_an_apostrophe(text: str) -> None:
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "'tis", "''", "O'Brien", "5-3", "  plain", "ana@example.com"])
def test_what_begins_none_is_left_as_it_is(text: str) -> None:
    assert neutral(text) == text
    assert original(text) == text


@given(st.text() | st.text(alphabet="'=+-@ \t\r\nx" + FULL_WIDTH, max_size=8))
@example("'=1")
@example("''=1")
@example("' =1")
def test_every_text_comes_back_as_it_was_and_none_of_them_runs(text: str) -> None:
    written = neutral(text)
    assert original(written) == text
    assert written.lstrip()[:1] not in set("=+-@" + FULL_WIDTH) or not written
    assert written[:1] not in {"\t", "\r", "\n"}


def test_an_apostrophe_that_somebody_put_there_by_hand_is_taken_for_what_it_is() -> None:
    assert original("'=1+1") == "=1+1"
