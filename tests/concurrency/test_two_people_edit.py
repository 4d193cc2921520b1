"""Two people have the same ticket open; the second is told, and sees what the first made of it."""

from __future__ import annotations

import pytest
from django.db import transaction

from audit.refusals import Refused, StaleVersion
from tests.factories import people
from tests.factories.tickets import DESCRIPTION, quick_ticket
from tickets import lifecycle
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def test_the_second_of_two_who_edit_is_told_and_gets_the_row_as_it_is_now():
    read_by_both = quick_ticket()
    first = {"subject": "What the requester wrote", "description": DESCRIPTION}
    second = {"subject": "What the admin wrote", "description": DESCRIPTION, "reason": "They rang."}
    lifecycle.edit(read_by_both, by=read_by_both.employee, expected_version=read_by_both.version, **first)
    with pytest.raises(StaleVersion) as told:
        lifecycle.edit(read_by_both, by=people.admin(), expected_version=read_by_both.version, **second)
    assert (told.value.current.subject, told.value.current.version) == ("What the requester wrote", 2)
    now = Ticket.objects.get(pk=read_by_both.pk)
    assert (now.subject, now.version, now.history.count()) == ("What the requester wrote", 2, 2)


def test_the_second_may_go_on_with_the_version_they_were_shown():
    ticket, admin = quick_ticket(), people.admin()
    lifecycle.edit(ticket, by=ticket.employee, subject="The first one", description=DESCRIPTION)
    with pytest.raises(StaleVersion) as told:
        lifecycle.approve(ticket, by=admin, priority="Low", department=ticket.department, expected_version=1)
    shown = told.value.current
    done = lifecycle.approve(
        shown, by=admin, priority="Low", department=shown.department, expected_version=shown.version
    )
    assert (done.status, done.subject, done.version) == ("Open", "The first one", 3)


def test_who_may_not_see_the_ticket_is_not_told_that_it_changed():
    ticket = quick_ticket()
    lifecycle.edit(ticket, by=ticket.employee, subject="The first one", description=DESCRIPTION)
    with pytest.raises(Refused) as refused:
        lifecycle.edit(ticket, by=people.person(), subject="Mine now", description=DESCRIPTION, expected_version=1)
    assert refused.value.codes == {"unseen"}


def test_a_save_past_the_door_over_a_newer_row_is_refused():
    ticket = quick_ticket()
    lifecycle.edit(ticket, by=ticket.employee, subject="The first one", description=DESCRIPTION)
    ticket.subject = "Written over it"
    with pytest.raises(StaleVersion) as told, transaction.atomic():
        ticket.save()
    assert told.value.current.subject == "The first one"
    assert Ticket.objects.get(pk=ticket.pk).subject == "The first one"
