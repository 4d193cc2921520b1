"""What an e-mail, a notice or an entry of the ledger is about, and who caused it, as columns that people can read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from audit.admin import AboutColumn


class AboutAndCause(AboutColumn):
    """For a ModelAdmin of rows with `about` and `caused_by`."""

    @admin.display(description=_("caused by"))
    def cause(self, row: Any) -> str:
        """A person, or which of our own ways of acting without one."""
        return str(row.caused_by or row.get_caused_by_name_display())
