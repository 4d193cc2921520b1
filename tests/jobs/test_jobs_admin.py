"""Runs and heartbeats in the back office: to look at, and nothing else."""

from __future__ import annotations

import pytest
from django.urls import reverse

from jobs import heartbeat, leases, runs
from jobs.models import Heartbeat, Run, RunRow
from tests.factories import people
from tests.jobs import things

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("things_kind")]


@pytest.fixture
def run(clerk) -> Run:
    heartbeat.beat()
    run = runs.start(things.NAME, by=clerk, rows=[{"name": "<b>one</b>"}, {"name": "two", "plan": "refused"}])
    leases.drain(Run)
    return run


@pytest.mark.parametrize("model", [Run, RunRow, Heartbeat])
def test_each_page_opens_and_takes_no_change(run, clerk, client, model):
    client.force_login(clerk)
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert client.get(reverse(f"{name}_changelist")).status_code == 200
    row = model.objects.first()
    assert client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
    assert client.post(reverse(f"{name}_change", args=[row.pk]), {}).status_code == 403
    assert client.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert client.get(reverse(f"{name}_add")).status_code == 403


def test_the_rows_say_what_and_why_and_peoples_words_are_escaped(run, clerk, client):
    client.force_login(clerk)
    shown = client.get(reverse("admin:jobs_runrow_changelist")).text
    assert "It is not allowed. It never was." in shown
    assert "Makes &lt;b&gt;one&lt;/b&gt;." in shown
    assert "<b>one" not in shown


def test_somebody_who_is_not_staff_sees_none_of_it(run, client):
    client.force_login(people.person())
    assert client.get(reverse("admin:jobs_run_changelist")).status_code == 302
