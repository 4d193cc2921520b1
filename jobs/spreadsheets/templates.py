"""A file to start from, for each kind: our columns' titles, and on a second sheet what may stand below them."""

from __future__ import annotations

import tempfile
from typing import IO

from django.utils.translation import gettext as _

from jobs.spreadsheets import writing
from jobs.spreadsheets.columns import Column
from jobs.spreadsheets.resources import SheetResource


def template_of(resource: SheetResource, file_format: str) -> IO[bytes]:
    """The file, to be read from its beginning; who reads it closes it."""
    given_here = {resource.key_column, resource.version_column}
    columns = [column for column in resource.columns if column.can_import and column.name not in given_here]
    header = [str(column.title) for column in columns]
    out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # see above
    if file_format == "csv":
        for piece in writing.csv_pieces([], header):
            out.write(piece)
    else:
        # No example row: it would be loaded with the others.
        title, rows = str(resource.title), [_explained(column) for column in columns]
        told = [_("Column"), _("Needed"), _("What it is"), _("Example"), _("Allowed values")]
        writing.write_xlsx(
            [writing.SheetOut(title, header, []), writing.SheetOut(_("Allowed values"), told, rows)], out
        )
    out.seek(0)
    return out


def _explained(column: Column) -> list[object]:
    """Each allowed value in a cell of its own, to be copied."""
    needed = _("yes") if column.required else ""
    return [str(column.title), needed, str(column.help), column.example, *(column.choices() if column.choices else [])]
