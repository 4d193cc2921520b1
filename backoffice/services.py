"""From the addresses of the environment (DATABASE_URL, REDIS_URL, …) to what Django wants to have in its settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from backoffice.env import EnvironmentProblem

#: Seconds a connection is kept: one per request would double the time of a submission.
CONNECTION_AGE = 600

#: Without these, most of many concurrent writes fail with "database is locked" instead of waiting for each other.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}

#: Alias of the database that holds the cache, when that is a SQLite file of its own.
CACHE_ALIAS = "cache"

#: Rate limits lie in the cache. By Django's own 300 entries, a few hundred others would push a limit out. Expired ones
#: go each hour (cache_upkeep.py); at this many a twentieth has to go, whatever it holds.
CACHE_OPTIONS = {"MAX_ENTRIES": 1_000_000, "CULL_FREQUENCY": 20}
#: In a process's own memory nothing expires unasked, and what is used longest ago goes first.
MEMORY_OPTIONS = {"MAX_ENTRIES": 100_000, "CULL_FREQUENCY": 20}

MAIL_BACKENDS = "django.core.mail.backends"

S3_RETRIES = {"max_attempts": 3, "mode": "standard"}

#: Seconds for which a signed link to a stored file is good.
SIGNED_LINK_AGE = 15 * 60


def parts_of(url: str) -> tuple[SplitResult, dict[str, str]]:
    parts = urlsplit(url)
    return parts, dict(parse_qsl(parts.query))


def path_in(url: str) -> Path:
    """The path of file:///folder and sqlite:///file; four slashes and three are the same absolute path."""
    parts = urlsplit(url)
    path = Path("/" + unquote(f"{parts.netloc}{parts.path}").lstrip("/"))
    if path == Path("/"):
        raise EnvironmentProblem(f"{parts.scheme}:// needs a path, such as {parts.scheme}:///srv/smartsupport.")
    return path


def sqlite_database(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": CONNECTION_AGE,
        "OPTIONS": dict(SQLITE_OPTIONS),
        # A file for the tests too: a shared database in memory knows no waiting between threads.
        "TEST": {"NAME": path.with_name(f"test-{path.name}")},
    }


def postgresql_database(url: str) -> dict[str, Any]:
    parts, options = parts_of(url)
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise EnvironmentProblem("DATABASE_URL names no database; it must end in /name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": parts.port or "",
        "CONN_MAX_AGE": CONNECTION_AGE,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 10, "application_name": "smartsupport", **options},
    }


def databases(url: str | None, *, data_dir: Path, cache_in_file: bool) -> dict[str, Any]:
    if url is None:
        main = sqlite_database(data_dir / "db.sqlite3")
    elif urlsplit(url).scheme == "sqlite":
        main = sqlite_database(path_in(url))
    else:
        main = postgresql_database(url)
    beside = {CACHE_ALIAS: sqlite_database(data_dir / "cache.sqlite3")} if cache_in_file else {}
    return {"default": main, **beside}


def cache(url: str) -> dict[str, Any]:
    """database:// is a SQLite file of its own: in the main one each counter would lock and roll back with a change."""
    scheme = urlsplit(url).scheme
    if scheme == "database":
        return {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache_entries",
            "OPTIONS": dict(CACHE_OPTIONS),
        }
    if scheme == "locmem":
        return {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "smartsupport",
            "OPTIONS": dict(MEMORY_OPTIONS),
        }
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": url,
        "KEY_PREFIX": "smartsupport",
        "OPTIONS": {"socket_connect_timeout": 5, "socket_timeout": 5},
    }


def queue(redis_url: str | None, *, data_dir: Path, threads: int) -> dict[str, Any]:
    """Huey. `immediate` is said, or it would follow DEBUG and run tasks inside the request."""
    # A Redis that hangs must not hold a request: after commit it waits for the wake-up to be taken.
    patience = "socket_connect_timeout=5&socket_timeout=10"
    where = (
        {"huey_class": "huey.PriorityRedisHuey", "url": f"{redis_url}{'&' if '?' in redis_url else '?'}{patience}"}
        if redis_url
        else {"huey_class": "huey.SqliteHuey", "filename": str(data_dir / "queue.sqlite3")}
    )
    consumer = {
        "workers": threads,
        "worker_type": "thread",
        "max_delay": 1.0,
        # With any other a stop would lose the tasks in work; locks of a killed consumer would stay for ever.
        "graceful_signal": "TERM",
        "shutdown_timeout": 20,
        "flush_locks": True,
    }
    return {"name": "smartsupport", "immediate": False, "results": False, **where, "consumer": consumer}


