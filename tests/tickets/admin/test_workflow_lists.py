"""The exchange with the workflow system as lists: for System Admins, and not for one's own tickets."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import people
from tests.tickets.workflow.conftest import API_KEY, SECRET, Calls, message, send
from tests.tickets.workflow.remote import Remote, Reply
from tickets import conversation, lifecycle
from tickets.models import TicketComment, WorkflowCallback, WorkflowDelivery

pytestmark = pytest.mark.django_db

LISTS = [
    "workflowdelivery", "workflowcallback", "workflowstanding", "workflownote", "workflowbreaker",
    "historicalworkflowbreaker",
]  # fmt: skip


@pytest.fixture
def exchange(house, settings):
    """A ticket that was sent and refused, and what came back: a word that nobody knows, with a note."""
    remote = Remote()
    remote.answers(Reply(422, b'{"error": "No such category"}'))
    settings.EXTERNAL_WORKFLOW_API_URL, settings.EXTERNAL_WORKFLOW_API_KEY = remote.url, API_KEY
    settings.WORKFLOW_CALLBACK_SECRETS = [SECRET]
    ticket = house.open()
    send()
    call = Calls()
    call(message(ticket, "WORKING", work_notes=["Opened <b>it</b>."]))
    call(message(ticket, "FINITO", minutes=1))
    yield ticket
    remote.close()


def page(client, model: str, row=None) -> str:
    name = f"admin:tickets_{model}_changelist" if row is None else f"admin:tickets_{model}_change"
    answer = client.get(reverse(name, args=[] if row is None else [row.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_admin_reads_what_was_sent_and_what_was_answered(client, house, exchange):
    client.force_login(house.dora)
    row = WorkflowDelivery.objects.get()
    listed = page(client, "workflowdelivery")
    assert exchange.ticket_number in listed
    assert "The workflow system answered: 422" in listed
    shown = page(client, "workflowdelivery", row)
    for words in ("Laptop is dead", "No such category", str(row.delivery_id), "opened"):
        assert words in shown
    assert API_KEY not in listed + shown
    assert "/files/" not in shown


def test_an_admin_reads_what_came_back_and_why_nothing_was_done(client, house, exchange):
    client.force_login(house.dora)
    listed = page(client, "workflowcallback")
    assert "FINITO" in listed
    assert "unknown status" in listed
    shown = page(client, "workflowcallback", WorkflowCallback.objects.get(status_word="FINITO"))
    assert "Nobody has said what the status “FINITO” does here" in shown
    shown = page(client, "workflowcallback", WorkflowCallback.objects.get(status_word="WORKING"))
    assert "Opened &lt;b&gt;it&lt;/b&gt;." in shown
    assert "<b>it" not in shown
    assert SECRET not in shown


def test_a_text_that_was_taken_out_says_so(client, house, exchange):
    conversation.redact(TicketComment.objects.get(is_internal=True), by=house.dora, reason="A password.")
    client.force_login(house.dora)
    shown = page(client, "workflowcallback", WorkflowCallback.objects.get(status_word="WORKING"))
    assert "Its text was taken out." in shown
    assert "Opened" not in shown


@pytest.mark.parametrize("model", LISTS)
def test_nobody_else_comes_in(client, house, exchange, model):
    for person in (house.ana, house.bea, people.clerk()):
        client.force_login(person)
        assert client.get(reverse(f"admin:tickets_{model}_changelist")).status_code in {302, 403}


@pytest.mark.parametrize("model", LISTS)
def test_nothing_is_changed_there(client, house, exchange, model):
    client.force_login(house.dora)
    assert client.post(reverse(f"admin:tickets_{model}_add")).status_code == 403
    assert client.get(reverse(f"admin:tickets_{model}_changelist")).status_code == 200


def test_of_a_ticket_of_ones_own_there_is_nothing(client, house, exchange):
    own = lifecycle.approve(house.new(by=house.dora), by=people.admin(), priority="Low", department=house.it)
    Calls()(message(own, "WORKING", work_notes=["Theirs."]))
    client.force_login(house.dora)
    for model in ("workflowdelivery", "workflowcallback", "workflowstanding", "workflownote"):
        shown = page(client, model)
        assert own.ticket_number not in shown, model
        assert exchange.ticket_number in shown, model
    hidden = WorkflowDelivery.objects.get(ticket=own)
    assert client.get(reverse("admin:tickets_workflowdelivery_change", args=[hidden.pk])).status_code == 302
