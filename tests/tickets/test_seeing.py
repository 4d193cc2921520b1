"""Who may see which tickets, in lists, by search and one by one: always the same answer."""

import pytest
from django.db.models import Q

from tests.factories import people
from tickets import lifecycle, rules
from tickets.conversation import comment
from tickets.models import Ticket, TicketComment
from tickets.search import search


def seen_by(person) -> set[Ticket]:
    return set(rules.visible_to(person))


def test_everybody_sees_what_domain_md_says_and_no_more(house):
    for_it, for_legal = house.open(), None
    for_legal = lifecycle.transfer(house.open(), by=house.bea, department=house.legal, reason="Contract.")
    for_nobody = house.new(category=house.category("Others"))
    given_to_bea = lifecycle.assign(for_legal, by=house.cem, assignee=house.bea)
    assert seen_by(house.ana) == {for_it, for_legal, for_nobody}
    assert seen_by(house.eve) == set()
    assert seen_by(house.bea) == {for_it, given_to_bea}
    assert seen_by(house.cem) == {for_legal}
    assert seen_by(house.dora) == {for_it, for_legal, for_nobody}


def test_a_coordinator_without_department_sees_no_ticket_without_one(house):
    house.new(category=house.category("Others"))
    assert seen_by(people.coordinator(None)) == set()


@pytest.mark.parametrize("status", ["Pending", "Rejected", "Suspended"])
def test_who_is_not_approved_sees_nothing(house, status):
    house.open()
    assert seen_by(people.coordinator(house.it, status=status)) == set()
    assert seen_by(people.admin(status=status)) == set()


def test_an_assignee_who_is_no_coordinator_any_more_sees_nothing_by_it(house):
    ticket = house.in_progress()
    demoted = people.person(department=house.it)
    Ticket.objects.filter(pk=ticket.pk).update(assigned_to=demoted)
    assert seen_by(demoted) == set()
    assert rules.relations(Ticket.objects.get(pk=ticket.pk), demoted) == frozenset()


def test_the_list_and_the_single_ticket_agree_for_everybody(house):
    tickets = [
        house.open(),
        house.open(by=house.bea),
        house.new(category=house.category("Others")),
        house.in_progress(),
    ]
    tickets.append(lifecycle.transfer(house.open(), by=house.bea, department=house.legal, reason="Contract."))
    everybody = [
        house.ana,
        house.bea,
        house.cem,
        house.dora,
        house.eve,
        people.coordinator(None),
        people.clerk(),
        people.admin(status="Suspended"),
    ]
    for person in everybody:
        one_by_one = {ticket for ticket in tickets if rules.relations(Ticket.objects.get(pk=ticket.pk), person)}
        assert seen_by(person) == one_by_one


def test_the_rule_for_many_notes_agrees_with_the_rule_for_one(house, settings):
    tickets = [house.open(), house.open(by=house.bea), house.new(by=house.dora)]
    for ticket in tickets:
        comment(ticket, by=people.admin(), comment="Psst", is_internal=True)
    for on in (False, True):
        settings.ALLOW_SELF_APPROVAL = on
        for person in (house.ana, house.bea, house.dora):
            visible = Q(ticket__in=rules.visible_to(person))
            listed = set(TicketComment.objects.filter(visible).exclude(rules.notes_hidden_from(person)))
            one_by_one = {
                said
                for said in TicketComment.objects.select_related("ticket")
                if rules.is_staff_on(said.ticket, person)
            }
            assert listed == one_by_one, (person, on)


def test_search_finds_word_forms_and_only_what_one_may_see(house):
    ticket = house.open(subject="Printers are jamming", description="Paper jams in both of them.")
    for words in ("printer", "PRINTERS jam", "jammed paper"):
        assert list(search(rules.visible_to(house.ana), words)) == [ticket]
        assert list(search(rules.visible_to(house.eve), words)) == []
    assert list(search(rules.visible_to(house.ana), "printer unicorn")) == []


def test_search_follows_an_edit(house):
    ticket = house.new(subject="Printers are jamming")
    lifecycle.edit(ticket, by=house.ana, subject="Scanner is slow", description="It takes minutes a page.")
    assert not search(rules.visible_to(house.ana), "printer").exists()
    assert search(rules.visible_to(house.ana), "scanner").exists()


@pytest.mark.parametrize(
    "words", ["", "   ", '"', "a AND", "NEAR(", "subject:", "*", "'; DROP TABLE x", "\x00", "%", "(", "-", "x" * 5000]
)
def test_no_question_breaks_the_search(house, words):
    house.new()
    assert list(search(rules.visible_to(house.ana), words)) == []
