"""A folder of Markdown read: which files, what stands on top of each (YAML), and under which addresses they were known.

Bounded, and within the folder: no file is larger than it may be, and no link in the file system leads out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from helpcenter.words import plain

FILE_BYTES = 1024 * 1024
FILES_MOST = 5_000
_FRONT = re.compile(r"\A---[ \t]*\n(.{0,65536}?)^---[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(r"^# +(\S[^\n]{0,300}?)[ \t#]*$", re.MULTILINE)
_TITLE_MOST, _VALUES_MOST = 250, 50


@dataclass(frozen=True)
class Problem:
    """Something that could not be taken over as it is. `line` 0: the whole file."""

    path: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.sentence}" if self.line else f"{self.path}: {self.sentence}"


@dataclass(frozen=True)
class SourceFile:
    """`path`: from the folder's root, with slashes. `offset`: lines above the text."""

    path: str
    title: str
    text: str
    offset: int
    meta: dict[str, Any]

    @property
    def parts(self) -> tuple[str, ...]:
        return PurePosixPath(self.path).parts

    @property
    def is_index(self) -> bool:
        return self.parts[-1].lower() in {"index.md", "readme.md"}

    @property
    def address(self) -> str:
        """Where a site generator would have put it."""
        whole = PurePosixPath(self.path).with_suffix("")
        return f"/{'/'.join(whole.parts[:-1] if self.is_index else whole.parts)}/".replace("//", "/")

    @property
    def older_addresses(self) -> list[str]:
        given = [
            self.meta.get("permalink"),
            *_listed(self.meta.get("redirect_from")),
            *_listed(self.meta.get("aliases")),
        ]
        return [each for each in given if isinstance(each, str)]


@dataclass
class Folder:
    root: Path
    files: list[SourceFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def include(self, name: str) -> str | None:
        """A piece that files take in, from `_includes/` in the folder or beside it; None: not there."""
        for folder in (self.root / "_includes", self.root.parent / "_includes"):
            path = folder / name
            if _is_within(path, folder) and path.is_file() and path.stat().st_size <= FILE_BYTES:
                return path.read_text(encoding="utf-8", errors="replace")
        return None

    def picture(self, source: str, file: SourceFile) -> Path | None:
        """A picture beside the file, or from the root of the folder or of what it lies in; None: not there."""
        relative = source.split("?")[0].split("#")[0].lstrip("/")
        for base in (self.root / PurePosixPath(file.path).parent, self.root, self.root.parent):
            path = base / relative
            if _is_within(path, self.root.parent if base == self.root.parent else self.root) and path.is_file():
                return path
        return None


def read(root: Path) -> Folder:
    """All Markdown files below a folder, in the order of their names; of a site with a folder `pages`, those in it."""
    root = root.resolve()
    inner = root / "pages"
    folder = Folder(inner if inner.is_dir() and not list(root.glob("[!A-Z]*.md")) else root)
    for path in _markdown_files(folder.root):
        relative = path.relative_to(folder.root).as_posix()
        if len(folder.files) >= FILES_MOST:
            folder.problems.append(
                Problem(relative, 0, f"more than {FILES_MOST} files; this and the rest are left out")
            )
            break
        file = _read_file(path, relative, folder)
        if file is not None:
            folder.files.append(file)
    return folder


def _markdown_files(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*.md"), key=_in_order):
        hidden = any(part.startswith((".", "_")) for part in path.relative_to(root).parts)
        if not hidden and path.is_file() and _is_within(path, root):
            yield path


def _in_order(path: Path) -> tuple[Any, ...]:
    """A folder's index first, then its files by name."""
    return (*path.parts[:-1], "" if path.name.lower() in {"index.md", "readme.md"} else path.name)


def _is_within(path: Path, root: Path) -> bool:
    return path.resolve().is_relative_to(root.resolve())


def _read_file(path: Path, relative: str, folder: Folder) -> SourceFile | None:
    with path.open("rb") as file:
        raw = file.read(FILE_BYTES + 1)
    if len(raw) > FILE_BYTES:
        folder.problems.append(Problem(relative, 0, f"larger than {FILE_BYTES // 1024} KB; left out"))
        return None
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    except UnicodeDecodeError:
        folder.problems.append(Problem(relative, 0, "not UTF-8; left out"))
        return None
    meta, body = _front_matter(text, relative, folder.problems)
    title = plain(_words(meta.get("title"))) or _first_heading(body) or _named(path)
    return SourceFile(relative, title[:_TITLE_MOST], body, text.count("\n") - body.count("\n"), meta)


def _front_matter(text: str, relative: str, problems: list[Problem]) -> tuple[dict[str, Any], str]:
    found = _FRONT.match(text)
    if not found:
        return {}, text
    try:
        meta = yaml.safe_load(found[1]) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problems.append(Problem(relative, mark.line + 2 if mark else 1, "what stands on top is no YAML; not used"))
        meta = {}
    return meta if isinstance(meta, dict) else {}, text[found.end() :]


def _words(value: Any) -> str:
    return " ".join(str(value).split()) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _listed(value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    return values[:_VALUES_MOST]


def _first_heading(body: str) -> str:
    found = _TITLE.search(body)
    return " ".join(found[1].split()) if found else ""


def _named(path: Path) -> str:
    words = re.sub(r"[-_]+", " ", path.stem).strip()
    return words[:1].upper() + words[1:]


def first_words(meta: dict[str, Any]) -> str:
    """What the file itself says it is about."""
    return _words(meta.get("summary")) or _words(meta.get("description")) or _words(meta.get("excerpt"))


def keywords(meta: dict[str, Any]) -> str:
    given = [*_listed(meta.get("keywords")), *_listed(meta.get("tags"))]
    return ", ".join(dict.fromkeys(word for each in given if (word := _words(each))))[:500]
