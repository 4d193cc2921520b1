"""The two secrets that SmartSupport and its sandbox share: made once, and kept in files that only their owner reads."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from jobs import signatures

FOLDER = "workflow_sandbox"


@dataclass(frozen=True)
class Keys:
    """Files, as EXTERNAL_WORKFLOW_API_KEY_FILE and WORKFLOW_CALLBACK_SECRETS_FILE name them."""

    api_key_file: Path
    callback_secret_file: Path

    @property
    def api_key(self) -> str:
        return self.api_key_file.read_text(encoding="ascii").strip()

    @property
    def callback_secret(self) -> str:
        return self.callback_secret_file.read_text(encoding="ascii").strip()


def kept_in(data_dir: Path) -> Keys:
    """Those of this installation."""
    folder = data_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Keys(
        _kept(folder / "api_key", lambda: secrets.token_urlsafe(32)),
        _kept(folder / "callback_secret", signatures.new_secret),
    )


def database_in(data_dir: Path) -> Path:
    """What the sandbox keeps between two runs."""
    return data_dir / FOLDER / "sandbox.sqlite3"


def _kept(path: Path, make: Callable[[], str]) -> Path:
    if not path.exists():
        # Linked into place when whole: of two processes starting at once, both then read the same one.
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(make())
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path
