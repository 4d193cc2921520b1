"""Holds the shape of the house (architecture.md): who imports whom, who writes what, how long things are.

The lists of exceptions are literal and hold in both directions (tests/allowed_places.py). Each check is tried on a
planted violation as well: it can't pass by looking at nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.db.models import Model

from people import lifecycle as people_door
from people import rules as people_rules
from people.models import Employee
from tests import source as reading
from tests.allowed_places import (
    BROAD_CATCHES,
    BULK_WRITES,
    RAW_SQL,
    STATUS_WRITES,
    VERBS,
    VERBS_WITHOUT_BY,
)
from tests.source import APPS, ROOT, Source, sources
from tickets import lifecycle as tickets_door
from tickets import rules as ticket_rules
from tickets.models import Ticket


@pytest.fixture(scope="module", autouse=True)
def _not_longer_than_needed() -> Iterator[None]:
    """The trees of all files are millions of objects, which whatever is tested later would carry along."""
    yield
    sources.cache_clear()


def of_apps() -> list[Source]:
    return sources(*APPS)


def everywhere(check: Callable[[Source], list[str]], among: list[Source] | None = None) -> set[str]:
    return {place for source in among or of_apps() for place in check(source)}


def planted(text: str, path: str = "jobs/planted.py") -> Source:
    return Source(path, text)


def test_the_reader_finds_the_files_of_every_app():
    found = {source.app for source in of_apps()}
    assert found == set(APPS)
    assert {source.app for source in sources()} >= {*APPS, "tests", "manage.py"}
    assert not [source.path for source in sources() if source.path.startswith((".venv", "var/"))]


# Imports go one way


def test_every_app_names_only_apps_to_its_right():
    assert everywhere(reading.upward_references, [*of_apps(), *reading.migrations()]) == set()


@pytest.mark.parametrize(
    "text",
    [
        "import tickets",
        "import audit, people.models",
        "from tickets.models import Ticket",
        "def later():\n    from people import roles",
        "models.ForeignKey('people.Employee', on_delete=models.PROTECT)",
        "apps.get_model('tickets', 'Ticket')",
        "apps.get_model('tickets.Ticket')",
        "import_module('helpcenter')",
        "SENDER = 'notifications.sending.deliver'",
        "TEMPLATE = 'tickets/emails/approved.txt'",
        "user.has_perm('tickets.change_ticket')",
    ],
)
def test_a_name_to_the_left_is_noticed(text: str):
    assert reading.upward_references(planted(text))


@pytest.mark.parametrize(
    "text",
    [
        "from audit import history",
        "from jobs.models import Run",
        "settings.AUTH_USER_MODEL",
        "'''Rows of tickets.Ticket and others.'''",
        "reverse('admin:tickets_ticket_change')",
        "import people_finder",
    ],
)
def test_a_name_to_the_right_or_of_nobody_is_none(text: str):
    assert reading.upward_references(planted(text)) == []


def test_no_template_includes_one_of_an_app_to_the_left():
    found = []
    for template in sources("templates", ending=".html") + sources("templates", ending=".txt"):
        app = template.path.split("/")[1]
        left = APPS[: APPS.index(app)] if app in APPS else []
        found += [f"{template.path}: {other}" for other in left if re.search(rf"[\"']{other}/", template.text)]
    assert found == []


def test_there_are_no_relative_imports():
    assert everywhere(reading.relative_imports, sources()) == set()
    assert reading.relative_imports(planted("from . import models")) == ["jobs/planted.py:1"]
    assert reading.relative_imports(planted("def f():\n    from ..people import roles"))


def test_the_house_has_the_apps_of_the_design_and_none_besides():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages == {*APPS, "tests"} | ({"bench"} & packages)


# Who writes


def test_only_the_doors_call_the_machines():
    files = {place.partition(":")[0] for place in everywhere(reading.machine_calls)}
    assert files == {"people/lifecycle.py", "tickets/lifecycle.py"}
    assert reading.machine_calls(planted("def f(t):\n    t.machine_close()")) == ["jobs/planted.py:f"]
    assert reading.machine_calls(planted("def f(t):\n    call(t.machine_close)"))


def test_status_is_written_in_the_named_places_alone_and_all_of_them_are_the_leases():
    assert everywhere(reading.status_writes) == STATUS_WRITES
    assert {place.partition("/")[0] for place in STATUS_WRITES} == {"jobs"}


@pytest.mark.parametrize(
    "text",
    [
        "ticket.status = 'Closed'",
        "ticket.status: str = 'Closed'",
        "a, ticket.status = 1, 2",
        "setattr(ticket, 'status', 'Closed')",
        "Ticket.objects.filter(pk=1).update(status='Closed')",
    ],
)
def test_a_write_of_a_status_is_noticed(text: str):
    assert reading.status_writes(planted(text))


def test_rows_are_written_without_history_in_the_named_places_alone():
    assert everywhere(reading.bulk_writes) == BULK_WRITES


@pytest.mark.parametrize("text", ["x.update(a=1)", "x.update(**given)", "x.bulk_create(rows)", "x.bulk_update(r, f)"])
def test_a_bulk_write_is_noticed_and_a_dictionary_is_none(text: str):
    assert reading.bulk_writes(planted(text))
    assert reading.bulk_writes(planted("known.update(other)")) == []


def test_sql_stands_in_the_named_places_alone():
    assert everywhere(reading.raw_sql) == RAW_SQL
    for text in ["cursor.execute('x')", "RawSQL('x', [])", "T.objects.raw('x')", "rows.extra(where=['x'])"]:
        assert reading.raw_sql(planted(text)), text


def test_everything_is_caught_in_the_named_places_alone():
    assert everywhere(reading.broad_catches) == BROAD_CATCHES
    for caught in ["", " Exception", " BaseException", " (ValueError, Exception) as error"]:
        assert reading.broad_catches(planted(f"try:\n    f()\nexcept{caught}:\n    pass")), caught
    assert reading.broad_catches(planted("try:\n    f()\nexcept (ValueError, KeyError):\n    pass")) == []


@pytest.mark.parametrize("word", [r"\bmark_safe\b", r"\bSafeString\b", r"\bcsrf_exempt\b", r"\bno_append_slash\b"])
def test_what_switches_a_protection_off_stands_nowhere(word: str):
    assert [source.path for source in of_apps() if re.search(word, source.text)] == []


UNESCAPED = re.compile(r"\|\s*safe(seq)?\b|autoescape\s+off")


def test_no_page_shows_anything_unescaped():
    pages = sources("templates", *APPS, ending=".html")
    assert [page.path for page in pages if UNESCAPED.search(page.text)] == []
    assert UNESCAPED.search("{{ subject|safe }}")
    assert UNESCAPED.search("{% autoescape off %}")
    assert not UNESCAPED.search("{{ subject|safer }}")


# How long


def test_no_function_is_longer_than_forty_lines():
    assert everywhere(lambda source: reading.long_functions(source, 40), sources()) == set()
    body = "    x = 1\n"
    assert reading.long_functions(planted("def f():\n" + body * 39), 40) == []
    assert reading.long_functions(planted("class A:\n  async def f():\n" + body * 40), 40)


def test_no_file_is_longer_than_four_hundred_lines_and_the_settings_than_four_hundred_and_fifty():
    most = {"backoffice/settings.py": 450}
    long = [source.path for source in sources() if reading.length(source) > most.get(source.path, 400)]
    assert long == []
    assert reading.length(planted("x = 1\n" * 401)) == 401


# The doors


def doors() -> list[Source]:
    found = [source for source in of_apps() if source.path in VERBS]
    assert len(found) == len(VERBS)
    return found


def test_every_verb_of_the_specification_has_its_function_in_the_door():
    for door in doors():
        assert set(VERBS[door.path].split()) <= set(reading.public_functions(door)), door.path


def test_every_verb_takes_the_object_first_and_the_rest_by_keyword_by_among_it():
    assert {place for door in doors() for place in reading.verbs_without_by(door)} == VERBS_WITHOUT_BY
    assert [place for door in doors() for place in reading.verbs_with_more_than_the_object(door)] == []
    assert reading.verbs_without_by(planted("def close(ticket, by): ..."))
    assert reading.verbs_without_by(planted("def close(ticket, *, by): ...")) == []
    assert reading.verbs_with_more_than_the_object(planted("def close(ticket, reason, *, by): ..."))


def arrows_of_machine(model: type[Model], field: str = "status") -> set[tuple[str, str, str]]:
    """(verb, from, to) of every transition."""
    return {
        (transition.name.removeprefix("machine_"), str(transition.source), str(transition.target))
        for transition in model._meta.get_field(field).get_all_transitions(model)
    }


def arrows_of_table(table: list[tuple[str, list[str], str]], verbs: set[str]) -> set[tuple[str, str, str]]:
    return {(verb, state, to) for verb, states, to in table if verb in verbs for state in states}


@pytest.mark.parametrize(("door", "model"), [(tickets_door, Ticket), (people_door, Employee)])
def test_the_table_in_the_door_is_the_machine(door: ModuleType, model: type[Model]):
    table, machine = reading.table_of(door.__doc__ or ""), arrows_of_machine(model)
    moving = {verb for verb, _from, _to in machine}
    assert arrows_of_table(table, moving) == machine
    # What moves nothing says so.
    assert {to for verb, states, to in table if verb not in moving and states} <= {"same"}
    assert arrows_of_table([("approve", ["New"], "Closed")], {"approve"}) != machine


@pytest.mark.parametrize("door", [tickets_door, people_door])
def test_the_table_in_the_door_has_every_verb_and_no_other(door: ModuleType):
    path = f"{door.__name__.replace('.', '/')}.py"
    functions = next(reading.public_functions(source) for source in of_apps() if source.path == path)
    assert {verb for verb, _from, _to in reading.table_of(door.__doc__ or "")} == set(functions)


def test_the_table_of_the_tickets_door_is_what_its_rules_allow():
    states_of: dict[str, set[str]] = {}
    for verb, states, _to in reading.table_of(tickets_door.__doc__ or ""):
        states_of.setdefault(verb, set()).update(states)
    for verb, rule in ticket_rules.RULES.items():
        if verb in states_of:
            assert states_of[verb] == {*rule.sources, *rule.workflow_sources}, verb


def test_the_table_of_the_people_door_is_what_its_rules_allow():
    for verb, states, _to in reading.table_of(people_door.__doc__ or ""):
        if verb in people_rules.RULES:
            allowed = people_rules.RULES[verb].who.values()
            assert set(states) == {state for states_of_one in allowed for state in states_of_one}, verb


def test_a_table_is_read_row_by_row():
    text = "The door.\n\nverb | from | to | told\nclose | Resolved, Open | Closed | -\nsubmit | - | New | x\n\nMore."
    assert reading.table_of(text) == [("close", ["Resolved", "Open"], "Closed"), ("submit", [], "New")]


#: Of the help center's tables these are looked at in /cms/: its pages and pictures, what readers did with them, what
#: they looked for. The search's index (entry, posting, word) and the edition hold nothing that its pages do not.
IN_THE_CMS = {
    "helpcenter.ArticleFeedback",
    "helpcenter.ArticlePage",
    "helpcenter.ArticleSource",
    "helpcenter.ArticleViewCount",
    "helpcenter.EditionChange",
    "helpcenter.FaqPage",
    "helpcenter.HelpImage",
    "helpcenter.HelpRendition",
    "helpcenter.HomePage",
    "helpcenter.RelatedArticle",
    "helpcenter.SearchCount",
    "helpcenter.SearchEntry",
    "helpcenter.SearchPosting",
    "helpcenter.SearchWord",
    "helpcenter.SolvedCount",
    "helpcenter.TopicPage",
}


def test_every_table_of_ours_can_be_seen_in_the_back_office():
    inline = {shown.model for registered in site._registry.values() for shown in registered.inlines}
    ours = [model for app in APPS for model in apps.get_app_config(app).get_models()]
    assert len(ours) > 15
    unseen = {model._meta.label for model in ours if not site.is_registered(model) and model not in inline}
    # A category's page has its fields, by a form of its own.
    assert sorted(unseen - IN_THE_CMS - {"tickets.CategoryField"}) == []
    assert unseen >= IN_THE_CMS
