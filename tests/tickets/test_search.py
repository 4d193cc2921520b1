"""What a ticket is found by, the same on both databases, and that the index keeps in step."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.factories import people
from tests.factories.tickets import quick_ticket
from tickets import lifecycle, rules
from tickets.models import Ticket
from tickets.search import exact_numbers, prepare_index, search, words_of


def found(person, text: str, **given) -> set[Ticket]:
    return set(search(rules.visible_to(person), text, **given))


def numbered(number: str, **columns) -> Ticket:
    ticket = quick_ticket("Open", **columns)
    Ticket.objects.filter(pk=ticket.pk).update(ticket_number=number)
    return Ticket.objects.get(pk=ticket.pk)


# Numbers


@pytest.mark.parametrize("typed", ["TX1234", "tx1234", " Tx1234 ", "1234", "TX12", "tx123"])
def test_a_number_finds_its_ticket_however_it_is_typed(house, typed):
    sought, other = numbered("TX1234"), numbered("TX9912")
    assert found(house.dora, typed) == {sought}
    assert other in found(house.dora, "TX99")


def test_digits_alone_are_a_number_and_not_the_beginning_of_one(house):
    short, long = numbered("TX0012"), numbered("TX1200")
    assert found(house.dora, "12") == {short}
    assert found(house.dora, "TX12") == {long}
    assert found(house.dora, "TX") == set()


@pytest.mark.parametrize("form", ["TKT{year}{seq:06d}", "Help-{seq}", "{seq:04d}"])
def test_numbers_of_another_format_are_found(house, settings, form):
    settings.TICKET_NUMBER_FORMAT = form
    ticket = house.open()
    for typed in (ticket.ticket_number, ticket.ticket_number.lower(), ticket.ticket_number.upper()):
        assert ticket in found(house.dora, typed), typed
    digits = str(int(ticket.ticket_number.removeprefix("Help-")[-6:]))
    assert ticket.ticket_number in exact_numbers(digits)


def test_the_number_that_another_system_gave_is_found(house):
    ticket = quick_ticket("Open", external_reference="INC-77/B")
    quick_ticket("Open", external_reference="INC-78/B")
    assert found(house.dora, "INC-77/B") == {ticket}
    assert found(house.dora, "inc-77/b") == {ticket}


# Words


@pytest.mark.parametrize(
    "typed", ["SN-4711/x", "4711", "sn 4711 X", "Straße", "STRASSE 9", "Réunion", "second line", "12.50", "chairs"]
)
def test_the_values_of_extra_fields_are_found(house, typed):
    details = {
        "serial_number": "SN-4711/X",
        "location": "Straße der Réunion\nSecond line, STRASSE 9",
        "cost_items": [{"description": "Chairs", "quantity": 4, "unit_cost": "12.50"}],
    }
    ticket = quick_ticket("Open")
    Ticket.objects.filter(pk=ticket.pk).update(dynamic_data=details)
    quick_ticket("Open")
    assert found(house.dora, typed) == {ticket}


@pytest.mark.parametrize("typed", ["serial_number", "location", "unit_cost"])
def test_the_keys_of_extra_fields_are_no_words_of_a_ticket(house, typed):
    ticket = quick_ticket("Open")
    Ticket.objects.filter(pk=ticket.pk).update(
        dynamic_data={"serial_number": "A1", "location": "Attic", "cost_items": [{"unit_cost": "3"}]}
    )
    assert found(house.dora, typed) == set()


@pytest.mark.parametrize("typed", ["img", "shared drive", "C projects", "ana example", "third-floor", "4 degrees"])
def test_signs_do_not_glue_words_together(house, typed):
    text = r"<img src=x> see C:\projects, //shared/drive, ana@example.com, third_floor, -4 degrees"
    ticket = house.open(subject="Signs everywhere", description=text)
    assert found(house.dora, typed) == {ticket}


def test_words_of_comments_are_not_searched(house):
    from tickets import conversation

    conversation.comment(house.open(), by=house.bea, comment="canary-word", is_internal=True)
    assert found(house.dora, "canary-word") == set()


def test_every_word_must_be_there(house):
    ticket = house.open(subject="Printers are jamming")
    assert found(house.dora, "printer jam") == {ticket}
    assert found(house.dora, "printer unicorn") == set()


def test_the_index_follows_every_change_and_forgets_what_is_gone(house):
    ticket = house.new(subject="Printers are jamming")
    lifecycle.edit(ticket, by=house.ana, subject="Scanner is slow", description="It takes minutes a page.")
    assert found(house.dora, "printer") == set()
    assert found(house.dora, "scanner") == {ticket}
    Ticket.objects.filter(pk=ticket.pk).update(dynamic_data={"place": "Attic"})
    assert found(house.dora, "attic") == {ticket}
    Ticket.objects.filter(pk=ticket.pk).update(dynamic_data={})
    assert found(house.dora, "attic") == set()


# Requesters


@pytest.mark.parametrize("typed", ["zebulon", "Quick", "zebulon QUICKSILVER", "zeb@example.org", "zeb@"])
def test_staff_finds_what_somebody_asked_for_by_name_or_address(house, typed):
    person = people.person(first_name="Zebulon", last_name="Quicksilver", email="zeb@example.org")
    ticket = house.open(by=person)
    house.open()
    assert found(house.dora, typed, by_requester=True) == {ticket}
    assert found(house.dora, typed) == set()
    assert found(house.cem, typed, by_requester=True) == set()


def test_a_name_and_a_word_are_looked_for_each_by_itself(house):
    by_name = house.open(by=people.person(first_name="Lamp", last_name="Fisher"))
    by_word = house.open(subject="The lamp is broken")
    assert found(house.dora, "lamp", by_requester=True) == {by_name, by_word}


def test_nobody_finds_what_they_may_not_see(house):
    ticket = house.open()
    for typed in (ticket.ticket_number, ticket.subject, "TX0", house.ana.email):
        assert ticket in found(house.bea, typed, by_requester=True)
        assert found(house.cem, typed, by_requester=True) == set()
        assert found(house.eve, typed, by_requester=True) == set()


@pytest.mark.parametrize(
    "typed", ["", '"', "NEAR(", "*", "TX%", "TX_", "\x00", "TX\x00", "%", "²", "TX²", "x" * 5000, "🖨️", "'; --", "٣"]
)
def test_no_question_breaks_the_search(house, typed):
    house.new()
    assert found(house.dora, typed, by_requester=True) == set()


def test_words_are_cut_at_every_sign():
    assert words_of("SN-4711_x/ü, don't") == ["SN", "4711", "x", "ü", "don", "t"]


# The index


def test_an_index_of_another_release_is_made_anew(house):
    ticket = house.open(subject="Printers are jamming")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("COMMENT ON INDEX ticket_full_text IS 'as it was'")
        else:
            for name in ("insert", "update", "delete"):
                cursor.execute(f"DROP TRIGGER tickets_ticket_text_{name}")
            cursor.execute("DROP TABLE tickets_ticket_text")
            cursor.execute("CREATE VIRTUAL TABLE tickets_ticket_text USING fts5(subject)")
    later = quick_ticket("Open", requester=house.ana)
    Ticket.objects.filter(pk=later.pk).update(subject="A later printer")
    # What waits for the commit is looked at now: PostgreSQL makes no index meanwhile.
    connection.check_constraints()
    prepare_index()
    assert found(house.dora, "printer") == {ticket, later}
    Ticket.objects.filter(pk=later.pk).update(subject="A later lamp")
    assert found(house.dora, "printer") == {ticket}


def test_an_index_that_is_as_it_should_be_is_left_alone(house, django_assert_num_queries):
    prepare_index()
    with django_assert_num_queries(2):
        prepare_index()
