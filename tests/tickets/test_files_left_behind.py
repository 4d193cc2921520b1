"""Whatever breaks off in whatever moment: after the sweep no bytes lie in the storage that nobody's row names, and no
row names bytes that are not there. On disk, and in a bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.core.files.storage import Storage, storages
from django.db.models import QuerySet
from django.utils import timezone
from moto.server import ThreadedMotoServer

from backoffice import services
from tests.factories import files as factory
from tests.tickets.conftest import House
from tickets import conversation, emails, files, tasks
from tickets.models import Scan, StagedFile, TicketAttachment

pytestmark = pytest.mark.django_db

BUCKET = "ticket-files"


class Killed(BaseException):
    """The process is gone in this moment: nothing catches it, nothing is cleaned up."""


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def disk(tmp_path: Path) -> tuple[Storage, Callable[[], set[str]]]:
    folder = tmp_path / "files"
    store = storages.create_storage(services.storage(folder.as_uri()))
    return store, lambda: {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def bucket(s3: str) -> Iterator[tuple[Storage, Callable[[], set[str]]]]:
    client = boto3.client(
        "s3", endpoint_url=s3, region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
    )
    client.create_bucket(Bucket=BUCKET)

    def keys() -> set[str]:
        # An upload in parts that was broken off is kept, and paid for, too.
        assert not client.list_multipart_uploads(Bucket=BUCKET).get("Uploads")
        return {found["Key"] for found in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])}

    yield storages.create_storage(services.storage(f"s3://key:secret@{BUCKET}?region=us-east-1&endpoint={s3}")), keys
    for key in keys():
        client.delete_object(Bucket=BUCKET, Key=key)
    client.delete_bucket(Bucket=BUCKET)
    client.close()


@pytest.fixture(params=["disk", "bucket"])
def stored(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], set[str]]:
    """Everything is kept in a storage of its own; answers the keys of what lies there."""
    store, keys = request.getfixturevalue(request.param)
    for model in (StagedFile, TicketAttachment):
        monkeypatch.setattr(model._meta.get_field("file"), "storage", store)
    return keys


def named() -> set[str]:
    rows = [*StagedFile.objects.all(), *TicketAttachment.objects.exclude(file="")]
    return {row.file.name for row in rows}


def swept(stored: Callable[[], set[str]]) -> None:
    """A day later, when the hour has come."""
    later = timezone.now() + timedelta(hours=25)
    files.sweep(now=later)
    files.remove_dead()
    assert stored() == named()


def killed_at(monkeypatch: pytest.MonkeyPatch, target: Any, name: str, *, after: bool = False) -> None:
    """The process dies when this is called, or when it has done its work."""
    real = getattr(target, name)

    def dying(*args: Any, **kwargs: Any) -> Any:
        if after:
            real(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(target, name, dying)


@pytest.fixture
def storage(stored: Callable[[], set[str]]) -> Storage:
    return StagedFile._meta.get_field("file").storage


LARGE = b"words " * 2 * 1024**2
STEPS_OF_AN_UPLOAD = ["before the bytes", "after the bytes", "before the last word", "in the middle of the bytes"]


@pytest.mark.parametrize("moment", STEPS_OF_AN_UPLOAD)
def test_an_upload_that_is_killed_leaves_nothing(
    house: House, stored: Any, storage: Storage, moment: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.ATTACHMENT_MAX_BYTES = len(LARGE)  # so large that a client would like to send it in parts
    upload = factory.upload("large.txt", LARGE)
    with monkeypatch.context() as broken:
        if moment == "in the middle of the bytes":
            _ends_after(broken, upload, 3)
        elif moment == "before the last word":
            killed_at(broken, QuerySet, "update")
        else:
            killed_at(broken, storage, "_save", after=moment == "after the bytes")
        with pytest.raises(files.NotStored if moment == "in the middle of the bytes" else Killed):
            files.stage(upload, by=house.ana)
    row = StagedFile.objects.get()
    assert stored() <= {row.file.name}, "its row knows it from the beginning"
    with pytest.raises(Exception, match="uploaded again"):
        files.staged([row.token], by=house.ana)
    assert files.sweep() == 0, "it may still be on its way"
    swept(stored)
    assert (stored(), StagedFile.objects.count()) == (set(), 0)


def _ends_after(broken: pytest.MonkeyPatch, upload: Any, reads: int) -> None:
    """Whoever stores it gets a few pieces, then the disk is full or the line is cut."""
    real, count = upload.file.read, iter(range(10_000))

    def read(*given: Any) -> bytes:
        if next(count) > reads:
            raise ConnectionError("cut")
        return real(*given)

    broken.setattr(files.file_kinds, "check", lambda *_given: None)
    broken.setattr(upload.file, "read", read, raising=False)


@pytest.mark.parametrize("moment", ["before the bytes", "after the bytes"])
@pytest.mark.parametrize("by", ["its owner", "the sweep"])
def test_taking_back_that_is_killed_leaves_nothing_and_no_row_without_bytes_that_could_be_sent(
    house: House, stored: Any, storage: Storage, moment: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = factory.staged(house.ana)
    with monkeypatch.context() as broken:
        killed_at(broken, storage, "delete", after=moment == "after the bytes")
        removes: dict[str, Callable[[], Any]] = {
            "its owner": lambda: files.discard(row.token, by=house.ana),
            "the sweep": lambda: files.sweep(now=timezone.now() + timedelta(hours=25)),
        }
        with pytest.raises(Killed):
            removes[by]()
    with pytest.raises(Exception, match="uploaded again"):
        files.staged([row.token], by=house.ana)
    swept(stored)
    assert (stored(), StagedFile.objects.count()) == (set(), 0)


def test_a_storage_that_does_not_remove_is_asked_again(
    house: House, stored: Any, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = factory.staged(house.ana)

    def down(*_given: Any) -> None:
        raise ConnectionError("down")

    with monkeypatch.context() as broken:
        broken.setattr(storage, "delete", down)
        assert files.discard(row.token, by=house.ana)
    assert stored() == {row.file.name}
    swept(stored)
    assert stored() == set()


def test_an_upload_that_takes_longer_than_the_sweep_waits_leaves_nothing(
    house: House, stored: Any, storage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = storage._save

    def slow(name: str, content: Any) -> str:
        files.sweep(now=timezone.now() + timedelta(hours=2))
        return real(name, content)

    with monkeypatch.context() as broken:
        broken.setattr(storage, "_save", slow)
        with pytest.raises(files.NotStored):
            files.stage(factory.upload(), by=house.ana)
    assert (stored(), StagedFile.objects.count()) == (set(), 0)


@pytest.mark.parametrize("moment", ["while it is sent", "before the commit"])
def test_a_submission_that_is_killed_leaves_the_file_staged(
    house: House, stored: Any, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = factory.staged(house.ana)
    with monkeypatch.context() as broken:
        # The e-mails are what a submission writes last.
        where = (TicketAttachment, "save") if moment == "while it is sent" else (emails, "submitted")
        killed_at(broken, *where, after=True)
        with pytest.raises(Killed):
            house.new(files=[row])
    assert not TicketAttachment.objects.exists()
    assert stored() == named() == {row.file.name}
    ticket = house.new(files=files.staged([row.token], by=house.ana))
    swept(stored)
    assert stored() == {ticket.attachments.get().file.name}


def test_what_was_sent_outlives_every_sweep(house: House, stored: Any) -> None:
    ticket = house.new(files=[factory.staged(house.ana, "report.pdf")])
    factory.staged(house.ana, created_at=timezone.now() - timedelta(hours=23))
    tasks.tidy.call_local()
    assert len(stored()) == 2
    swept(stored)
    assert StagedFile.objects.count() == 0
    with ticket.attachments.get().file.open("rb") as file:
        assert file.read() == factory.PDF


@pytest.mark.parametrize("moment", ["before the bytes", "after the bytes", "never"])
@pytest.mark.parametrize("why", ["a virus", "a redacted text"])
def test_what_nobody_may_have_any_more_is_gone_also_after_a_crash(
    house: House, stored: Any, moment: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = house.open()
    said = conversation.comment(ticket, by=house.ana, comment="See there.", files=[factory.staged(house.ana)])
    if why == "a virus":
        TicketAttachment.objects.update(scan=Scan.INFECTED)
    else:
        conversation.redact(said, by=house.dora, reason="A password.")
    storage = TicketAttachment._meta.get_field("file").storage
    with monkeypatch.context() as broken:
        if moment != "never":
            killed_at(broken, storage, "delete", after=moment == "after the bytes")
            with pytest.raises(Killed):
                files.remove_dead()
    assert files.remove_dead() == 1
    assert files.remove_dead() == 0
    assert stored() == set()
    assert TicketAttachment.objects.get().file_name == "notes.txt", "that there was a file stays on the record"
