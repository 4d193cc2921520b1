"""Log lines carry the request, and one event is one line."""

from __future__ import annotations

import json
import logging

from audit.origin import Origin, coming_from
from backoffice.logs import JsonLines, RequestId


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
