"""What the web server calls."""

import os

from django.core.wsgi import get_wsgi_application

from backoffice.env import EnvironmentProblem, stop

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
try:
    application = get_wsgi_application()
except EnvironmentProblem as problem:
    stop(problem)
