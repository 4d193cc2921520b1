"""The columns of a file are found by title, synonym, small typing error and content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from jobs.spreadsheets.matching import known_titles, match, plain, shape_of
from jobs.spreadsheets.moments import like_moments, like_other_moments


def addresses(values: list[str]) -> float:
    return sum("@" in value for value in values) / len(values)


@dataclass
class Field:
    name: str
    title: Any
    synonyms: tuple[str, ...] = ()
    looks_like: Callable[[list[str]], float] | None = None
    choices: Callable[[], list[str]] | None = None
    value_synonyms: dict[str, str] = field(default_factory=dict)
    shared: tuple[str, ...] = ()


EMAIL = Field("email", "E-mail address", ("mail", "e-mail"), addresses)
FIRST = Field("first_name", "First name", ("given name", "forename"))
LAST = Field("last_name", "Last name", ("surname", "family name"))
TEAM = Field("department", "Department", ("team", "unit"))
FIELDS = [EMAIL, FIRST, LAST, TEAM]


def matched(*header: str, samples: list[list[Any]] | None = None, fields: list[Field] = FIELDS) -> dict[int, str]:
    return match(list(header), samples or [], fields)


@pytest.mark.parametrize("title", ["email", "E-Mail Address", "e_mail  address", "EMAIL", "mail", " E-mail: "])
def test_a_title_is_known_however_it_is_written(title: str) -> None:
    assert matched("id", title) == {1: "email"}


@pytest.mark.parametrize("title", ["Frist name", "Fist Name", "firstname", "F\u0131rst name"])
def test_a_small_typing_error_does_not_matter(title: str) -> None:
    assert matched(title) == {0: "first_name"}


@pytest.mark.parametrize("title", ["", "name", "names", "unite", "teem", "department head of the unit"])
def test_what_is_only_a_little_alike_is_not_taken(title: str) -> None:
    assert matched(title) == {}


def test_every_column_goes_to_one_field_and_no_field_gets_two() -> None:
    assert matched("Surname", "First name", "Last name", "First name", "Team") == {
        1: "first_name",
        2: "last_name",
        4: "department",
    }


def test_a_title_of_its_own_goes_before_a_synonym_of_another() -> None:
    urgency = Field("urgency", "Urgency", ("priority",))
    priority = Field("priority", "Priority")
    assert matched("Priority", fields=[urgency, priority]) == {0: "priority"}


def test_a_typing_error_is_not_taken_for_a_field_that_has_its_column_already() -> None:
    assert matched("Last name", "Fast name") == {0: "last_name"}


def test_contents_tell_where_the_title_does_not() -> None:
    samples = [["7", "ana@example.com"], ["8", "ben@example.com"], ["9", None]]
    assert matched("No.", "Contact", samples=samples) == {1: "email"}


def test_of_two_columns_that_look_alike_neither_is_guessed() -> None:
    samples = [["ana@example.com", "ben@example.com"]]
    assert matched("Contact", "Other", samples=samples) == {}
    assert matched("E-mail", "Other", samples=samples) == {0: "email"}


def test_contents_speak_against_a_title_that_is_only_alike() -> None:
    assert matched("E-mail addres", samples=[["Main Street 5"], ["Side Street 6"]]) == {}
    assert matched("E-mail addres", samples=[["ana@example.com"]]) == {0: "email"}
    assert matched("E-mail address", samples=[["Main Street 5"]]) == {0: "email"}


PRIORITY = Field(
    "priority", "Priority", choices=lambda: ["Critical", "High", "Low", "4"], value_synonyms={"p1": "Critical"}
)
STATUS = Field("status", "Status", choices=lambda: ["Open", "Closed"], value_synonyms={"solved": "Closed"})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["Critical", "HIGH", "low", "P1"], {0: "priority"}),
        (["Open", "Closed", "solved"], {0: "status"}),
        (["Open", None, "Open"], {0: "status"}),
        (["Open", "Waiting", "Closed"], {}),
        (["solved", "solved"], {}),
        (["4", "4"], {}),
        (["p1", "4"], {}),
    ],
)
def test_words_of_a_choice_tell_their_column(values: list[str | None], expected: dict[int, str]) -> None:
    samples = [[value] for value in values]
    assert matched("Blah", samples=samples, fields=[PRIORITY, STATUS]) == expected


def test_of_two_columns_with_words_of_one_choice_neither_is_guessed() -> None:
    samples = [["High", "Low"], ["Low", "Low"]]
    assert matched("Impact", "Danger", samples=samples, fields=[PRIORITY, STATUS]) == {}
    assert matched("Impact", "Priority", samples=samples, fields=[PRIORITY, STATUS]) == {1: "priority"}


def test_unknown_words_do_not_speak_against_a_title_with_a_typing_error() -> None:
    assert matched("Priorty", samples=[["brennt"], ["egal"]], fields=[PRIORITY, STATUS]) == {0: "priority"}


def test_a_column_of_dates_is_taken_where_there_is_only_one() -> None:
    dates = [Field("submitted", "Submitted", (), like_moments), Field("closed_at", "Closed at", (), like_other_moments)]
    samples = [["2027-03-31T14:30:00", "31.3.2027"], ["03/04/2027 10:00", "1.4.2027"]]
    assert matched("Blah", samples=samples, fields=dates) == {0: "submitted"}
    assert matched("Blah", "Blub", samples=samples, fields=dates) == {}
    assert matched("Date of purchase", "Closed at", samples=samples, fields=dates) == {1: "closed_at"}
    assert matched("Submited", "Closd at", samples=[["10.0.0.1", "5"]], fields=dates) == {}
    assert matched("Submited", "Closd at", samples=samples, fields=dates) == {0: "submitted", 1: "closed_at"}


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("E-Mail-Adresse", "email"), ("Correo electrónico", "email"), ("Courriel", "email"),
        ("Vorname", "first_name"), ("Prénom", "first_name"), ("NACHNAME", "last_name"), ("Apellidos", "last_name"),
        ("Abteilung", "department"), ("Département", "department"),
    ],
)  # fmt: skip
def test_titles_are_known_in_other_languages(title: str, name: str) -> None:
    assert matched(title) == {0: name}


def test_a_title_that_is_shared_goes_to_whoever_has_it_first_as_its_own() -> None:
    whole = Field("full_name", "Full name", shared=("name",))
    assert matched("Name", fields=[*FIELDS, whole]) == {0: "full_name"}
    assert matched("Name", fields=[whole, Field("name", "Name")]) == {0: "name"}


def test_the_row_whose_titles_we_know_is_told_by_how_many() -> None:
    assert known_titles(["First name", "surname", "", "Shoe size", "LAST NAME"], FIELDS) == 2
    assert known_titles(["Frist name", ""], FIELDS) == 0


def test_rows_that_are_shorter_and_cells_that_are_no_texts_are_taken() -> None:
    assert matched("a", "b", samples=[[5], [None, 7.5], ["x", "a@b.example"]]) == {}


def test_the_shape_of_a_file_is_its_titles_in_their_order() -> None:
    assert shape_of(["E-mail", "Name"]) == shape_of(["e mail", "NAME "])
    assert shape_of(["E-mail", "Name"]) != shape_of(["Name", "E-mail"])
    assert shape_of(["ab", "c"]) != shape_of(["a", "bc"])
    assert len(shape_of([])) == 64


def test_titles_in_other_writings_are_told_apart() -> None:
    assert plain("Größe (cm)") == "grossecm"
    assert plain("姓名") != plain("部門")
