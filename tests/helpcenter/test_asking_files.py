"""Files with a request, from a browser without scripts: what was uploaded is kept through every step of the form."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from people.models import Employee
from tests.factories import people
from tests.helpcenter.browsing import fields, read, text
from tickets import files
from tickets.models import StagedFile, Ticket, TicketAttachment, TicketCategory

pytestmark = pytest.mark.django_db

NEW = "/my/tickets/new/"


@pytest.fixture(autouse=True)
def _storage_of_its_own(tmp_path: Path, settings: Any) -> None:
    own = {"BACKEND": "backoffice.storage.PrivateFiles", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": own}


@pytest.fixture
def ana(client: Client) -> Employee:
    person = people.person(first_name="Ana")
    client.force_login(person)
    return person


def note(name: str = "note.txt", words: bytes = b"Some words.") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, words)


def request(**given: Any) -> dict[str, Any]:
    category = TicketCategory.objects.get(name="Others")
    return {"category": category.pk, "subject": "With a file", "description": "It is attached to this."} | given


def names(ticket: Ticket) -> list[str]:
    return list(TicketAttachment.objects.filter(ticket=ticket).values_list("file_name", flat=True))


def test_files_go_along(client, ana):
    answer = client.post(NEW, request(attachments=[note("one.txt"), note("two.csv", b"a,b\n1,2\n")]))
    assert answer.status_code == 303
    assert names(Ticket.objects.get()) == ["one.txt", "two.csv"]
    assert not StagedFile.objects.exists()
    assert "2 files" in text(client.get(answer.url))


def test_the_form_says_what_it_takes_before_anybody_chooses_a_file(client, ana):
    page = text(client.get(NEW, {"category": request()["category"]}))
    assert files.limits_sentence() in page
    assert f'accept="{files.accepted()}"' in page
    assert 'type="file" name="attachments" id="id_attachments" multiple' in page
    assert 'enctype="multipart/form-data"' in page


def test_an_error_elsewhere_keeps_what_was_uploaded_with_a_tick_to_leave_it_out(client, ana):
    answer = client.post(NEW, request(subject="No", attachments=[note("one.txt"), note("<two>.txt")]))
    assert answer.status_code == 422
    assert "Keep “one.txt”" in text(answer)
    assert "Keep “&lt;two&gt;.txt”" in text(answer)
    form = fields(answer)
    assert len(form["uploads"]) == 2
    again = client.post(NEW, {**form, "subject": "Long enough", "uploads": form["uploads"][1:]})
    assert again.status_code == 303
    assert names(Ticket.objects.get()) == ["<two>.txt"]


def test_a_file_that_can_t_be_taken_is_named_with_all_else_that_is_wrong_and_the_good_ones_stay(client, ana):
    bad = note("page.html", b"<html>")
    answer = client.post(NEW, request(description="short", attachments=[note("good.txt"), bad, note("empty.txt", b"")]))
    page = text(answer)
    assert answer.status_code == 422
    assert "“page.html” is of a kind that can&#x27;t be attached." in page
    assert "“empty.txt” is empty." in page
    assert "This is too short: at least 10 characters." in page
    assert page.count('href="#id_attachments"') == 2
    assert len(fields(answer)["uploads"]) == 1
    assert not Ticket.objects.exists()


def test_every_step_of_the_form_keeps_the_files(client, ana):
    budget = TicketCategory.objects.get(name="Budget Proposal")
    more = client.post(NEW, request(category=budget.pk, step="add-cost_items", attachments=[note()]))
    choosing = client.post(NEW, {**fields(more), "step": "categories"})
    assert fields(choosing, "")["uploads"] == fields(more)["uploads"]
    chosen = client.post(NEW, {**fields(choosing, ""), "category": request()["category"]})
    assert client.post(NEW, fields(chosen)).status_code == 303
    assert names(Ticket.objects.get()) == ["note.txt"]


def test_a_bad_file_is_told_at_every_step(client, ana):
    bad = {"attachments": [note("run.exe", b"MZ")]}
    for step in ("add-cost_items", "categories"):
        assert "“run.exe” is of a kind" in text(client.post(NEW, request(step=step, **bad))), step
        bad = {"attachments": [note("run.exe", b"MZ")]}


@pytest.mark.parametrize("token", [str(uuid.UUID(int=7)), "x", "", "\x00", "1' OR '1'='1"])
def test_a_token_that_stands_for_nothing_says_to_upload_again(client, ana, token):
    answer = client.post(NEW, request(uploads=[token]))
    assert answer.status_code == 422
    assert "has to be uploaded again" in text(answer)
    assert not Ticket.objects.exists()


def test_somebody_elses_file_is_none(client, ana):
    theirs = files.stage(note("theirs.txt"), by=people.person())
    mine = files.stage(note("mine.txt"), by=ana)
    answer = client.post(NEW, request(uploads=[str(theirs.token), str(mine.token)]))
    assert answer.status_code == 422
    assert "theirs.txt" not in text(answer)
    assert fields(answer)["uploads"] == [str(mine.token)]
    assert StagedFile.objects.filter(token=theirs.token).exists()


def test_more_files_than_go_at_once_are_refused_and_all_kept(client, ana):
    answer = client.post(NEW, request(attachments=[note(f"{number}.txt") for number in range(11)]))
    assert answer.status_code == 422
    assert "At most 10 files at once." in text(answer)
    form = fields(answer)
    assert len(form["uploads"]) == 11
    assert client.post(NEW, {**form, "uploads": form["uploads"][:10]}).status_code == 303
    assert len(names(Ticket.objects.get())) == 10


def test_a_form_with_files_that_is_sent_twice_stages_nothing_again(client, ana):
    form = {**fields(client.get(NEW, {"category": request()["category"]})), **request()}
    first = client.post(NEW, {**form, "attachments": [note()]})
    second = client.post(NEW, {**form, "attachments": [note()]})
    assert first.url == second.url
    assert TicketAttachment.objects.count() == 1
    assert not StagedFile.objects.exists()


def test_the_buttons_of_the_form_work_without_a_script(client, ana):
    page = read(client.get(NEW, {"category": request()["category"]}))
    assert [button.get("value") for button in page.buttons if button.get("name") == "step"] == ["categories"]
