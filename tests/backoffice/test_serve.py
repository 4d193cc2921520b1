"""`manage.py serve` with real processes: whichever dies is started again, and none is left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
from django.db import connection

from backoffice.management.commands.serve import brings_sandbox, listening_on
from tests.backoffice.conftest import ROOT, House, free_port
from tests.backoffice.test_start import PRODUCTION

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc"),
    pytest.mark.slow,
]

#: How long to wait for something before it counts as not happening.
PATIENCE = 60.0


def eventually(happened: Callable[[], object]) -> object:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := happened():
            return found
        time.sleep(0.1)
    raise AssertionError(f"never happened: {happened}")


def parent_of(pid: int) -> int | None:
    """None for a process that is gone, or is dead and only waits to be noticed."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state in "ZX" else int(parent)


def processes() -> dict[int, int]:
    found = {int(path.name): parent_of(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit()}
    return {pid: parent for pid, parent in found.items() if parent is not None}


def descendants(pid: int) -> set[int]:
    tree, found, added = processes(), {pid}, True
    while added:
        added = {child for child, parent in tree.items() if parent in found} - found
        found |= added
    return found - {pid}


def child(pid: int, word: str) -> int | None:
    """The direct child whose command line has the word."""
    for candidate, parent in processes().items():
        if parent == pid and word in Path(f"/proc/{candidate}/cmdline").read_text():
            return candidate
    return None


def answer(house: House, path: str, *, host: str = "127.0.0.1") -> tuple[int, str] | None:
    try:
        with urlopen(f"http://{host}:{house.environ['PORT']}{path}", timeout=5) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except (URLError, OSError):
        return None


def served(house: House) -> subprocess.Popen[str]:
    """A running site, both of its children up."""
    process = house.start("serve")
    eventually(lambda: answer(house, "/healthz") or process.poll() is not None)
    assert process.poll() is None, process.stdout and process.stdout.read()
    eventually(lambda: child(process.pid, "run_huey"))
    return process


def gone(pids: set[int]) -> bool:
    return not any(parent_of(pid) for pid in pids)


def test_it_answers_becomes_ready_and_on_sigterm_ends_with_0_and_nothing_left(built_house: House) -> None:
    process = served(built_house)
    assert answer(built_house, "/healthz") == (200, "ok")
    eventually(lambda: (answer(built_house, "/readyz") or (0,))[0] == 200)
    _, body = answer(built_house, "/readyz") or (0, "")
    assert set(json.loads(body)["parts"].values()) == {"ok"}
    assert answer(built_house, "/static/site/site.css")[0] == 200  # type: ignore[index]
    whole = descendants(process.pid)
    assert len(whole) >= 4  # web server, its two workers, our worker
    process.terminate()
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    assert gone(whole)
    assert "Traceback" not in said


def database_of_this_run() -> str:
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    return f"postgres://{found['USER']}:{found['PASSWORD']}@{found['HOST']}:{found['PORT']}/{found['NAME']}"


@pytest.mark.django_db(transaction=True)
def test_it_becomes_ready_on_the_servers_of_this_run(house: House) -> None:
    house.give(PORT=str(free_port()), DATABASE_URL=database_of_this_run())
    if "REDIS_URL" in os.environ:
        house.give(REDIS_URL=os.environ["REDIS_URL"])
    process = served(house)
    eventually(lambda: (answer(house, "/readyz") or (0,))[0] == 200)
    process.terminate()
    assert process.wait(PATIENCE) == 0


def sandbox_of(said: str) -> str:
    found = re.search(r"Workflow sandbox +(http://127\.0\.0\.1:[0-9]+)/", said)
    assert found, said
    return found[1]


def test_locally_a_workflow_sandbox_runs_beside_it_and_web_and_worker_know_of_it(built_house: House) -> None:
    port = int(built_house.environ["PORT"])
    with socket.create_server(("127.0.0.1", port + 1)):  # taken: then the next
        process = served(built_house)
    eventually(lambda: child(process.pid, "workflow.sandbox"))
    with urlopen(f"http://127.0.0.1:{port + 2}/", timeout=10) as response:
        assert "No ticket has come yet" in response.read().decode()
    environ = {
        name: value
        for line in Path(f"/proc/{child(process.pid, 'run_huey')}/environ").read_text().split("\0")
        for name, _equals, value in [line.partition("=")]
    }
    assert environ["EXTERNAL_WORKFLOW_API_URL"] == f"http://127.0.0.1:{port + 2}/api/"
    key = Path(environ["EXTERNAL_WORKFLOW_API_KEY_FILE"]).read_text()
    assert key not in environ.values(), "a key lies in a file, not in the environment"
    assert Path(environ["WORKFLOW_CALLBACK_SECRETS_FILE"]).read_text().startswith("whsec_")
    process.terminate()
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert sandbox_of(said) == f"http://127.0.0.1:{port + 2}"
    assert key not in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APP_ENV", "production"),
        ("EXTERNAL_WORKFLOW_API_URL", "https://workflow.example.com/api/"),
        ("EXTERNAL_WORKFLOW_API_KEY", "a key"),
        ("WORKFLOW_CALLBACK_SECRETS", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]),
    ],
)
def test_no_sandbox_comes_in_production_or_where_somebody_sets_up_a_workflow_system(
    settings: Any, name: str, value: object
) -> None:
    assert brings_sandbox()
    setattr(settings, name, value)
    assert not brings_sandbox()


