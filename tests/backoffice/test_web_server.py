"""The processes of the web server share what is loaded, and load only what a page needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.backoffice.conftest import House
from tests.backoffice.test_serve import PATIENCE, answer, child, descendants, eventually, served

#: Taken up by who needs them: files in an object store, tools of tests.
NOT_AT_THE_START = {"boto3", "botocore", "pandas", "numpy", "schemathesis", "playwright", "moto", "pytest"}
LOADED = (
    "import json, sys; from backoffice import web_server, wsgi; web_server.when_ready(None);"
    "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
)


def kilobytes(pids: set[int], what: str) -> int:
    said = "\n".join(Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids)
    return sum(int(line.split()[1]) for line in said.splitlines() if line.startswith(f"{what}:"))


def test_what_few_pages_need_is_not_loaded_at_the_start(built_house: House) -> None:
    done = built_house.manage("shell", "--no-imports", "-c", LOADED)
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert {"django", "wagtail", "unfold", "tickets", "helpcenter"} <= loaded
    assert loaded & NOT_AT_THE_START == set()


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="only Linux tells what processes share")
def test_its_processes_share_most_of_what_they_have(built_house: House) -> None:
    process = served(built_house)
    web = eventually(lambda: child(process.pid, "gunicorn"))
    assert isinstance(web, int)
    for address in ["/", "/accounts/login/", "/search/?q=laptop"] * 10:
        assert answer(built_house, address)[0] == 200  # type: ignore[index]
    processes = descendants(web) | {web}
    assert len(processes) == 3
    # By themselves, each would have nearly all of it.
    assert kilobytes(processes, "Pss") < 0.65 * kilobytes(processes, "Rss")
    process.terminate()
    process.communicate(timeout=PATIENCE)
