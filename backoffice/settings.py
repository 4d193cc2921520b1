"""Settings: first version, to be completed through env.py."""
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
APP_ENV = "local"
DEBUG = True
SECRET_KEY = "x" * 60
DATA_DIR = BASE_DIR / "var"
DATA_DIR.mkdir(exist_ok=True)
SITE_URL = "http://localhost:8000"
ALLOWED_HOSTS = ["*"]
TRUSTED_PROXY_COUNT = 0
ALLOW_SELF_APPROVAL = False
AUTO_CLOSE_DAYS = 7
REOPEN_DAYS = 14
TICKET_NUMBER_FORMAT = "TX{seq:04d}"
ATTACHMENT_MAX_BYTES = 10 * 1024 * 1024
REGISTRATION_OPEN = True
REGISTRATION_DOMAINS: list[str] = []
INSTALLED_APPS = [
    "backoffice.apps.BackofficeConfig", "helpcenter", "tickets", "people", "notifications", "jobs", "audit",
    "unfold", "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages", "django.contrib.staticfiles", "simple_history", "allauth", "allauth.account",
    "huey.contrib.djhuey",
]
MIDDLEWARE = [
    "audit.middleware.OriginMiddleware", "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware", "simple_history.middleware.HistoryRequestMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "backoffice.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [BASE_DIR / "templates"], "APP_DIRS": True,
  "OPTIONS": {"context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth", "django.contrib.messages.context_processors.messages"]}}]
import os, urllib.parse
if os.environ.get("DATABASE_URL"):
    u = urllib.parse.urlsplit(os.environ["DATABASE_URL"])
    DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": u.path[1:], "USER": u.username, "HOST": u.hostname, "PORT": u.port}}
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "db.sqlite3", "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"}}}
HUEY = {"name": "smartsupport", "huey_class": "huey.SqliteHuey", "filename": str(DATA_DIR / "queue.sqlite3"), "immediate": False}
AUTH_USER_MODEL = "people.Employee"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
USE_TZ = True
TIME_ZONE = "UTC"
SIMPLE_HISTORY_REVERT_DISABLED = True
