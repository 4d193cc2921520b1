"""Whatever a program, a file or a hand-made request gives to a verb: a sentence, or a ticket that can be read back."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_django
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from audit.refusals import InvalidValues
from tests import shared
from tests.factories import people
from tests.tickets.conftest import DESCRIPTION, House, peopled
from tickets import lifecycle, values
from tickets.enums import FieldKind
from tickets.models import CategoryField, Ticket, TicketCategory

LONG_AGO = timezone.now() - timedelta(days=400)
BERLIN = ZoneInfo("Europe/Berlin")
NAIVE = datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None)

#: What spreadsheets, programs and pranksters send; each at every parameter.
HOSTILE: list[Any] = [
    None,
    True,
    -1,
    10**5000,
    float("nan"),
    float("-inf"),
    "",
    "x",
    "nul \x00 in the middle of it",
    "half a character \ud800 in it",
    "1e999999999",
    "9" * 100_000,
    [],
    ["In Progress", None],
    {},
    {"\x00": 1, "\udfff": [], 7: None},
    date.min,
    date.max,
    NAIVE,
    datetime.min.replace(tzinfo=UTC).replace(tzinfo=None),
    datetime.max.replace(tzinfo=UTC),
    datetime.min.replace(tzinfo=BERLIN),
    datetime.max.replace(tzinfo=ZoneInfo("America/New_York")),
    timedelta.min,
    timedelta.max,
]

texts = st.text(st.characters(codec=None, categories=None), max_size=40) | st.sampled_from(
    ["a\x00b", "a\ud800b", "12.50", "1e1000000", "2027-01-01", "Hardware", "Open", "Medium"]
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(10**400, 10**401),
    st.floats(),
    texts,
    st.dates(),
    st.datetimes(timezones=st.none() | st.sampled_from([UTC, BERLIN, ZoneInfo("Pacific/Kiritimati")])),
    st.timedeltas(),
)
keys = texts | st.sampled_from([*FieldKind.values, "description", "quantity", "unit_cost"]) | st.integers()
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=8
)
details = anything | st.dictionaries(st.sampled_from([kind.name.lower() for kind in FieldKind]), anything)


def every_kind() -> TicketCategory:
    category = TicketCategory.objects.create(
        name="Every kind", sub_categories=["Hardware"], assigned_department=people.department("IT Department")
    )
    for kind in FieldKind:
        choices = ["Red", "Blue"] if kind == FieldKind.CHOICE else []
        CategoryField.objects.create(category=category, key=kind.name.lower(), label=kind, kind=kind, choices=choices)
    return category


@dataclass
class Verbs:
    """Each verb with values that it takes; a test replaces one of them."""

    house: House
    category: TicketCategory = field(init=False)
    waiting: Ticket = field(init=False)
    working: Ticket = field(init=False)

    def __post_init__(self) -> None:
        self.category = every_kind()
        self.waiting, self.working = self.house.new(category=self.category), self.house.in_progress()

    def fit(self, verb: str) -> dict[str, Any]:
        asked = {"subject": "Laptop is dead", "description": DESCRIPTION, "sub_category": "", "details": None}
        asked |= {"scheduled_date": None}
        old = {"requester": self.house.ana, "status": "Closed", "submit_date": LONG_AGO, "external_reference": "A-1"}
        unknown = dict.fromkeys(["priority", "department", "assignee", "response_time", "resolution_time"])
        ended = {"time_closed": None, "resolution": "", "rejection_reason": ""}
        return {
            "submit": {"category": self.category} | asked,
            "edit": asked | {"reason": ""},
            "hold": {"reason": "Waits for parts.", "resume_date": None},
            "reprioritise": {"reason": "It grows.", "priority": "High"},
            "bring_in": {"category": self.category} | asked | old | unknown | ended,
        }[verb]

    def call(self, verb: str, **changed: Any) -> Ticket:
        given = self.fit(verb) | changed
        calls: dict[str, Callable[[], Ticket]] = {
            "submit": lambda: lifecycle.submit(by=self.house.ana, **given),
            "edit": lambda: lifecycle.edit(self.waiting, by=self.house.ana, **given),
            "hold": lambda: lifecycle.hold(self.working, by=self.house.bea, **given),
            "reprioritise": lambda: lifecycle.reprioritise(self.working, by=self.house.dora, **given),
            "bring_in": lambda: lifecycle.bring_in(by=self.house.dora, **given),
        }
        return calls[verb]()

    def stands_or_is_refused_with_sentences(self, verb: str, **changed: Any) -> None:
        """Neither a traceback nor a row that nobody can read; afterwards everything is as before."""
        with suppress(_TakeBack), transaction.atomic():
            try:
                ticket = self.call(verb, **changed)
            except InvalidValues as invalid:
                said(invalid)
            else:
                can_be_read(ticket)
            raise _TakeBack


class _TakeBack(Exception):
    pass


def said(invalid: InvalidValues) -> dict[str, list[str]]:
    assert invalid.errors
    for name, sentences in invalid.errors.items():
        name.encode()
        assert "\x00" not in name
        assert sentences
        assert all(sentence.endswith(".") and "\x00" not in sentence and sentence.encode() for sentence in sentences)
    return invalid.errors


def can_be_read(ticket: Ticket) -> None:
    row = Ticket.objects.get(pk=ticket.pk)
    for name in ("subject", "description", "sub_category", "dynamic_data", "scheduled_date", "priority", "resume_date"):
        assert getattr(row, name) == getattr(ticket, name)
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        assert timezone.localtime(row.submit_date, ZoneInfo(zone))
    assert row.clock.elapsed(timezone.now()) >= timedelta(0)
    assert f"{row} {row.description} {row.resolution} {row.rejection_reason} {row.dynamic_data}".encode()
    assert row.history.latest().subject == row.subject


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[Verbs]:
    with shared.for_all_tests_of_a_file(django_db_blocker):
        yield Verbs(peopled())


@pytest.fixture
def verbs(made: Verbs, db: None) -> Verbs:
    """Their rows as they were, and objects that no test before has changed."""
    return copy.deepcopy(made)


PARAMETERS = {
    "submit": ["category", "subject", "description", "sub_category", "details", "scheduled_date"],
    "edit": ["subject", "description", "sub_category", "details", "scheduled_date", "reason"],
    "hold": ["reason", "resume_date"],
    "reprioritise": ["reason", "priority"],
    "bring_in": [
        *["category", "subject", "description", "sub_category", "details", "scheduled_date", "status", "submit_date"],
        *["external_reference", "priority", "department", "assignee", "response_time", "resolution_time"],
        *["time_closed", "resolution", "rejection_reason", "requester"],
    ],
}


@pytest.mark.parametrize(("verb", "name"), [(verb, name) for verb, names in PARAMETERS.items() for name in names])
def test_no_value_of_any_type_leaves_a_verb_as_a_traceback(verbs, verb, name):
    for value in HOSTILE:
        verbs.stands_or_is_refused_with_sentences(verb, **{name: value})


@pytest.mark.parametrize("kind", FieldKind)
def test_no_value_of_any_type_leaves_an_extra_field_as_a_traceback(verbs, kind):
    items = [
        [{"description": "Chair", "quantity": 1, "unit_cost": 1} | {key: value}] for key in COST for value in HOSTILE
    ]
    for value in [*HOSTILE, *(items if kind == FieldKind.COST_ITEMS else [])]:
        verbs.stands_or_is_refused_with_sentences("submit", details={kind.name.lower(): value})


COST = ("description", "quantity", "unit_cost", "half \ud800", 7)


@pytest.mark.parametrize("verb", PARAMETERS)
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_arbitrary_values_end_in_a_sentence_or_in_a_ticket_that_can_be_read(verbs, verb, data):
    names = data.draw(st.lists(st.sampled_from(PARAMETERS[verb]), min_size=1, max_size=3, unique=True))
    verbs.stands_or_is_refused_with_sentences(
        verb, **{name: data.draw(details if name == "details" else anything) for name in names}
    )


# Single faults, and under which name they are said


@pytest.mark.parametrize("verb", ["submit", "edit"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("sub_category", value) for value in (None, ["Hardware"], {"a": 1}, 5)],
        *[("details", value) for value in (["x"], "x", 5, [], "")],
        *[("scheduled_date", value) for value in ("2030-01-01", NAIVE, timezone.now(), 5)],
        *[("details", {key: "x"}) for key in (5, None, "a\x00b", "a\ud800b")],
    ],
)
def test_a_value_of_the_wrong_type_is_refused_under_its_name(verbs, verb, name, value):
    with pytest.raises(InvalidValues) as invalid:
        verbs.call(verb, **{name: value})
    assert set(said(invalid.value)) == {name}


@pytest.mark.parametrize("value", ["2030-01-01", NAIVE, timezone.now() + timedelta(days=9), 20300101])
def test_a_resume_date_that_is_no_date_is_refused(verbs, value):
    with pytest.raises(InvalidValues) as invalid:
        verbs.call("hold", resume_date=value)
    assert set(said(invalid.value)) == {"resume_date"}


@pytest.mark.parametrize("value", [None, "IT Support", 5, {}])
def test_a_category_that_is_none_is_refused(verbs, value):
    for verb in ("submit", "bring_in"):
        with pytest.raises(InvalidValues) as invalid:
            verbs.call(verb, category=value)
        assert set(said(invalid.value)) == {"category"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("submit_date", value) for value in (None, "2020-01-01", date(2020, 1, 1), NAIVE, 5)],
        *[("time_closed", value) for value in ("2020-01-01", date(2020, 1, 1), NAIVE)],
        *[("external_reference", value) for value in (None, 77, "a\x00b", "a\ud800b", "one\ntwo", "x" * 101)],
        *[("resolution", value) for value in (None, "a\x00b", "a\ud800b")],
        *[("rejection_reason", value) for value in (None, "a\x00b", "a\ud800b")],
        *[("resolution_time", 5), ("response_time", "1:00"), ("scheduled_date", "x"), ("scheduled_date", LONG_AGO)],
        *[("details", ["x"]), ("sub_category", 5), ("department", "IT"), ("assignee", 5), ("status", ["Open"])],
        *[("priority", ["High"])],
    ],
)
def test_a_dirty_cell_of_an_old_ticket_is_refused_under_its_name(verbs, name, value):
    with pytest.raises(InvalidValues) as invalid:
        verbs.call("bring_in", **{name: value})
    assert set(said(invalid.value)) == {name}


def test_all_dirty_cells_of_a_row_are_said_at_once(verbs):
    dirty = dict.fromkeys(["category", "subject", "description", "status", "submit_date", "external_reference"])
    dirty |= {"time_closed": "x", "resolution": None, "rejection_reason": "\x00", "resolution_time": 5}
    dirty |= {"response_time": 5, "scheduled_date": "x", "priority": "Soon", "assignee": "x", "department": "x"}
    with pytest.raises(InvalidValues) as invalid:
        verbs.call("bring_in", **dirty)
    assert set(said(invalid.value)) == set(dirty)


def test_a_requester_who_is_nobody_is_refused(verbs):
    for value in (5, "ana@example.com", {}):
        with pytest.raises(InvalidValues) as invalid:
            values.brought_in(
                values.BroughtIn(
                    requester=value,
                    category=verbs.category,
                    status="Closed",
                    submit_date=LONG_AGO,
                    now=timezone.now(),
                ),
                "An old problem",
                DESCRIPTION,
                "A-1",
            )
        assert set(said(invalid.value)) == {"requester"}
