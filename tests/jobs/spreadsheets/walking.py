"""The way of an import through its pages, for tests: upload, columns, check, and what stands on them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from jobs import leases
from jobs.models import Run
from jobs.spreadsheet_models import Spreadsheet
from jobs.spreadsheets import importing

IMPORTS = "/admin/jobs/spreadsheet/"
EXPORTS = "/admin/jobs/export/"

#: Two that can come in, and one of each sort that can't.
PEOPLE = """First name,Last name,E-mail,Department,Shoe size
Ada,Lovelace,ada@example.com,Sales,38
Bea,Arthur,bea.arthur@example,Sales,39
Cem,Özdemir,cem@example.com,Sales,44
Dora,Maar,dora@example.com,Moon Base,37
,Nobody,nobody@example.com,Sales,
Ada,Lovelace,ADA@example.com,Legal,38
"""


def upload(
    client: Client, text: str | bytes = PEOPLE, *, kind: str = "people", name: str = "people.csv"
) -> HttpResponse:
    content = text.encode() if isinstance(text, str) else text
    return client.post(f"{IMPORTS}new/", {"kind": kind, "file": SimpleUploadedFile(name, content)})


def uploaded(client: Client, text: str | bytes = PEOPLE, **more: str) -> Spreadsheet:
    answer = upload(client, text, **more)
    assert answer.status_code == 302, sentences(answer)
    return Spreadsheet.objects.latest("pk")


def match(client: Client, sheet: Spreadsheet, **changes: str) -> HttpResponse:
    """Post the columns as they are offered, but for these."""
    offered = {f"column-{index}": name for index, name in sheet.mapping["columns"].items()}
    return client.post(f"{IMPORTS}{sheet.pk}/columns/", {**offered, **changes})


def checked(client: Client, text: str | bytes = PEOPLE, **more: str) -> Spreadsheet:
    """Loaded, matched as offered, and checked by the worker."""
    sheet = uploaded(client, text, **more)
    answer = match(client, sheet)
    assert answer.headers["Location"] == f"{IMPORTS}{sheet.pk}/check/", sentences(answer)
    return worked(sheet)


def worked(sheet: Spreadsheet) -> Spreadsheet:
    """After the worker did what there was to do."""
    leases.drain(Run)
    return Spreadsheet.objects.select_related("run").get(pk=sheet.pk)


def checked_by(person: Any) -> Spreadsheet:
    """The same without pages, for tests of something else."""
    file = SimpleUploadedFile("people.csv", PEOPLE.encode())
    sheet = importing.receive(file, kind="people", by=person)
    importing.check(sheet, by=person)
    return worked(sheet)


def do(client: Client, sheet: Spreadsheet, what: str, **posted: Any) -> HttpResponse:
    return client.post(f"{IMPORTS}{sheet.pk}/{what}/", posted)


def page(client: Client, sheet: Spreadsheet, step: str = "check", **asked: Any) -> str:
    answer = client.get(f"{IMPORTS}{sheet.pk}/{step}/", asked)
    assert answer.status_code == 200, answer.headers.get("Location")
    return words(answer)


def words(answer: Any) -> str:
    """The page's text without its tags, on one line."""
    text = answer.content.decode().partition('<div class="bo-')[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def sentences(answer: Any) -> list[str]:
    """What is wrong, as the summary says it."""
    found = re.search(r'role="alert".*?<ul>(.*?)</ul>', answer.content.decode(), re.DOTALL)
    return [unescape(re.sub(r"<[^>]+>", "", each)) for each in re.findall(r"<li>(.*?)</li>", found[1])] if found else []


def outcomes(sheet: Spreadsheet) -> dict[int, str]:
    """Row of the sheet → what became of it."""
    assert sheet.run is not None
    return dict(sheet.run.rows.order_by("number").values_list("number", "outcome"))


def said(client: Client) -> list[str]:
    """What a page says on top of what was just done."""
    return [str(message) for message in client.get(IMPORTS).context["messages"]]


def body(answer: Any) -> bytes:
    """Of a file that is handed out."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content
