"""The way from a list to a spreadsheet and back."""

from __future__ import annotations

from typing import Any

from django import template

from jobs.spreadsheets.pages import access

register = template.Library()


@register.inclusion_tag("jobs/admin/spreadsheets/buttons.html", takes_context=True)
def sheet_buttons(context: dict[str, Any], query: str = "") -> dict[str, Any]:
    """“Import” and “Export” for the list of a model (`opts`), where this person may. `query`: the list's question, with
    or without its "?"."""
    request, opts = context["request"], context["opts"]

    def kind_of(resources: list[Any]) -> str:
        return next((resource.kind for resource in resources if resource.model._meta == opts), "")

    return {
        "import_kind": kind_of(access.importable(request.user)),
        "export_kind": kind_of(access.exportable(request.user)),
        "query": query.removeprefix("?"),
    }
