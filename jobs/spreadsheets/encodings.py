"""In which encoding a text file is: told by its mark (BOM), or by what decodes without a fault and reads like words.

Every answer has been tried on the whole file: what is found here can be read to the end.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from charset_normalizer import CharsetMatch, from_bytes
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.spreadsheets.cells import Unreadable

CHUNK_BYTES = 1 << 18
#: What the guess is made from: lines that hold more than ASCII.
SAMPLE_BYTES = 1 << 15

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

#: Python's name → ours. The order is the one of preference among guesses that are equally good.
NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252",
    "iso8859_15": "ISO 8859-15",
    "cp1250": "Windows-1250",
    "iso8859_2": "ISO 8859-2",
    "cp1251": "Windows-1251",
    "koi8_r": "KOI8-R",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "cp1255": "Windows-1255",
    "cp1256": "Windows-1256",
    "cp1257": "Windows-1257",
    "cp1258": "Windows-1258",
    "gb18030": "GB 18030",
    "big5": "Big5",
    "cp932": "Shift JIS",
    "euc_jp": "EUC-JP",
    "cp949": "EUC-KR",
    "mac_roman": "Mac Roman",
    "cp850": "DOS (850)",
    "cp437": "DOS (437)",
}
#: What can be chosen instead of what was found, and where it is written.
OFFERED = {
    "utf-8": gettext_lazy("all languages"),
    "utf-16": gettext_lazy("all languages"),
    "cp1252": gettext_lazy("Western Europe"),
    "iso8859_15": gettext_lazy("Western Europe"),
    "mac_roman": gettext_lazy("Western Europe"),
    "cp850": gettext_lazy("Western Europe"),
    "cp437": gettext_lazy("Western Europe"),
    "cp1250": gettext_lazy("Central Europe"),
    "iso8859_2": gettext_lazy("Central Europe"),
    "cp1251": gettext_lazy("Cyrillic"),
    "koi8_r": gettext_lazy("Cyrillic"),
    "cp1253": gettext_lazy("Greek"),
    "cp1254": gettext_lazy("Turkish"),
    "cp1255": gettext_lazy("Hebrew"),
    "cp1256": gettext_lazy("Arabic"),
    "cp1257": gettext_lazy("Baltic"),
    "cp1258": gettext_lazy("Vietnamese"),
    "gb18030": gettext_lazy("Chinese"),
    "big5": gettext_lazy("Chinese"),
    "cp932": gettext_lazy("Japanese"),
    "euc_jp": gettext_lazy("Japanese"),
    "cp949": gettext_lazy("Korean"),
}
_GUESSED = [name for name in NAMES if not name.startswith("utf")]

_SAVE_AS_UTF8: Final = gettext_lazy("Open it in your spreadsheet program and save it as “CSV UTF-8” or XLSX.")
_NO_TEXT: Final = gettext_lazy("This file is neither a CSV nor an XLSX: it holds what is no text (null bytes).")
_UNKNOWN: Final = gettext_lazy("We can't tell in which encoding this file is.")


def encoding_of(file: BinaryIO) -> str:
    """Python's name for it; raises Unreadable."""
    head = _head(file)
    if marked := _marked(head):
        return _without_fault(file, marked)
    if b"\0" in head:
        return _without_fault(file, _wide(head))
    good, bad, line = _count_utf8(file)
    if not bad:
        return _without_fault(file, "utf-8")
    if good > 4 * bad:
        sentence = _("Most of this file is UTF-8, but line %(line)d is not.") % {"line": line}
        raise Unreadable(f"{sentence} {_SAVE_AS_UTF8}")
    return _guess(file, old_mac=b"\r" in head and b"\n" not in head)


def tried(file: BinaryIO, encoding: str) -> str:
    """The encoding that somebody chose, by the name that Python has for this form of it. Raises Unreadable where the
    file isn't in it."""
    head, name = _head(file), NAMES[encoding]
    marked = _marked(head)
    try:
        if NAMES.get(marked) == name:
            encoding = marked
        elif name == "UTF-16":
            encoding = _wide(head)
        return _without_fault(file, encoding)
    except Unreadable:
        raise Unreadable(_("This file is not in %(encoding)s. Choose another encoding.") % {"encoding": name}) from None


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(CHUNK_BYTES)


def _marked(head: bytes) -> str:
    return next((encoding for mark, encoding in _MARKS if head.startswith(mark)), "")


def _without_fault(file: BinaryIO, encoding: str) -> str:
    """This encoding; raises Unreadable when the file isn't wholly in it, or holds what no text holds."""
    decoder, decoded, controls = codecs.getincrementaldecoder(encoding)("strict"), 0, 0
    for chunk in _chunks(file):
        try:
            text = decoder.decode(chunk, final=len(chunk) < CHUNK_BYTES)
        except UnicodeDecodeError:
            sentence = _("This file begins as %(encoding)s and does not go on so: it is damaged or not whole.")
            raise Unreadable(f"{sentence % {'encoding': NAMES[encoding]}} {_SAVE_AS_UTF8}") from None
        if "\0" in text:
            raise Unreadable(f"{_NO_TEXT} {_SAVE_AS_UTF8}")
        decoded, controls = decoded + len(text), controls + len(_CONTROLS.findall(text))
    if controls * 20 > decoded and encoding not in dict(_MARKS).values():
        raise Unreadable(f"{_NO_TEXT} {_SAVE_AS_UTF8}")
    return encoding


