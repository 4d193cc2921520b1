"""What stands before the first tag of an XML text: the place where a text declares entities, and so the only one that
has to be looked at. No parser is started for it: parsers are what such declarations are aimed at."""

from __future__ import annotations

import re

#: Of a text in 16 bits, by its mark or by how its first character looks without one.
_IN_16_BITS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
#: Instructions, comments and space, then a tag. Each piece is taken once and for all (?>…): one that could end later as
#: well would be tried in every combination with the others.
_TO_THE_FIRST_TAG = re.compile(
    r"(?>(?>[ \t\r\n]+|<\?(?>.*?\?>)|<!--(?>.*?-->))*)<[A-Za-z_:\x80-\U0010ffff]", re.DOTALL
)  # fmt: skip
#: In others the same bytes could be a comment's end to us and words to the program that opens the file. Office has the
#: first two.
_ENCODINGS = {"utf-8", "utf-16", "us-ascii", "iso-8859-1", "windows-1252"}
_ENCODING = re.compile(r"\A\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"'>]*)")


def is_plain(head: bytes) -> bool:
    """Whether these first bytes reach a tag, and declare nothing before it."""
    text = _decoded(head)
    named = _ENCODING.match(text)
    if named and named[1].lower() not in _ENCODINGS:
        return False
    return _TO_THE_FIRST_TAG.match(text) is not None


def _decoded(head: bytes) -> str:
    """All that is looked for is ASCII: what else stands there need not be read right."""
    encoding = _IN_16_BITS.get(head[:2])
    if encoding:
        return head.decode(encoding, "replace").removeprefix("\ufeff")
    return head.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
