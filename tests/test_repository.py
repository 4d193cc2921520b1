"""The repository keeps its promises: what is written about it is true of it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from backoffice.env import SETTINGS, assignments
from notifications import messages

ROOT = Path(__file__).resolve().parents[1]
APPS = ["audit", "backoffice", "helpcenter", "jobs", "notifications", "people", "tickets"]
TEXT_SUFFIXES = {
    ".py",
    ".md",
    ".toml",
    ".yaml",
    ".yml",
    ".txt",
    ".in",
    ".html",
    ".css",
    ".js",
    ".svg",
    ".cfg",
    ".sh",
    "",
}
#: A message's template stands for these three.
MESSAGE_PARTS = ("_subject.txt", ".txt", ".html")
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def tracked() -> list[Path]:
    """Files that are, or would be, part of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def texts() -> Iterator[tuple[str, str]]:
    """Each text file: its path, its content."""
    for path in tracked():
        if path.suffix in TEXT_SUFFIXES:
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def default_text(value: object) -> str:
    """How a default is written down."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, dict):
        return ",".join(f"{word}={effect}" for word, effect in value.items())
    return "" if value in (None, []) else str(value)


# Settings


def test_the_example_names_every_setting_with_its_default() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    without_hash = "\n".join(re.sub(r"^#(?=[A-Z_]+=)", "", line) for line in example.splitlines())
    assert dict(assignments(without_hash, ".env.example")) == {
        setting.name: default_text(setting.default) for setting in SETTINGS
    }
    assert all(line.startswith("#") or not line for line in example.splitlines()), "an example sets nothing"


def test_the_readme_names_every_setting_once_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)`[^|]*\| [^|]+ \| ([^|]+) \|$", README, re.MULTILINE))
    assert rows == {
        setting.name: f"`{text}`" if (text := default_text(setting.default)) else "none" for setting in SETTINGS
    }


def test_the_readme_marks_the_secrets() -> None:
    marked = set(re.findall(r"^\| `([A-Z_]+)` \(secret\)", README, re.MULTILINE))
    assert marked == {setting.name for setting in SETTINGS if setting.secret}


def test_no_other_file_reads_the_environment() -> None:
    readers = {
        name
        for name, text in texts()
        if name.endswith(".py") and name.split("/")[0] in APPS and re.search(r"os\.(environ|getenv)", text)
    }
    # wsgi, asgi: the name of the settings module.
    assert readers == {"backoffice/env.py", "backoffice/wsgi.py", "backoffice/asgi.py"}


# Commands


def test_the_readme_opens_with_the_two_commands() -> None:
    first_block = README.split("```")[1]
    assert [line.split("#")[0].strip() for line in first_block.splitlines()[1:]] == ["make run", "make test"]


def test_every_make_command_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", README)) <= targets
    assert {"run", "test", "lint", "fmt", "lock", "bench"} <= targets


def test_every_management_command_of_the_readme_exists() -> None:
    for command in set(re.findall(r"manage\.py ([a-z_]+)", README)):
        with pytest.raises(SystemExit) as ended:
            call_command(command, "--help", stdout=StringIO())
        assert ended.value.code == 0, command


# Locks


def names_in(text: str) -> set[str]:
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    found = (re.match(r"[A-Za-z0-9._-]+", line) for line in lines if line and not line.startswith("-"))
    return {match[0].lower().replace("_", "-") for match in found if match}


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_the_lock_is_in_step_with_what_is_asked_for(name: str) -> None:
    asked = (ROOT / f"{name}.in").read_text(encoding="utf-8")
    locked = (ROOT / f"{name}.txt").read_text(encoding="utf-8")
    assert names_in(asked) <= names_in(locked)
    assert re.search(r"make lock$", locked.splitlines()[1])
    pins = [line for line in locked.splitlines() if line and not line.lstrip().startswith(("#", "-"))]
    assert all(re.match(r"[a-z0-9.\[\],-]+==\S+", pin) for pin in pins)


def test_both_locks_agree() -> None:
    def pins(name: str) -> dict[str, str]:
        text = (ROOT / f"{name}.txt").read_text(encoding="utf-8")
        return dict(re.findall(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==(\S+)", text, re.MULTILINE))

    product, tools = pins("requirements"), pins("requirements-dev")
    assert {name: tools[name] for name in product.keys() & tools.keys()} == {
        name: product[name] for name in product.keys() & tools.keys()
    }


# What must not stand anywhere

FORBIDDEN = {
    "the host of a package index": re.compile(r"(?:index|extra-index)-url[ =]https?:|pypi\.org|files\.pythonhosted"),
    "an absolute path of somebody's machine": re.compile(r"(?<![\w.])/(?:home|Users|work|root)/[\w.-]+"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nowhere_stands(what: str) -> None:
    found = [
        f"{name}: {match[0]}"
        for name, text in texts()
        if name != "tests/test_repository.py"
        for match in FORBIDDEN[what].finditer(text)
    ]
    assert found == []


#: Looked for by name by the libraries whose pages they are.
BY_LIBRARIES = re.compile(r"429\.html|(account|mfa|unfold|wagtailadmin)/.+\.html")


def test_no_template_is_unused() -> None:
    sources = {name: text for name, text in texts() if name.endswith((".py", ".html", ".txt"))}
    used = {f"{message.template}{part}" for message in messages.registered() for part in MESSAGE_PARTS}
    unused = []
    for path in (ROOT / "templates").rglob("*.*"):
        name = path.relative_to(ROOT / "templates").as_posix()
        others = (text for where, text in sources.items() if where != f"templates/{name}")
        is_named = any(f'"{name}"' in text or f"'{name}'" in text for text in others)
        if name not in used and not BY_LIBRARIES.fullmatch(name) and not is_named:
            unused.append(name)
    assert sorted(unused) == []


def test_no_message_lacks_a_template() -> None:
    there = {path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.*")}
    ours = [message for message in messages.registered() if message.template.split("/")[0] in APPS]
    assert ours
    assert {f"{message.template}{part}" for message in ours for part in MESSAGE_PARTS} - there == set()


# Migrations


@pytest.mark.django_db
def test_no_model_is_without_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


# What comes with it


def test_settings_stay_in_one_readable_file() -> None:
    assert len((ROOT / "backoffice" / "settings.py").read_text(encoding="utf-8").splitlines()) <= 450


def test_the_changelog_speaks_of_the_version_we_are() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert version
    assert re.search(rf"^## ({re.escape(version[1])}|Unreleased)", changelog, re.MULTILINE)


def test_every_decision_has_its_parts_and_stands_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    records = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    assert [path.name[:4] for path in records] == [f"{number:04d}" for number in range(1, len(records) + 1)]
    for path in records:
        text = path.read_text(encoding="utf-8")
        assert all(f"## {part}" in text for part in ("Context", "Decision", "Consequences")), path.name
        assert path.name in index


def test_every_link_between_our_documents_leads_somewhere() -> None:
    broken = []
    for name, text in texts():
        if name.endswith(".md"):
            for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
                if not ((ROOT / name).parent / target).exists():
                    broken += [f"{name}: {target}"]
    assert broken == []


def test_the_hooks_come_from_here() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"repo: (.+)", hooks) == ["local"]


def test_ci_runs_what_the_readme_says() -> None:
    assert re.search(r"^\s*make test", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)
    shell = subprocess.run(["bash", "-n", ".ci/run"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (shell.returncode, shell.stderr) == (0, "")


def test_python_is_one_the_lock_was_made_for() -> None:
    assert sys.version_info[:3] >= (3, 11, 2)
