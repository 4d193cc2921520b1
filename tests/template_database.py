"""A migrated database, made once and copied from then on: Wagtail's migrations alone take twenty seconds. For SQLite a
file beside the project, on PostgreSQL a database of the server, `test_template_…`.

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
from django.db.backends.postgresql.creation import DatabaseCreation as ServerCreation
from django.db.backends.sqlite3.creation import DatabaseCreation

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".test-database"


#: How those on a server begin.
ON_SERVER = "test_template_"


def path() -> Path:
    """Where the one for the present migrations and packages lies, or would lie."""
    return FOLDER / f"{_fingerprint()}.sqlite3"


def name_on_server() -> str:
    """What it is called there, where the first test on that server that needed a database has made it."""
    return f"{ON_SERVER}{_fingerprint()}"


def _fingerprint() -> str:
    said = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for config in sorted(apps.get_app_configs(), key=lambda config: config.label):
        said.update(config.label.encode())
        if Path(config.path).is_relative_to(ROOT):
            for migration in sorted(Path(config.path, "migrations").glob("*.py")):
                said.update(migration.name.encode() + migration.read_bytes())
    return said.hexdigest()[:32]


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


def create_on_server(self: ServerCreation, *args: Any, **kwargs: Any) -> str:
    """As Django's own, but that it begins with the template, and leaves one."""
    with _alone():
        name, found = name_on_server(), _templates(self)
        if name in found:
            self.connection.settings_dict["TEST"]["TEMPLATE"] = name
        made = str(_django_makes_it_on_server(self, *args, **kwargs))
        if name not in found:
            _keep_on_server(self, made, name, instead_of=found)
    return made


_django_makes_it_on_server: Any = ServerCreation.create_test_db


def _templates(creation: ServerCreation) -> list[str]:
    with creation._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{ON_SERVER}%"])
        return [row[0] for row in cursor.fetchall()]


def _keep_on_server(creation: ServerCreation, made: str, name: str, *, instead_of: list[str]) -> None:
    # Nobody may be at work in what is copied.
    creation.connection.close()
    with creation._nodb_cursor() as cursor:
        for old in instead_of:
            cursor.execute(f'DROP DATABASE IF EXISTS "{old}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{made}"')


def use() -> None:
    """For whatever databases are made for tests from now on."""
    DatabaseCreation.create_test_db = create_test_db
    ServerCreation.create_test_db = create_on_server
