"""What site generators leave in Markdown between braces – Liquid, Nunjucks, kramdown – turned into Markdown or dropped.

Nothing is run: a tag is looked up in a table by its name. What is not understood is left out and said, with its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

#: A tag, an output, a comment. Each repetition is bounded: a file of braces alone must not take long.
_TOKEN = re.compile(
    r"\{%(?P<tag>[^%]{0,2000}(?:%(?!\})[^%]{0,500}){0,5})%\}"
    r'|\{\{(?P<out>(?:[^}"]|"[^"]{0,200}"){0,500})\}\}'
    r"|\{#[^}]{0,2000}?#\}"
)
_WORD = re.compile(r"[\w-]+")
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_KRAMDOWN = re.compile(r"^[ \t]*\{:[^}\n]{0,300}\}[ \t]*$", re.MULTILINE)
#: Folders of templates → how we call the same thing.
_TONES = {"warning": "warning", "error": "danger", "danger": "danger", "emergency": "danger", "success": "tip"}
_SILENT = {"uswds_icon", "icon", "assign", "capture", "endcapture"}

Say = Callable[[int, str], None]


@dataclass
class Templates:
    """One run over one file. `include`: the text of a file of that name, or None. `say`: line and what is wrong."""

    include: Callable[[str], str | None]
    say: Say
    depth: int = 0

    def resolved(self, source: str) -> str:
        """Markdown without braces of templates."""
        found: list[str] = []
        at, until = 0, ""
        for token in _TOKEN.finditer(source):
            words = (token["tag"] or "").strip("- \t\r\n")
            name = _name_of(words)
            if until:
                if name == until:
                    found.append(source[at : token.start()] if until == "endraw" else "")
                    at, until = token.end(), ""
                continue
            found.append(source[at : token.start()])
            at = token.end()
            if name in {"raw", "comment"}:
                until = f"end{name}"
                continue
            line = source.count("\n", 0, token.start()) + 1
            found.append(self._tag(name, words, line) if token["tag"] is not None else _output(token["out"]))
        if until == "endcomment":
            self.say(source.count("\n", 0, at) + 1, "a comment has no end; what follows it is left out")
        else:
            found.append(source[at:])
        return _KRAMDOWN.sub("", "".join(found))

    def _tag(self, name: str, words: str, line: int) -> str:
        values = [one or other for one, other in _QUOTED.findall(words)]
        if name in {"page", "link"} and values:
            return _address(values[0])
        if name in {"image", "image_with_class"} and values:
            return _picture(words, values[0], 1 if name == "image" else 2)
        if name == "download" and values:
            return f"/{quote(values[0].lstrip('/'))}"
        if name == "slack_channel" and values:
            return f"#{values[0]}"
        if name == "alert":
            return _callout(values)
        if name == "endalert":
            return "\n\n</div>\n\n"
        if name == "include":
            return self._included(values[0] if values else "", line)
        if name not in _SILENT:
            self.say(line, f"{{% {name} %}} is not understood and left out")
        return ""

    def _included(self, name: str, line: int) -> str:
        text = self.include(name) if name and self.depth < 3 else None
        if text is None:
            self.say(line, f"{name or 'what is included'} is not in the folder and left out")
            return ""
        return Templates(self.include, self.say, self.depth + 1).resolved(text)


def _name_of(words: str) -> str:
    found = _WORD.match(words)
    return found[0] if found else ""


def _output(words: str | None) -> str:
    """A text in quotes is itself; variables of the generator (the site's address) are nothing."""
    found = _QUOTED.match((words or "").strip())
    return (found[1] or found[2] or "") if found else ""


def _address(target: str) -> str:
    is_path = "://" not in target and not target.startswith(("#", "mailto:"))
    return (
        quote(f"/{target.lstrip('/')}" if is_path else target, safe="/#:?&=%~@+,;!()'*$[]")
        .replace("(", "%28")
        .replace(")", "%29")
    )


def _picture(words: str, source: str, before: int) -> str:
    """Its description is whatever stands behind the source (and the class): it may have quotes in it."""
    ends = [found.end() for found in _QUOTED.finditer(words)]
    rest = words[ends[before - 1] :].strip() if len(ends) >= before else ""
    described = rest.strip("\"',").strip() if rest else ""
    return f"![{described.replace('[', '(').replace(']', ')')}](/{quote(source.lstrip('/'))})"


def _callout(values: list[str]) -> str:
    title = values[0] if values else ""
    tone = next((_TONES[value] for value in values[1:] if value in _TONES), "info")
    return f'\n\n<div data-callout="{tone}" data-title="{escape(title)}">\n\n'
