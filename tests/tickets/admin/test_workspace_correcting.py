"""Putting right what others wrote, coming second, and the full record."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from audit.origin import Origin, coming_from
from tests.factories import people
from tests.tickets.admin.looking import address, look, part, words
from tests.tickets.conftest import House
from tickets import conversation, lifecycle
from tickets.models import Ticket, TicketComment


def now(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


# An admin edits for the requester


def edited(ticket: Ticket, **fields: Any) -> dict[str, Any]:
    return {
        "subject": ticket.subject,
        "description": ticket.description,
        "reason": "They asked by phone.",
        "read_version": ticket.version,
        **{f"details-{key}": value for key, value in ticket.dynamic_data.items()},
        **fields,
    }


def test_an_admin_edits_what_somebody_asked_for(client: Client, house: House) -> None:
    ticket = house.new(details={"asset_name": "Laptop", "location": "Room 3"}, sub_category="Hardware")
    assert f'href="{address(ticket, "edit")}' in look(client, house.dora, ticket)
    shown = client.get(address(ticket, "edit")).content.decode()
    assert 'value="Room 3"' in shown
    answer = client.post(
        address(ticket, "edit"), edited(ticket, subject="Laptop is quite dead", **{"details-location": "Room 4"})
    )
    assert answer.headers["Location"] == address(ticket)
    row = now(ticket)
    assert (row.subject, row.dynamic_data["location"]) == ("Laptop is quite dead", "Room 4")
    newest = row.history.first()
    assert (newest.verb, newest.history_user, newest.history_change_reason) == (
        "edit",
        house.dora,
        "They asked by phone.",
    )
    assert "Room 3" in part(look(client, house.bea, ticket), "timeline-title")


def test_an_edit_that_can_not_be_taken_comes_back_whole(client: Client, house: House) -> None:
    ticket = house.new()
    client.force_login(house.dora)
    posted = edited(ticket, subject="x", description="<b>Byte</b> for byte & all", reason="", scheduled_date="soon")
    answer = client.post(address(ticket, "edit"), posted)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "&lt;b&gt;Byte&lt;/b&gt; for byte &amp; all" in shown
    assert 'value="soon"' in shown
    assert "This is too short" in shown
    assert "Write something here." in shown
    assert now(ticket).version == ticket.version


def test_who_edits_second_reads_what_changed_and_keeps_their_words(client: Client, house: House) -> None:
    ticket = house.new()
    client.force_login(house.dora)
    posted = edited(ticket, description="What I was told on the phone.")
    lifecycle.edit(ticket, by=house.ana, subject="Laptop burns", description="It burns now, with a flame.")
    answer = client.post(address(ticket, "edit"), posted)
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "What I was told on the phone." in shown
    assert "Laptop burns" in shown
    assert f"{house.ana.get_full_name()} edited the request." in shown
    assert now(ticket).subject == "Laptop burns"
    version = now(ticket).version
    assert f'name="read_version" value="{version}"' in shown
    assert client.post(address(ticket, "edit"), {**posted, "read_version": version}).status_code == 302
    assert now(ticket).description == "What I was told on the phone."


@pytest.mark.parametrize("who", ["bea", "dora"])
def test_nobody_edits_what_is_decided_and_no_coordinator_at_all(client: Client, house: House, who: str) -> None:
    ticket = house.open() if who == "dora" else house.new()
    client.force_login(getattr(house, who))
    for answer in (
        client.get(address(ticket, "edit")),
        client.post(address(ticket, "edit"), edited(ticket, subject="Mine now")),
    ):
        assert answer.status_code == 302
        assert answer.headers["Location"] == address(ticket)
    assert now(ticket).subject == ticket.subject


def test_ones_own_request_is_edited_in_the_help_center(client: Client, house: House) -> None:
    ticket = house.new(by=house.dora)
    client.force_login(house.dora)
    answer = client.get(address(ticket, "edit"))
    assert answer.headers["Location"] == f"/my/tickets/{ticket.ticket_number}/edit/"


# A text that must not stand there


def test_an_admin_takes_a_text_away(client: Client, house: House) -> None:
    ticket = house.in_progress()
    said = conversation.comment(ticket, by=house.ana, comment="My password is canary-71")
    page = address(ticket, f"comments/{said.pk}/redact")
    assert f'href="{page}"' in look(client, house.dora, ticket)
    assert "canary-71" in client.get(page).content.decode()
    missing = client.post(page, {"reason": " "})
    assert missing.status_code == 422
    assert "Write something here." in missing.content.decode()
    answer = client.post(page, {"reason": "A password."})
    assert answer.headers["Location"] == f"{address(ticket)}#comment-{said.pk}"
    shown = look(client, house.dora, ticket)
    assert "canary-71" not in shown
    assert "The text was taken away" in shown
    assert f'href="{page}"' not in shown
    assert TicketComment.objects.get().redacted_at is not None
    assert "has been taken away already" in client.get(page).content.decode()
    assert client.post(page, {"reason": "Again."}).status_code == 302


def test_a_coordinator_takes_no_text_away(client: Client, house: House) -> None:
    ticket = house.in_progress()
    said = conversation.comment(ticket, by=house.ana, comment="Any news?")
    page = address(ticket, f"comments/{said.pk}/redact")
    assert page not in look(client, house.bea, ticket)
    assert "Only a System Admin can do that." in client.get(page).content.decode()
    assert client.post(page, {"reason": "Mine."}).headers["Location"] == address(ticket)
    assert TicketComment.objects.get().comment == "Any news?"


def test_a_comment_of_another_ticket_is_not_there(client: Client, house: House) -> None:
    ticket, other = house.in_progress(), house.in_progress()
    said = conversation.comment(other, by=house.ana, comment="canary-72")
    client.force_login(house.dora)
    page = address(ticket, f"comments/{said.pk}/redact")
    assert client.get(page).status_code == client.post(page, {"reason": "x"}).status_code == 404


# Two people at once


def test_who_comes_second_reads_what_happened_above_what_they_typed(client: Client, house: House) -> None:
    ticket = house.in_progress()
    client.force_login(house.dora)
    read = ticket.version
    lifecycle.reprioritise(ticket, by=house.bea, priority="High", reason="The boss waits.")
    posted = {"resolution": "A new battery,\r\nand a new charger.", "read_version": read}
    answer = client.post(address(ticket, "resolve"), posted)
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "This ticket has changed since you opened it" in shown
    assert f"{house.bea.get_full_name()} changed the priority from Medium to High." in shown
    assert "A new battery," in shown
    assert now(ticket).status == "In Progress"
    assert client.post(address(ticket, "resolve"), {**posted, "read_version": now(ticket).version}).status_code == 302
    assert now(ticket).resolution == "A new battery,\nand a new charger."


def test_who_opens_a_form_from_an_old_page_reads_it_at_once(client: Client, house: House) -> None:
    ticket = house.in_progress()
    read = ticket.version
    conversation.comment(ticket, by=house.ana, comment="It works again!")
    client.force_login(house.bea)
    shown = client.get(address(ticket, "resolve"), {"version": read}).content.decode()
    assert "wrote a comment" in shown
    assert f'name="read_version" value="{read + 1}"' in shown
    assert "has changed since" not in client.get(address(ticket, "resolve"), {"version": read + 1}).content.decode()


def test_what_can_not_be_done_any_more_gives_the_words_back(client: Client, house: House) -> None:
    ticket = house.in_progress()
    read = ticket.version
    lifecycle.resolve(ticket, by=house.bea, resolution="Done by me.")
    client.force_login(house.dora)
    answer = client.post(address(ticket, "resolve"), {"resolution": "Done by <me>.", "read_version": read})
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "What you wrote, to copy it" in shown
    assert "Done by &lt;me&gt;." in shown
    assert "can&#x27;t be resolved" in shown
    assert now(ticket).resolution == "Done by me."


def test_a_double_click_on_a_verb_is_no_second_person(client: Client, house: House) -> None:
    ticket = house.in_progress()
    client.force_login(house.bea)
    posted = {"resolution": "One line,\r\nanother.\r\n", "read_version": ticket.version}
    for _click in range(2):
        assert client.post(address(ticket, "resolve"), posted).status_code == 302
    assert now(ticket).version == ticket.version + 1


@pytest.mark.parametrize("version", ["-1", "0", "99999999999", "abc", "²"])
def test_a_strange_version_is_no_error(client: Client, house: House, version: str) -> None:
    ticket = house.in_progress()
    client.force_login(house.bea)
    assert client.get(address(ticket, "hold"), {"version": version}).status_code == 200
    answer = client.post(address(ticket, "hold"), {"reason": "Parts.", "read_version": version})
    assert answer.status_code == 409
    assert now(ticket).status == "In Progress"


def test_who_asked_for_it_is_not_told_of_notes_by_coming_second(client: Client, house: House) -> None:
    other = people.admin()
    ticket = lifecycle.approve(house.new(by=house.dora), by=other, priority="Low", department=house.it)
    read = ticket.version
    conversation.comment(ticket, by=house.bea, comment="canary-73", is_internal=True)
    client.force_login(house.dora)
    for answer in (
        client.get(address(ticket, "withdraw"), {"version": read}),
        client.post(address(ticket, "withdraw"), {"read_version": read}, follow=True),
    ):
        shown = answer.content.decode()
        assert "canary-73" not in shown
        assert "nternal note" not in shown


# The full record


def test_the_record_has_who_when_from_where_why_and_each_column(client: Client, house: House) -> None:
    ticket = house.in_progress()
    with coming_from(Origin("192.0.2.77", "Mozilla/5.0 (X11; Linux) Firefox/128.0", "r" * 32)):
        lifecycle.hold(ticket, by=house.bea, reason="Waits for\nparts.")
    assert address(ticket, "history") in part(look(client, house.dora, ticket), "properties-title")
    shown = client.get(address(ticket, "history")).content.decode()
    said = words(shown)
    for each in (
        "put it on hold",
        "Waits for parts.",
        "from 192.0.2.77",
        "Firefox on Linux",
        "r" * 32,
        "Clock stands still since",
    ):
        assert each in said
    assert said.index("put it on hold") < said.index("took it on") < said.index("submitted the ticket")
    assert "In Progress On Hold" in said


def test_a_long_record_is_turned_page_by_page(client: Client, house: House) -> None:
    ticket = house.in_progress()
    for number in range(52):
        lifecycle.reprioritise(
            ticket, by=house.bea, priority="High" if number % 2 == 0 else "Low", reason=f"No. {number}."
        )
    client.force_login(house.dora)
    shown = client.get(address(ticket, "history")).content.decode()
    assert shown.count('class="bo-entry"') == 50
    assert '?page=2"' in shown
    older = client.get(address(ticket, "history"), {"page": "2"}).content.decode()
    assert "submitted the ticket" in older
    assert "No. 1." in older
    for strange in ("0", "-1", "x", "²", "9" * 30):
        assert client.get(address(ticket, "history"), {"page": strange}).status_code == 200


def test_a_coordinator_has_no_link_to_the_record_and_no_way_in(client: Client, house: House) -> None:
    ticket = house.in_progress()
    assert address(ticket, "history") not in look(client, house.bea, ticket)
    assert client.get(address(ticket, "history"), follow=True).status_code == 403