def test_in_production_files_are_collected_and_only_the_named_hosts_are_answered(built_house: House) -> None:
    built_house.give(**PRODUCTION, TRUSTED_PROXY_COUNT="1")
    process = served(built_house)
    address = f"http://127.0.0.1:{built_house.environ['PORT']}"
    proxy = {"Host": "help.example.com", "X-Forwarded-Proto": "https"}
    with urlopen(Request(f"{address}/", headers=proxy), timeout=10) as response:
        page = response.read().decode()
        assert response.headers["Strict-Transport-Security"].startswith("max-age=")
    style = re.search(r'href="(/static/site/site\.[0-9a-f]{12}\.css)"', page)
    assert style
    with urlopen(Request(f"{address}{style[1]}", headers=proxy), timeout=10) as response:
        assert "immutable" in response.headers["Cache-Control"]
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(f"{address}/", headers={**proxy, "Host": "evil.example.com"}), timeout=10)
    assert refused.value.code == 400
    refused.value.close()
    process.terminate()
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "password" not in said
    assert "sandbox" not in said


def test_ctrl_c_ends_it_as_well(built_house: House) -> None:
    process = served(built_house)
    whole = descendants(process.pid)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0
    assert gone(whole)


@pytest.mark.parametrize("word", ["gunicorn", "run_huey"])
def test_a_killed_child_is_started_again_and_leaves_nothing(built_house: House, word: str) -> None:
    process = served(built_house)
    first = eventually(lambda: child(process.pid, word))
    assert isinstance(first, int)
    of_first = descendants(first)
    os.kill(first, signal.SIGKILL)
    second = eventually(lambda: (found := child(process.pid, word)) != first and found)
    assert second != first
    assert gone(of_first)
    eventually(lambda: answer(built_house, "/healthz"))
    process.terminate()
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "ended unexpectedly (SIGKILL) and is started again" in said


def test_when_it_is_killed_itself_its_children_go_too(built_house: House) -> None:
    process = served(built_house)
    whole = descendants(process.pid)
    process.kill()
    process.wait()
    eventually(lambda: gone(whole))


@pytest.mark.parametrize(
    ("only", "word", "not_word"), [("web", "gunicorn", "run_huey"), ("worker", "run_huey", "guni")]
)
def test_one_of_the_two_can_run_alone(built_house: House, only: str, word: str, not_word: str) -> None:
    process = built_house.start("serve", "--only", only)
    eventually(lambda: child(process.pid, word))
    assert child(process.pid, not_word) is None
    process.terminate()
    assert process.wait(PATIENCE) == 0


def test_on_an_address_of_ipv6_it_answers(built_house: House) -> None:
    built_house.give(BIND_ADDRESS="::1")
    process = built_house.start("serve", "--only", "web")
    eventually(lambda: answer(built_house, "/healthz", host="[::1]") or process.poll() is not None)
    assert process.poll() is None, process.stdout and process.stdout.read()
    process.terminate()
    assert process.wait(PATIENCE) == 0


def test_an_address_of_ipv6_stands_in_brackets_before_its_port() -> None:
    assert listening_on("::1", 8000) == "[::1]:8000"
    assert listening_on("127.0.0.1", 8000) == "127.0.0.1:8000"


def test_a_taken_port_is_a_sentence(built_house: House) -> None:
    with socket.create_server(("127.0.0.1", int(built_house.environ["PORT"]))):
        done = built_house.manage("serve")
    assert done.returncode == 2
    assert f"Port {built_house.environ['PORT']} can't be had" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_database_without_its_tables_is_a_sentence(house: House) -> None:
    done = house.manage("serve", "--only", "worker")
    assert (done.returncode, done.stdout) == (2, "")
    assert "run `manage.py migrate` first" in done.stderr


def test_a_database_that_does_not_answer_is_a_sentence(house: House) -> None:
    house.give(DATABASE_URL="postgres://postgres@127.0.0.1:1/nothing")
    done = house.manage("serve", "--only", "worker")
    assert done.returncode == 2
    assert "The database can't be reached" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_child_that_dies_again_and_again_is_given_longer_pauses(tmp_path: Path) -> None:
    from backoffice.supervisor import Plan

    plan = Plan(children={"web": [sys.executable, "-c", "raise SystemExit(3)"]})
    process = subprocess.Popen(
        [sys.executable, "-m", "backoffice.supervisor", plan.as_json()], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    said = [process.stderr.readline().strip() for _ in range(3)]
    process.terminate()
    assert process.wait(PATIENCE) == 0
    process.stderr.close()
    assert said == [
        f"The web ended unexpectedly (exit code 3) and is started again in {pause} s." for pause in ("0.5", "1", "2")
    ]
