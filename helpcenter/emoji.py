"""Emoji by their short names, as chat programs and GitHub write them. The common ones; others stay as they are."""

from __future__ import annotations

import re

EMOJI = {
    "100": "💯", "arrow_right": "➡️", "bell": "🔔", "books": "📚", "bow": "🙇", "bug": "🐛", "bulb": "💡",
    "calendar": "📅", "check": "✔️", "clap": "👏", "clipboard": "📋", "construction": "🚧",
    "email": "✉️", "exclamation": "❗", "eyes": "👀", "fire": "🔥", "gift": "🎁", "heart": "❤️",
    "heavy_check_mark": "✔️", "hourglass": "⌛", "key": "🔑", "link": "🔗", "lock": "🔒", "mag": "🔍",
    "memo": "📝", "no_entry": "⛔", "ok": "🆗", "ok_hand": "👌", "party": "🎉", "pencil": "✏️",
    "pencil2": "✏️", "phone": "☎️", "point_right": "👉", "pray": "🙏", "question": "❓",
    "raised_hands": "🙌", "rocket": "🚀", "rotating_light": "🚨", "shrug": "🤷", "smile": "😄",
    "smiley": "😃", "sparkles": "✨", "star": "⭐", "stop_sign": "🛑", "tada": "🎉", "thinking": "🤔",
    "thumbsdown": "👎", "thumbsup": "👍", "+1": "👍", "-1": "👎", "unlock": "🔓", "warning": "⚠️",
    "wave": "👋", "white_check_mark": "✅", "wrench": "🔧", "x": "❌", "zap": "⚡",
}  # fmt: skip

_NAMED = re.compile(r"(?<![\w:`/]):([a-z0-9_+-]{1,30}):(?![\w`/])")
_CODE = re.compile(r"(^ {0,3}```.*?^ {0,3}```[^\n]*$|`[^`\n]{1,500}`)", re.DOTALL | re.MULTILINE)


def with_emoji(text: str) -> str:
    """The same text, drawn. Code stays code."""
    parts = _CODE.split(text)
    return "".join(part if number % 2 else _NAMED.sub(_drawn, part) for number, part in enumerate(parts))


def _drawn(found: re.Match[str]) -> str:
    return EMOJI.get(found[1], found[0])
