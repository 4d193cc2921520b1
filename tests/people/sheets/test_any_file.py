"""Whatever people a file holds: loading and taking back leaves everything as it was, and what goes out comes back as
unchanged."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from people.enums import Role, Suffix
from people.models import Employee
from tests.factories import people
from tests.people.sheets.loading import exported, loaded, outcomes, planned, undone

HEADER = ["E-mail", "First name", "Middle name", "Last name", "Suffix", "Department", "Role"]
#: Names as people have them, and formulas, quotation marks, commas and our own escape, which a file must bear.
words = st.text(st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S", "Zs"]), max_size=20)
names = st.one_of(words, st.sampled_from(["=1+1", "'=x", "@b", "-5", "O'Neil", 'a "b", c', "007", "1e5", "true"]))
lines = st.tuples(
    st.sampled_from([f"p{number}@example.com" for number in range(6)] + ["nobody", ""]),
    names,
    names,
    names,
    st.sampled_from(["", *Suffix.values, "none"]),
    st.sampled_from(["", "Marketing", "marketing", "Nowhere"]),
    st.sampled_from(["", *Role.values, "agent"]),
)
#: A file without a filled cell is refused as a whole.
files = st.lists(lines, min_size=1, max_size=8).filter(
    lambda rows: any(cell.strip() for row in rows for cell in row),
)


#: A file with nothing in it is refused as a whole, which is no matter of its rows.
files = st.lists(lines, min_size=1, max_size=8).filter(lambda rows: any(cell.strip() for row in rows for cell in row))


def everybody() -> list[tuple[object, ...]]:
    columns = (
        "company_id",
        "email",
        "first_name",
        "middle_name",
        "last_name",
        "suffix",
        "department",
        "role",
        "status",
    )
    return list(Employee.objects.order_by("pk").values_list(*columns))


@pytest.mark.slow
class AnyFile(TestCase):
    def setup_example(self) -> None:
        # Not setUp: that is outside the transaction that each example is rolled back with.
        super().setup_example()
        people.department("Marketing")
        self.admin = people.admin()
        people.person(email="p0@example.com", first_name="Known", last_name="Person")

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(files)
    def test_loading_and_taking_back_is_as_if_nothing_had_been(self, rows: list[tuple[str, ...]]) -> None:
        before = everybody()
        run = planned(rows, header=HEADER, by=self.admin)
        assert everybody() == before
        good = {number for number, outcome in outcomes(run).items() if outcome == "good"}
        if not good:
            return
        run = loaded(rows, header=HEADER, by=self.admin)
        assert {number for number, outcome in outcomes(run).items() if outcome == "applied"} == good
        run = undone(run, by=self.admin)
        assert "kept" not in outcomes(run).values()
        assert everybody() == before

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(files)
    def test_what_goes_out_comes_back_as_unchanged(self, rows: list[tuple[str, ...]]) -> None:
        run = planned(rows, header=HEADER, by=self.admin)
        if "good" in outcomes(run).values():
            loaded(rows, header=HEADER, by=self.admin)
        header, out = exported(*Employee.objects.all(), by=self.admin)
        assert set(outcomes(planned(out, header=header, by=self.admin)).values()) == {"same"}
