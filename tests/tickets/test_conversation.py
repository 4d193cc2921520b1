"""Comments, notes, redaction."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.actors import WORKFLOW
from audit.refusals import InvalidValues, Refused
from tickets import conversation
from tickets.conversation import visible_comments
from tickets.models import Ticket, TicketComment


def test_the_first_public_word_of_staff_stops_the_response_clock(house, monkeypatch):
    ticket = house.new()
    later = timezone.now() + timedelta(hours=3)
    monkeypatch.setattr(timezone, "now", lambda: later)
    conversation.comment(ticket, by=house.ana, comment="Hello?")
    assert Ticket.objects.get(pk=ticket.pk).response_time is None
    conversation.comment(ticket, by=house.bea, comment="Psst.", is_internal=True)
    assert Ticket.objects.get(pk=ticket.pk).response_time is None
    conversation.comment(ticket, by=house.bea, comment="We are on it.")
    assert Ticket.objects.get(pk=ticket.pk).response_time == later - ticket.submit_date


def test_a_comment_is_a_change_of_its_ticket(house):
    ticket = house.new()
    conversation.comment(ticket, by=house.ana, comment="One more thing.")
    now = Ticket.objects.get(pk=ticket.pk)
    assert (now.version, now.history.latest("history_id").verb) == (2, "comment")
    assert now.update_date > ticket.update_date


def test_the_requester_reads_comments_and_never_notes(house):
    ticket = house.open()
    conversation.comment(ticket, by=house.bea, comment="Public")
    conversation.comment(ticket, by=house.bea, comment="Internal", is_internal=True)
    conversation.comment(ticket, by=WORKFLOW, comment="Work note", is_internal=True)
    assert [said.comment for said in visible_comments(ticket, house.ana)] == ["Public"]
    assert [said.comment for said in visible_comments(ticket, house.bea)] == ["Public", "Internal", "Work note"]
    assert list(visible_comments(ticket, house.eve)) == []


def test_a_coordinator_reads_no_notes_on_what_they_asked_for_themselves(house):
    ticket = house.open(by=house.bea)
    conversation.comment(ticket, by=house.dora, comment="Bea asks too much.", is_internal=True)
    assert list(visible_comments(ticket, house.bea)) == []


@pytest.mark.parametrize("text", ["", "  \n ", None, "x" * 20_001, "nul\x00", "half \ud83d"])
def test_an_unfit_text_is_refused_and_nothing_is_stored(house, text):
    ticket = house.open()
    with pytest.raises(InvalidValues) as invalid:
        conversation.comment(ticket, by=house.ana, comment=text)
    assert set(invalid.value.errors) == {"comment"}
    assert not TicketComment.objects.exists()
    assert Ticket.objects.get(pk=ticket.pk).version == ticket.version


def test_a_redacted_text_is_gone_everywhere_and_the_fact_stays(house):
    said = conversation.comment(house.open(), by=house.ana, comment="canary-51")
    redacted = conversation.redact(said, by=house.dora, reason="A password.")
    assert (redacted.comment, redacted.redacted_at is not None) == ("", True)
    assert "canary-51" not in str(list(TicketComment.history.values()))
    row = redacted.history.latest("history_id")
    assert (row.verb, row.history_user, row.history_change_reason) == ("redact", house.dora, "A password.")


def test_a_text_is_redacted_once_with_a_reason_by_an_admin(house):
    said = conversation.comment(house.open(), by=house.ana, comment="Words")
    with pytest.raises(InvalidValues):
        conversation.redact(said, by=house.dora, reason=" ")
    for person in (house.ana, house.bea):
        with pytest.raises(Refused) as refused:
            conversation.redact(said, by=person, reason="Mine")
        assert refused.value.codes & {"not_yours", "own_ticket"}
    conversation.redact(said, by=house.dora, reason="Asked for.")
    with pytest.raises(Refused):
        conversation.redact(said, by=house.dora, reason="Again.")
