"""Articles come in from a spreadsheet and go out into one, by the rights of editors."""

from __future__ import annotations

import pytest
from django.test import Client

from audit.models import AuditEvent
from audit.refusals import Refused
from helpcenter import markdown_out
from helpcenter.models import ArticleFeedback, ArticlePage
from tests.factories import people
from tests.helpcenter import articles
from tests.people.sheets.loading import outcomes, undone
from tests.tickets.sheets.loading import applied, planned, written_out

pytestmark = pytest.mark.django_db

HEADER = ["Title", "Topic", "Text"]
TEXT = "Hold the power key for **ten seconds**.\n\n## If that fails\n\n1. Pull the plug\n2. Ask us\n\n`reset --all`"
ROWS = [["The laptop does not start", "Equipment", TEXT], ["The screen is black", "equipment", "Is it *on*?"]]


@pytest.fixture
def editor():
    articles.topic("Equipment")
    return people.person(is_help_center_editor=True, email="ed@example.com")


def test_rows_become_published_articles_under_their_topic(editor, client: Client):
    before = ArticlePage.objects.count(), AuditEvent.objects.filter(kind=AuditEvent.Kind.PAGE_CHANGED).count()
    run = planned("articles", HEADER, ROWS, by=editor)
    assert set(outcomes(run).values()) == {"good"}
    assert before == (
        ArticlePage.objects.count(), AuditEvent.objects.filter(kind=AuditEvent.Kind.PAGE_CHANGED).count(),
    )  # fmt: skip
    applied(run, by=editor)
    page = ArticlePage.objects.get(title="The laptop does not start")
    assert (page.live, page.get_parent().title, page.summary) == (
        True,
        "Equipment",
        "Hold the power key for ten seconds.",
    )
    assert page.latest_revision.user == editor
    shown = client.get(page.url).content.decode()
    assert "<b>ten seconds</b>" in shown
    assert AuditEvent.objects.filter(kind=AuditEvent.Kind.PAGE_CHANGED, actor=editor).exists()


def test_what_is_missing_or_unknown_is_said_at_once(editor):
    run = planned("articles", HEADER, [["", "Nowhere", ""], ["Fine", "Nowhere", "<script>x</script>"]], by=editor)
    assert set(run.rows.get(number=2).memory["errors"]) >= {"heading", "body"}
    assert set(run.rows.get(number=3).memory["errors"]) == {"topic", "body"}


def test_a_changed_cell_is_a_new_version_and_undo_brings_the_former_text_back(editor):
    applied(planned("articles", HEADER, ROWS, by=editor), by=editor)
    header, rows = written_out("articles", by=editor, names=["id", "version", "heading", "body"])
    body = header.index("Body")
    before = ArticlePage.objects.get(title="The screen is black").body.raw_data[0]["value"]
    changed = [[*row[:body], "Is it **off**?"] if "Is it" in row[body] else row for row in rows]
    run = planned("articles", header, changed, by=editor)
    assert sorted(outcomes(run).values()) == ["good", "same"]
    run = applied(run, by=editor)
    assert "<b>off</b>" in ArticlePage.objects.get(title="The screen is black").body.raw_data[0]["value"]
    undone(run, by=editor)
    assert ArticlePage.objects.get(title="The screen is black").body.raw_data[0]["value"] == before


def test_undo_deletes_what_nobody_touched_and_keeps_what_somebody_did(editor):
    rows = [*ROWS, ["A third one", "Equipment", "With an answer."]]
    run = applied(planned("articles", HEADER, rows, by=editor), by=editor)
    touched = ArticlePage.objects.get(title="The screen is black")
    touched.summary = "Mine."
    touched.save_revision().publish()
    answered = ArticlePage.objects.get(title="A third one")
    ArticleFeedback.objects.create(page=answered, is_helpful=True, reader="x")
    run = undone(run, by=editor)
    assert outcomes(run) == {2: "undone", 3: "kept", 4: "kept"}
    assert {page.title for page in ArticlePage.objects.all()} == {"The screen is black", "A third one"}


def test_whatever_goes_out_comes_back_unchanged_and_what_markdown_can_not_say_stays(editor):
    applied(planned("articles", HEADER, ROWS, by=editor), by=editor)
    table = "| a | b |\n|---|---|\n| 1 | 2 |"
    applied(planned("articles", HEADER, [["A table", "Equipment", table]], by=editor), by=editor)
    header, rows = written_out("articles", by=editor)
    rows = [["" if cell is None else cell for cell in row] for row in rows]
    assert set(outcomes(planned("articles", header, rows, by=editor)).values()) == {"same"}
    # The very same text may come again, another one may not.
    assert outcomes(planned("articles", HEADER, [["A table", "Equipment", table]], by=editor)) == {2: "same"}
    run = planned("articles", HEADER, [["A table", "Equipment", "No table."]], by=editor)
    assert "more than a spreadsheet can carry" in run.rows.get().memory["errors"]["body"][0]


def test_a_draft_that_nobody_has_published_is_not_run_over(editor):
    page = articles.article("The mouse", "<p>It squeaks.</p>")
    page.title = "The mouse, again"
    page.save_revision()
    run = planned("articles", HEADER, [["The mouse", "Equipment", "It is quiet."]], by=editor)
    assert outcomes(run) == {2: "refused"}
    assert "nobody has published" in run.rows.get().sentences[0]


def test_nobody_but_editors_loads_articles(editor):
    for person in (people.person(), people.clerk(), people.coordinator()):
        with pytest.raises(Refused):
            planned("articles", HEADER, ROWS, by=person)


@pytest.mark.parametrize(
    "text",
    [
        "*a*",
        "- a\n- b\n   - c",
        "1. a\n2. b",
        "## Head\n\ntext",
        "```sh\nls\n```",
        "a \\* b \\_ c \\< d",
        "> said",
        "[there](https://example.com/?a=1&b=2)",
        "a\\\nb",
        "\\- no list",
        "2027\\. no list",
        "`a * b`",
        "\\# no heading",
    ],
)
def test_markdown_that_can_be_said_comes_back_as_the_same_body(text):
    body = markdown_out.read(text, "").body
    said = markdown_out.said(body, "")
    assert said is not None
    assert markdown_out.read(said, "").body == body
    assert markdown_out.said(markdown_out.read(said, "").body, "") == said
