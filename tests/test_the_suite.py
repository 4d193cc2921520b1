"""What tests/conftest.py and tests/environment.py promise about every run."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from pytest_socket import SocketConnectBlockedError

from helpcenter.models import HomePage
from people.models import Department
from tests.factories import people
from tests.factories.tickets import quick_ticket
from tests.kept_rows import KeptRows
from tickets.models import Ticket, TicketCategory

ROOT = Path(__file__).resolve().parents[1]

ONE_PASSES_ONE_IS_SKIPPED = """
import pytest

def test_it_passes():
    pass

@pytest.mark.skip(reason="no server")
def test_it_is_skipped():
    pass
"""


@pytest.mark.parametrize(("no_skips", "code"), [("1", 1), pytest.param("0", 0, marks=pytest.mark.slow)])
@pytest.mark.parametrize("parallel", [[], pytest.param(["-n", "2"], marks=pytest.mark.slow)])
def test_where_nothing_may_be_missing_a_skip_fails_the_run(
    tmp_path: Path, no_skips: str, code: int, parallel: list[str]
) -> None:
    (tmp_path / "test_two.py").write_text(ONE_PASSES_ONE_IS_SKIPPED)
    (tmp_path / "conftest.py").write_text("from tests.conftest import *")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "pyproject.toml", str(tmp_path), *parallel],
        cwd=ROOT,
        env={**os.environ, "NO_SKIPS": no_skips},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "1 passed, 1 skipped" in done.stdout.splitlines()[-1]


@pytest.mark.filterwarnings("ignore:A test tried to use")
def test_no_test_reaches_beyond_this_machine() -> None:
    with pytest.raises(SocketConnectBlockedError), socket.socket() as outside:
        outside.connect(("192.0.2.1", 80))


def test_this_machine_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_each_process_keeps_its_data_apart() -> None:
    assert Path(settings.DATA_DIR).name.startswith("smartsupport-tests-")
    assert settings.DATA_DIR != ROOT / "var"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_after_real_commits_the_rows_of_the_migrations_are_there_again(time: str) -> None:
    """Twice: what the first leaves is what the second finds."""
    assert Department.objects.filter(name="IT Department").count() == 1
    assert TicketCategory.objects.get(name="IT Support").assigned_department.name == "IT Department"
    assert ContentType.objects.get_for_model(Department).model_class() is Department
    Department.objects.create(name="Of this test", description="It must not be there in the next.")
    assert not Department.objects.filter(name="Of the other test").exists()
    assert Department.objects.filter(name="Of this test").count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_put_back_is_what_was_there() -> None:
    """Also when everything was deleted and something stands in every kind of column."""
    before = connection.creation.serialize_db_to_string()
    kept = KeptRows()
    call_command("flush", verbosity=0, interactive=False, reset_sequences=False, inhibit_post_migrate=True)
    quick_ticket("In Progress", department=people.department("Of this test"))
    kept.put_back()
    after = connection.creation.serialize_db_to_string()
    assert sorted(json.loads(after), key=repr) == sorted(json.loads(before), key=repr)
    assert HomePage.objects.get().search_documents() == []


@pytest.mark.django_db(transaction=True)
def test_rows_are_put_back_with_every_kind_of_value() -> None:
    ticket = quick_ticket("In Progress", department=people.department("Of this test"))
    Ticket.objects.filter(pk=ticket.pk).update(dynamic_data={"ä": [1, None, "“%s”"]})
    before, kept = connection.creation.serialize_db_to_string(), KeptRows()
    call_command("flush", verbosity=0, interactive=False, reset_sequences=False, inhibit_post_migrate=True)
    kept.put_back()
    after = connection.creation.serialize_db_to_string()
    assert sorted(json.loads(after), key=repr) == sorted(json.loads(before), key=repr)
