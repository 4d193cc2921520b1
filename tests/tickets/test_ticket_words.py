"""What people wrote, shown: escaped, byte for byte, with addresses as links that lead nowhere else."""

from __future__ import annotations

import json
from html import unescape
from html.parser import HTMLParser

import pytest

from tests.security.naughty import LIST
from tickets.templatetags.ticket_words import LINK_LENGTH, linked


class Read(HTMLParser):
    """A fragment as a browser reads it: its words, its elements, its links."""

    def __init__(self, fragment: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words, self.tags, self.links = "", set(), []
        self.feed(fragment)
        self.close()

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        assert set(given) == {"href", "rel"}
        assert given["rel"] == "nofollow noopener noreferrer"
        self.links.append(given["href"])


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("(http://a.example/x)", ["http://a.example/x"]),
        ("<b>https://a.example</b>", ["https://a.example"]),
        ("HTTPS://A.example/Ä?q=1&r=2", ["HTTPS://A.example/Ä?q=1&r=2"]),
        ("Look: https://a.example/x. Or https://b.example/y, please!", ["https://a.example/x", "https://b.example/y"]),
        ("data:text/html,x ftp://a.example mailto:a@b.example //a.example", []),
        ("http:// https://. http://[ http://]:1", []),
        ("https://a.example/\u202egnp.exe", ["https://a.example/"]),
        ('https://a.example/"onmouseover=alert(1)//', ["https://a.example/"]),
        ("https://bank.example@evil.example/", []),
        ("https://de.example/wiki/Word_(x)", ["https://de.example/wiki/Word_(x)"]),
        ("javascript:alert(1) xhttps://a.example", []),
        ("see https://a.example/'><script>x</script>", ["https://a.example/"]),
    ],
)
def test_addresses_become_links_and_nothing_else_does(text: str, links: list[str]):
    read = Read(linked(text))
    assert (read.words, read.links) == (text, links)
    assert read.tags <= {"a"}


@pytest.mark.parametrize("text", ["", None, "one\n\n  two\t three ", "\nfirst", "a\u2028b\u0007"])
def test_blanks_and_lines_stay_as_they_were_typed(text: str | None):
    assert unescape(str(linked(text))) == (text or "")


def test_no_naughty_string_becomes_anything_but_words():
    strings = [each for each in json.loads(LIST.read_text(encoding="utf-8")) if "\x00" not in each]
    assert len(strings) > 400
    for text in strings:
        read = Read(linked(text))
        assert read.words == text.replace("\r\n", "\n") or read.words == text
        assert read.tags <= {"a"}
        assert all(link.lower().startswith(("http://", "https://")) for link in read.links)


def test_an_address_without_end_is_a_text_and_costs_nothing():
    long = "https://a.example/" + "x" * LINK_LENGTH
    assert Read(linked(long)).links == []
    for hostile in ("https://" * 20_000, "https://a." + "." * 100_000, "https://" + "(" * 50_000 + ")" * 50_000):
        assert Read(linked(hostile)).words == hostile
