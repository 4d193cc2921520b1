"""Whose imports are whose, what the list of them says, and where it is led to from."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs import runs
from jobs.models import Run
from people import lifecycle
from people.models import Employee
from tests.factories import people
from tests.jobs.spreadsheets.walking import (
    IMPORTS,
    checked,
    do,
    match,
    page,
    uploaded,
    worked,
)

pytestmark = pytest.mark.django_db


# Who


def test_an_import_of_somebody_else_is_not_there(client, clerk):
    sheet = checked(client)
    client.force_login(people.clerk())
    gets = ["again", "columns", "check", "result", "refused/csv", "undo", "change"]
    assert [client.get(f"{IMPORTS}{sheet.pk}/{each}/").status_code for each in gets[:-1]] == [404] * 6
    assert client.get(f"{IMPORTS}{sheet.pk}/change/").status_code in {302, 404}
    posts = ["table", "columns", "options", "settle", "apply", "rest", "cancel", "undo"]
    given = {"take": "file"}
    assert [client.post(f"{IMPORTS}{sheet.pk}/{each}/", given).status_code for each in posts] == [404] * 8
    assert "people.csv" not in client.get(IMPORTS).content.decode()
    assert Run.objects.get().phase == Run.Phase.PLAN


def test_who_sees_all_runs_sees_all_imports(client, clerk):
    sheet = checked(client)
    client.force_login(people.admin())
    assert "people.csv" in client.get(IMPORTS).content.decode()
    assert "Row 2 Ada Lovelace" in page(client, sheet)


def test_who_may_not_import_any_more_comes_no_further(client, clerk):
    sheet = checked(client)
    lifecycle.revoke(clerk, by=people.admin(), group="Data Clerk", reason="No.")
    client.force_login(Employee.objects.get(pk=clerk.pk))
    assert do(client, sheet, "apply", only_good="1").status_code in {302, 403, 404}
    worked(sheet)
    assert not Employee.objects.filter(email="ada@example.com").exists()


def test_the_list_says_where_each_import_stands(client, clerk):
    shown = client.get(IMPORTS)
    assert "No file was loaded yet." in shown.content.decode()
    waiting, planned = uploaded(client, "E-mail,First name\na@example.com,A\n", name="a.csv"), checked(client)
    shown = client.get(IMPORTS).content.decode()
    assert f'href="{IMPORTS}{waiting.pk}/columns/"' in shown
    assert f'href="{IMPORTS}{planned.pk}/check/"' in shown
    assert "Columns to choose" in shown
    assert "2 to do, 4 refused" in shown


def test_the_list_asks_no_more_for_more_imports(client, clerk):
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            client.get(IMPORTS)
        return len(caught)

    checked(client)
    one = statements()
    for number in range(4):
        checked(client, f"First name,Last name,E-mail\nA,B,a{number}@example.com\n", name=f"{number}.csv")
    assert statements() == one


def test_lists_lead_to_import_and_export_for_who_may(client, clerk):
    shown = client.get("/admin/people/employee/?tab=all").content.decode()
    assert f'href="{IMPORTS}new/?kind=people"' in shown
    assert 'href="/admin/jobs/export/new/people/?tab=all"' in shown
    client.force_login(people.coordinator())
    shown = client.get("/admin/people/employee/?tab=all").content.decode()
    assert "/admin/jobs/export/new/" not in shown
    assert f"{IMPORTS}new/" not in shown


def test_words_of_a_file_stay_words(client, clerk):
    text = "First name,Last name,E-mail,<script>alert(1)</script>\n<b>Ada</b>,<i>L</i>,ada@example.com,<img src=x>\n"
    sheet = uploaded(client, text, name="<script>.csv")
    for step in ("columns", "check"):
        if step == "check":
            match(client, sheet)
            worked(sheet)
        shown = client.get(f"{IMPORTS}{sheet.pk}/{step}/").content.decode()
        for hostile in ("<script>alert", "<b>Ada", "<img src=x", "<script>.csv"):
            assert hostile not in shown


def test_a_run_that_reads_is_shown_in_the_list_of_runs(client, clerk):
    client.force_login(people.admin())
    sheet = checked(client)
    assert client.get("/admin/jobs/run/").status_code == 200
    assert runs.kind_of(sheet.run.kind) is not None
