"""The old Office files (doc, xls) as far as their table of contents: a small file system in one file ([MS-CFB]).

The library for kinds of files looks at the beginning only, and there all of them are alike.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO

_SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")
_HEADER_BYTES = 512
#: Numbers from here on stand for the end of a chain, and for sectors that hold nothing.
_NO_SECTOR = 0xFFFFFFFA
_NO_ENTRY = 0xFFFFFFFF
_ENTRY_BYTES = 128
#: A real one has a few dozen entries; a chain that never ends would be followed for ever.
_SECTORS_MOST = 512
_ENTRIES_MOST = 4_096


class _Broken(Exception):
    """It is no such file, or not whole."""


def names_at_top(file: IO[bytes]) -> set[str]:
    """The names of what lies at the top of the file; empty when it is none of these. What is embedded further down
    (a table in a letter) does not say what the file is."""
    try:
        return set(_Reader(file).names())
    except (_Broken, struct.error):
        return set()


class _Reader:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        header = self._bytes(0, _HEADER_BYTES)
        shift = struct.unpack_from("<H", header, 30)[0]
        if not header.startswith(_SIGNATURE) or shift not in (9, 12):
            raise _Broken
        self._sector = 1 << shift
        self._first_of_directory, self._more = struct.unpack_from("<I", header, 48)[0], header[68:72]
        self._tables = list(struct.unpack_from("<109I", header, 76))

    def names(self) -> Iterator[str]:
        entries = self._entries()
        if not entries:
            raise _Broken
        waiting, seen = [struct.unpack_from("<I", entries[0], 76)[0]], set()
        while waiting:
            at = waiting.pop()
            if at == _NO_ENTRY or at in seen or at >= len(entries):
                continue
            seen.add(at)
            entry = entries[at]
            length = min(max(struct.unpack_from("<H", entry, 64)[0] - 2, 0), 62)
            yield entry[:length].decode("utf-16-le", errors="replace")
            waiting += struct.unpack_from("<II", entry, 68)  # its neighbours, left and right

    def _entries(self) -> list[bytes]:
        found: list[bytes] = []
        at = self._first_of_directory
        for _sector in range(_SECTORS_MOST):
            if at >= _NO_SECTOR or len(found) >= _ENTRIES_MOST:
                break
            content = self._bytes((at + 1) * self._sector, self._sector)
            found += [content[start : start + _ENTRY_BYTES] for start in range(0, self._sector, _ENTRY_BYTES)]
            at = self._after(at)
        return found

    def _after(self, sector: int) -> int:
        """The next sector of a chain, as the table of all chains has it."""
        which, place = divmod(sector, self._sector // 4)
        table = self._table(which)
        return int(struct.unpack("<I", self._bytes((table + 1) * self._sector + 4 * place, 4))[0])

    def _table(self, which: int) -> int:
        """The sector in which that part of the table lies; those that the header has no room for form a chain."""
        if which < len(self._tables):
            return int(self._tables[which])
        each = self._sector // 4 - 1
        hops, place = divmod(which - len(self._tables), each)
        at = int(struct.unpack("<I", self._more)[0])
        if hops >= _SECTORS_MOST:
            raise _Broken
        for _hop in range(hops):
            at = int(struct.unpack("<I", self._bytes((at + 1) * self._sector + 4 * each, 4))[0])
        return int(struct.unpack("<I", self._bytes((at + 1) * self._sector + 4 * place, 4))[0])

    def _bytes(self, start: int, count: int) -> bytes:
        self._file.seek(start)
        content = self._file.read(count)
        if len(content) < count:
            raise _Broken
        return content
