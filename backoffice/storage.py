"""Where files of people lie: private, each under a random key, never one over another."""

from __future__ import annotations

import os
import re
import uuid
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NoReturn, cast

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, storages

if TYPE_CHECKING:
    from backoffice.bucket import PrivateBucket

#: What of a name may stay as the end of a key; the name itself is kept in the database.
SAFE_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


class RandomKeys:
    """Keeps the folder and the ending of a name, and puts 128 random bits in between.

    A key made from the name would show it to whoever lists the folder, could be guessed, and could meet another file.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        path = PurePosixPath(str(name).replace("\\", "/"))
        suffix = path.suffix.lower()
        key = uuid.uuid4().hex + (suffix if SAFE_SUFFIX.fullmatch(suffix) else "")
        return super().get_available_name(str(path.with_name(key)), max_length)  # type: ignore[misc]

    def new_key(self, name: str) -> str:
        """A key that `save_as` takes; for a row that is to be there before its bytes."""
        return self.get_available_name(name)

    def save_as(self, key: str, content: File) -> None:
        """Store under a key from `new_key`. `save` would choose another one, and a crash before the row could be told
        would leave a file that nobody knows of."""
        self._save(key, content)  # type: ignore[attr-defined]  # every storage of Django has it


class PrivateFiles(RandomKeys, FileSystemStorage):
    """Files on this machine's disk, read through the guarded views only."""

    def url(self, name: str | None) -> NoReturn:
        raise ValueError("Stored files have no address of their own.")

    def check_reachable(self) -> None:
        """Raise OSError when no file could be kept now."""
        Path(self.location).mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(self.location, os.W_OK | os.X_OK):
            raise PermissionError(f"We may not write in {self.location}")


def of_people() -> PrivateFiles | PrivateBucket:
    """Where uploads go: what STORAGE_URL says."""
    return cast("PrivateFiles | PrivateBucket", storages["default"])