#: Without tab and line ends, and without the mark for the end of a file in DOS.
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x19\x1b-\x1f\x7f]")


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """The whole file; the last one is shorter than the others, perhaps empty."""
    file.seek(0)
    while True:
        chunk = file.read(CHUNK_BYTES)
        while 0 < len(chunk) < CHUNK_BYTES and (more := file.read(CHUNK_BYTES - len(chunk))):
            chunk += more
        yield chunk
        if len(chunk) < CHUNK_BYTES:
            return


def _wide(head: bytes) -> str:
    """UTF-16 without a mark: of plain letters every other byte is null. Raises Unreadable when it isn't so."""
    pairs = max(1, len(head) // 2)
    even, odd = head[0::2].count(0) / pairs, head[1::2].count(0) / pairs
    if odd > 0.3 and odd > 4 * even:
        return "utf-16-le"
    if even > 0.3 and even > 4 * odd:
        return "utf-16-be"
    raise Unreadable(f"{_NO_TEXT} {_SAVE_AS_UTF8}")


def _count_utf8(file: BinaryIO) -> tuple[int, int, int]:
    """Characters beyond ASCII that are UTF-8, bytes that are not, and the line of the first of those."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good, bad, lines, first, last = 0, 0, 1, 0, ""
    for chunk in _chunks(file):
        text = decoder.decode(chunk, final=len(chunk) < CHUNK_BYTES)
        if not text.isascii():
            whole = len(text.encode("utf-8", "ignore").decode())  # without the faults
            if whole < len(text) and not bad:
                first = lines + _line_ends(text[: _FAULT.search(text).start()], last)  # type: ignore[union-attr]
            good += whole - len(text.encode("ascii", "ignore"))
            bad += len(text) - whole
        lines, last = lines + _line_ends(text, last), text[-1:]
    return good, bad, first


_FAULT = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


def _line_ends(text: str, last: str) -> int:
    """How many lines end in it; `last` is the character before it, since \r\n may be cut in two."""
    ends = text.count("\n") + text.count("\r") - text.count("\r\n")
    return ends - (last == "\r" and text[:1] == "\n")


def _guess(file: BinaryIO, *, old_mac: bool) -> str:
    """An encoding of one country or another."""
    # A few short lines look odd in their own encoding too: what is too odd is only decided between the guesses.
    matches = sorted(from_bytes(_sample(file), cp_isolation=_GUESSED, threshold=0.6), key=_oddness)
    for encoding in _by_preference(matches, old_mac=old_mac):
        try:
            return _without_fault(file, encoding)
        except Unreadable:
            continue
    raise Unreadable(f"{_UNKNOWN} {_SAVE_AS_UTF8}")


def _oddness(match: CharsetMatch) -> float:
    """0 for what reads like words. Signs amid the letters (ge¶l± for gęślą) are not counted by the library."""
    text = str(match)
    beyond = _BEYOND_ASCII.findall(text)
    signs = sum(not letter.isalpha() and letter not in _PUNCTUATION for letter in beyond)
    return match.chaos + (signs + len(_SIGN_IN_A_WORD.findall(text))) / max(1, len(beyond))


#: Of the usual punctuation: money stands before numbers, and a question begins before a word (£uk and ju¿ are none).
_SIGN_IN_A_WORD = re.compile(r"[£¥](?=[^\W\d_])|(?<=[^\W\d_])[£¥¿¡](?=[^\W\d_]|[,;\t\r\n]|$)")
_PUNCTUATION = frozenset("–—‘’‚“”„«»…€£§°·•¿¡™®©\u00a0、。「」『』（），：；！？・")  # noqa: RUF001  # of all countries


def _by_preference(matches: list[CharsetMatch], *, old_mac: bool) -> list[str]:
    """The best guess first. Few letters look alike in several encodings (ñ and ň are the same byte): among those the
    most usual one is taken, not the first by the alphabet."""
    if not matches:
        return []
    best = matches[0]
    alike = {
        encoding
        for match in matches
        if _oddness(match) <= _oddness(best) + 0.01 and match.coherence >= best.coherence - 0.05
        for encoding in match.could_be_from_charset
    }
    usual = [encoding for encoding in NAMES if encoding in alike]
    others = [encoding for match in matches for encoding in match.could_be_from_charset if encoding in NAMES]
    mac = ["mac_roman"] if old_mac and "mac_roman" in others else []
    return list(dict.fromkeys([*mac, *usual, *others]))


def _sample(file: BinaryIO) -> bytes:
    """Whole lines with more than ASCII in them, from the whole file if need be."""
    found, size, rest = [], 0, b""
    for chunk in _chunks(file):
        lines = re.split(rb"[\r\n]+", rest + chunk)
        # The last one goes on in the next chunk; of an endless one its beginning is enough.
        is_over = len(chunk) < CHUNK_BYTES
        rest = b"" if is_over else lines.pop()
        if len(rest) > CHUNK_BYTES:
            is_over = not rest.isascii()  # what comes next may begin with half a character
            lines, rest = [*lines, rest], b""
        for line in lines:
            if not line.isascii() and size < SAMPLE_BYTES:
                found.append(_beginning_of(line))
                size += len(found[-1])
        if is_over or size >= SAMPLE_BYTES:
            break
    return b"\n".join(found)


def _beginning_of(line: bytes) -> bytes:
    """A part that is cut where no encoding has a character of several bytes."""
    if len(line) <= SAMPLE_BYTES:
        return line
    cut = max(line.rfind(mark, 0, SAMPLE_BYTES) for mark in (b",", b";", b"\t", b" ", b'"'))
    return line[: cut if cut > 0 else SAMPLE_BYTES]
