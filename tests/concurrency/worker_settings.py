"""The settings of a worker that tests kill: the real ones, with a lease that is over by the time the next one starts,
one thread (so that one send is open at a time and no more), and a message and a kind of run of the tests' own."""

from pathlib import Path

from backoffice.settings import *  # noqa: F403 - a settings module is taken over whole
from backoffice.settings import DATA_DIR, HUEY, INSTALLED_APPS, TEMPLATES

INSTALLED_APPS = [*INSTALLED_APPS, "tests.concurrency.workshop"]
JOBS_LEASE_SECONDS = 0.5
# A queue name of its own: on Redis the other tests' queue lies in the same database.
HUEY = {**HUEY, "name": DATA_DIR.name, "consumer": {**HUEY["consumer"], "workers": 1, "max_delay": 0.1}}
TEMPLATES[0]["DIRS"] = [*TEMPLATES[0]["DIRS"], Path(__file__).parents[1] / "notifications" / "templates"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
