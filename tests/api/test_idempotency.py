"""`Idempotency-Key`: a call that comes again does nothing again, whatever died in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from audit.models import AuditEvent
from jobs import idempotency
from jobs.models import IdempotencyKey
from people.enums import Status
from tests.api.program import Program, codes, details
from tests.api.test_tickets import NEW
from tests.factories import files, people
from tests.tickets.conftest import House
from tickets import conversation, lifecycle
from tickets.models import Ticket, TicketAttachment, TicketComment

pytestmark = pytest.mark.django_db

KEY = "call-4711"


def test_a_repeated_submission_makes_one_ticket_and_is_told_of_it(house: House) -> None:
    program = Program(house.ana)
    first = program.post("tickets/", NEW, idempotency_key=KEY)
    again = program.post("tickets/", NEW, idempotency_key=KEY)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert ("Idempotency-Replayed" in first, again["Idempotency-Replayed"]) == (False, "true")
    assert again["Location"] == first["Location"]
    assert Ticket.objects.count() == 1
    assert program.post("tickets/", NEW, idempotency_key="another").status_code == 201
    assert program.post("tickets/", NEW).status_code == 201
    assert Ticket.objects.count() == 3


def test_another_call_with_the_same_key_is_refused(house: House) -> None:
    program, ticket = Program(house.ana), house.new()
    program.post("tickets/", NEW, idempotency_key=KEY)
    for address, body in (("tickets/", {**NEW, "subject": "Something else"}),
                          (f"tickets/{ticket.ticket_number}/withdraw/", {})):  # fmt: skip
        assert set(details(program.post(address, body, idempotency_key=KEY))) == {"Idempotency-Key"}
    assert Ticket.objects.get(pk=ticket.pk).status == "New"
    assert Ticket.objects.count() == 2


def test_a_key_is_its_persons_own(house: House) -> None:
    assert Program(house.ana).post("tickets/", NEW, idempotency_key=KEY).status_code == 201
    assert "Idempotency-Replayed" not in Program(house.eve).post("tickets/", NEW, idempotency_key=KEY)
    assert sorted(Ticket.objects.values_list("employee__email", flat=True)) == ["ana@example.com", "eve@example.com"]


@pytest.mark.parametrize("key", ["", "x" * 256, "\tkey\x7f", "schlüssel"])
def test_a_key_is_a_short_text_of_plain_characters(house: House, key: str) -> None:
    assert set(details(Program(house.ana).post("tickets/", NEW, idempotency_key=key))) == {"Idempotency-Key"}


def test_a_form_is_the_same_by_its_words_and_the_bytes_of_its_files(house: House) -> None:
    program = Program(house.ana)

    def send(content: bytes) -> Any:
        # Each time with another boundary, as programs do.
        return program.form("tickets/", {**NEW, "attachments": files.upload("a.txt", content)}, idempotency_key=KEY)

    first = send(b"one word")
    assert send(b"one word").json() == first.json()
    assert set(details(send(b"two word"))) == {"Idempotency-Key"}
    assert (Ticket.objects.count(), TicketAttachment.objects.count()) == (1, 1)


def test_verbs_comments_files_and_accounts_take_part(house: House) -> None:
    ticket, staff = house.in_progress(), Program(house.bea)
    address = f"tickets/{ticket.ticket_number}/"
    for _twice in range(2):
        assert staff.post(f"{address}comments/", {"comment": "Once."}, idempotency_key="a").status_code == 201
        form = {"attachments": files.upload()}
        assert staff.form(f"{address}attachments/", form, idempotency_key="b").status_code == 201
        given = {"resolution": "Done."}
        assert staff.post(f"{address}resolve/", given, idempotency_key="c").json()["status"] == "Resolved"
    assert (TicketComment.objects.count(), TicketAttachment.objects.count()) == (1, 1)
    assert ticket.history.filter(verb="resolve").count() == 1
    person, admin = people.person(Status.PENDING), Program(house.dora)
    for _twice in range(2):
        answer = admin.post(f"employees/{person.company_id}/approve/", idempotency_key="d")
        assert (answer.status_code, answer.json()["status"]) == (200, "Approved")
    assert person.history.filter(verb="approve").count() == 1


def test_what_was_refused_may_be_put_right_under_the_same_key_and_is_on_the_record(house: House) -> None:
    program, ticket = Program(house.ana), house.new()
    assert details(program.post("tickets/", {**NEW, "subject": "x"}, idempotency_key=KEY))
    assert program.post("tickets/", NEW, idempotency_key=KEY).status_code == 201
    refused = program.post(f"tickets/{ticket.ticket_number}/approve/", {}, idempotency_key="other")
    assert (refused.status_code, codes(refused)) == (403, ["own_ticket"])
    assert AuditEvent.objects.filter(kind="refused", actor=house.ana, detail__verb="approve").count() == 1
    assert IdempotencyKey.objects.get().is_done


def test_the_second_of_two_at_once_is_told_to_wait(house: House, monkeypatch: Any) -> None:
    program, submit, seconds = Program(house.ana), lifecycle.submit, []

    def while_another_asks(**given: Any) -> Ticket:
        if not seconds:
            seconds.append(None)
            seconds[0] = program.post("tickets/", NEW, idempotency_key=KEY)
        return submit(**given)

    monkeypatch.setattr(lifecycle, "submit", while_another_asks)
    assert program.post("tickets/", NEW, idempotency_key=KEY).status_code == 201
    assert (seconds[0].status_code, codes(seconds[0]), seconds[0]["Retry-After"]) == (409, ["in_work"], "1")
    assert Ticket.objects.count() == 1


class Died(BaseException):
    """As a killed process: nothing after it runs."""


def test_a_crash_before_the_commit_leaves_nothing_and_the_key_is_free_after_a_while(
    house: House, monkeypatch: Any
) -> None:
    program, finish = Program(house.ana), idempotency.finish

    def dies(*given: Any) -> None:
        # Nobody gives the key back either.
        monkeypatch.setattr(
            IdempotencyKey.objects.__class__, "filter", lambda *args, **more: IdempotencyKey.objects.none()
        )
        raise Died

    monkeypatch.setattr(idempotency, "finish", dies)
    with pytest.raises(Died):
        program.post("tickets/", NEW, idempotency_key=KEY)
    monkeypatch.undo()
    assert (Ticket.objects.count(), idempotency.finish) == (0, finish)
    assert program.post("tickets/", NEW, idempotency_key=KEY).status_code == 409
    IdempotencyKey.objects.update(taken_until=timezone.now())
    assert program.post("tickets/", NEW, idempotency_key=KEY).status_code == 201
    assert Ticket.objects.count() == 1


def test_who_was_so_slow_that_another_took_the_key_undoes_what_it_did(house: House) -> None:
    late = idempotency.claim(KEY, by=house.ana, digest="x")
    with pytest.raises(idempotency.InWork):
        idempotency.claim(KEY, by=house.ana, digest="x")
    IdempotencyKey.objects.update(taken_until=timezone.now())
    quick = idempotency.claim(KEY, by=house.ana, digest="x")

    def ends_late() -> None:
        with idempotency.given_back_on_failure(late), transaction.atomic():
            house.new()
            idempotency.finish(late, "TX9999")

    with pytest.raises(idempotency.InWork):
        ends_late()
    assert Ticket.objects.count() == 0
    idempotency.finish(quick, "TX0001")
    assert idempotency.claim(KEY, by=house.ana, digest="x").made == "TX0001"


def test_an_answer_lost_after_the_commit_is_given_by_the_next_call(house: House, monkeypatch: Any) -> None:
    monkeypatch.setattr("tickets.api.tickets.Tickets._made", lambda *given: 1 / 0)
    program = Program(house.ana)
    program.client.raise_request_exception = False
    assert program.post("tickets/", NEW, idempotency_key=KEY).status_code == 500
    monkeypatch.undo()
    assert program.post("tickets/", NEW, idempotency_key=KEY).status_code == 201
    assert Ticket.objects.count() == 1


def test_what_was_taken_away_since_is_not_told_by_a_repeated_call(house: House) -> None:
    ticket, program = house.in_progress(), Program(house.bea)
    given, address = {"comment": "The canary sings."}, f"tickets/{ticket.ticket_number}/comments/"
    assert program.post(address, given, idempotency_key=KEY).json()["comment"] == "The canary sings."
    conversation.redact(TicketComment.objects.get(), by=house.dora, reason="No birds.")
    assert program.post(address, given, idempotency_key=KEY).json()["comment"] == ""
    kept = IdempotencyKey.objects.values().get()
    assert "canary" not in str(kept)


def test_after_a_day_a_key_is_new_again_and_its_row_goes(house: House) -> None:
    program = Program(house.ana)
    program.post("tickets/", NEW, idempotency_key=KEY)
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=24))
    assert "Idempotency-Replayed" not in program.post("tickets/", NEW, idempotency_key=KEY)
    assert Ticket.objects.count() == 2
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=24))
    assert (idempotency.prune(), idempotency.prune()) == (1, 0)


def test_tokens_are_never_kept_for_a_repeated_call(house: House) -> None:
    client, body = Client(), {"refresh": "nothing"}
    client.post("/api/token/refresh/", body, content_type="application/json", headers={"Idempotency-Key": KEY})
    assert not IdempotencyKey.objects.exists()


def test_the_back_office_shows_that_a_call_was_made_and_not_what_it_was_about(house: House, client: Client) -> None:
    Program(house.bea).post("tickets/", NEW, idempotency_key=KEY)
    client.force_login(house.dora)
    row = IdempotencyKey.objects.get()
    for address in ("/admin/jobs/idempotencykey/", f"/admin/jobs/idempotencykey/{row.pk}/change/"):
        page = client.get(address).content.decode()
        assert house.bea.email in page or house.bea.get_full_name() in page
        assert KEY not in page
        assert row.made not in page
