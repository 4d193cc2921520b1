"""For a server that speaks ASGI; `serve` uses wsgi.py."""

import os

from django.core.asgi import get_asgi_application

from backoffice.env import EnvironmentProblem, stop

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
try:
    application = get_asgi_application()
except EnvironmentProblem as problem:
    stop(problem)
