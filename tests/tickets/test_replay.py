"""`replay_tickets`: a CSV through the door, row by row, each word as it stands there."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from notifications.models import EmailNotification
from people.models import Employee
from tests.factories import people
from tickets.models import Ticket, TicketCategory

pytestmark = pytest.mark.django_db

HEADER = "Ticket ID,Customer Name,Customer Email,Age,Ticket Type,Ticket Subject,Ticket Description\r\n"
LONG = (
    'I have an issue with the {product_purchased}.\n\n  "Quoted", and so on;\n\ttab <b>&amp;</b> é e\u0301 \u202e =1+1'
)
GOOD = (
    f'1,Marisa Obrien,marisa@example.com,32,Technical issue,Product setup,"{LONG.replace(chr(34), chr(34) * 2)}"\r\n'
    '2,James Smith Jr.,james@example.com,48,Billing inquiry,Data loss,"One line\r\nand another\rand a third"\r\n'
    "3,Marisa O.,MARISA@example.com,32,,Battery life,It does not last as long as before.\r\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tickets.csv"


def replayed(file: Path, content: str | bytes = HEADER + GOOD, **options: Any) -> str:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    out = StringIO()
    call_command("replay_tickets", str(file), stdout=out, **options)
    return out.getvalue()


def test_each_row_becomes_a_ticket_word_for_word(file: Path) -> None:
    said = replayed(file)
    assert "3 rows: 3 tickets made, 0 were there already, 0 refused. 2 people made." in said
    tickets = list(Ticket.objects.order_by("pk"))
    assert [ticket.subject for ticket in tickets] == ["Product setup", "Data loss", "Battery life"]
    assert tickets[0].description == LONG
    assert tickets[1].description == "One line\nand another\nand a third"
    assert [ticket.category.name for ticket in tickets] == ["IT Support", "Others", "Others"]
    assert [ticket.status for ticket in tickets] == ["New"] * 3
    assert [ticket.history.get().verb for ticket in tickets] == ["submit"] * 3


def test_the_requesters_are_made_once_each_and_told_of_their_tickets_alone(file: Path) -> None:
    replayed(file, "\ufeff" + HEADER + GOOD)
    marisa, james = Employee.objects.order_by("pk")
    assert (marisa.get_full_name(), marisa.status, marisa.has_usable_password()) == ("Marisa Obrien", "Approved", False)
    assert (james.first_name, james.last_name, james.suffix) == ("James", "Smith", "Jr.")
    assert marisa.tickets.count() == 2
    assert {mail.message for mail in EmailNotification.objects.all()} == {"ticket_submitted"}


def test_a_second_run_makes_only_what_is_missing(file: Path) -> None:
    replayed(file, HEADER + GOOD)
    more = HEADER + GOOD + "4,Zoë,zoe@example.com,20,,Display issue,It stays dark when I switch it on.\r\n"
    assert "4 rows: 1 tickets made, 3 were there already, 0 refused. 1 people made." in replayed(file, more)
    assert Ticket.objects.count() == 4
    zoe = Employee.objects.get(email="zoe@example.com")
    assert (zoe.first_name, zoe.last_name) == ("Zoë", "Zoë")


def test_bad_rows_are_refused_with_their_number_and_a_sentence_and_the_others_go_on(file: Path) -> None:
    people.person("Suspended", email="gone@example.com")
    bad = (
        "5,Ana Short,ana@example.com,1,,Hi,This subject is too short.\r\n"
        "6,Ana,not an address,1,,A good subject,And a good description.\r\n"
        "7,too,few,cells\r\n"
        "\r\n"
        ",,,,,,\r\n"
        '8,Ana,ana@example.com,1,,Broken quote,"She said "so".\r\n'
        "9,Left Long Ago,gone@example.com,1,,A good subject,And a good description.\r\n"
        ",,ana@example.com,1,,No name at all,And a good description.\r\n"
    )
    said = replayed(file, HEADER + bad + GOOD)
    assert "Row 2 (line 2): subject: This is too short: at least 5 characters." in said
    assert "Row 3 (line 3): email: Enter an e-mail address" in said
    assert "Row 4 (line 4): This row has 4 cells, and the header names 7." in said
    assert "Row 7 (line 7): This row can't be read:" in said
    assert "Row 8 (line 8): Only an approved person can ask for something." in said
    assert "Row 9 (line 9): first_name:" in said
    assert "9 rows: 3 tickets made, 0 were there already, 6 refused." in said
    assert not Employee.objects.filter(email="ana@example.com").exists(), "nobody is made whose ticket is refused"


def test_a_quote_that_is_never_closed_does_not_swallow_the_rest(file: Path) -> None:
    said = replayed(file, HEADER + GOOD + '4,Zoë,zoe@example.com,1,,A good subject,"It goes on\r\nand on')
    assert "3 tickets made, 0 were there already, 1 refused" in said


def test_two_hundred_rows_unless_said_otherwise(file: Path) -> None:
    many = HEADER + "".join(f"{n},Ana Lee,ana@example.com,1,,Subject {n},A description of it.\r\n" for n in range(205))
    assert "3 rows: 3 tickets made" in replayed(file, many, rows=3)
    assert "200 rows: 197 tickets made, 3 were" in replayed(file, many)
    assert "205 rows: 5 tickets made, 200 were" in replayed(file, many, all=True)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("Name,Email\r\n1,2\r\n", "are missing: “Customer Name”, “Customer Email”, “Ticket Subject”, “Ticket Descr"),
        ("", "The first row must name the columns"),
        (HEADER.encode() + "1,Zoë".encode("latin-1"), "This file is not UTF-8."),
        (b"\x89PNG\r\n\x1a\n", "This file is not UTF-8."),
    ],
)
def test_a_file_that_can_not_be_used_is_one_sentence(file: Path, content: str | bytes, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        replayed(file, content)
    assert not Ticket.objects.exists()


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nothing\.csv can't be read: No such file or directory\."):
        call_command("replay_tickets", str(tmp_path / "nothing.csv"))


def test_without_the_category_for_everything_else_nothing_begins(file: Path) -> None:
    TicketCategory.objects.filter(name="Others").update(is_active=False)
    with pytest.raises(CommandError, match="There is no category “Others”"):
        replayed(file)


def test_a_category_that_is_not_offered_is_replaced(file: Path) -> None:
    TicketCategory.objects.filter(name="IT Support").update(is_active=False)
    replayed(file)
    assert {ticket.category.name for ticket in Ticket.objects.all()} == {"Others"}


def test_in_production_it_has_to_be_said_twice(file: Path, settings: Any) -> None:
    settings.APP_ENV = "production"
    with pytest.raises(CommandError, match="In production say --yes"):
        replayed(file)
    assert "3 tickets made" in replayed(file, yes=True)
