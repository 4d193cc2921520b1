"""The sandbox is a workflow system as others meet them: over HTTP, with its moods. SmartSupport has no part here."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobs import signatures
from tests.source import ROOT
from tickets.workflow.sandbox import keys
from tickets.workflow.sandbox.moods import SENTENCES, Mood
from tickets.workflow.sandbox.sandbox import Sandbox

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BEARER = {"Authorization": "Bearer sandbox"}
FILE = b"%PDF-1.4 a scan"
#: Nothing happens by itself within a test.
NEVER = 3600.0


class Site:
    """Where SmartSupport would be: keeps the callbacks that come, and hands out one file."""

    def __init__(self) -> None:
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.code = 200
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                site.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self._say(site.code, b'{"applied": true}')

            def do_GET(self) -> None:
                self._say(200 if self.path == "/files/signed/" else 404, FILE)

            def _say(self, code: int, body: bytes) -> None:
                self.send_response(code)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    @property
    def words(self) -> list[str]:
        return [json.loads(body)["status"] for _headers, body in self.came]


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def sandbox(site: Site) -> Iterator[Sandbox]:
    with Sandbox(site=site.url, callback_secret=SECRET, pace=NEVER, slow=0.05, retry_after=7) as made:
        yield made


def payload(number: str = "TX0001", event: str = "opened", **request: Any) -> dict[str, Any]:
    return {
        "ticket_id": number,
        "customer": {"id": "MA0001", "name": "Ana Cruz", "image": None},
        "request": {"subject": "Laptop does not start", "priority": "High", **request},
        "metadata": {"event": event, "department": "IT Department"},
    }


def deliver(sandbox: Sandbox, key: str = "key-1", **given: Any) -> httpx.Response:
    return httpx.post(sandbox.api_url, json=payload(**given), headers={**BEARER, "Idempotency-Key": key})


# What it takes


def test_a_delivery_becomes_a_ticket_and_the_same_key_once_more_gets_the_first_answer(sandbox: Sandbox) -> None:
    first, second = deliver(sandbox), deliver(sandbox)
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert first.json()["id"] == "WF-TX0001"
    ticket = sandbox.store.ticket("TX0001")
    assert ticket
    assert (ticket["word"], ticket["openings"], ticket["subject"]) == ("RECEIVED", 1, "Laptop does not start")
    assert [row["times"] for row in sandbox.store.deliveries()] == [2]


def test_a_ticket_opened_under_two_keys_is_noticed(sandbox: Sandbox) -> None:
    deliver(sandbox, "a")
    deliver(sandbox, "b")
    assert sandbox.store.tickets()[0]["openings"] == 2
    assert "Opened 2 times" in httpx.get(sandbox.url).text


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Idempotency-Key": "k"}, b"{}", 401),
        ({"Authorization": "Bearer other", "Idempotency-Key": "k"}, b"{}", 401),
        (BEARER, b'{"ticket_id": "TX0001"}', 400),
        ({**BEARER, "Idempotency-Key": "k"}, b"{}", 400),
        ({**BEARER, "Idempotency-Key": "k"}, b"[1]", 400),
        ({**BEARER, "Idempotency-Key": "k"}, b"no json", 400),
        ({**BEARER, "Idempotency-Key": "k"}, b" " * (1024 * 1024 + 1), 413),
    ],
)
def test_what_is_no_delivery_is_refused_in_a_sentence(
    sandbox: Sandbox, headers: dict[str, str], body: bytes, status: int
) -> None:
    answer = httpx.post(sandbox.api_url, content=body, headers=headers)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert sandbox.store.tickets() == []


def test_files_are_fetched_while_their_links_are_good_and_the_links_are_not_kept(sandbox: Sandbox, site: Site) -> None:
    attachments = [
        {"id": 1, "filename": "scan.pdf", "type": "application/pdf", "size": 15, "url": f"{site.url}/files/signed/"},
        {"id": 2, "filename": "gone.pdf", "type": "application/pdf", "size": 15, "url": f"{site.url}/files/old/"},
        {"id": 3, "filename": "far.pdf", "type": "application/pdf", "size": 15, "url": "http://127.0.0.1:9/secret/"},
    ]
    deliver(sandbox, attachments=attachments)
    sandbox.settle()
    fetched, gone, far = sandbox.store.files("TX0001")
    assert (fetched["size"], fetched["sha256"], fetched["error"]) == (15, hashlib.sha256(FILE).hexdigest(), "")
    assert gone["error"] == "Fetching it was answered with 404."
    assert far["error"] == "Its address is not SmartSupport's."
    kept = json.dumps([sandbox.store.deliveries(), sandbox.store.files()])
    assert "/files/" not in kept
    assert "/secret/" not in kept


# What it does


def test_it_works_step_by_step_and_signs_what_it_says(sandbox: Sandbox, site: Site) -> None:
    deliver(sandbox)
    assert site.came == []
    assert sandbox.work_now() == 3
    assert site.words == ["ASSIGNED", "WORKING", "COMPLETED"]
    bodies = [json.loads(body) for _headers, body in site.came]
    assert [body["last_modified"] for body in bodies] == sorted({body["last_modified"] for body in bodies})
    assert bodies[1]["work_notes"] == ["I am looking into it."]
    assert bodies[2]["resolution"] == "Done, please have a look."
    assert bodies[0]["assigned_technician"]
    for headers, body in site.came:
        signatures.verify([SECRET], headers, body, now=datetime.now(UTC))
    assert sandbox.work_now() == 0
    assert sandbox.store.ticket("TX0001")["word"] == "COMPLETED"  # type: ignore[index]


def test_by_its_own_clock_it_works_without_being_told(site: Site) -> None:
    with Sandbox(site=site.url, callback_secret=SECRET, pace=0.0) as sandbox:
        deliver(sandbox)
        while len(site.came) < 3:  # the suite's time-out ends it, should they never come
            sandbox.stopping.wait(0.02)
    assert site.words == ["ASSIGNED", "WORKING", "COMPLETED"]


def test_told_to_it_does_nothing_by_itself(site: Site) -> None:
    with Sandbox(site=site.url, callback_secret=SECRET, answers=False) as sandbox:
        deliver(sandbox)
        assert sandbox.work_now() == 0
        said = sandbox.say("TX0001", "ON_HOLD", technician="Noor", notes=["A part is missing."])
    assert said["code"] == 200
    assert json.loads(site.came[0][1]) == {
        "ticket_id": "TX0001",
        "status": "ON_HOLD",
        "assigned_technician": "Noor",
        "work_notes": ["A part is missing."],
        "resolution": None,
        "last_modified": json.loads(site.came[0][1])["last_modified"],
    }


def test_a_withdrawn_ticket_is_worked_on_no_more(sandbox: Sandbox, site: Site) -> None:
    deliver(sandbox)
    deliver(sandbox, "key-2", event="withdrawn")
    assert sandbox.work_now() == 0
    assert site.came == []
    assert sandbox.store.ticket("TX0001")["word"] == "CANCELLED"  # type: ignore[index]


def test_an_answer_that_was_not_taken_is_sent_again_under_the_same_id(sandbox: Sandbox, site: Site) -> None:
    site.code = 503
    deliver(sandbox)
    sandbox.work_now()
    site.code = 200
    assert sandbox.work_now() == 3
    ids = [headers["webhook-id"] for headers, _body in site.came]
    assert ids[:3] == ids[3:]
    site.code = 409
    sandbox.say("TX0001", "WORKING")
    assert sandbox.work_now() == 0, "what was refused is not asked again"


def test_a_callback_to_a_site_that_is_down_waits(site: Site) -> None:
    with Sandbox(site="http://127.0.0.1:9", callback_secret=SECRET, pace=NEVER) as sandbox:
        deliver(sandbox)
        assert sandbox.work_now() == sandbox.work_now() == 3
        assert sandbox.store.callbacks()[0]["answer"] == "SmartSupport could not be reached (ConnectError)."


# Its moods


def test_every_mood_says_what_it_does() -> None:
    assert set(SENTENCES) == set(Mood)


def test_it_is_slow(sandbox: Sandbox) -> None:
    sandbox.mood, sandbox.slow = Mood.SLOW, 30.0
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(sandbox.api_url, json=payload(), headers={**BEARER, "Idempotency-Key": "k"}, timeout=0.1)
    sandbox.slow = 0.01
    assert deliver(sandbox).status_code == 201


def test_it_fails_is_busy_or_refuses_and_takes_nothing(sandbox: Sandbox) -> None:
    sandbox.mood = Mood.FAILS
    assert deliver(sandbox).status_code == 500
    sandbox.mood = Mood.BUSY
    busy = deliver(sandbox)
    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "7")
    sandbox.mood = Mood.REFUSES
    assert deliver(sandbox).status_code == 422
    sandbox.mood = Mood.DROPS
    with pytest.raises(httpx.TransportError):
        deliver(sandbox)
    assert sandbox.store.tickets() == []
    sandbox.mood = Mood.WELL
    assert deliver(sandbox).status_code == 201


def test_it_dies_after_taking_and_knows_the_ticket_when_it_comes_again(sandbox: Sandbox) -> None:
    sandbox.mood = Mood.DIES
    with pytest.raises(httpx.TransportError):
        deliver(sandbox)
    sandbox.mood = Mood.WELL
    assert deliver(sandbox).status_code == 201
    assert [ticket["openings"] for ticket in sandbox.store.tickets()] == [1]


def test_it_repeats_each_callback_under_its_id(sandbox: Sandbox, site: Site) -> None:
    sandbox.mood = Mood.REPEATS
    deliver(sandbox)
    sandbox.work_now()
    assert len(site.came) == 9
    assert len({headers["webhook-id"] for headers, _body in site.came}) == 3


def test_it_shuffles_its_callbacks_but_not_its_clock(sandbox: Sandbox, site: Site) -> None:
    sandbox.mood = Mood.SHUFFLES
    for number in range(3):
        deliver(sandbox, f"key-{number}", number=f"TX000{number}")
    sandbox.work_now()
    told = [json.loads(body) for _headers, body in site.came]
    moments = [body["last_modified"] for body in told]
    assert moments != sorted(moments)
    for number in range(3):
        mine = sorted(
            (body for body in told if body["ticket_id"] == f"TX000{number}"), key=lambda b: b["last_modified"]
        )
        assert mine[-1]["status"] == "COMPLETED"


def test_it_says_what_nobody_mapped_and_comes_to_the_same_end(sandbox: Sandbox, site: Site) -> None:
    sandbox.mood = Mood.UNKNOWN
    deliver(sandbox)
    sandbox.work_now()
    assert site.words == ["ASSIGNED", "WORKING", "VENDOR_REVIEW", "COMPLETED"]


# What it is asked


def test_it_says_what_it_knows_since_a_moment(sandbox: Sandbox) -> None:
    view = f"{sandbox.api_url}tickets/"
    deliver(sandbox, "a", number="TX0001")
    seen = httpx.get(view, headers=BEARER).json()
    assert [(each["ticket_id"], each["status"]) for each in seen] == [("TX0001", "RECEIVED")]
    after = datetime.fromtimestamp(datetime.fromisoformat(seen[0]["last_modified"]).timestamp() + 0.001, UTC)
    deliver(sandbox, "b", number="TX0002")
    sandbox.say("TX0002", "WORKING", technician="Mei")
    seen = httpx.get(view, params={"updated_since": after.isoformat()}, headers=BEARER).json()
    assert [(each["ticket_id"], each["status"], each["assigned_technician"]) for each in seen] == [
        ("TX0002", "WORKING", "Mei")
    ]
    assert httpx.get(view, params={"updated_since": "then"}, headers=BEARER).status_code == 400
    assert httpx.get(view).status_code == 401
    sandbox.mood = Mood.FAILS
    assert httpx.get(view, headers=BEARER).status_code == 500


def test_another_process_sets_its_mood(sandbox: Sandbox) -> None:
    control = f"{sandbox.url}control/"
    assert httpx.post(control, json={"mood": "busy"}).status_code == 401
    assert httpx.post(control, json={"mood": "merry"}, headers=BEARER).status_code == 422
    assert httpx.post(control, json={"pace": "nan"}, headers=BEARER).status_code == 422
    answer = httpx.post(control, json={"mood": "busy", "pace": 1, "answers": False}, headers=BEARER)
    assert answer.json() == {"mood": "busy", "pace": 1.0, "answers": False}
    assert sandbox.mood is Mood.BUSY


# Its pages


def test_its_pages_show_what_came_and_what_it_said_escaped(sandbox: Sandbox, site: Site) -> None:
    deliver(sandbox, subject="<script>alert(1)</script>", attachments=[{"filename": "<b>.pdf"}])
    sandbox.work_now()
    for address in (sandbox.url, f"{sandbox.url}tickets/TX0001/"):
        answer = httpx.get(address)
        assert answer.status_code == 200
        assert "&lt;script&gt;alert(1)" in answer.text
        assert "<script" not in answer.text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "COMPLETED" in answer.text
    assert "&lt;b&gt;.pdf" in answer.text
    assert "busy" in httpx.get(f"{sandbox.url}moods/").text
    assert httpx.get(f"{sandbox.url}tickets/TX9999/").status_code == 404
    assert httpx.get(f"{sandbox.url}static/site.css").headers["Content-Type"] == "text/css"
    assert httpx.get(f"{sandbox.url}static/../settings.py").status_code == 404


def test_buttons_send_a_callback_and_set_the_mood(sandbox: Sandbox, site: Site) -> None:
    deliver(sandbox)
    origin = {"Origin": sandbox.url.rstrip("/")}
    page = f"{sandbox.url}tickets/TX0001/"
    done = httpx.post(f"{page}send/", data={"word": "COMPLETED", "note": "All new."}, headers=origin)
    assert (done.status_code, done.headers["Location"]) == (303, "/tickets/TX0001/")
    httpx.post(f"{page}send/", data={"word": "", "other": "TRIAGE_L2"}, headers=origin)
    assert site.words == ["COMPLETED", "TRIAGE_L2"]
    assert json.loads(site.came[0][1])["resolution"] == "All new."
    assert httpx.post(f"{page}send/", data={"word": ""}, headers=origin).status_code == 422
    moods = {"mood": "repeats", "pace": "2.5", "answers": "on"}
    assert httpx.post(f"{sandbox.url}moods/", data=moods, headers=origin).status_code == 303
    assert (sandbox.mood, sandbox.pace) == (Mood.REPEATS, 2.5)


def test_other_sites_can_neither_press_its_buttons_nor_take_its_name(sandbox: Sandbox) -> None:
    moods = {"mood": "fails", "pace": "1"}
    for headers in ({}, {"Origin": "https://evil.example.com"}, {"Origin": "null"}):
        assert httpx.post(f"{sandbox.url}moods/", data=moods, headers=headers).status_code == 403
    assert httpx.get(sandbox.url, headers={"Host": "evil.example.com"}).status_code == 421
    assert sandbox.mood is Mood.WELL


# How it stands


def test_it_stands_on_its_own() -> None:
    """Neither Django's settings nor the product's tables: it could write into neither if it wanted to."""
    for path in sorted((ROOT / "tickets/workflow/sandbox").glob("*.py")):
        named = [line for line in path.read_text().splitlines() if line.startswith(("import ", "from "))]
        ours = {"jobs", "tickets.workflow.sandbox"}
        for line in named:
            module = line.split()[1]
            is_ours = module.split(".")[0] in {"jobs", "tickets", "people", "audit", "notifications", "backoffice"}
            assert not is_ours or any(module == own or module.startswith(f"{own}.") for own in ours), line
            assert not module.startswith("django") or module == "django.template", line


def test_its_keys_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    kept, again = keys.kept_in(tmp_path), keys.kept_in(tmp_path)
    assert (kept.api_key, kept.callback_secret) == (again.api_key, again.callback_secret)
    assert kept.callback_secret.startswith("whsec_")
    assert {path.stat().st_mode & 0o777 for path in (kept.api_key_file, kept.callback_secret_file)} == {0o600}


def test_what_it_keeps_in_a_file_outlives_it(tmp_path: Path) -> None:
    for _time in range(2):
        with Sandbox(data=tmp_path / "kept.sqlite3", pace=NEVER) as sandbox:
            deliver(sandbox)
            times = [row["times"] for row in sandbox.store.deliveries()]
    assert times == [2]
