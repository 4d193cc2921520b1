from __future__ import annotations

from typing import Any

import pytest

from tests.tickets.conftest import house

__all__ = ["house"]


@pytest.fixture(autouse=True)
def _storage_of_its_own(settings: Any, tmp_path: Any) -> None:
    own = {"BACKEND": "backoffice.storage.PrivateFiles", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": own}
