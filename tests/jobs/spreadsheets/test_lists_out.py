"""Every list of the back office as a file: who gets it, what is in it, and what never is."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from django.contrib.admin import site
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditEvent
from jobs import leases
from jobs.spreadsheet_models import KIND_LENGTH, Export
from jobs.spreadsheets import exporting, lists
from notifications.models import EmailNotification
from people import lifecycle
from people.models import Employee, RejectedEmployeeAudit
from tests.factories import people
from tests.jobs.spreadsheets.lived_in import CANARY, MANY, NOTE, lived_in
from tests.jobs.spreadsheets.walking import EXPORTS, body, sentences
from tests.tickets.conftest import House, house
from tickets.models import Ticket

__all__ = ["house"]

pytestmark = pytest.mark.django_db

#: Pages that are registered as a list, and have nothing to take out.
WITHOUT = {
    "tickets.sync": "the Sync doctor's page; what it shows stands in other lists",
    "people.signinpolicy": "one row, on a page of its own",
    "notifications.messagetext": "the list shows what stands in the code; own words have a history to take out",
    "taggit.tag": "of a library, and no role may look at it",
}
LISTS = [model for model in site._registry if model._meta.label_lower not in WITHOUT]
MAILS = f"{EXPORTS}new/emailnotification/"


@pytest.fixture
def full(house: House, settings: Any, client: Any) -> House:
    """Looked at by dora, who is admin and asked for a ticket herself."""
    client.force_login(house.dora)
    return lived_in(house, settings)


def list_of(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def kind_of(model: Any) -> str:
    found = lists.of(model)
    assert found is not None, model
    return found.kind


def export(client: Any, kind: str, query: str = "", *, columns: Any = None, file_format: str = "csv") -> Any:
    """With all columns that are offered unless some are named."""
    found, person = lists.named(kind), Employee.objects.get(pk=client.session["_auth_user_id"])
    if columns is None and found is not None:
        columns = [column.name for column in found.columns_for(person)]
    return client.post(f"{EXPORTS}new/{kind}/{query}", {"columns": columns, "format": file_format})


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, sentences(answer)
    return body(answer).decode("utf-8-sig")


def read(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text_of(answer))))


def sheet(answer: Any) -> list[tuple[Any, ...]]:
    assert answer.status_code == 200, sentences(answer)
    return list(openpyxl.load_workbook(io.BytesIO(body(answer))).worksheets[0].iter_rows(values_only=True))


def column(table: Any, title: str) -> list[Any]:
    place = list(table[0]).index(title)
    return [row[place] for row in table[1:]]


# Which lists


@pytest.mark.slow
def test_every_list_has_its_export_but_for_these(full, client):
    shown = {}
    for model in site._registry:
        page = client.get(list_of(model), follow=True).content.decode()
        shown[model._meta.label_lower] = set(re.findall(rf'href="{EXPORTS}new/([a-z]+)/', page))
    # Those that can be loaded again stand on the page of exports, too.
    shown["jobs.export"] -= {"departments", "people", "articles", "categories", "tickets"}
    expected = {model._meta.label_lower: {kind_of(model)} for model in LISTS}
    assert shown == expected | {name: set() for name in WITHOUT}


def test_each_is_named_by_a_word_of_its_own_that_fits():
    kinds = Counter(kind_of(model) for model in LISTS)
    assert {kind for kind, count in kinds.items() if count > 1 or len(kind) > KIND_LENGTH} == set()
    assert all(lists.named(kind) is not None for kind in kinds)


@pytest.mark.parametrize("kind", ["sync", "signinpolicy", "messagetext", "employee", "nothing"])
def test_what_has_none_has_no_page_for_it(client, kind):
    client.force_login(people.admin())
    assert client.get(f"{EXPORTS}new/{kind}/").status_code == 404


# What is in them


@pytest.mark.slow
def test_every_list_comes_out_whole_in_both_formats_with_real_dates(full, client):
    wrong: dict[str, Any] = {}
    for model in LISTS:
        kind = kind_of(model)
        expected = site._registry[model].get_queryset(lists.asked_by(full.dora)).count()
        cells, texts = sheet(export(client, kind, file_format="xlsx")), read(export(client, kind))
        # Of audit events each export makes one.
        fitting = {expected, expected + 1, expected + 2} if model is AuditEvent else {expected}
        if not expected or not {len(texts) - 1, len(cells) - 1} <= fitting:
            wrong[kind] = (expected, len(texts) - 1, len(cells) - 1)
        elif texts[0] != list(cells[0]):
            wrong[kind] = (texts[0], cells[0])
        elif flat := [value for row in cells[1:] for value in row if _is_a_date_as_text(value)]:
            wrong[kind] = flat
    assert wrong == {}


def _is_a_date_as_text(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\d.*", value))


def test_dates_numbers_and_yes_or_no_keep_their_kind(full, client):
    mails = sheet(export(client, "emailnotification", file_format="xlsx"))
    assert {type(value) for value in column(mails, "Created")} == {datetime}
    assert {type(value) for value in column(mails, "Attempts")} == {int}
    reports = sheet(export(client, "syncreport", file_format="xlsx"))
    # A workbook knows no days without a time.
    assert {type(value) for value in column(reports, "Day")} <= {date, datetime}
    assert column(sheet(export(client, "webhooksubscription", file_format="xlsx")), "Events") == [1]
    assert set(column(sheet(export(client, "historicalticket", file_format="xlsx")), "Status")) > {"New", "Open"}
    assert set(column(sheet(export(client, "stagedfile", file_format="xlsx")), "Stored")) == {True}
    assert set(column(read(export(client, "stagedfile")), "Stored")) == {"yes"}


def test_a_link_comes_out_as_the_words_one_reads(full, client):
    about = column(read(export(client, "ledgerentry")), "About")
    assert str(Ticket.objects.get(subject="Laptop is dead")) in about


def test_what_begins_like_a_formula_is_harmless(full, client):
    assert EmailNotification.objects.filter(subject="=1+1").exists()
    assert "'=1+1" in column(read(export(client, "emailnotification")), "Subject")
    assert "'=1+1" in column(sheet(export(client, "emailnotification", file_format="xlsx")), "Subject")


def test_a_text_that_the_list_cuts_short_comes_out_whole(full, client):
    (reason,) = column(read(export(client, "rejectedemployeeaudit")), "Reason")
    assert reason == RejectedEmployeeAudit.objects.get().reason
    assert len(reason) > 100


def test_the_columns_of_the_list_are_ticked_and_those_of_the_page_are_offered(full, client):
    shown = client.get(MAILS).content.decode()
    assert 'id="column-subject" checked' in shown
    assert 'id="column-message_id"><label' in shown
    offered = [each.name for each in lists.ListResource(site._registry[EmailNotification]).columns_for(full.dora)]
    assert re.findall(r'name="columns" value="([^"]+)"', shown) == offered
    assert "the file can be loaded again" not in shown
    rows = read(export(client, "emailnotification", columns=["message_id", "status"]))
    assert rows[0] == ["Status", "Message-ID"]


# What never is


def test_no_list_gives_out_a_secret_or_what_its_pages_do_not_show(full, client):
    given = {kind_of(model): text_of(export(client, kind_of(model))) for model in LISTS}
    assert {kind for kind, text in given.items() if CANARY in text} == set()
    assert {kind for kind, text in given.items() if re.search(r"</|<a |&amp;|&lt;", text)} == set(), "marks of HTML"
    assert {kind for kind, text in given.items() if NOTE in text} == set(), "of a note on one's own ticket nothing"
    client.force_login(Employee.objects.get(email="other@example.com"))
    told = {kind for kind in given if NOTE in text_of(export(client, kind))}
    assert told == {"ticketattachment", "historicalticketattachment"}, "the search finds what is there"


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("emailnotification", "body"),
        ("emailnotification", "template_data"),
        ("apikey", "digest"),
        ("webhooksubscription", "secret"),
        ("webhooksubscription", "url"),
        ("webhookdelivery", "body"),
        ("workflowdelivery", "request"),
        ("run", "params"),
        ("spreadsheet", "file"),
        ("tokenfamily", "newest_refresh"),
        ("historicalemployee", "password"),
    ],
)
def test_a_column_that_no_page_shows_can_not_be_asked_for(client, kind, column):
    client.force_login(people.admin())
    answer = export(client, kind, columns=[column])
    assert (answer.status_code, sentences(answer)) == (422, ["Tick the columns that you want."])


def test_nobody_takes_out_a_list_that_they_may_not_look_at(client, house):
    kinds = {kind_of(model) for model in LISTS}

    def open_to(person: Any) -> set[str]:
        client.force_login(person)
        return {kind for kind in kinds if export(client, kind, columns=["x"]).status_code == 422}

    assert open_to(people.clerk()) == {"people", "tickets", "spreadsheet", "export"}
    for person in (house.bea, house.ana, people.person(is_help_center_editor=True)):
        assert open_to(person) == set()


def test_who_may_not_look_sees_no_button_and_no_page(client, house):
    client.force_login(house.bea)
    assert client.get(MAILS).status_code == 404
    assert "/export/new/" not in client.get("/admin/people/department/").content.decode()


def test_a_list_can_not_be_asked_for_more_than_its_own_filters(client):
    client.force_login(people.admin())
    for query in ("?body__startswith=a", "?recipient__password__startswith=a", "?created_at__gte=soon"):
        assert client.get(f"{MAILS}{query}").status_code == 400, query
        assert export(client, "emailnotification", query, columns=["subject"]).status_code == 400, query


# How it is asked for


def test_no_list_asks_the_database_once_a_row(full):
    many, more = 0, {}
    for model in LISTS:
        resource: Any = lists.of(model)
        rows = exporting.listed(resource, "", by=full.dora)
        alone = exporting.Listed(resource.exported(full.dora), rows._chosen.order_by("pk")[:1])
        columns = resource.columns_for(full.dora)
        one, every, count = _asked(columns, alone), _asked(columns, rows), rows.count()
        many += count >= MANY
        # What rows are about may be of several kinds, each asked for once.
        if count >= MANY and every > one + 4:
            more[resource.kind] = (one, every, count)
    assert more == {}
    assert many > 15, "there are enough rows to notice"


def _asked(columns: Any, rows: Any) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert list(exporting.rows_of(columns, rows))
    return len(asked)


def test_an_export_is_on_the_record(client):
    boss = people.admin()
    client.force_login(boss)
    text_of(export(client, "notice", "?message=x", columns=["text", "created_at"]))
    event = AuditEvent.objects.get(kind="exported")
    assert event.actor == boss
    assert event.detail == {
        "what": "notice", "rows": 0, "filters": "message=x", "columns": ["created_at", "text"], "format": "csv",
    }  # fmt: skip


# By the worker


@pytest.fixture
def waiting(client: Any, house: House, monkeypatch: pytest.MonkeyPatch) -> Export:
    """dora's export of the e-mails, which the worker has not made yet."""
    monkeypatch.setattr(exporting, "AT_ONCE", 1)
    house.open()
    client.force_login(house.dora)
    assert export(client, "emailnotification", "?q=ana@example.com", columns=["recipient_email"]).status_code == 302
    return Export.objects.get()


def test_a_long_list_is_made_in_the_background_as_it_was_filtered(client, waiting):
    leases.drain(Export)
    answer = client.get(f"{EXPORTS}{waiting.pk}/download/")
    assert 'filename="e-mails-' in answer.headers["Content-Disposition"]
    told = read(answer)
    assert len(told) > 2
    assert {row[0] for row in told[1:]} == {"ana@example.com"}
    shown = client.get(EXPORTS).content.decode()
    assert ">E-mails</a>" in shown


def test_who_may_not_look_at_it_any_more_gets_no_file(client, waiting, house):
    lifecycle.change_role(house.dora, by=people.admin(), role="Ticket Coordinator", reason="Moved.")
    leases.drain(Export)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.last_error, waiting.file.name) == ("failed", "You may not export that.", "")
    assert client.get(f"{EXPORTS}{waiting.pk}/ready/").status_code == 404


def test_the_operator_may_take_out_what_no_role_may_look_at(client):
    client.force_login(people.admin(is_superuser=True))
    assert read(export(client, "tag"))[0] == ["Name", "Slug"]
