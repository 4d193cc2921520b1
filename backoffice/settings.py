"""Django's settings, in one file. Whatever differs between installations comes through env.py."""

from __future__ import annotations

import hmac
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from backoffice import api_document, demo_accounts, services
from backoffice.env import Environment
from backoffice.logs import logging_settings
from backoffice.policy import OURS
from backoffice.start import bind_address, data_dir, refuse_half_a_mailbox, refuse_unsafe_production, secret_key
from backoffice.unfold import UNFOLD as UNFOLD

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(BASE_DIR)

# Where this runs ------------------------------------------------------------------------------------------------------

APP_ENV: str = env["APP_ENV"]
PRODUCTION = APP_ENV == "production"
refuse_unsafe_production(env)
refuse_half_a_mailbox(env)

DEBUG: bool = env["DEBUG"]
DATA_DIR = data_dir(BASE_DIR / env["DATA_DIR"])
SECRET_KEY = secret_key(env, DATA_DIR)
PORT: int = env["PORT"]
BIND_ADDRESS = bind_address(env)
WEB_WORKERS: int = env["WEB_WORKERS"]
WEB_THREADS: int = env["WEB_THREADS"]
SITE_URL: str = env["SITE_URL"] or f"http://localhost:{PORT}"
HTTPS = SITE_URL.startswith("https://")
ALLOWED_HOSTS: list[str] = env["ALLOWED_HOSTS"] or ["localhost", "127.0.0.1", "[::1]", BIND_ADDRESS]
CSRF_TRUSTED_ORIGINS: list[str] = [SITE_URL, *(env["CSRF_TRUSTED_ORIGINS"] or [])]
TRUSTED_PROXY_COUNT: int = env["TRUSTED_PROXY_COUNT"]

# What it is made of ---------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "backoffice.apps.BackofficeConfig",
    "helpcenter",
    "tickets",
    "people",
    "notifications",
    "jobs",
    "audit",
    "wagtail.contrib.typed_table_block",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "helpcenter.apps.WagtailProfilesConfig",
    "wagtail",
    "modelcluster",
    "taggit",
    "backoffice.apps.OfficeConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "simple_history",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "huey.contrib.djhuey",
]

MIDDLEWARE = [
    "audit.middleware.OriginMiddleware",
    "backoffice.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "backoffice.policy.PolicyMiddleware",
    "backoffice.uploads.BodySizeMiddleware",
    "backoffice.api_door.AddressMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "people.middleware.SecondFactorMiddleware",
]

ROOT_URLCONF = "backoffice.urls"
WSGI_APPLICATION = "backoffice.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "people.context.site",
            ],
        },
    }
]

# Database, cache, queue -----------------------------------------------------------------------------------------------

CACHE_URL: str = env["CACHE_URL"] or env["REDIS_URL"] or "database://"
CACHES = {"default": services.cache(CACHE_URL)}
DATABASES = services.databases(
    env["DATABASE_URL"], data_dir=DATA_DIR, cache_in_file=CACHE_URL.startswith("database://")
)
DATABASE_ROUTERS = ["backoffice.databases.CacheRouter"]
# A verb opens its own transaction, so that what is to be told or recorded after a refusal is not rolled back with it.
ATOMIC_REQUESTS = False
HUEY = services.queue(env["REDIS_URL"], data_dir=DATA_DIR, threads=env["WORKER_THREADS"])
#: How long a row in work belongs to its worker unless renewed; then another takes it. Longer than any time-out of ours.
JOBS_LEASE_SECONDS = 120

# Files ----------------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": services.storage(env["STORAGE_URL"] or (DATA_DIR / "files").as_uri()),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Locally static files are found where they lie; nobody has to collect them first.
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = not PRODUCTION

