"""How large a spreadsheet may be. Said before the upload, and again in the refusal."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _

#: One text that many cells name is small in the file and large in memory: a row is held as a whole.
XLSX_ROW_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class Limits:
    """`max_rows` counts the rows below the header, blank ones too; `max_expanded_bytes` what is in a workbook once it
    is unpacked; `max_characters` those of all cells, where one text that many cells name counts for each."""

    max_bytes: int
    max_rows: int
    max_columns: int
    max_cell_characters: int
    max_expanded_bytes: int
    max_characters: int

    @classmethod
    def of_settings(cls) -> Limits:
        return cls(
            max_bytes=settings.SPREADSHEET_MAX_BYTES,
            max_rows=settings.SPREADSHEET_MAX_ROWS,
            max_columns=settings.SPREADSHEET_MAX_COLUMNS,
            max_cell_characters=settings.SPREADSHEET_MAX_CELL_CHARACTERS,
            max_expanded_bytes=settings.SPREADSHEET_MAX_EXPANDED_BYTES,
            max_characters=settings.SPREADSHEET_MAX_CHARACTERS,
        )

    def sentences(self) -> list[str]:
        """For the page where the file is chosen."""
        shape = _("At most %(rows)s rows and %(columns)s columns, with %(characters)s characters in a cell.")
        whole = _("All cells of a file together: at most %(characters)s characters.")
        row = _("In an XLSX at most %(characters)s characters in a row.")
        return [
            _("CSV or XLSX, up to %(size)s; an XLSX may hold %(expanded)s once it is unpacked.")
            % {"size": size_of(self.max_bytes), "expanded": size_of(self.max_expanded_bytes)},
            shape
            % {
                "rows": count_of(self.max_rows),
                "columns": count_of(self.max_columns),
                "characters": count_of(self.max_cell_characters),
            },
            row % {"characters": count_of(XLSX_ROW_CHARACTERS)},
            whole % {"characters": count_of(self.max_characters)},
        ]


def size_of(count: int) -> str:
    """Bytes in words: "20 MB", not "20.0 MB"."""
    return re.sub(r"[.,]0(?=\D)", "", filesizeformat(count))


def count_of(number: int) -> str:
    return number_format(number, use_l10n=True, force_grouping=True)
