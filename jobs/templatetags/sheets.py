"""The way from a list to a spreadsheet and back."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _

from jobs.spreadsheets import lists
from jobs.spreadsheets.pages import access

register = template.Library()


@register.inclusion_tag("jobs/admin/spreadsheets/buttons.html", takes_context=True)
def sheet_buttons(context: dict[str, Any], query: str = "", *, above: bool = False, whose: str = "") -> dict[str, Any]:
    """“Import” and “Export” for the list of a model (`opts`), where this person may. `query`: the list's question, with
    or without its "?". `above`: in a line of their own. `whose`: words for the export, where “Export” could be another.
    """
    person, model = context["request"].user, context["opts"].model
    goes_out = lists.of(model)
    comes_in = next((each.kind for each in access.importable(person) if each.model is model), "")
    return {
        "import_kind": comes_in,
        "export_kind": goes_out.kind if goes_out and goes_out.may_export(person) else "",
        "query": query.removeprefix("?"),
        "above": above,
        "export_words": whose or _("Export"),
    }
