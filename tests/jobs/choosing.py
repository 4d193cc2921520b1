"""Choosing people in their list, and what one does with the plan, for tests."""

from __future__ import annotations

from django.http import HttpResponse
from django.test import Client

from jobs.models import Run
from people.models import Employee

LIST = "/admin/people/employee/"


def choose(client: Client, action: str, *persons: Employee, query: str = "?tab=all", **more: str) -> HttpResponse:
    keys = [str(person.pk) for person in persons]
    return client.post(LIST + query, {"action": action, "_selected_action": keys, **more})


def planned(client: Client, action: str, *persons: Employee, **more: str) -> Run:
    answer = choose(client, action, *persons, **more)
    run = Run.objects.latest("pk")
    assert answer.headers["Location"] == f"/admin/jobs/run/{run.pk}/plan/"
    return run


def do(client: Client, run: Run, what: str, **posted: str) -> HttpResponse:
    return client.post(f"/admin/jobs/run/{run.pk}/{what}/", posted)


def page(client: Client, run: Run, **asked: str) -> str:
    answer = client.get(f"/admin/jobs/run/{run.pk}/plan/", asked)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def outcomes(run: Run) -> list[str]:
    return list(run.rows.order_by("number").values_list("outcome", flat=True))


def sentences(run: Run, number: int) -> list[str]:
    return run.rows.get(number=number).sentences


def status_of(person: Employee) -> str:
    return Employee.objects.get(pk=person.pk).status


def said(client: Client) -> list[str]:
    return [str(message) for message in client.get(LIST).context["messages"]]
