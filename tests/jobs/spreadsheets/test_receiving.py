"""A file that comes in: kept privately under a random name, found again by its bytes, swept when it broke off."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from audit.refusals import InvalidValues
from backoffice import services
from jobs.spreadsheet_models import Spreadsheet
from jobs.spreadsheets import importing
from jobs.spreadsheets.cells import Unreadable
from tests.factories import people

pytestmark = pytest.mark.django_db

TEXT = "E-mail;Vorname;Nachname\r\nada@example.com;Ada;Lövelace\r\n".encode("utf-16")


@pytest.fixture
def by():
    return people.clerk()


def receive(content: bytes, name: str, by):
    return importing.receive(SimpleUploadedFile(name, content), kind="people", by=by)


def test_it_is_kept_as_it_came_under_a_name_that_says_nothing(by):
    sheet = Spreadsheet.objects.get(pk=receive(TEXT, "../Leute 2026.csv", by).pk)
    assert (sheet.file_name, sheet.file_size, sheet.uploaded_by) == ("Leute 2026.csv", len(TEXT), by)
    assert sheet.digest == hashlib.sha256(TEXT).hexdigest()
    assert sheet.header == ["E-mail", "Vorname", "Nachname"]
    assert sheet.sample == [[2, ["ada@example.com", "Ada", "Lövelace"]]]
    assert sheet.found["format"] == "CSV"
    assert sheet.found["delimiter"] == ";"
    assert sheet.estimated_rows >= 1
    assert "Leute" not in sheet.file.name
    with sheet.file.open("rb") as kept:
        assert kept.read() == TEXT
    assert sheet.mapping["columns"]["0"] == "email"


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "a.csv"), (b"x", "a.xlsx"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99, "a.xls")]
)
def test_what_can_not_be_read_is_not_kept(by, content, name):
    with pytest.raises(Unreadable):
        receive(content, name, by)
    assert not Spreadsheet.objects.exists()


def test_a_file_without_a_name_is_refused(by):
    with pytest.raises(InvalidValues):
        receive(TEXT, "\u202e", by)


def test_what_broke_off_while_it_was_stored_is_swept_and_what_is_at_work_stays(by):
    sheets = [receive(TEXT, f"{number}.csv", by) for number in range(3)]
    old = timezone.now() - timedelta(hours=2)
    Spreadsheet.objects.filter(pk=sheets[0].pk).update(is_stored=False, uploaded_at=old)
    Spreadsheet.objects.filter(pk=sheets[1].pk).update(is_stored=False)
    Spreadsheet.objects.filter(pk=sheets[2].pk).update(uploaded_at=old)
    assert importing.sweep() == 1
    assert set(Spreadsheet.objects.all()) == set(sheets[1:])
    assert not default_storage.exists(sheets[0].file.name)
    assert default_storage.exists(sheets[2].file.name)


def test_no_byte_lies_in_the_storage_before_its_row_is_there(by, monkeypatch, tmp_path):
    disk = storages.create_storage(services.storage(tmp_path.as_uri()))

    def is_full(name, content):
        assert Spreadsheet.objects.filter(file=name, is_stored=False).exists()
        raise OSError("the disk is full")

    monkeypatch.setattr(disk, "_save", is_full)
    monkeypatch.setattr(Spreadsheet._meta.get_field("file"), "storage", disk)
    with pytest.raises(OSError, match="full"):
        receive(TEXT, "a.csv", by)
    assert not Spreadsheet.objects.get().is_stored
