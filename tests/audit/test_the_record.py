"""The record can grow and nothing else."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, ProtectedError

from audit.actors import SYSTEM, WORKFLOW
from audit.events import record
from audit.history import delete_many, insert_many, note
from audit.models import AuditEvent
from audit.origin import Origin, coming_from
from audit.permanence import PermanentRecord
from audit.refusals import StaleVersion
from people.models import Department
from tests.factories.people import admin, person

pytestmark = pytest.mark.django_db
HERE = Origin(ip_address="198.51.100.7", user_agent="Firefox", request_id="r" * 32)


def test_an_event_says_who_what_about_what_and_from_where():
    boss, department = admin(), Department.objects.first()
    with coming_from(HERE):
        record(AuditEvent.Kind.EXPORTED, by=boss, about=department, rows=3)
    event = AuditEvent.objects.latest("pk")
    assert (event.actor, event.actor_name, event.about, event.detail) == (boss, "person", department, {"rows": 3})
    assert (event.ip_address, event.user_agent, event.request_id) == ("198.51.100.7", "Firefox", "r" * 32)


def test_named_actors_are_no_people():
    assert (record(AuditEvent.Kind.REFUSED, by=WORKFLOW).actor, record(AuditEvent.Kind.REFUSED, by=SYSTEM).actor) == (
        None,
        None,
    )
    assert list(AuditEvent.objects.order_by("pk").values_list("actor_name", flat=True)) == ["workflow", "system"]


def test_an_event_can_be_neither_changed_nor_deleted():
    event = record(AuditEvent.Kind.SIGNED_IN)
    event.detail = {"forged": True}
    for attempt in (
        event.save,
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(kind="signed out"),
        lambda: AuditEvent.objects.bulk_update([event], ["detail"]),
    ):
        with pytest.raises(PermanentRecord):
            attempt()
    assert AuditEvent.objects.get(pk=event.pk).detail == {}


def test_an_old_row_can_not_be_written_over_under_its_key():
    event = record(AuditEvent.Kind.SIGNED_IN)
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent(pk=event.pk, kind="refused").save(force_update=True)
    with pytest.raises(PermanentRecord):
        AuditEvent.objects.bulk_create(
            [AuditEvent(pk=event.pk, kind="refused")],
            update_conflicts=True,
            update_fields=["kind"],
            unique_fields=["id"],
        )
    assert AuditEvent.objects.get(pk=event.pk).kind == "signed in"


def test_history_can_be_neither_changed_nor_deleted():
    department = Department.objects.create(name="Archive")
    row = department.history.get()
    row.name = "Forged"
    rows = type(row).objects.filter(id=department.pk)
    for attempt in (
        row.save,
        row.delete,
        department.history.all().delete,
        lambda: department.history.update(name="x"),
        rows.delete,
        lambda: rows.update(name="x"),
    ):
        with pytest.raises(PermanentRecord):
            attempt()
    assert department.history.get().name == "Archive"


def test_a_history_row_has_actor_verb_reason_and_origin():
    boss, department = admin(), Department(name="Archive")
    note(department, by=boss, verb="create", reason="We grow.")
    with coming_from(HERE):
        department.save()
    row = department.history.get()
    assert (row.history_user, row.actor_name, row.verb, row.history_change_reason) == (
        boss,
        "person",
        "create",
        "We grow.",
    )
    assert (row.ip_address, row.user_agent, row.request_id) == ("198.51.100.7", "Firefox", "r" * 32)


def test_an_event_of_an_unknown_kind_or_half_about_something_does_not_fit_the_table():
    for broken in (AuditEvent(kind="hacked"), AuditEvent(kind="refused", about_id=5)):
        with pytest.raises(IntegrityError), transaction.atomic():
            broken.save()


def test_a_save_over_a_newer_version_is_refused_and_says_what_is_there():
    department = Department.objects.create(name="Archive")
    mine, theirs = (Department.objects.get(pk=department.pk) for _ in range(2))
    theirs.description = "Theirs"
    theirs.save()
    mine.description = "Mine"
    with pytest.raises(StaleVersion) as stale, transaction.atomic():
        mine.save()
    assert stale.value.current.description == "Theirs"
    fresh = Department.objects.get(pk=department.pk)
    assert (fresh.description, fresh.version) == ("Theirs", 2)


def test_every_save_adds_one_to_the_version_also_of_named_fields():
    department = Department.objects.create(name="Archive")
    department.description = "Papers"
    department.save(update_fields=["description"])
    assert Department.objects.get(pk=department.pk).version == department.version == 2


def test_many_that_come_at_once_each_have_the_history_row_that_a_save_would_have_written():
    boss, reasons = admin(), ["Import 5, row 2", "", "Import 5, row 4"]
    apart = Department(name="Purchasing", description="Buys")
    together = [Department(name=f"Branch {number}", description="Buys") for number in range(3)]
    with coming_from(HERE):
        for department, reason in zip([apart, *together], ["Import 5, row 2", *reasons], strict=True):
            note(department, by=boss, verb="bring_in", reason=reason)
        apart.save()
        with transaction.atomic():
            insert_many(together)
    kept = [department.history.get() for department in together]
    assert [(row.name, row.history_change_reason) for row in kept] == [
        (department.name, reason) for department, reason in zip(together, reasons, strict=True)
    ]
    own = {"history_id", "history_date", "id", "name", "history_change_reason"}
    columns = [
        field.attname
        for field in kept[0]._meta.fields
        if field.attname not in own and not isinstance(field, DateTimeField)
    ]
    saved = apart.history.get()
    assert {getattr(saved, column) for column in ("verb", "ip_address", "history_type")} == {
        "bring_in",
        "198.51.100.7",
        "+",
    }
    for row in kept:
        assert [getattr(row, column) for column in columns] == [getattr(saved, column) for column in columns]


def test_what_is_done_by_several_at_once_is_told_of_each_by_name():
    boss, departments = admin(), [Department(name=f"Branch {number}") for number in range(3)]
    for department, by in zip(departments, [boss, SYSTEM, None], strict=True):
        note(department, by=by, verb="bring_in")
    insert_many(departments)
    told = [(row.history_user, row.actor_name) for row in (department.history.get() for department in departments)]
    assert told == [(boss, "person"), (None, "system"), (None, "system")]


def test_many_that_go_at_once_leave_a_history_row_each_and_nothing_else():
    boss, departments = admin(), [Department(name=f"Branch {number}") for number in range(3)]
    stays = Department.objects.create(name="Stays")
    for department in departments:
        note(department, by=boss, verb="bring_in")
    insert_many(departments)
    keys = [department.pk for department in departments]
    for number, department in enumerate(departments):
        note(department, by=boss, verb="take_back", reason=f"row {number}")
    with transaction.atomic():
        delete_many(departments)
    assert not Department.objects.filter(pk__in=keys).exists()
    assert Department.objects.filter(pk=stays.pk).exists()
    kept = Department.history.filter(id__in=keys, history_type="-").order_by("id")
    assert [(row.id, row.name, row.verb, row.history_change_reason, row.history_user) for row in kept] == [
        (key, f"Branch {number}", "take_back", f"row {number}", boss) for number, key in enumerate(keys)
    ]


def test_of_many_that_go_one_that_is_needed_keeps_all_of_them_and_no_history_says_they_went():
    boss, departments = admin(), [Department(name=f"Branch {number}") for number in range(2)]
    for department in departments:
        note(department, by=boss, verb="bring_in")
    insert_many(departments)
    person(department=departments[1])
    for department in departments:
        note(department, by=boss, verb="take_back")
    with pytest.raises(ProtectedError), transaction.atomic():
        delete_many(departments)
    keys = [department.pk for department in departments]
    assert Department.objects.filter(pk__in=keys).count() == 2
    assert not Department.history.filter(id__in=keys, history_type="-").exists()
