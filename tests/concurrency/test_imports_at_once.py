"""Several imports at the same moment."""

from __future__ import annotations

import pytest
from django.utils import timezone

from audit.refusals import InvalidValues
from tests.factories import people
from tests.factories import tickets as factories
from tickets import lifecycle
from tickets.models import Ticket


@pytest.mark.postgresql
@pytest.mark.usefixtures("real_commits")
def test_of_ten_imports_of_one_old_ticket_one_brings_it_in_and_the_others_say_so(at_once):
    admins, category = [people.admin() for _ in range(10)], factories.category(people.department())
    requester = people.person()
    old = {
        "requester": requester,
        "category": category,
        "subject": "An old problem",
        "description": factories.DESCRIPTION,
    }
    old |= {"status": "Closed", "submit_date": timezone.now(), "external_reference": "INC-1"}

    def bring_in(number: int) -> list[Ticket | InvalidValues]:
        other = old | {"external_reference": f"INC-2{number}"}
        return lifecycle.bring_in_many([old, other], by=admins[number], once=True)

    outcomes = at_once(10, bring_in)
    assert [[type(each) for each in made] for made in outcomes].count([Ticket, Ticket]) == 1
    assert [[type(each) for each in made] for made in outcomes].count([InvalidValues, Ticket]) == 9
    assert Ticket.objects.filter(external_reference="INC-1").count() == 1
    assert Ticket.objects.count() == 11
