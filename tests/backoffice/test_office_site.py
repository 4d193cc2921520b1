"""The back office's site: what Django would put together for every page is made where it is shown."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils.functional import empty

from people.models import Employee
from tests.factories import people

pytestmark = pytest.mark.django_db


def test_the_list_of_all_tables_is_not_made_for_a_page_that_does_not_show_it(client: Client) -> None:
    client.force_login(people.admin())
    page = client.get("/admin/people/employee/")
    assert page.status_code == 200
    assert page.context["available_apps"]._wrapped is empty


def test_the_page_of_an_app_still_lists_its_tables_to_who_may_see_them(client: Client) -> None:
    client.force_login(people.admin())
    assert 'href="/admin/people/department/"' in client.get("/admin/people/").content.decode()
    client.force_login(people.coordinator())
    assert "/admin/people/apikey/" not in client.get("/admin/people/").content.decode()
    assert client.get("/admin/audit/").status_code == 404


def test_a_search_of_the_back_office_still_finds_its_tables(client: Client) -> None:
    client.force_login(people.admin())
    assert "/admin/people/department/" in client.get("/admin/search/", {"s": "depart"}).content.decode()


def test_looking_at_a_history_makes_no_class_anew() -> None:
    person = people.person()
    assert type(person.history) is type(person.history) is type(Employee.history)
