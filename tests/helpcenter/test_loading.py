"""A folder of Markdown becomes articles: whole, safe, and the same again when nothing changed."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from helpcenter import folders, loading
from helpcenter.markdown import Target, written
from helpcenter.models import ArticlePage, ArticleSource, HelpImage, TopicPage
from helpcenter.templating import Templates
from tests.helpcenter import writing

pytestmark = pytest.mark.django_db

FILES = {
    "index.md": "---\ntitle: Welcome\n---\nHello. Go to [leave](time-off/leave.md) or [the top](/).\n",
    "time-off/index.md": "---\ntitle: Time off\nkeywords: vacation, holiday\n---\nAll about time off.\n",
    "time-off/leave.md": (
        "---\ntitle: Leave\nredirect_from:\n  - /old/leave/\ncSpell: ignore\n---\n"
        '{% alert "Mind" "warning" %}\n  Ask **early**.\n{% endalert %}\n\n'
        "# Leave\n\n## Kinds of leave {#kinds}\n\n"
        "See [sick leave](#sick-leave-you-ve-taken) and [there](../sick/#by-phone).\n\n"
        "#### Sick leave you've taken\n\n- one\n  - two\n\n| What | Days |\n|---|---|\n| Short | *3* |\n\n"
        "```python\nprint('{{ x }} :lock:')\n```\n\n"
        "A note.[^1] :lock: {% comment %}unsaid{% endcomment %}{# unsaid #}\n\n"
        "![A calendar](calendar.png)\n\n![A map](missing.png)\n\n[^1]: It says so.\n"
    ),
    "time-off/sick.md": (
        "---\ntitle: 'Sick & tired'\n---\n## By phone\n\nCall. [Back]({% page \"/old/leave/#kinds\" %}).\n"
    ),
    "time-off/deep/er/still.md": (
        "# Still here\n\nDeep. <script>alert(1)</script><b onclick='x()'>bold</b> <project> [x](javascript:x)\n"
    ),
    "accounts/one.md": "---\ntitle: One\n---\nText.\n",
    "moved.md": "---\ntitle: Moved\nredirect_to: /time-off/leave/\n---\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "book"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / "time-off" / "calendar.png").write_bytes(writing.png())
    return root


def page_of(path: str) -> ArticlePage:
    return ArticlePage.objects.get(source__path=path)


def words_of(client: Client, path: str) -> str:
    answer = client.get(page_of(path).url)
    assert answer.status_code == 200
    return answer.content.decode().split('class="words"')[1].split('id="feedback"')[0]


def counts(report: loading.Report) -> tuple[int, int, int, int]:
    return len(report.made), len(report.updated), len(report.unchanged), len(report.left)


def test_folders_become_topics_and_files_articles(folder: Path, client: Client) -> None:
    report = loading.load(folder)
    assert counts(report) == (len(FILES), 0, 0, 0)
    topics = {topic.slug: topic.title for topic in TopicPage.objects.all()}
    assert topics == {
        "general": "General",
        "time-off": "Time off",
        "deep-er": "Deep: Er",
        "accounts-help": "Accounts",  # /accounts/ is ours
    }
    assert page_of("time-off/leave.md").url == "/time-off/leave/"
    assert page_of("time-off/index.md").url == "/time-off/overview/"
    assert page_of("time-off/deep/er/still.md").url == "/time-off/deep-er/still/"
    assert page_of("time-off/index.md").keywords == "vacation, holiday"
    assert page_of("index.md").summary.startswith("Hello.")
    assert client.get("/").status_code == 200


def test_an_article_reads_well(folder: Path, client: Client) -> None:
    loading.load(folder)
    words = words_of(client, "time-off/leave.md")
    assert words.index("callout-warning") < words.index("Mind") < words.index("<b>early</b>") < words.index("<h2")
    assert '<h2 id="kinds-of-leave" tabindex="-1">Kinds of leave</h2>' in words
    assert '<h3 id="sick-leave-youve-taken" tabindex="-1">' in words
    assert 'href="#sick-leave-youve-taken"' in words
    assert 'href="/time-off/sick/#by-phone"' in words
    assert "<li>one<ul><li>two</li></ul></li>" in words
    assert '<th scope="col">Days</th>' in words
    assert "<td><p><i>3</i></p></td>" in words
    assert "print(&#x27;" in words
    assert ":lock:&#x27;)" in words
    assert "A note." in words
    assert "🔒" in words
    assert 'href="#notes"' in words
    assert "It says so." in words
    assert 'alt="A calendar"' in words
    assert "<i>A map</i>" in words
    assert "unsaid" not in words
    assert "[^1]" not in words
    assert 'href="/time-off/leave/#kinds-of-leave"' in words_of(client, "time-off/sick.md")
    assert 'href="/time-off/leave/"' in words_of(client, "moved.md")
    front = words_of(client, "index.md")
    assert 'href="/time-off/leave/"' in front
    assert 'href="/general/overview/"' in front


def test_html_in_markdown_is_cleaned_and_what_is_none_stays_text(folder: Path, client: Client) -> None:
    loading.load(folder)
    words = words_of(client, "time-off/deep/er/still.md")
    assert "<b>bold</b>" in words
    assert "&lt;project&gt;" in words
    for bad in ("alert(1)", "onclick", 'href="javascript:'):
        assert bad not in words


def test_the_report_names_file_and_line(folder: Path) -> None:
    report = loading.load(folder)
    lines = list(loading.lines_of(report))
    text = (folder / "time-off/leave.md").read_text()
    at = text[: text.index("missing.png")].count("\n") + 1
    assert f"time-off/leave.md:{at}: the picture missing.png is not in the folder; its description stays" in lines
    assert lines[-1].startswith(f"{len(FILES)} files: {len(FILES)} made")


def test_again_nothing_changes_and_a_changed_file_makes_a_new_version(folder: Path) -> None:
    loading.load(folder)
    page = page_of("time-off/sick.md")
    assert counts(loading.load(folder)) == (0, 0, len(FILES), 0)
    assert HelpImage.objects.count() == 1
    (folder / "time-off/sick.md").write_text("---\ntitle: Sick days\n---\n## By phone\n\nWrite.\n", encoding="utf-8")
    assert counts(loading.load(folder)) == (0, 1, len(FILES) - 1, 0)
    changed = page_of("time-off/sick.md")
    assert (changed.pk, changed.title, changed.live, changed.url) == (page.pk, "Sick days", True, "/time-off/sick/")
    assert changed.revisions.count() == page.revisions.count()
    assert changed.latest_revision_id != page.latest_revision_id


def test_what_an_editor_changed_since_is_left_alone_unless_asked_for(folder: Path) -> None:
    loading.load(folder)
    page = page_of("time-off/sick.md")
    page.title = "An editor's title"
    page.save_revision().publish()
    (folder / "time-off/sick.md").write_text("---\ntitle: From the file\n---\nNew.\n", encoding="utf-8")
    report = loading.load(folder)
    assert report.left == ["time-off/sick.md"]
    assert "--overwrite" in "\n".join(loading.lines_of(report))
    assert page_of("time-off/sick.md").title == "An editor's title"
    assert loading.load(folder, overwrite=True).updated == ["time-off/sick.md"]
    assert page_of("time-off/sick.md").title == "From the file"


def test_a_file_that_is_gone_keeps_its_article_and_is_named(folder: Path, client: Client) -> None:
    loading.load(folder)
    (folder / "accounts/one.md").unlink()
    report = loading.load(folder)
    assert report.gone == ["accounts/one.md"]
    assert client.get(page_of("accounts/one.md").url).status_code == 200


def test_nothing_outside_the_folder_is_read(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("# Canary\n\nswordfish\n")
    os.symlink(secret, folder / "linked.md")
    os.symlink(tmp_path, folder / "out")
    (folder / "reads.md").write_text('{% include "../../secret.md" %}![x](../secret.md)\n')
    report = loading.load(folder)
    assert not ArticleSource.objects.filter(path__contains="linked").exists()
    assert "swordfish" not in str(page_of("reads.md").body.raw_data)
    assert [problem.path for problem in report.problems].count("reads.md") == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"x" * (folders.FILE_BYTES + 1), "larger than"),
        (b"\xff\xfe\x00bad", "not UTF-8"),
        (b"---\ntitle: [\n---\nText.\n", "no YAML"),
        (b"Text {% comment %} for ever\n", "has no end"),
        (b"Text {% widget 1 %}.\n", "not understood"),
        (b"[x](/nowhere/)\n", "leads to nothing"),
        (b"[x](/time-off/leave/#nothing)\n", "names a place that is not there"),
    ],
)
def test_what_cannot_be_taken_over_is_said(folder: Path, content: bytes, sentence: str) -> None:
    (folder / "odd.md").write_bytes(content)
    report = loading.load(folder)
    assert [problem.path for problem in report.problems if sentence in problem.sentence] == ["odd.md"]
    assert ArticleSource.objects.count() >= len(FILES)


def test_the_command_says_what_it_did(folder: Path, tmp_path: Path) -> None:
    said = StringIO()
    call_command("load_articles", str(folder), stdout=said)
    assert f"{len(FILES)} made" in said.getvalue()
    with pytest.raises(CommandError, match="no folder"):
        call_command("load_articles", str(tmp_path / "nothing"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match="no Markdown"):
        call_command("load_articles", str(tmp_path / "empty"), stdout=StringIO())


# Pieces


def block_kinds(markdown: str) -> list[str]:
    made = written(markdown, title="", link=lambda address: Target(address=address), picture=lambda *given: None)
    return [block["type"] for block in made.body]


@pytest.mark.parametrize(
    ("markdown", "kinds"),
    [
        ("", []),
        ("One\n\nTwo", ["text"]),
        ("a\n\n## b\n\nc", ["text", "text"]),
        ("> [!WARNING]\n> Mind.", ["callout"]),
        ("> said", ["text"]),
        ("    code", ["code"]),
        ("<table><tr><td>a</td></tr></table>", ["table"]),
        ("<details><summary>More</summary>\n\n- a\n\n</details>", ["text"]),
        ("1. a\n\n   ```\n   x\n   ```\n2. b", ["text"]),
    ],
)
def test_each_kind_of_markdown_has_its_block(markdown: str, kinds: list[str]) -> None:
    assert block_kinds(markdown) == kinds


@pytest.mark.parametrize(
    "hostile", ["{% " * 20_000, "{{" * 50_000, "[" * 5_000, "{#" * 50_000, "<div>" * 5_000, "`" * 50_000]
)
def test_a_file_made_to_take_long_does_not(hostile: str) -> None:
    said: list[str] = []
    text = Templates(lambda name: None, lambda line, sentence: said.append(sentence)).resolved(hostile)
    assert isinstance(block_kinds(text), list)


def test_templates_inside_raw_stay_as_they_are() -> None:
    templates = Templates(lambda name: None, lambda line, sentence: None)
    assert templates.resolved('{% raw %}{% page "x" %}{% endraw %}') == '{% page "x" %}'
    assert templates.resolved('[a]({% page "x/y" %}) {{ site.url }}{{ "kept" }}') == "[a](/x/y) kept"
    assert templates.resolved('{% slack_channel "help" %}') == "#help"
    assert (
        templates.resolved('{% image_with_class "a.png" "big" "don\'t click "allow"" %}')
        == "![don't click \"allow](/a.png)"
    )
