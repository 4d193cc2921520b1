"""A house of its own in a temporary folder, for tests that start real processes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import template_database

ROOT = Path(__file__).resolve().parents[2]


class House:
    """An installation in a folder: its environment, and commands that run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        self.environ = {**kept, "DATA_DIR": str(folder / "var"), "ENV_FILE": os.devnull}
        self.started: list[subprocess.Popen[str]] = []

    def give(self, **settings: str) -> None:
        self.environ |= settings

    def write_env(self, text: str) -> None:
        (self.folder / ".env").write_text(text, encoding="utf-8")
        self.give(ENV_FILE=str(self.folder / ".env"))

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.started.append(process)
        return process

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.terminate()
                process.wait(60)
            if process.stdout:
                process.stdout.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Without a database yet."""
    made = House(tmp_path)
    yield made
    made.end()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a migrated SQLite database, to be copied."""
    made = House(tmp_path_factory.mktemp("migrated"))
    template_database.copy_to(made.folder / "var" / "db.sqlite3")
    done = made.manage("migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    return made.folder / "var"


@pytest.fixture
def built_house(house: House, migrated: Path) -> House:
    """With a migrated database, and a free port."""
    shutil.copytree(migrated, house.folder / "var")
    house.give(PORT=str(free_port()))
    return house


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
