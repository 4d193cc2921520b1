"""Columns of texts: what a person wrote stays as it is, and what a column of addresses or texts looks like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jobs.spreadsheets.columns import Column, as_text
from people.models.managers import normal_address


class AsWritten(Column):
    """A text with its blanks and lines; line ends are made one kind, as the door does it."""

    def read(self, given: Any, *, choices: Sequence[str] | None = None) -> Any:
        if given is None or (isinstance(given, str) and not given.strip()):
            return ""
        return as_text(given).replace("\r\n", "\n").replace("\r", "\n")


def address(given: Any) -> str:
    """An e-mail address as it is stored; whether it is one, whoever takes it says."""
    return normal_address(as_text(given))


def looks_like_addresses(values: list[str]) -> float:
    return sum("@" in value and " " not in value.strip() for value in values) / len(values) if values else 0.0


def looks_like_other_addresses(values: list[str]) -> float:
    """For an address beside another one: that a column has addresses does not tell whose, only that one without has
    none."""
    return looks_like_addresses(values) / 2


def looks_like_texts(values: list[str]) -> float:
    """Sentences rather than words."""
    return sum(len(value) > 80 for value in values) / len(values) if values else 0.0