def email(url: str) -> dict[str, Any]:
    """The EMAIL_… settings by the end of their names. smtps:// is TLS from the first byte, ?tls=true later."""
    parts, options = parts_of(url)
    if parts.scheme == "console":
        return {"backend": f"{MAIL_BACKENDS}.console.EmailBackend"}
    if parts.scheme == "file":
        return {"backend": f"{MAIL_BACKENDS}.filebased.EmailBackend", "file_path": str(path_in(url))}
    if parts.scheme == "gmail":
        return {"backend": "notifications.gmail.EmailBackend", "host_user": _mailbox(parts)}
    if not parts.hostname or set(options) - {"tls"} or options.get("tls", "false") not in {"true", "false"}:
        raise EnvironmentProblem("EMAIL_URL must be like smtp://user:password@host:587?tls=true.")
    implicit, after = parts.scheme == "smtps", options.get("tls") == "true"
    if implicit and after:
        raise EnvironmentProblem("EMAIL_URL: smtps:// is encrypted already; leave ?tls=true away.")
    return {
        "backend": f"{MAIL_BACKENDS}.smtp.EmailBackend",
        "host": parts.hostname,
        "port": parts.port or (465 if implicit else 587 if after else 25),
        "host_user": unquote(parts.username or ""),
        "host_password": unquote(parts.password or ""),
        "use_ssl": implicit,
        "use_tls": after,
    }


def _mailbox(parts: SplitResult) -> str:
    """The address in gmail://support@example.com; the secrets that go with it have names of their own."""
    if not parts.username or not parts.hostname or parts.netloc.count("@") != 1 or parts.path or parts.query:
        raise EnvironmentProblem("EMAIL_URL must be like gmail://support@example.com.")
    if parts.password is not None or parts.port is not None:
        raise EnvironmentProblem("EMAIL_URL: gmail:// takes no password; set GMAIL_REFRESH_TOKEN and the others.")
    return f"{unquote(parts.username)}@{parts.hostname}"


def storage(url: str) -> dict[str, Any]:
    """The "default" of STORAGES: private, under random keys, never over another file."""
    parts, options = parts_of(url)
    if parts.scheme == "file":
        return {
            "BACKEND": "backoffice.storage.PrivateFiles",
            "OPTIONS": {
                "location": str(path_in(url)),
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }
    if not parts.hostname or set(options) - {"endpoint", "region"}:
        raise EnvironmentProblem("STORAGE_URL must be like s3://key:secret@bucket/prefix?region=…&endpoint=….")
    from boto3.s3.transfer import TransferConfig  # a tenth of a second, for those who use it
    from botocore.config import Config

    bucket = parts.netloc.rpartition("@")[2]
    return {
        "BACKEND": "backoffice.bucket.PrivateBucket",
        "OPTIONS": {
            "bucket_name": bucket,
            "location": unquote(parts.path).strip("/"),
            "access_key": unquote(parts.username) if parts.username else None,
            "secret_key": unquote(parts.password) if parts.password else None,
            "region_name": options.get("region"),
            "endpoint_url": options.get("endpoint"),
            "default_acl": None,
            "file_overwrite": False,
            # In one piece: of an upload in parts that is broken off, the parts would stay for ever.
            "transfer_config": TransferConfig(multipart_threshold=5 * 1024**3),
            # Above it a file that is read lies on disk, not in memory.
            "max_memory_size": 1024**2,
            "querystring_auth": True,
            "querystring_expire": SIGNED_LINK_AGE,
            # The client's own default is to wait for a minute, five times over, with a web thread held.
            "client_config": Config(signature_version="s3v4", connect_timeout=5, read_timeout=30, retries=S3_RETRIES),
        },
    }
