"""People come in from a spreadsheet: what the plan says, what is applied, what is refused and why."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress

from audit.models import AuditEvent
from audit.refusals import InvalidValues, Refused
from jobs.models import RunRow
from jobs.spreadsheets import importing
from jobs.spreadsheets.mapping import memory_of
from people import lifecycle
from people.enums import Role, Status
from people.models import Employee
from tests.factories import people
from tests.people.mails import mails
from tests.people.sheets.loading import actions, fresh, loaded, outcomes, planned, received, said, undone, work
from tests.people.written import groups

pytestmark = pytest.mark.django_db

ADA = ["ada@example.com", "Ada", "Lovelace", "IT Department", ""]
GRACE = ["grace@example.com", "Grace", "Hopper", "Marketing", "Ticket Coordinator"]


@pytest.fixture
def admin():
    people.department("Marketing")
    people.department("IT Department")
    return people.admin()


@pytest.fixture
def clerk(admin):
    return people.clerk()


def test_a_plan_says_what_will_happen_by_the_sheets_own_numbers_and_changes_nobody(admin):
    known = people.person(email="known@example.com", first_name="Known", last_name="Person")
    before = Employee.objects.count(), Employee.history.count()
    run = planned(
        [ADA, ["known@example.com", "Known", "Person", "", ""], ["known@example.com", "K", "Person", "", ""], ["x"]],
        by=admin,
    )
    assert run.is_planned
    assert (run.done, run.total) == (4, 4)
    assert outcomes(run) == {2: "good", 3: "same", 4: "refused", 5: "refused"}
    assert actions(run)[2] == "new"
    assert run.rows.get(number=3).about == known
    assert said(run, 4) == ["Row 3 of this file is about the same already."]
    assert (Employee.objects.count(), Employee.history.count()) == before


def test_everything_that_is_wrong_with_a_row_is_said_at_once_cell_by_cell(admin):
    run = planned([["no address", "", "Hopper", "Nowhere", "Queen"]], by=admin)
    row = run.rows.get()
    assert set(row.memory["errors"]) == {"email", "first_name", "department", "role"}
    assert row.memory["errors"]["first_name"] == ["This is needed and it is empty."]
    assert "First name: This is needed and it is empty." in row.sentences


def test_the_good_rows_come_in_pending_and_leave_who_why_and_from_where(admin):
    run = loaded([ADA, ["bad", "B", "B", "", ""], GRACE], by=admin)
    assert (run.status, outcomes(run)) == ("done", {2: "applied", 3: "refused", 4: "applied"})
    ada, grace = (Employee.objects.with_address(row[0]).get() for row in (ADA, GRACE))
    assert (ada.status, ada.role, ada.department.name) == (Status.PENDING, Role.EMPLOYEE, "IT Department")
    assert (grace.role, grace.department.name) == (Role.TICKET_COORDINATOR, "Marketing")
    assert ada.company_id != grace.company_id
    assert not ada.has_usable_password()
    assert not EmailAddress.objects.get(user=ada).verified
    record = ada.history.get()
    assert (record.verb, record.history_user, record.version) == ("bring_in", admin, 1)
    assert record.history_change_reason == f"Import {run.params['sheet']}, row 2"
    assert run.rows.get(number=2).about == ada
    assert mails() == set()
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.IMPORTED)
    assert (event.actor, event.detail["file"], event.detail["rows"]) == (admin, "people.csv", 2)


def test_an_admin_may_approve_them_at_once_and_tell_them(admin):
    run = loaded([ADA, GRACE], by=admin, options={"approve": True, "announce": True})
    assert set(outcomes(run).values()) == {"applied"}
    grace = Employee.objects.with_address("grace@example.com").get()
    assert (grace.status, grace.is_active, grace.is_staff) == (Status.APPROVED, True, True)
    assert groups(grace) == {Role.TICKET_COORDINATOR}
    assert mails() == {("set_password", "ada@example.com"), ("set_password", "grace@example.com")}


def test_a_clerk_brings_in_applicants_of_no_rank_whatever_they_tick(clerk):
    run = planned([ADA, GRACE], by=clerk, options={"approve": True})
    assert outcomes(run) == {2: "good", 3: "refused"}
    assert said(run, 3) == ["A Data Clerk brings people in as applicants. A System Admin decides about them."]
    importing.apply(run, by=clerk)
    work()
    assert Employee.objects.with_address("ada@example.com").get().status == Status.PENDING
    with pytest.raises(Refused):
        importing.with_options(planned([ADA], by=clerk), {"approve": True}, by=clerk)


def test_a_clerk_changes_nobody_who_is_here(clerk):
    known = people.person(email="known@example.com", first_name="Known", last_name="Person")
    run = planned([["known@example.com", "Other", "Person", "", ""]], by=clerk)
    assert outcomes(run) == {2: "refused"}
    assert "Only the person themselves or a System Admin can do that." in said(run, 2)[0]
    assert Employee.objects.get(pk=known.pk).first_name == "Known"


@pytest.mark.parametrize("who", ["employee", "coordinator", "suspended"])
def test_nobody_else_loads_anything(who, admin):
    sheet = received([ADA], by=admin)
    importing.mapped(sheet, sheet.mapping, by=admin)
    run = importing.check(sheet, by=admin)
    work()
    by = {
        "employee": people.person,
        "coordinator": lambda: people.coordinator(people.department()),
        "suspended": lambda: people.person(Status.SUSPENDED, Role.SYSTEM_ADMIN),
    }[who]()
    for refused in (
        lambda: received([ADA], by=by),
        lambda: importing.mapped(sheet, sheet.mapping, by=by),
        lambda: importing.check(sheet, by=by),
        lambda: importing.apply(fresh(run), by=by),
        lambda: importing.undo(fresh(run), by=by),
        lambda: importing.decide(fresh(run), 2, {"email": "file"}, by=by),
    ):
        with pytest.raises(Refused):
            refused()


def test_whoever_may_not_any_more_when_the_worker_comes_loads_nothing(admin):
    other = people.admin(email="other@example.com")
    run = importing.apply(planned([ADA], by=other), by=other)
    lifecycle.change_role(other, by=admin, role=Role.EMPLOYEE, reason="left the team")
    work()
    assert (fresh(run).status, outcomes(run)) == ("failed", {2: "good"})
    assert not Employee.objects.with_address("ada@example.com").exists()


def test_ticks_make_the_plan_anew(admin):
    run = importing.with_options(planned([ADA], by=admin), {"approve": True}, by=admin)
    assert (run.phase, run.done, run.total) == ("plan", 0, 1)
    work()
    assert outcomes(run) == {2: "good"}
    importing.apply(fresh(run), by=admin)
    work()
    assert Employee.objects.with_address("ada@example.com").get().status == Status.APPROVED


def test_somebody_who_came_in_since_the_plan_is_not_brought_in_twice(admin):
    run = planned([ADA, GRACE], by=admin)
    lifecycle.bring_in(by=admin, email="ADA@example.com", first_name="A", last_name="L")
    importing.apply(run, by=admin)
    work()
    assert outcomes(run) == {2: "refused", 3: "applied"}
    assert "Somebody has this address already." in said(run, 2)[0]


def test_all_or_nothing_is_refused_while_a_row_is(admin):
    run = planned([ADA, ["bad", "B", "B", "", ""]], by=admin)
    with pytest.raises(Refused) as refused:
        importing.apply(run, by=admin, only_good=False)
    assert refused.value.codes == {"refused-rows"}
    assert fresh(run).is_planned


def test_the_refused_rows_come_back_as_they_were_with_what_is_wrong(admin):
    run = planned([ADA, ["bad", "B", "B", "", "=1+1"], GRACE], by=admin)
    assert importing.refused_header(run)[-1] == "What is wrong"
    (row,) = importing.refused_rows(run)
    assert row[:5] == ["bad", "B", "B", "", "=1+1"]
    assert "E-mail: Enter an e-mail address, such as name@example.com." in row[5]


def test_a_needed_column_that_is_missing_is_asked_for_and_one_value_can_stand_for_all(admin):
    sheet = received([["ada@example.com", "Ada"]], by=admin, header=["E-mail", "First name"])
    with pytest.raises(InvalidValues) as invalid:
        importing.mapped(sheet, sheet.mapping, by=admin)
    assert set(invalid.value.errors) == {"last_name"}
    importing.mapped(sheet, {**sheet.mapping, "fixed": {"last_name": "Byron", "department": "marketing"}}, by=admin)
    run = importing.check(sheet, by=admin)
    work()
    importing.apply(fresh(run), by=admin)
    work()
    ada = Employee.objects.with_address("ada@example.com").get()
    assert (ada.last_name, ada.department.name) == ("Byron", "Marketing")


def test_columns_are_remembered_for_the_next_file_of_that_shape(admin):
    header = ["Who", "Given", "Family", "Where"]
    row = ["ada@example.com", "Ada", "Lovelace", "IT"]
    sheet = received([row], by=admin, header=header)
    columns = {"0": "email", "1": "first_name", "2": "last_name", "3": "department"}
    words = {"department": {"IT": "IT Department"}}
    importing.mapped(sheet, {"columns": columns, "values": words}, by=admin)
    again = received([["b@example.com", "B", "B", "IT"]], by=admin, header=header)
    assert memory_of(again) is not None
    assert (again.mapping["columns"], again.mapping["values"]) == (columns, words)
    run = importing.check(again, by=admin)
    work()
    assert outcomes(run) == {2: "good"}


def test_what_one_person_says_of_a_file_decides_nothing_in_the_name_of_another(admin):
    clerk, header = people.clerk(), ["Who", "Given", "Family", "Rank"]
    row = ["ada@example.com", "Ada", "Lovelace", "Employee"]
    sheet = received([row], by=clerk, header=header)
    columns = {"0": "email", "1": "first_name", "2": "last_name", "3": "role"}
    planted = {"role": {"Employee": "System Admin"}}
    importing.mapped(sheet, {"columns": columns, "values": planted}, by=clerk)
    of_admin = received([row], by=admin, header=header)
    assert memory_of(of_admin) is None
    assert of_admin.mapping["values"] == {}
    assert "1" not in of_admin.mapping["columns"], "what is below it tells nothing"


def test_one_value_for_all_rows_is_of_one_file_alone(admin):
    sheet = received([ADA], by=admin)
    importing.mapped(sheet, {**sheet.mapping, "fixed": {"role": "System Admin"}}, by=admin)
    again = received([["b@example.com", *ADA[1:]]], by=admin)
    assert memory_of(again) is not None
    assert again.mapping["fixed"] == {}


def test_nothing_goes_twice_to_one_field_and_only_to_fields_there_are(admin):
    sheet = received([ADA], by=admin)
    for columns in ({"0": "email", "1": "email"}, {"0": "is_superuser"}, {"9": "email"}, {"0": "status"}):
        with pytest.raises(InvalidValues):
            importing.mapped(sheet, {"columns": columns}, by=admin)


def test_checking_twice_is_one_run_and_other_columns_make_another(admin):
    sheet = received([ADA], by=admin)
    importing.mapped(sheet, sheet.mapping, by=admin)
    run = importing.check(sheet, by=admin)
    assert importing.check(sheet, by=admin) == run
    work()
    columns = {index: name for index, name in sheet.mapping["columns"].items() if name != "role"}
    importing.mapped(sheet, {"columns": columns}, by=admin)
    other = importing.check(sheet, by=admin)
    assert other != run
    assert fresh(run).status == "cancelled"


def test_the_same_file_again_is_noticed_once_somebody_loaded_it(admin, clerk):
    first = received([ADA], by=admin)
    assert importing.same_as(received([ADA], by=admin)) is None
    importing.mapped(first, first.mapping, by=admin)
    run = importing.check(first, by=admin)
    work()
    importing.apply(fresh(run), by=admin)
    assert importing.same_as(received([ADA], by=clerk)) == first
    with pytest.raises(Refused):
        importing.mapped(first, first.mapping, by=admin)


# Taking back


def test_who_came_in_is_taken_back_with_a_trace_and_numbers_are_not_used_again(admin):
    run = loaded([ADA, GRACE], by=admin, options={"approve": True, "announce": True})
    ada = Employee.objects.with_address("ada@example.com").get()
    before = Employee.objects.count()
    run = undone(run, by=admin)
    assert outcomes(run) == {2: "undone", 3: "undone"}
    assert Employee.objects.count() == before - 2
    gone = Employee.history.filter(id=ada.pk, history_type="-").get()
    assert (gone.verb, gone.history_user) == ("take_back", admin)
    assert gone.history_change_reason == f"Import {run.params['sheet']}, row 2, taken back"
    assert AuditEvent.objects.get(kind=AuditEvent.Kind.TAKEN_BACK).actor == admin
    again = lifecycle.bring_in(by=admin, email="ada@example.com", first_name="A", last_name="L")
    assert again.company_id > ada.company_id


def test_whoever_somebody_had_to_do_with_since_stays_with_both_versions(admin):
    run = loaded([ADA, GRACE], by=admin)
    ada = Employee.objects.with_address("ada@example.com").get()
    lifecycle.edit_profile(ada, by=admin, first_name="Augusta", last_name="Lovelace")
    run = undone(run, by=admin)
    assert outcomes(run) == {2: "kept", 3: "undone"}
    assert said(run, 2) == ["Somebody has changed this since. It stays as it is."]
    assert run.rows.get(number=2).memory["kept"] == {"first_name": ["Augusta", "Ada"]}
    assert Employee.objects.get(pk=ada.pk).first_name == "Augusta"


def test_whoever_something_names_stays_and_the_others_of_the_chunk_go(admin):
    run = loaded([ADA, GRACE], by=admin, options={"approve": True})
    grace = Employee.objects.with_address("grace@example.com").get()
    AuditEvent.objects.create(kind=AuditEvent.Kind.EXPORTED, actor=grace)
    run = undone(run, by=admin)
    assert outcomes(run) == {2: "undone", 3: "kept"}
    assert said(run, 3) == ["Somebody had to do with this account since. It stays."]


def test_a_clerk_takes_back_applicants_and_nobody_an_admin_approved(clerk, admin):
    run = loaded([ADA], by=clerk)
    assert outcomes(undone(run, by=clerk)) == {2: "undone"}
    approved = loaded([ADA], by=admin, options={"approve": True})
    assert outcomes(undone(approved, by=clerk)) == {2: "kept"}


def test_after_thirty_days_it_stays(admin, settings):
    run = loaded([ADA], by=admin)
    settings.SPREADSHEET_UNDO_DAYS = -1
    with pytest.raises(Refused) as refused:
        importing.undo(run, by=admin)
    assert refused.value.codes == {"too-late"}


def test_rows_of_a_plan_that_is_gone_are_in_no_state_that_lies(admin):
    run = importing.apply(planned([ADA], by=admin), by=admin)
    assert RunRow.objects.filter(run=run).get().action == "new"
