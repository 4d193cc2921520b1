"""The department with its people that tests of tickets use."""

from __future__ import annotations

from tests.tickets.conftest import house

__all__ = ["house"]