ATTACHMENT_MAX_BYTES: int = env["ATTACHMENT_MAX_BYTES"]
SPREADSHEET_MAX_BYTES: int = env["SPREADSHEET_MAX_BYTES"]
SPREADSHEET_MAX_ROWS: int = env["SPREADSHEET_MAX_ROWS"]
SPREADSHEET_MAX_COLUMNS: int = env["SPREADSHEET_MAX_COLUMNS"]
SPREADSHEET_MAX_CELL_CHARACTERS: int = env["SPREADSHEET_MAX_CELL_CHARACTERS"]
SPREADSHEET_MAX_EXPANDED_BYTES: int = env["SPREADSHEET_MAX_EXPANDED_BYTES"]
SPREADSHEET_MAX_CHARACTERS: int = env["SPREADSHEET_MAX_CHARACTERS"]
SPREADSHEET_UNDO_DAYS: int = env["SPREADSHEET_UNDO_DAYS"]
# Larger parts of a form are spooled to disk; the rest of a form has no reason to be larger than this.
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_HANDLERS = [
    "backoffice.uploads.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# E-mail ---------------------------------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL: str = env["DEFAULT_FROM_EMAIL"]
SERVER_EMAIL = DEFAULT_FROM_EMAIL
#: None locally means that mails go into a folder; then, and only then, the outbox may be read in full.
EMAIL_URL: str | None = env["EMAIL_URL"]
_email = services.email(EMAIL_URL or (DATA_DIR / "mail").as_uri())
EMAIL_BACKEND: str = _email["backend"]
EMAIL_FILE_PATH: str | None = _email.get("file_path")
EMAIL_HOST: str = _email.get("host", "")
EMAIL_PORT: int = _email.get("port", 25)
EMAIL_HOST_USER: str = _email.get("host_user", "")
EMAIL_HOST_PASSWORD: str = _email.get("host_password", "")
EMAIL_USE_SSL: bool = _email.get("use_ssl", False)
EMAIL_USE_TLS: bool = _email.get("use_tls", False)
EMAIL_TIMEOUT = 30
GMAIL_CLIENT_ID: str | None = env["GMAIL_CLIENT_ID"]
GMAIL_CLIENT_SECRET: str | None = env["GMAIL_CLIENT_SECRET"]
GMAIL_REFRESH_TOKEN: str | None = env["GMAIL_REFRESH_TOKEN"]

# People ---------------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "people.Employee"
AUTHENTICATION_BACKENDS = ["people.signin.Backend"]
# The first makes new hashes; one of the others is accepted and replaced at the next sign-in.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

RATE_LIMITS: bool = env["RATE_LIMITS"]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
# Whether an unproven address keeps somebody out is decided with their application, not at each sign-in.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "people.signin.Adapter"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_FORMS = {"login": "people.forms.SignInForm", "reauthenticate": "people.forms.ReauthenticateForm"}
MFA_ADAPTER = "people.second_factor.Adapter"
MFA_FORMS = {"activate_totp": "people.second_factor.SetUpForm"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Whoever types slowly, and clocks that differ: the code before and the one after count too.
MFA_TOTP_TOLERANCE = 1
# Who is approved may protect the account, also with an address that an admin took on trust.
MFA_ALLOW_UNVERIFIED_EMAIL = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
#: allauth's own limits stand; ours: mails to one address that anybody may ask for, words on articles, searches; and
#: what one person sends us: requests, words and files added to them, uploads. Far more than anybody needs in an hour.
OFTEN_AT_MOST = {
    "mail_to_address": "5/h/key",
    "article_feedback": "30/h/ip",  # of strangers; colleagues often share one address of the network
    "article_feedback_of_person": "30/h/user",
    "help_search": "600/m/ip",
    "submit_ticket": "30/h/user",
    "comment_ticket": "120/h/user",
    "upload_file": "300/h/user",
    "api_of_person": "300/m/user",
    "api_of_address": "900/m/ip",  # programs of several people may share one
    "api_key_failed": "30/m/ip",  # keys that are none of ours, or no more; a good one is not held up by them
}
ACCOUNT_RATE_LIMITS = OFTEN_AT_MOST if RATE_LIMITS else False
#: Whom one can try it as, shown on the sign-in page; never in production.
DEMO_SIGN_INS = [] if PRODUCTION else demo_accounts.sign_ins()

# Programs: the API, and the tokens they sign in for. What a program may never do, it may not do by default.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["people.api_keys.Authentication", "people.tokens.Authentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated", "people.api_keys.WithinScope"],
    "DEFAULT_PARSER_CLASSES": ["backoffice.parsers.JSONObjectParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["backoffice.api_limits.OfPerson"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "backoffice.api.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    "FORMAT_SUFFIX_KWARG": None,
}
SPECTACULAR_SETTINGS = api_document.SETTINGS
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=1),
    "ALGORITHM": "HS256",
    # Not the SECRET_KEY itself: what is signed for one purpose must not count for another.
    "SIGNING_KEY": hmac.digest(SECRET_KEY.encode(), b"people.tokens", "sha256").hex(),
    "USER_ID_CLAIM": "sub",
    # Seconds by which the clocks of two web servers may differ.
    "LEEWAY": 5,
}

# What people may do, and for how long ---------------------------------------------------------------------------------

