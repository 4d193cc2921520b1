"""What `django-admin startproject` leaves when all that this floor does not need is taken out."""

from __future__ import annotations

import os

from backoffice.services import postgresql_database

SECRET_KEY = os.environ["BENCH_SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
DATABASES = {"default": postgresql_database(os.environ["BENCH_DATABASE_URL"]) | {"CONN_HEALTH_CHECKS": False}}
INSTALLED_APPS = ["bench.bare", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [], "APP_DIRS": True}]
ROOT_URLCONF = "bench.bare.views"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Every table is made from its model: a floor has no past.
MIGRATION_MODULES = dict.fromkeys(["bare", "auth", "contenttypes", "sessions"])
USE_TZ = True
