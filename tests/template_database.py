"""A migrated SQLite database, made once and copied from then on: Wagtail's migrations alone take twenty seconds.

Nothing is skipped by it: whenever a migration or a package changes, it is made anew, by the migrations. What is done
after each `migrate` (groups, full text, the first page) is done for every copy.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.sql import emit_post_migrate_signal
from django.db.backends.sqlite3.creation import DatabaseCreation

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".test-database"


def path() -> Path:
    """Where the one for the present migrations and packages lies, or would lie."""
    said = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for config in sorted(apps.get_app_configs(), key=lambda config: config.label):
        said.update(config.label.encode())
        if Path(config.path).is_relative_to(ROOT):
            for migration in sorted(Path(config.path, "migrations").glob("*.py")):
                said.update(migration.name.encode() + migration.read_bytes())
    return FOLDER / f"{said.hexdigest()[:32]}.sqlite3"


@contextmanager
def _alone() -> Iterator[None]:
    """Of several processes that need it at once, one makes it."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def keep(source: str | Path) -> None:
    """Make a copy of a migrated database the template. By SQLite itself: half of it may lie in the journal."""
    target = path()
    for old in FOLDER.glob("*.sqlite3"):
        old.unlink()
    draft = target.with_suffix(f".{os.getpid()}")
    with sqlite3.connect(source) as there, sqlite3.connect(draft) as here:
        there.backup(here)
    there.close()
    here.close()
    draft.rename(target)


def copy_to(target: Path) -> None:
    """A head start for a `migrate` of another process; where there is no template yet, it does all itself."""
    with _alone():
        if path().exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path(), target)


def create_test_db(
    self: DatabaseCreation, verbosity: int = 1, autoclobber: bool = False, serialize: bool = True, keepdb: bool = False
) -> str:
    """As Django's own, but copied where there is a template."""
    with _alone():
        if keepdb or not path().exists():
            name = _django_makes_it(self, verbosity=verbosity, autoclobber=True, serialize=serialize, keepdb=keepdb)
            if not keepdb:
                keep(name)
            return name
        name = str(self._get_test_db_name())
        self.connection.close()
        self._create_test_db(verbosity, autoclobber=True)
        shutil.copyfile(path(), name)
    self.connection.settings_dict["NAME"] = name
    self.connection.ensure_connection()
    emit_post_migrate_signal(verbosity=0, interactive=False, db=self.connection.alias)
    return name


_django_makes_it: Any = DatabaseCreation.create_test_db


def use() -> None:
    """For whatever databases are made for tests from now on; those of a server are made as ever."""
    DatabaseCreation.create_test_db = create_test_db
