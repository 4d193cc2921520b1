"""How bodies of the API are read. A file of its own: Django REST framework imports it while it is being imported."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class JSONObjectParser(JSONParser):
    """One JSON object. Its size is bounded by DATA_UPLOAD_MAX_MEMORY_SIZE, its depth by Python."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        try:
            parsed = super().parse(stream, media_type=media_type, parser_context=parser_context)
        except RecursionError:
            raise ParseError from None
        if not isinstance(parsed, dict):
            raise ParseError
        return parsed
