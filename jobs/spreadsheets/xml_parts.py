"""XML in a workbook, read piece by piece: nothing of it is kept but what the handler keeps."""

from __future__ import annotations

import errno
import lzma
import xml.sax
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO
from xml.sax.handler import ContentHandler

import defusedxml.sax
from defusedxml import DefusedXmlException
from django.utils.translation import gettext as _

from jobs.spreadsheets.cells import Unreadable
from jobs.spreadsheets.kinds import DAMAGED, USUAL_PACKINGS

CHUNK_BYTES = 1 << 16
#: One attribute or comment is kept whole by the parser. An ordinary one has some dozen bytes.
MOST_BYTES_WITHOUT_EVENT = 4 << 20
#: An open element is kept too. Those of a workbook stand some ten deep.
MOST_DEPTH = 100
#: Of one row or shared text, or of a part that has none: many more than there are in any workbook.
MOST_ELEMENTS = 1_000_000

#: What the packing, the XML and what is written in it go wrong with.
_DAMAGES = (
    xml.sax.SAXException,
    zipfile.BadZipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    LookupError,
    NotImplementedError,
    OverflowError,
    ValueError,
)


class Handler(ContentHandler):
    """Gets each element by its name without prefix, and its text in pieces. Raises Unreadable at more elements than
    make sense; who reads one thing after another says so by `begin_anew`."""

    events = 0
    _depth = _elements = 0

    def begin_anew(self) -> None:
        self._elements = 0

    def startElement(self, name: str, attrs: Mapping[str, str]) -> None:  # type: ignore[override] # noqa: N802
        self.events += 1
        self._depth += 1
        self._elements += 1
        if self._depth > MOST_DEPTH or self._elements > MOST_ELEMENTS:
            raise Unreadable(str(DAMAGED))
        self.begins(name.rpartition(":")[2] if ":" in name else name, attrs)

    def endElement(self, name: str) -> None:  # noqa: N802
        self._depth -= 1
        self.ends(name.rpartition(":")[2] if ":" in name else name)

    def characters(self, content: str) -> None:
        self.events += 1
        self.says(content)

    def begins(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def ends(self, name: str) -> None:
        """An element is over."""

    def says(self, text: str) -> None:
        """Text of an element, or a part of it."""


class Budget:
    """How many bytes may still be read."""

    def __init__(self, most_bytes: int, sentence: str) -> None:
        self._left, self._sentence = most_bytes, sentence

    def spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise Unreadable(self._sentence)


class Part:
    """A member of the archive, read at the cost of a budget. To be closed."""

    def __init__(self, member: IO[bytes], budget: Budget) -> None:
        self._member, self._budget = member, budget

    def read(self, size: int) -> bytes:
        found = self._member.read(size)
        self._budget.spend(len(found))
        return found

    def close(self) -> None:
        self._member.close()


def refuse_other_packing(members: list[zipfile.ZipInfo]) -> None:
    """Raises Unreadable for what takes much more memory and time to unpack, and what no workbook is packed with."""
    if any(member.compress_type not in USUAL_PACKINGS for member in members):
        raise Unreadable(
            _(
                "This XLSX file is packed in a way that spreadsheet programs do not use. "
                "Open it in your spreadsheet program and save it again."
            )
        )


def walk(member: Part, handler: Handler) -> Iterator[None]:
    """Feed a member to the handler, and pause after each piece."""
    parser = defusedxml.sax.make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(handler)
    events, silent = 0, 0
    parser.feed(b"")  # so that a member without a byte is a fault too
    while chunk := member.read(CHUNK_BYTES):
        parser.feed(chunk)
        silent = 0 if handler.events != events else silent + len(chunk)
        events = handler.events
        if silent > MOST_BYTES_WITHOUT_EVENT:
            raise Unreadable(str(DAMAGED))
        yield
    parser.close()
    yield


@contextmanager
def damage_told() -> Iterator[None]:
    """What goes wrong within says a sentence."""
    try:
        yield
    except DefusedXmlException:
        raise Unreadable(
            _("This XLSX file holds definitions that can do harm (XML entities), and that no spreadsheet needs.")
        ) from None
    except _DAMAGES:
        raise Unreadable(str(DAMAGED)) from None
    except RuntimeError as error:
        if "encrypted" not in str(error):
            raise
        raise Unreadable(_("This file is protected with a password. Save it without one.")) from None
    except OSError as error:
        if error.errno not in {None, errno.EINVAL}:
            raise  # a full disk, say, which is no fault of the file
        raise Unreadable(str(DAMAGED)) from None
