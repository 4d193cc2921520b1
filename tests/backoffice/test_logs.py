"""Log lines carry the request, and one event is one line."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import sys
from collections.abc import Iterator

import pytest
from django.test import Client

from audit.origin import Origin, coming_from
from backoffice.logs import JsonLines, RequestId, logging_settings
from people import links
from people.enums import Status
from tests.factories import people


def line_of(message: str, *arguments: object, exception: bool = False) -> str:
    info = None
    if exception:
        try:
            raise ValueError("broken")
        except ValueError as error:
            info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("house", logging.WARNING, __file__, 1, message, arguments, info)
    assert RequestId().filter(record)
    return JsonLines().format(record)


def test_a_line_names_the_request_that_caused_it() -> None:
    with coming_from(Origin(request_id="abc123")):
        found = json.loads(line_of("ticket %s", "TX0001"))
    assert (found["message"], found["request_id"], found["level"]) == ("ticket TX0001", "abc123", "WARNING")
    assert json.loads(line_of("at start"))["request_id"] == "-"


def test_a_line_break_in_a_message_makes_no_second_line() -> None:
    line = line_of("%s", 'a\n{"level": "INFO", "message": "forged"}')
    assert "\n" not in line
    assert json.loads(line)["level"] == "WARNING"


def test_an_exception_is_part_of_its_line() -> None:
    line = line_of("it broke", exception=True)
    assert "\n" not in line
    assert "ValueError: broken" in json.loads(line)["exception"]


# Links that open something


@pytest.fixture(params=["text", "json"])
def written(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the house's own handler writes, in either form."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    settings = logging_settings(form=request.param, level="INFO")
    root = logging.getLogger()
    before = root.handlers[:], root.level
    kept = {name: vars(logging.getLogger(name)).copy() for name in settings["loggers"]}
    logging.config.dictConfig(settings)
    yield stream
    for name, values in kept.items():
        vars(logging.getLogger(name)).update(values)
    root.handlers[:] = before[0]
    root.setLevel(before[1])


@pytest.mark.django_db
def test_a_live_link_is_not_in_the_log_when_its_page_answers_with_a_fault(written: io.StringIO) -> None:
    path = links.apply_again(people.person(Status.REJECTED))
    key = path.rstrip("/").rpartition("/")[2]
    assert Client(enforce_csrf_checks=True).post(path, {"first_name": ""}).status_code == 403
    assert Client().post(path, {"first_name": ""}).status_code == 422
    said = written.getvalue()
    assert key not in said
    assert said.count("apply-again/…") == 2


KEY = "MQ:1vAbCd:3q2-7w_Zs5kL0pTnYbVxGhJ"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"Not Found: /accounts/confirm-email/{KEY}/", "Not Found: /accounts/confirm-email/…/"),
        (f'"GET /accounts/apply-again/{KEY}/ HTTP/1.1" 404', '"GET /accounts/apply-again/…/ HTTP/1.1" 404'),
        (f"https://help.example/accounts/password/reset/key/{KEY}/?a=1", "reset/key/…/?a=1"),
        (f"/accounts/password/reset/key/{KEY}", "reset/key/…"),
        (f"'/files/{KEY}/'", "'/files/…/'"),
        (f"/accounts/login/?next=%2Faccounts%2Fconfirm-email%2F{KEY}%2F", "confirm-email%2F…"),
        (f"/accounts//Confirm-Email//{KEY}/", "Confirm-Email//…/"),
        (f"/accounts/apply-again/{KEY}/ and /accounts/confirm-email/{KEY}/", "apply-again/…/ and /accounts/confirm-"),
    ],
)
def test_what_opens_something_is_masked_wherever_it_stands(written: io.StringIO, said: str, kept: str) -> None:
    logging.getLogger("house").warning(said)
    logging.getLogger("house").warning("%s by %s", said, "somebody")
    logging.getLogger("django.request").warning("%(said)s", {"said": said})
    logging.getLogger("huey").warning("%s", said)
    logging.getLogger("gunicorn.error").warning("Error handling request %s", said)
    found = written.getvalue()
    assert KEY not in found
    assert len(found.splitlines()) == 5
    assert found.replace('\\"', '"').count(kept) == 5


def test_an_exceptions_text_is_masked_too(written: io.StringIO) -> None:
    try:
        raise ValueError(f"/accounts/confirm-email/{KEY}/ broke")
    except ValueError:
        logging.getLogger("house").exception("It broke.", stack_info=True)
    found = written.getvalue()
    assert KEY not in found
    assert "ValueError: /accounts/confirm-email/…/ broke" in found


def test_other_paths_and_arguments_that_do_not_fit_are_written_as_they_are(written: io.StringIO) -> None:
    path = "/srv/django/core/files/uploadhandler.py and /accounts/confirm-email/ and /accounts/password/reset/done/"
    logging.getLogger("house").warning("Seen: %s", path)
    logging.getLogger("house").warning("%d links", f"/accounts/confirm-email/{KEY}/")
    found = written.getvalue()
    assert path in found
    assert "%d links" in found
    assert KEY not in found
