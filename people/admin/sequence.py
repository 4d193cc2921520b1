from __future__ import annotations

from django.contrib import admin

from audit.admin import ReadOnlyAdmin
from people.models import NumberSequence


@admin.register(NumberSequence)
class NumberSequenceAdmin(ReadOnlyAdmin):
    list_display = ["name", "last"]
