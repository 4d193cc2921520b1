"""Several imports at the same moment."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from audit.refusals import InvalidValues
from helpcenter.models import ArticlePage
from jobs import leases
from jobs.models import Run
from jobs.spreadsheets import importing
from people.models import Department
from tests.factories import people
from tests.factories import tickets as factories
from tests.helpcenter import articles
from tests.tickets.sheets.loading import planned
from tickets import lifecycle
from tickets.models import Ticket, TicketCategory


@pytest.mark.postgresql
@pytest.mark.usefixtures("real_commits")
def test_of_ten_imports_of_one_old_ticket_one_brings_it_in_and_the_others_say_so(at_once):
    admins, category = [people.admin() for _ in range(10)], factories.category(people.department())
    requester = people.person()
    old = {
        "requester": requester,
        "category": category,
        "subject": "An old problem",
        "description": factories.DESCRIPTION,
    }
    old |= {"status": "Closed", "submit_date": timezone.now(), "external_reference": "INC-1"}

    def bring_in(number: int) -> list[Ticket | InvalidValues]:
        other = old | {"external_reference": f"INC-2{number}"}
        return lifecycle.bring_in_many([old, other], by=admins[number], once=True)

    outcomes = at_once(10, bring_in)
    assert [[type(each) for each in made] for made in outcomes].count([Ticket, Ticket]) == 1
    assert [[type(each) for each in made] for made in outcomes].count([InvalidValues, Ticket]) == 9
    assert Ticket.objects.filter(external_reference="INC-1").count() == 1
    assert Ticket.objects.count() == 11


#: Kind → titles, a row of a name, another one of its own, and the sentence for whoever comes second.
BY_NOW = "There is one of this name by now. Check the file again."
FILES: dict[str, tuple[list[str], list[str], str]] = {
    "departments": (["Name", "Description"], ["{}", "New."], f"name: {BY_NOW}"),
    "categories": (["Name", "Description"], ["{}", "New."], f"name: {BY_NOW}"),
    "articles": (
        ["Title", "Topic", "Text"],
        ["{}", "Equipment", "It is quiet."],
        "heading: There is an article with this title by now. Check the file again.",
    ),
}
NAME = "Über uns"


def made(kind: str, names: list[str]) -> int:
    if kind == "articles":
        return ArticlePage.objects.filter(title__in=names).count()
    return {"departments": Department, "categories": TicketCategory}[kind].objects.filter(name__in=names).count()


@pytest.mark.postgresql
@pytest.mark.usefixtures("real_commits")
@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("others", [0, 1], ids=["one row", "several rows"])
def test_of_imports_with_one_new_name_one_makes_it_and_the_others_say_so(at_once: Any, kind: str, others: int) -> None:
    header, row, sentence = FILES[kind]
    if kind == "articles":
        articles.topic("Equipment")
    admins = [people.admin() for _each in range(4)]
    own = [[f"Own {number}"] * others for number in range(len(admins))]
    plans = []
    for number, admin in enumerate(admins):
        # In another case and another place each time.
        names = [NAME.upper() if number % 2 else NAME, *own[number]]
        names = names[::-1] if number % 2 else names
        rows = [[cell.format(name) for cell in row] for name in names]
        plans.append(planned(kind, header, rows, by=admin))
    # Checked when nobody had it yet; whoever plans does the worker's part of all runs.
    runs = [importing.apply(run, by=admin) for run, admin in zip(plans, admins, strict=True)]

    def work(number: int) -> None:
        assert leases.claim(runs[number])
        leases.work(runs[number])

    assert at_once(len(runs), work) == [None] * len(runs)
    rows_of = [{each.outcome: each for each in Run.objects.get(pk=run.pk).rows.all()} for run in runs]
    assert made(kind, [NAME, NAME.upper()]) == 1
    assert made(kind, [name for names in own for name in names]) == others * len(runs)
    refused = [found["refused"].sentences for found in rows_of if "refused" in found]
    assert refused == [[sentence]] * (len(runs) - 1)
    assert {outcome for found in rows_of for outcome in found} == {"applied", "refused"}
