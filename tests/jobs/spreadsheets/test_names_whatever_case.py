"""A file with a name in another case is about the row that is here, with whatever letters, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from helpcenter.models import ArticlePage
from jobs.spreadsheets import folding
from people.models import Department, Employee
from tests.factories import people
from tests.factories.tickets import category
from tests.helpcenter import articles
from tests.people.sheets.loading import actions, outcomes
from tests.tickets.sheets.loading import applied, planned, resource
from tickets.models import TicketCategory

pytestmark = pytest.mark.django_db

NAMES = [("Über uns", "ÜBER UNS"), ("ПРИВЕТ Жщ", "привет жЩ"), ("Łódź", "łÓDŹ"), ("Plain", "pLAIN")]


@pytest.mark.parametrize(("here", "given"), NAMES)
def test_a_department_is_known_by_its_name_in_any_case(here, given):
    admin = people.admin()
    people.department(here)
    run = planned("departments", ["Department", "Description"], [[given, "Another text."]], by=admin)
    assert (outcomes(run), actions(run)) == ({2: "good"}, {2: "changed"})
    applied(run, by=admin)
    assert Department.objects.get(name=here).description == "Another text."


@pytest.mark.parametrize(("here", "given"), NAMES)
def test_a_category_and_its_department_are(here, given):
    admin = people.admin()
    category(None, name=here)
    # Not offered any more, so that it is no choice of the column.
    Department.objects.create(name=f"{here} 2", is_active=False)
    run = planned("categories", ["Name", "Department"], [[given, f"{given} 2"]], by=admin)
    assert run.rows.get().sentences == ["Department: This department takes no tickets any more."]
    run = planned("categories", ["Name", "Description"], [[given, "Another text."]], by=admin)
    assert actions(run) == {2: "changed"}
    assert TicketCategory.objects.filter(name=here).count() == 1


@pytest.mark.parametrize(("here", "given"), NAMES)
def test_an_article_is(here, given):
    articles.topic("Equipment")
    editor, header = people.person(is_help_center_editor=True), ["Title", "Topic", "Text"]
    applied(planned("articles", header, [[here, "Equipment", "Upstairs."]], by=editor), by=editor)
    run = planned("articles", header, [[given, "Equipment", "Downstairs."]], by=editor)
    assert actions(run) == {2: "changed"}
    applied(run, by=editor)
    assert "Downstairs" in str(ArticlePage.objects.get(title=here).body)


def test_a_person_is_by_their_address_also_one_that_no_form_of_ours_would_take():
    admin = people.admin()
    ada, _bo = people.person(email="ada@example.com"), people.person(email="bo@bücher.example")
    # bulk: no verb gives such an address; one from before there was a rule may have it.
    Employee.objects.filter(pk=ada.pk).update(email="Über@example.com")
    found = resource("people").existing_by("email", ["über@EXAMPLE.com", "BO@BÜCHER.example"], by=admin)
    assert set(found) == {"über@example.com", "bo@bücher.example"}


def test_of_two_that_differ_in_case_alone_both_are_found():
    names = {"Über", "über"} if connection.vendor == "sqlite" else {"Über"}
    for name in names:
        people.department(name)
    found = folding.whatever_case(Department.objects.order_by("pk"), "name", ["ÜBER", "Über"])
    assert {row.name for row in found} == names


def test_names_of_plain_letters_are_found_by_the_index_alone(django_assert_num_queries: Any):
    people.department("Plain")
    with django_assert_num_queries(1):
        assert len(folding.whatever_case(Department.objects.all(), "name", ["PLAIN", "other"])) == 1
    with django_assert_num_queries(0):
        assert folding.whatever_case(Department.objects.all(), "name", []) == []