REGISTRATION_OPEN: bool = env["REGISTRATION_OPEN"]
REGISTRATION_DOMAINS: list[str] = [domain.lower() for domain in env["REGISTRATION_DOMAINS"]]
ALLOW_SELF_APPROVAL: bool = env["ALLOW_SELF_APPROVAL"]
AUTO_CLOSE_DAYS: int = env["AUTO_CLOSE_DAYS"]
REOPEN_DAYS: int = env["REOPEN_DAYS"]
TICKET_NUMBER_FORMAT: str = env["TICKET_NUMBER_FORMAT"]

# Other systems --------------------------------------------------------------------------------------------------------

EXTERNAL_WORKFLOW_API_URL: str | None = env["EXTERNAL_WORKFLOW_API_URL"]
EXTERNAL_WORKFLOW_API_KEY: str | None = env["EXTERNAL_WORKFLOW_API_KEY"]
WORKFLOW_CALLBACK_SECRETS: list[str] = env["WORKFLOW_CALLBACK_SECRETS"]
WORKFLOW_STATUS_MAP: dict[str, str] = env["WORKFLOW_STATUS_MAP"]
WEBHOOKS_ALLOW_PRIVATE: bool = env["WEBHOOKS_ALLOW_PRIVATE"]
CLAMD_URL: str | None = env["CLAMD_URL"]
SENTRY_DSN: str | None = env["SENTRY_DSN"]
METRICS_TOKEN: str | None = env["METRICS_TOKEN"]
OPENROUTER_API_KEY: str | None = env["OPENROUTER_API_KEY"]

# The help center's pages (Wagtail) ------------------------------------------------------------------------------------

WAGTAIL_SITE_NAME = "SmartSupport"
WAGTAILADMIN_BASE_URL = SITE_URL
WAGTAILADMIN_LOGIN_URL = WAGTAIL_FRONTEND_LOGIN_URL = "account_login"
# Nothing asks other hosts: not for versions, not for faces.
WAGTAIL_ENABLE_UPDATE_CHECK = WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
# People are looked after in one place, and that is not here.
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = WAGTAIL_EMAIL_MANAGEMENT_ENABLED = WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_I18N_ENABLED = False
# Remarks in the editor would be mailed from within the request.
WAGTAILADMIN_COMMENTS_ENABLED = False
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAIL_PRIVATE_PAGE_OPTIONS = {"SHARED_PASSWORD": False}
WAGTAILIMAGES_IMAGE_MODEL = "helpcenter.HelpImage"
WAGTAILIMAGES_IMAGE_FORM_BASE = "helpcenter.pictures.PictureForm"
WAGTAILIMAGES_EXTENSIONS = ["gif", "jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 40_000_000
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
TAGGIT_CASE_INSENSITIVE = True
# Wagtail's own picture model, which we don't use, names its reverse query "image", as a column of Employee is called:
# the column wins. A test holds that this is the only clash.
SILENCED_SYSTEM_CHECKS = ["fields.E303"]

# Words and times ------------------------------------------------------------------------------------------------------

LANGUAGE_CODE: str = env["LANGUAGE_CODE"]
TIME_ZONE: str = env["TIME_ZONE"]
USE_I18N = True
USE_TZ = True

# What browsers are told -----------------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Two installations on one host name, or another Django beside ours, must not take each other's cookies.
SESSION_COOKIE_NAME = "smartsupport_session"
CSRF_COOKIE_NAME = "smartsupport_csrf"
CSRF_FAILURE_VIEW = "backoffice.errors.form_refused"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION and HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False  # the domain's other hosts are not ours to decide about
# Believed only where a proxy of ours is said to stand: it overwrites whatever a client sends.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
SECURE_SSL_REDIRECT = bool(PRODUCTION and HTTPS and TRUSTED_PROXY_COUNT)
SECURE_SSL_HOST = urlsplit(SITE_URL).netloc

CONTENT_SECURITY_POLICY = {"DIRECTIVES": OURS}

# The record, and the log ----------------------------------------------------------------------------------------------

# The library's "revert" would write over a row past every rule.
SIMPLE_HISTORY_REVERT_DISABLED = True
LOG_FORMAT: str = env["LOG_FORMAT"]
LOG_LEVEL: str = env["LOG_LEVEL"]
LOGGING = logging_settings(form=LOG_FORMAT, level=LOG_LEVEL)
#: What no log and no page with details shows, wherever it stands.
SECRET_TEXTS = [*env.secret_texts(), SECRET_KEY, str(SIMPLE_JWT["SIGNING_KEY"])]
DEFAULT_EXCEPTION_REPORTER = "backoffice.error_reports.Reporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "backoffice.error_reports.Filter"
