"""Articles come in from a spreadsheet and go out into one, by the rights of editors."""

from __future__ import annotations

import pytest
from django.test import Client

from audit.models import AuditEvent
from audit.refusals import Refused, StaleVersion
from helpcenter import markdown_out
from helpcenter.models import ArticleFeedback, ArticlePage
from tests.factories import people
from tests.helpcenter import articles
from tests.people.sheets.loading import outcomes, undone
from tests.tickets.sheets.loading import applied, planned, resource, written_out

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


def locked_by(person, page):
    page.locked, page.locked_by = True, person
    page.save()


def test_an_article_that_another_editor_has_locked_is_left_alone(editor):
    page = articles.article("The mouse", "<p>It squeaks.</p>")
    run = planned("articles", HEADER, [["The mouse", "Equipment", "It is quiet."]], by=editor)
    assert outcomes(run) == {2: "good"}
    locked_by(people.person(is_help_center_editor=True), page)
    sentence = "This article is locked in the help center. Have it unlocked first."
    applied(run, by=editor)
    assert (outcomes(run), run.rows.get().sentences) == ({2: "refused"}, [sentence])
    run = planned("articles", HEADER, [["The mouse", "Equipment", "It is gone."]], by=editor)
    assert (outcomes(run), run.rows.get().sentences) == ({2: "refused"}, [sentence])
    # One's own lock keeps the others out, not oneself.
    locked_by(editor, page)
    run = applied(planned("articles", HEADER, [["The mouse", "Equipment", "It is off."]], by=editor), by=editor)
    assert outcomes(run) == {2: "applied"}


def test_undo_leaves_what_another_editor_has_locked_or_edited_in_between(editor):
    run = applied(planned("articles", HEADER, ROWS, by=editor), by=editor)
    locked_by(people.person(is_help_center_editor=True), ArticlePage.objects.get(title="The screen is black"))
    looked_at = resource("articles").subjects_of([run.rows.get(number=2)])
    (page,) = looked_at.values()
    page.specific.save_revision().publish()
    with pytest.raises(StaleVersion):
        resource("articles").take_back(page, by=editor, reason="Undo")
    assert outcomes(undone(run, by=editor)) == {2: "kept", 3: "kept"}
    assert run.rows.get(number=3).sentences == ["This article is locked in the help center. Have it unlocked first."]
    assert ArticlePage.objects.count() == 2


@pytest.mark.parametrize("title", ["Große Räume", "ÜBER UNS"], ids=["ss", "capital"])
def test_the_same_file_twice_makes_no_article_twice_however_it_is_spelled(editor, title):
    rows = [[title, "Equipment", "Upstairs."]]
    first, second = (planned("articles", HEADER, rows, by=editor) for _time in range(2))
    assert outcomes(applied(first, by=editor)) == {2: "applied"}
    # Checked when nobody had it yet.
    assert outcomes(applied(second, by=editor)) == {2: "refused"}
    assert "with this title by now" in second.rows.get().sentences[0]
    assert outcomes(planned("articles", HEADER, rows, by=editor)) == {2: "same"}
    assert ArticlePage.objects.filter(title=title).count() == 1


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
