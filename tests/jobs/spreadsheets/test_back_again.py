"""Whatever rows of any kind hold: what goes out comes back as unchanged, from a CSV and from a workbook; and what a
file changes, taking it back undoes to the letter."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from audit.history import note
from helpcenter import markdown_out
from helpcenter.models import ArticlePage
from people.models import Department
from tests.factories import people
from tests.helpcenter import articles
from tests.jobs.spreadsheets.back_again import FORMATS, came_back, not_the_same
from tests.people.sheets.loading import outcomes, undone
from tests.tickets.sheets.loading import applied
from tickets import lifecycle
from tickets.enums import FieldKind, Priority, Status
from tickets.models import CategoryField, Ticket, TicketCategory

pytestmark = pytest.mark.slow

#: With blanks around, every kind of line end, formulas, our own escapes, separators, and words that look like values.
words = st.one_of(
    st.text(st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S", "Zs"]), max_size=20),
    st.text(st.sampled_from(" \r\n\tab;,'=\"\\|"), max_size=12),
    st.sampled_from(
        ["=1+1", "'=x", "a;b", "a; b", "007", "1e5", "yes", "2024-01-02", "p1", " x ", "a\\;b", "#N/A", "\\"]
    ),
)
names = words.filter(lambda text: text.strip())
formats = st.sampled_from(FORMATS)
of_examples = settings(
    max_examples=8,
    deadline=None,
    # A whole import for each example: to make a failing one smaller would take minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


def rows_of(model: Any, *without: str) -> list[dict[str, Any]]:
    left_out = {"version", *without}
    return [{name: row[name] for name in row if name not in left_out} for row in model.objects.order_by("pk").values()]


class Back(TestCase):
    """Of one kind: `fill` makes rows, `edited` changes what goes out."""

    kind = ""

    def setup_example(self) -> None:
        super().setup_example()
        self.admin = people.admin()

    def unchanged(self, file_format: str) -> None:
        assert not_the_same(came_back(self.kind, file_format, by=self.admin)) == []

    def undo_is_as_if_nothing_had_been(self, file_format: str, edit: Any, state: Any) -> None:
        before = state()
        run = came_back(self.kind, file_format, by=self.admin, edit=edit)
        assert state() == before
        good = {number for number, outcome in outcomes(run).items() if outcome == "good"}
        if good:
            run = applied(run, by=self.admin)
            assert {number for number, outcome in outcomes(run).items() if outcome == "applied"} == good
            run = undone(run, by=self.admin)
            assert {number for number, outcome in outcomes(run).items() if outcome == "undone"} == good
        assert state() == before


class DepartmentsBack(Back):
    kind = "departments"

    def fill(self, name: str, description: str) -> None:
        Department.objects.filter(name__iexact="Research").delete()
        # Past the form, which strips: older rows, and those of other programs, have what they have.
        self.research = Department(name=f"R {name}"[:100], description=description, head_email="a@example.com")
        note(self.research, by=self.admin, verb="add")
        self.research.save()

    @of_examples
    @given(names, words, formats)
    @example("x", "two\r\nlines ", "csv")
    def test_what_goes_out_comes_back_unchanged(self, name: str, description: str, file_format: str) -> None:
        self.fill(name, description)
        self.unchanged(file_format)

    @of_examples
    @given(names, words, names, words, formats)
    @example("x", " two\r\nlines ", "y", "", "csv")
    def test_undo_gives_back_every_letter(self, name: str, text: str, new: str, other: str, file_format: str) -> None:
        self.fill(name, text)

        def edit(row: dict[str, Any]) -> dict[str, Any]:
            mine = row["id"] == self.research.pk
            return row | {"name": f"S {new}", "description": other, "is_active": False} if mine else row

        self.undo_is_as_if_nothing_had_been(file_format, edit, lambda: rows_of(Department))


class CategoriesBack(Back):
    kind = "categories"

    def fill(self, text: str, listed: list[str]) -> None:
        self.loans = TicketCategory(
            name="Loans", description=text, sub_categories=listed, assigned_department=people.department("Legal")
        )
        note(self.loans, by=self.admin, verb="add")
        self.loans.save()

    lists = st.lists(names.filter(lambda word: not set(word) & set("\r\n\t")), max_size=3, unique=True)

    @of_examples
    @given(words, lists, formats)
    @example("", ["a;b", "c"], "csv")
    @example("", ["a\\", "\\;", " c "], "xlsx")
    def test_what_goes_out_comes_back_unchanged(self, text: str, listed: list[str], file_format: str) -> None:
        self.fill(text, listed)
        self.unchanged(file_format)

    @of_examples
    @given(words, lists, lists, st.sampled_from([*Priority.values, "soon"]), formats)
    @example("a\r\n", ["a;b", " c"], ["d"], "High", "csv")
    def test_undo_gives_back_every_letter(
        self, text: str, listed: list[str], other: list[str], priority: str, file_format: str
    ) -> None:
        self.fill(text, listed)

        def edit(row: dict[str, Any]) -> dict[str, Any]:
            new = {"description": f"x{text}", "sub_categories": "; ".join(other), "default_priority": priority}
            new |= {"assigned_department": "", "is_active": False}
            return row | new if row["id"] == self.loans.pk else row

        self.undo_is_as_if_nothing_had_been(file_format, edit, lambda: rows_of(TicketCategory))


class ArticlesBack(Back):
    kind = "articles"

    def fill(self, title: str, text: str, html: str) -> None:
        articles.topic("Equipment")
        body = markdown_out.read(f"Words. {text}", "").body
        self.page = articles.article("The mouse", html, summary=text.strip()[:300], keywords=text)
        other = articles.article("Other")
        other.title, other.body = f"T{title}", json.dumps(body)
        other.save_revision().publish()

    @staticmethod
    def state() -> list[Any]:
        pages = ArticlePage.objects.order_by("pk")
        return [
            (page.pk, page.title, page.summary, page.keywords, page.live, page.body.get_prep_value()) for page in pages
        ]

    htmls = st.sampled_from(["<p>It <b>squeaks</b>.</p>", "<p>a</p><p>b</p>", "<p>x <i>y</i></p><ul><li>z</li></ul>"])

    @of_examples
    @given(names, words, htmls, formats)
    def test_what_goes_out_comes_back_unchanged(self, title: str, text: str, html: str, file_format: str) -> None:
        self.fill(title, text, html)
        self.unchanged(file_format)

    @of_examples
    @given(names, words, htmls, names, formats)
    def test_undo_gives_back_every_letter(self, title: str, text: str, html: str, new: str, file_format: str) -> None:
        self.fill(title, text, html)

        def edit(row: dict[str, Any]) -> dict[str, Any]:
            return row | {"heading": f"N{new}", "body": f"Other. {new}", "keywords": "k", "summary": new}

        self.undo_is_as_if_nothing_had_been(file_format, edit, self.state)


BERLIN_BACK = dt.datetime(2024, 10, 27, 1, tzinfo=dt.UTC)
moments = st.one_of(
    st.integers(-7200, 7200).map(lambda seconds: BERLIN_BACK + dt.timedelta(seconds=seconds)),
    st.datetimes(dt.datetime(1970, 1, 3), dt.datetime(2025, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001
)


class TicketsBack(Back):
    kind = "tickets"

    def setup_example(self) -> None:
        super().setup_example()
        self.it = people.department("IT Department")
        self.bea = people.coordinator(self.it, email="bea@example.com")
        people.coordinator(people.department("Legal"), email="cem@example.com")
        self.category = TicketCategory.objects.create(name="Loans", sub_categories=["Car"], assigned_department=self.it)
        kinds = {"plate": FieldKind.TEXT, "cost": FieldKind.MONEY, "seats": FieldKind.INTEGER, "paid": FieldKind.YES_NO}
        for key, kind in kinds.items():
            CategoryField.objects.create(category=self.category, key=key, label=f"The {key}", kind=kind)

    def fill(self, text: str, submitted: dt.datetime, status: str, extra: dict[str, Any]) -> None:
        line = "".join(letter for letter in text if letter not in "\r\n\t")
        lifecycle.bring_in(
            by=self.admin,
            requester=people.person(),
            category=self.category,
            subject=f"Problem {line}",
            description=f"{text} is what I wrote, {text}",
            status=status,
            submit_date=submitted,
            external_reference="",
            priority="Medium",
            details=extra,
            sub_category="Car",
            response_time=dt.timedelta(seconds=3599.5),
            resolution_time=dt.timedelta(hours=1, microseconds=9),
            time_closed=submitted + dt.timedelta(hours=2),
            resolution=text,
            rejection_reason=text,
            assignee=self.bea if status == Status.ON_HOLD else None,
            scheduled_date=submitted.date(),
        )

    extras = st.fixed_dictionaries(
        {},
        optional={
            "plate": names.filter(lambda text: not set(text) & set("\r\n\t")),
            "cost": st.sampled_from(["1.5", "201.00", "0.1", "-3"]),
            "seats": st.integers(-5, 10**9),
            "paid": st.booleans(),
        },
    )

    @of_examples
    @given(words, moments, st.sampled_from(list(Status.values)), extras, formats)
    @example("x", BERLIN_BACK + dt.timedelta(minutes=30), "Closed", {"plate": " A "}, "xlsx")
    @example("x", BERLIN_BACK - dt.timedelta(minutes=90), "Closed", {"cost": "0.5"}, "csv")
    def test_what_goes_out_comes_back_unchanged(
        self, text: str, submitted: dt.datetime, status: str, extra: dict[str, Any], file_format: str
    ) -> None:
        with override_settings(TIME_ZONE="Europe/Berlin"):
            self.fill(text, submitted, status, extra)
            self.unchanged(file_format)

    @of_examples
    @given(
        st.sampled_from([Status.NEW, Status.OPEN, Status.ON_HOLD, Status.CLOSED]),
        st.sampled_from(["Medium", "Low", "p1"]),
        st.sampled_from(["IT Department", "Legal", "Finance"]),
        st.sampled_from(["", "bea@example.com", "cem@example.com"]),
        formats,
    )
    def test_undo_gives_back_what_was(
        self, status: str, priority: str, department: str, assignee: str, file_format: str
    ) -> None:
        self.fill("x", BERLIN_BACK, status, {"plate": "A"})

        def edit(row: dict[str, Any]) -> dict[str, Any]:
            return row | {"priority": priority, "department": department, "assignee": assignee}

        self.undo_is_as_if_nothing_had_been(file_format, edit, lambda: rows_of(Ticket, "update_date", "news_at"))
