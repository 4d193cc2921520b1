"""Pictures of people: stored under random names, gone with their time."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from audit.refusals import InvalidValues, Refused
from people import lifecycle, pictures, values
from people.models import Department
from tests.factories import people
from tests.people.test_values import picture
from tests.people.verbs import NAMES, application

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _storage_of_its_own(tmp_path: Path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}},
    }


NOW = timedelta(seconds=-1)


def stored() -> set[str]:
    folder = "people/pictures"
    return set(default_storage.listdir(folder)[1]) if default_storage.exists(folder) else set()


def test_a_picture_is_stored_under_a_random_name():
    person = lifecycle.register(**application(image=picture(name="../../My Face.PNG")))
    assert re.fullmatch(r"people/pictures/[0-9a-f]{32}\.jpg", person.image.name)
    assert len(stored()) == 1


class SlowFiles(FileSystemStorage):
    """Notes what is done to files while a transaction is open."""

    inside: ClassVar[list[str]] = []
    outside: ClassVar[list[str]] = []

    def _noted(self, what: str) -> None:
        (self.inside if connection.in_atomic_block else self.outside).append(what)

    def save(self, *args: Any, **options: Any) -> str:
        self._noted("save")
        return super().save(*args, **options)

    def delete(self, name: str) -> None:
        self._noted("delete")
        super().delete(name)


@pytest.mark.django_db(transaction=True)
def test_no_file_moves_while_rows_are_locked(tmp_path, settings):
    here = {"BACKEND": f"{__name__}.SlowFiles", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": here}
    SlowFiles.inside.clear(), SlowFiles.outside.clear()
    admin, department = people.admin(), Department.objects.create(name="Of this test")
    form = application(image=picture(), department=department)
    person = lifecycle.register(**form)
    assert lifecycle.register(**form) is None
    with pytest.raises(Refused):
        lifecycle.edit_profile(person, by=person, **NAMES, image=picture())
    lifecycle.reject(person, by=admin, reason="No.")
    again = {name: value for name, value in form.items() if name != "email"}
    person = lifecycle.apply_again(person, by=person, **again)
    person = lifecycle.edit_profile(person, by=admin, **NAMES, image=picture())
    assert SlowFiles.inside == []
    assert SlowFiles.outside.count("save") - SlowFiles.outside.count("delete") == 2  # one waits for the sweep
    assert pictures.sweep(older_than=NOW) == 1
    assert stored() == {person.image.name.rpartition("/")[2]}


def test_what_is_wrong_with_a_picture_is_said_with_the_rest_and_after_the_refusals():
    person, bad = people.person(), SimpleUploadedFile("me.png", b"no picture")
    with pytest.raises(InvalidValues) as invalid:
        lifecycle.edit_profile(person, by=person, first_name="", last_name="x", image=bad)
    assert set(invalid.value.errors) == {"first_name", "image"}
    with pytest.raises(InvalidValues) as invalid:
        lifecycle.register(**application(email="x", image=bad))
    assert set(invalid.value.errors) == {"email", "image"}
    with pytest.raises(Refused):
        lifecycle.edit_profile(person, by=people.person(), **NAMES, image=bad)


def test_a_stranger_costs_no_memory_for_a_picture_when_something_else_is_wrong(monkeypatch):
    monkeypatch.setattr(values, "_drawn_anew", lambda _opened: pytest.fail("its pixels were unfolded"))
    with pytest.raises(InvalidValues) as invalid:
        lifecycle.register(**application(email="x", image=picture()))
    assert set(invalid.value.errors) == {"email"}


def test_what_only_the_pixels_tell_is_said_too():
    whole = picture(width=400).read()
    person = people.person()

    def half() -> SimpleUploadedFile:
        return SimpleUploadedFile("me.png", whole[: len(whole) // 2])

    with pytest.raises(InvalidValues) as invalid:
        lifecycle.register(**application(image=half()))
    assert set(invalid.value.errors) == {"image"}
    with pytest.raises(InvalidValues) as invalid:
        lifecycle.edit_profile(person, by=person, first_name="", last_name="x", image=half())
    assert set(invalid.value.errors) == {"first_name", "image"}
    with pytest.raises(Refused):
        lifecycle.edit_profile(person, by=people.person(), **NAMES, image=half())
    assert stored() == set()


def test_a_storage_that_loses_an_old_picture_does_not_undo_the_new_one(django_capture_on_commit_callbacks, monkeypatch):
    person = people.person()
    lifecycle.edit_profile(person, by=person, **NAMES, image=picture())

    def fails(_storage: object, _name: str) -> None:
        raise OSError("The bucket is gone.")

    monkeypatch.setattr(FileSystemStorage, "delete", fails)
    with django_capture_on_commit_callbacks(execute=True):
        changed = lifecycle.edit_profile(person, by=person, **NAMES, image=picture())
    assert default_storage.exists(changed.image.name)


def test_an_application_that_is_refused_stores_no_picture():
    with pytest.raises(InvalidValues):
        lifecycle.register(**application(email="x", image=picture()))
    assert stored() == set()


def test_the_sweep_takes_the_picture_of_an_application_with_a_known_address_and_no_other():
    kept = lifecycle.register(**application(image=picture()))
    assert lifecycle.register(**application(image=picture())) is None
    assert len(stored()) == 2
    assert pictures.sweep() == 0, "it may belong to a transaction that is not through yet"
    assert pictures.sweep(older_than=NOW) == 1
    assert stored() == {kept.image.name.rpartition("/")[2]}


def test_a_change_that_fails_leaves_no_picture_and_takes_none(monkeypatch):
    person = lifecycle.register(**application(image=picture()))
    before = stored()
    lifecycle.approve(person, by=people.admin(), allow_unverified=True)

    from people import roles

    def fails(_person: object) -> None:
        raise RuntimeError("The database went away.")

    monkeypatch.setattr(roles, "put_into_groups", fails)
    with pytest.raises(RuntimeError), transaction.atomic():
        lifecycle.edit_profile(person, by=person, **NAMES, image=picture())
    assert stored() == before


def test_a_new_picture_takes_the_place_of_the_old_one(django_capture_on_commit_callbacks):
    person = people.person()
    first = lifecycle.edit_profile(person, by=person, **NAMES, image=picture())
    with django_capture_on_commit_callbacks(execute=True):
        second = lifecycle.edit_profile(person, by=person, **NAMES, image=picture(kind="JPEG", name="x.jpg"))
    assert second.image.name != first.image.name
    assert stored() == {second.image.name.rpartition("/")[2]}


def test_a_picture_is_kept_unless_another_is_given_and_can_be_taken_away(django_capture_on_commit_callbacks):
    person = people.person()
    first = lifecycle.edit_profile(person, by=person, **NAMES, image=picture())
    kept = lifecycle.edit_profile(person, by=person, first_name="Augusta", last_name="Byron")
    assert kept.image.name == first.image.name
    with django_capture_on_commit_callbacks(execute=True):
        gone = lifecycle.edit_profile(person, by=person, **NAMES, image=None)
    assert not gone.image
    assert stored() == set()


def test_the_history_holds_a_name_and_no_picture():
    person = people.person()
    lifecycle.edit_profile(person, by=person, **NAMES, image=picture())
    assert isinstance(person.history.first().image, str)
