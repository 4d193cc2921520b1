"""What a case is made of: the same job done by each side, as a Python call or as a request over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from json import dumps
from typing import Any, Literal
from urllib.parse import urlencode

Side = Literal["ours", "bare"]
OURS: Side = "ours"
BARE: Side = "bare"


@dataclass(frozen=True)
class Page:
    """A request, and how its answer proves that the job was done: its status, and words that it has or lacks.

    `is_signed_in`: by the person of the run, otherwise by a stranger. `json`: what a program sends, in place of a form,
    and `headers`: who it is.
    """

    path: str
    method: str = "GET"
    form: dict[str, str] = field(default_factory=dict)
    json: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    has: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)
    is_signed_in: bool = True

    @property
    def content_type(self) -> str:
        return "application/x-www-form-urlencoded" if self.json is None else "application/json"

    @property
    def body(self) -> str:
        return urlencode(self.form) if self.json is None else dumps(self.json)

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Arm:
    """One side of a case.

    `function(count)` runs in that side's probe and prepares for `count` repetitions, which is not timed. In Python it
    returns the call to be timed; over HTTP the pages to be asked for, one for each repetition.
    """

    side: Side
    over_http: bool
    function: Callable[[int], Any]

    @property
    def address(self) -> str:
        """How the probe finds the function."""
        return f"{self.function.__module__}:{self.function.__name__}"


def in_python(side: Side, function: Callable[[int], Callable[[], object]]) -> Arm:
    return Arm(side, False, function)


def over_http(side: Side, function: Callable[[int], list[Page]]) -> Arm:
    return Arm(side, True, function)


@dataclass(frozen=True)
class Case:
    """`goal`: how many times the bare one ours may take; of `floor`, where the goal is not set on `bare`. `most`: no
    more repetitions than these, measured or not, of work that takes seconds."""

    name: str
    title: str
    ours: Arm
    bare: Arm
    floor: Arm | None = None
    goal: float | None = None
    statements_goal: int | None = None
    most: int | None = None

    @property
    def arms(self) -> dict[str, Arm]:
        found = {"ours": self.ours, "bare": self.bare, "floor": self.floor}
        return {name: arm for name, arm in found.items() if arm is not None}
