"""A name in one cell comes in as first and last name, by a rule that is said."""

from __future__ import annotations

import pytest

from jobs.spreadsheet_models import Spreadsheet
from people.full_names import parts
from people.models import Employee
from tests.factories import people
from tests.jobs.spreadsheets.walking import (
    IMPORTS,
    checked,
    do,
    match,
    outcomes,
    page,
    sentences,
    uploaded,
    worked,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clerk(client):
    client.force_login(people.clerk())


@pytest.mark.parametrize(
    ("name", "first", "last", "suffix"),
    [
        ("Elena Rossi", "Elena", "Rossi", ""),
        ("  Elena   Maria  Rossi ", "Elena Maria", "Rossi", ""),
        ("Rossi, Elena", "Elena", "Rossi", ""),
        ("van der Berg,Anna Lena", "Anna Lena", "van der Berg", ""),
        ("Martin Luther King Jr.", "Martin Luther", "King", "Jr."),
        ("Martin King, jr", "Martin", "King", "Jr."),
        ("King, Martin, III", "Martin", "King", "III"),
        ("Cher", "", "Cher", ""),
        ("Jr.", "", "Jr.", ""),
        ("Rossi,", "", "Rossi", ""),
        (",", "", "", ""),
    ],
)
def test_the_last_word_is_the_last_name_or_what_stands_before_a_comma(name, first, last, suffix):
    assert parts(name) == {"first_name": first, "last_name": last} | ({"suffix": suffix} if suffix else {})


def test_people_come_in_with_their_names_taken_apart_and_the_plan_says_where_that_may_be_doubted(client):
    text = 'Name,E-mail\nElena Rossi,e@example.com\n"Silva, Ana Maria",a@example.com\nMartin King Jr.,m@example.com\n'
    sheet = checked(client, text)
    assert sheet.mapping["columns"] == {"0": "full_name", "1": "email"}
    assert outcomes(sheet) == {2: "good", 3: "good", 4: "good"}
    shown = page(client, sheet)
    assert "“Silva, Ana Maria” is taken as: First name “Ana Maria”, Last name “Silva”." in shown
    assert "“Elena Rossi” is taken as" not in shown
    do(client, sheet, "apply", only_good="1")
    worked(sheet)
    names = Employee.objects.filter(email__in=["e@example.com", "a@example.com", "m@example.com"]).order_by("pk")
    assert list(names.values_list("first_name", "last_name", "suffix")) == [
        ("Elena", "Rossi", ""), ("Ana Maria", "Silva", ""), ("Martin", "King", "Jr."),
    ]  # fmt: skip


def test_the_name_of_somebody_who_is_here_is_changed_by_its_parts(client):
    client.force_login(people.admin())
    people.person(first_name="Elena", last_name="Rosi", email="e@example.com")
    sheet = checked(client, "Full name,E-mail\nElena Rossi,e@example.com\n")
    shown = page(client, sheet)
    assert "Last name from Rosi → to Rossi" in shown
    assert "First name" not in shown


def test_one_word_is_no_full_name_and_is_refused_with_how_it_was_taken(client):
    sheet = checked(client, "Name,E-mail\nCher,cher@example.com\n,n@example.com\n")
    assert outcomes(sheet) == {2: "refused", 3: "refused"}
    assert "“Cher” is taken as: Last name “Cher”." in page(client, sheet)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Name,E-mail", {"0": "full_name", "1": "email"}),
        ("Vorname,Name,E-Mail", {"0": "first_name", "1": "last_name", "2": "email"}),
        ("Name,First name,Last name", {"1": "first_name", "2": "last_name"}),
        ("Full name,First name,E-mail", {"1": "first_name", "2": "email"}),
        ("Nombre,Apellidos,Correo electrónico", {"0": "first_name", "1": "last_name", "2": "email"}),
        ("Nom,Prénom,Courriel,Service", {"0": "last_name", "1": "first_name", "2": "email", "3": "department"}),
        ("Nachname,Vorname,E-Mail-Adresse,Abteilung,Rolle,Personalnummer",
         {"0": "last_name", "1": "first_name", "2": "email", "3": "department", "4": "role", "5": "company_id"}),
    ],
)  # fmt: skip
def test_the_whole_is_taken_where_its_parts_have_no_columns(client, header, expected):
    width = header.count(",") + 1
    assert uploaded(client, header + "\n" + ",".join("x" * width) + "\n").mapping["columns"] == expected


def test_the_whole_and_a_part_can_not_both_be_taken(client):
    sheet = uploaded(client, "Name,E-mail,Surname\nElena Rossi,e@example.com,Rossi\n")
    answer = match(client, sheet, **{"column-0": "full_name"})
    assert answer.status_code == 422
    assert sentences(answer) == ["“Full name” gives “Last name” too. Choose one of the two columns."]
    assert Spreadsheet.objects.get().run is None


def test_what_the_whole_gives_is_not_asked_for_beside_it_and_it_is_in_no_template(client):
    sheet = uploaded(client, "Name,E-mail\nElena Rossi,e@example.com\n")
    shown = client.get(f"{IMPORTS}{sheet.pk}/columns/").content.decode()
    assert "fixed-last_name" not in shown
    assert "The last word is the last name" in shown
    template = b"".join(client.get(f"{IMPORTS}template/people/csv/").streaming_content).decode()
    assert "Full name" not in template
