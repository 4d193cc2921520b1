"""Why something was not done, in words that a person understands.

Every app refuses with these; pages show the sentences, the API answers with them, tests compare the codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reason:
    """One reason against: a stable code, one plain sentence, and who could do it instead ("" if nobody could)."""

    code: str
    sentence: str
    who: str = ""

    def __str__(self) -> str:
        return self.sentence


class Refused(Exception):
    """Somebody asked for what they may not do, or what the state does not allow. `reasons` is never empty."""

    def __init__(self, reasons: Iterable[Reason]) -> None:
        self.reasons = list(reasons)
        super().__init__(" ".join(str(reason.sentence) for reason in self.reasons))

    @property
    def codes(self) -> set[str]:
        return {reason.code for reason in self.reasons}


def refuse(reasons: Iterable[Reason]) -> None:
    """Raises Refused when there is a reason against."""
    if against := list(reasons):
        raise Refused(against)


class InvalidValues(Exception):
    """The values given can't be taken. `errors`: field name → sentences; "" is the whole form."""

    def __init__(self, errors: Mapping[str, str | list[str]]) -> None:
        self.errors: dict[str, list[str]] = {
            field: [said] if isinstance(said, str) else list(said) for field, said in errors.items()
        }
        super().__init__("; ".join(f"{field}: {' '.join(map(str, said))}" for field, said in self.errors.items()))


class StaleVersion(Exception):
    """The row was changed since the caller read it. `current` is the row as it is now (or None if it is unknown)."""

    def __init__(self, current: Any = None) -> None:
        self.current = current
        super().__init__("Somebody else has changed this in the meantime.")
