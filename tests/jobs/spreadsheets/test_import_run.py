"""The pages of an import that is checked: the plan, what one decides about it, the result, and the way back."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

import openpyxl
import pytest

from audit.models import AuditEvent
from jobs.models import Run
from people import lifecycle
from people.enums import Role, Status
from people.models import Employee
from tests.factories import people
from tests.jobs.spreadsheets.walking import (
    IMPORTS,
    body,
    checked,
    do,
    match,
    outcomes,
    page,
    said,
    uploaded,
    worked,
)

pytestmark = pytest.mark.django_db


# 3 Check


def test_the_plan_says_row_by_row_what_would_happen_and_nothing_does(client, clerk):
    sheet = checked(client)
    assert outcomes(sheet) == {2: "good", 3: "refused", 4: "good", 5: "refused", 6: "refused", 7: "refused"}
    shown = page(client, sheet)
    for piece in (
        "Nothing has happened yet. This is the plan.",
        "New 2 Refused 4",
        "Row 3 Bea Arthur Refused E-mail bea.arthur@example Enter an e-mail address",
        "Row 6 Nobody Refused First name empty This is needed and it is empty.",
        "Row 7 Ada Lovelace Refused Row 2 of this file is about the same already.",
        "Apply the 2 good rows",
        "Some words are not known here.",
    ):
        assert piece in shown
    assert not Employee.objects.filter(last_name="Lovelace").exists()


def test_tabs_show_the_rows_of_one_sort(client, clerk):
    sheet = checked(client)
    new, refused = page(client, sheet, show="new"), page(client, sheet, show="refused")
    assert "Row 2 Ada Lovelace" in new
    assert "Row 3" not in new
    assert "Row 3 Bea Arthur" in refused
    assert "Row 2 Ada" not in refused
    assert "Row 2 Ada Lovelace" in page(client, sheet, show="<b>", p="-3")


def test_what_is_here_already_is_unchanged_and_what_differs_is_shown_old_and_new(client, clerk):
    client.force_login(people.admin())
    legal = people.department("Legal")
    people.person(email="ada@example.com", first_name="Ada", last_name="Lovelace", department=legal)
    people.person(email="cem@example.com", first_name="Cem", last_name="Özdemir", department=people.department("Sales"))
    sheet = checked(client)
    assert outcomes(sheet)[4] == "same"
    shown = page(client, sheet)
    assert "Row 2 Ada Lovelace Changed Department from Legal → to Sales" in shown
    assert "Unchanged 1" in shown


def test_a_large_file_is_the_workers_and_the_page_shows_how_far_it_is(client, clerk):
    sheet = uploaded(client)
    match(client, sheet)
    shown = client.get(f"{IMPORTS}{sheet.pk}/check/").content.decode()
    assert "The file is being read" in shown
    assert 'data-run="/admin/jobs/run/' in shown
    assert "No worker is running at the moment." in shown
    run = Run.objects.get()
    told = client.get(f"/admin/jobs/run/{run.pk}/progress/").json()
    assert (told["phase"], told["total"], told["words"]) == ("read", None, "0 rows read"), "how many nobody knows yet"
    worked(sheet)
    told = client.get(f"/admin/jobs/run/{run.pk}/progress/").json()
    assert (told["done"], told["total"], told["finished"]) == (6, 6, True)


def test_the_ticks_make_the_plan_anew_and_only_those_offered_count(client, clerk):
    sheet = checked(client)
    assert "Approve them at once" not in page(client, sheet)
    do(client, sheet, "options", **{"option-announce": "on", "option-approve": "on"})
    sheet = worked(sheet)
    assert sheet.mapping["options"] == {"announce": True}
    do(client, sheet, "apply", only_good="1")
    worked(sheet)
    assert Employee.objects.get(email="ada@example.com").status == Status.PENDING
    client.force_login(people.admin())
    assert "Approve them at once" in page(client, checked(client, "First name,Last name,E-mail\nA,B,ab@example.com\n"))


def test_a_clerk_can_not_give_a_role(client, clerk):
    sheet = checked(client, "First name,Last name,E-mail,Role\nAda,Lovelace,ada@example.com,System Admin\n")
    assert outcomes(sheet) == {2: "refused"}
    assert "None of the rows can be taken as it is." in page(client, sheet)
    do(client, sheet, "apply", only_good="1")
    assert said(client) == ["There is no row left for that."]
    assert not Employee.objects.filter(role=Role.SYSTEM_ADMIN).exists()


def test_a_plan_can_be_dropped_and_begun_again(client, clerk):
    sheet = checked(client)
    answer = do(client, sheet, "cancel")
    assert answer.headers["Location"] == f"{IMPORTS}{sheet.pk}/check/"
    assert said(client) == ["Dropped. Nothing was changed."]
    assert "This plan was dropped" in page(client, sheet)
    do(client, sheet, "apply", only_good="1")
    match(client, sheet)
    assert outcomes(worked(sheet))[2] == "good"


# 4 Result


def test_the_good_rows_are_applied_and_the_result_leads_to_them(client, clerk):
    sheet = checked(client)
    answer = do(client, sheet, "apply", only_good="1")
    assert answer.headers["Location"] == f"{IMPORTS}{sheet.pk}/result/"
    sheet = worked(sheet)
    ada = Employee.objects.get(email="ada@example.com")
    assert (ada.status, ada.department.name, ada.history.first().history_user) == (Status.PENDING, "Sales", clerk)
    shown = client.get(f"{IMPORTS}{sheet.pk}/result/").content.decode()
    assert f'href="/admin/people/employee/{ada.pk}/change/"' in shown
    assert "Done, with some left as they were" in shown
    assert AuditEvent.objects.filter(kind="imported", actor=clerk).count() == 1


def test_while_a_row_is_refused_not_all_can_be_applied(client, clerk):
    sheet = checked(client)
    do(client, sheet, "apply")
    assert said(client) == ["Some rows can't be loaded. Mend them first, or load the good ones alone."]
    assert Run.objects.get().phase == Run.Phase.PLAN


def test_a_double_click_on_apply_is_no_mistake(client, clerk):
    sheet = checked(client)
    for _each in range(2):
        do(client, sheet, "apply", only_good="1")
    assert said(client) == []
    worked(sheet)
    assert Employee.objects.filter(email="ada@example.com").count() == 1


def test_the_steps_that_are_behind_lead_to_where_the_import_stands(client, clerk):
    sheet = checked(client)
    assert client.get(f"{IMPORTS}{sheet.pk}/result/").headers["Location"] == f"{IMPORTS}{sheet.pk}/check/"
    assert client.get(f"{IMPORTS}{sheet.pk}/change/").headers["Location"] == f"{IMPORTS}{sheet.pk}/check/"
    do(client, sheet, "apply", only_good="1")
    for step in ("columns", "check"):
        assert client.get(f"{IMPORTS}{sheet.pk}/{step}/").headers["Location"] == f"{IMPORTS}{sheet.pk}/result/"
    run = Run.objects.get()
    assert client.get(f"/admin/jobs/run/{run.pk}/plan/").headers["Location"] == f"{IMPORTS}{sheet.pk}/change/"
    assert client.post(f"/admin/jobs/run/{run.pk}/retry/").headers["Location"] == f"{IMPORTS}{sheet.pk}/change/"


def test_what_a_stopped_import_did_not_come_to_can_be_gone_on_with(client, clerk):
    sheet = checked(client)
    do(client, sheet, "apply", only_good="1")
    do(client, sheet, "cancel")
    assert said(client) == ["Stopped. What was done already stays done."]
    assert "Go on with the rest" in page(client, sheet, "result")
    do(client, sheet, "rest")
    assert set(outcomes(worked(sheet)).values()) == {"applied", "refused"}


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_the_refused_rows_come_back_as_they_were_with_what_is_wrong_and_can_be_mended(client, clerk, file_format):
    sheet = checked(client)
    answer = client.get(f"{IMPORTS}{sheet.pk}/refused/{file_format}/")
    assert f'filename="people - refused.{file_format}"' in answer.headers["Content-Disposition"]
    content = body(answer)
    if file_format == "xlsx":
        rows = list(openpyxl.load_workbook(BytesIO(content)).worksheets[0].iter_rows(values_only=True))
    else:
        rows = [tuple(row) for row in csv.reader(StringIO(content.decode("utf-8-sig")))]
    assert rows[0][-1] == "What is wrong"
    assert [row[1] for row in rows[1:]] == ["Arthur", "Maar", "Nobody", "Lovelace"]
    assert "Enter an e-mail address" in rows[1][-1]
    assert AuditEvent.objects.filter(kind="downloaded", actor=clerk).exists()
    if file_format == "csv":
        mended = content.replace(b"bea.arthur@example,", b"bea.arthur@example.com,")
        assert outcomes(checked(client, mended, name="mended.csv"))[2] == "good"


# Back


def test_an_import_is_taken_back_after_a_page_that_says_what_that_means(client, clerk):
    sheet = checked(client)
    do(client, sheet, "apply", only_good="1")
    sheet = worked(sheet)
    shown = page(client, sheet, "undo")
    assert "2 rows that came in are removed." in shown
    assert Employee.objects.filter(email="ada@example.com").exists()
    answer = do(client, sheet, "undo")
    assert answer.headers["Location"] == f"{IMPORTS}{sheet.pk}/result/"
    sheet = worked(sheet)
    assert not Employee.objects.filter(email="ada@example.com").exists()
    shown = page(client, sheet, "result")
    assert "It was taken back" in shown
    assert "Row 2 Ada Lovelace Taken back" in shown
    assert "Take it back" not in shown
    assert AuditEvent.objects.filter(kind="taken back", actor=clerk).exists()


def test_whom_somebody_touched_stays_with_both_versions_shown(client, clerk):
    sheet = checked(client)
    do(client, sheet, "apply", only_good="1")
    sheet = worked(sheet)
    ada = Employee.objects.get(email="ada@example.com")
    lifecycle.change_department(ada, by=people.admin(), department=people.department("Legal"), reason="She asked.")
    do(client, sheet, "undo")
    shown = page(client, worked(sheet), "result")
    assert "Taken back, but for what somebody touched since" in shown
    assert "Row 2 Ada Lovelace Kept Somebody has changed this since. It stays as it is." in shown
    assert "Here now" in shown
    assert "Legal" in shown
    assert Employee.objects.filter(email="ada@example.com").exists()


def test_after_its_days_an_import_is_not_offered_to_be_taken_back(client, clerk, settings):
    sheet = checked(client)
    do(client, sheet, "apply", only_good="1")
    sheet = worked(sheet)
    settings.SPREADSHEET_UNDO_DAYS = 0
    assert "Take back" not in page(client, sheet, "result")
    assert client.get(f"{IMPORTS}{sheet.pk}/undo/").headers["Location"] == f"{IMPORTS}{sheet.pk}/result/"
    do(client, sheet, "undo")
    assert "can't be taken back any more" in said(client)[0]
    assert Employee.objects.filter(email="ada@example.com").exists()
