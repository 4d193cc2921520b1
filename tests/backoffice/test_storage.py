"""Files of people, on disk and in a bucket: private, under random keys, never one over another."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import boto3
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from moto.server import ThreadedMotoServer

from backoffice import services
from backoffice.bucket import PrivateBucket

RANDOM_KEY = re.compile(r"attachments/[0-9a-f]{32}\.pdf")


def made(url: str) -> Any:
    return storages.create_storage(services.storage(url))


@pytest.fixture
def disk(tmp_path: Path) -> Storage:
    return made((tmp_path / "files").as_uri())


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a server that speaks S3, on this machine."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3: str) -> Iterator[PrivateBucket]:
    store = made(f"s3://key:secret@people-files/prefix?region=us-east-1&endpoint={s3}")
    client = boto3.client(
        "s3",
        endpoint_url=s3,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    client.create_bucket(Bucket="people-files")
    yield store
    for found in client.list_objects_v2(Bucket="people-files").get("Contents", []):
        client.delete_object(Bucket="people-files", Key=found["Key"])
    client.delete_bucket(Bucket="people-files")
    client.close()


@pytest.fixture(params=["disk", "bucket"])
def store(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def test_two_files_of_one_name_lie_side_by_side_under_random_keys(store: Storage) -> None:
    first = store.save("attachments/contract.pdf", ContentFile(b"first"))
    second = store.save("attachments/contract.pdf", ContentFile(b"second"))
    assert first != second
    assert RANDOM_KEY.fullmatch(first)
    assert RANDOM_KEY.fullmatch(second)
    for name, content in ((first, b"first"), (second, b"second")):
        with store.open(name) as file:
            assert file.read() == content


@pytest.mark.parametrize("name", ["attachments/x.ph p", "attachments/x.tar\u202egz", "attachments/noending"])
def test_of_a_strange_ending_nothing_stays(store: Storage, name: str) -> None:
    assert re.fullmatch(r"attachments/[0-9a-f]{32}", store.save(name, ContentFile(b"x")))


def test_a_deleted_file_is_gone(store: Storage) -> None:
    name = store.save("attachments/contract.pdf", ContentFile(b"x"))
    store.delete(name)
    assert not store.exists(name)


def test_both_say_that_they_can_be_reached(store: Any) -> None:
    store.check_reachable()


def test_on_disk_only_the_owner_reads_and_there_is_no_address(disk: Storage) -> None:
    name = disk.save("attachments/contract.pdf", ContentFile(b"x"))
    path = Path(disk.path(name))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with pytest.raises(ValueError, match="no address"):
        disk.url(name)


def test_files_of_people_lie_outside_what_is_served() -> None:
    location = Path(storages["default"].location).resolve()
    assert not location.is_relative_to(Path(settings.STATIC_ROOT).resolve())
    assert not any(location.is_relative_to(folder) for folder in settings.STATICFILES_DIRS)


def test_in_a_bucket_strangers_are_refused_and_a_signed_link_opens_for_minutes(bucket: PrivateBucket) -> None:
    name = bucket.save("attachments/contract.pdf", ContentFile(b"the contract"))
    link = bucket.url(name)
    with pytest.raises(HTTPError) as refused:
        urlopen(link.partition("?")[0])
    assert refused.value.code == 403
    refused.value.close()
    signed = parse_qs(urlsplit(link).query)
    assert int(signed["X-Amz-Expires"][0]) <= 15 * 60
    assert urlsplit(link).path == f"/people-files/prefix/{name}"
    with urlopen(link) as answer:
        assert answer.read() == b"the contract"
        assert answer.headers["Content-Disposition"] == "attachment"


def test_in_a_bucket_nobody_else_is_granted_anything(bucket: PrivateBucket) -> None:
    name = bucket.save("attachments/contract.pdf", ContentFile(b"x"))
    grants = bucket.bucket.Object(f"prefix/{name}").Acl().grants
    assert {grant["Grantee"]["Type"] for grant in grants} == {"CanonicalUser"}
