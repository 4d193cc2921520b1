"""Loaded by pytest before the settings (`-p tests.environment`): tests see none of a developer's own settings.

Each process of a parallel run gets a DATA_DIR of its own, hence its own databases, queue, files and mails, and on
Redis a database number of its own: two of them sharing a queue would take each other's tasks.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from urllib.parse import urlsplit

from backoffice.env import ENV_FILE, all_names

#: What a run may be told from outside: on which servers to test.
FROM_OUTSIDE = {"DATABASE_URL", "REDIS_URL"}

for name in all_names() - FROM_OUTSIDE:
    os.environ.pop(name, None)
os.environ[ENV_FILE] = os.devnull
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="smartsupport-tests-")
os.environ["LOG_LEVEL"] = "WARNING"
# A suite comes from one address; the limits have tests of their own, which switch them on.
os.environ["RATE_LIMITS"] = "off"

# Where it is set (many containers do), every worker and every process of a test would compile all of the house again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

worker_number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
if os.environ.get("REDIS_URL"):
    address = urlsplit(os.environ["REDIS_URL"])
    first = int(address.path.strip("/") or 0)
    os.environ["REDIS_URL"] = address._replace(path=f"/{(first + worker_number) % 16}").geturl()
else:
    # The cache in a file is tested by its own tests; for all others it would be one more database to be allowed.
    os.environ["CACHE_URL"] = "locmem://"


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ["DATA_DIR"], ignore_errors=True)
