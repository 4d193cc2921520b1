"""The settings that come from outside: typed, documented, and refused in one sentence when they make no sense.

A value is looked for in the process environment (`NAME`, or for a secret `NAME_FILE`, the path of a file that holds
it), then in the file `.env` beside manage.py. An empty value counts as not given. A name in `.env` that this module
does not know is refused, since a typing error there would silently leave the default in place.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

from backoffice import env_values as read

#: The exit code of a start that the environment stopped: the one of a wrong command line.
EXIT_CODE = 2

#: Other than all the rest not read from `.env`, since it says where that file is. "" means none.
ENV_FILE = "ENV_FILE"

#: Characters. Anything shorter would be taken for a secret in the middle of other words.
SHORTEST_SECRET = 6


class EnvironmentProblem(Exception):
    """One sentence that says what is wrong and what to do."""


@dataclass(frozen=True)
class Setting:
    """One name. `read` turns its text into the value, or raises ValueError("must be …")."""

    name: str
    read: Callable[[str], Any]
    default: Any
    help: str
    secret: bool = False


SETTINGS = [
    Setting("APP_ENV", read.one_of("local", "production"), "local", "`local` or `production`"),
    Setting("PORT", read.integer(1, 65535), 8000, "where the web server listens"),
    Setting("BIND_ADDRESS", read.address, None, "the address it listens on: 127.0.0.1 locally, 0.0.0.0 in production"),
    Setting("WEB_WORKERS", read.integer(1, 64), 2, "processes of the web server"),
    Setting("WEB_THREADS", read.integer(1, 64), 4, "threads in each"),
    Setting("WORKER_THREADS", read.integer(1, 32), 2, "threads of the worker"),
    Setting("DATA_DIR", read.text, "var", "folder for whatever is kept on disk"),
    Setting("SECRET_KEY", read.text_of(32), None, "signs sessions and links, 32 characters or more", secret=True),
    Setting("DEBUG", read.switch, False, "error pages with details; refused in production"),
    Setting("SITE_URL", read.site_url, None, "the address people use, such as https://help.example.com"),
    Setting("ALLOWED_HOSTS", read.names, None, "host names it answers to, comma-separated"),
    Setting("CSRF_TRUSTED_ORIGINS", read.origins, None, "origins whose forms are taken; SITE_URL always is"),
    Setting("TRUSTED_PROXY_COUNT", read.integer(0, 10), 0, "proxies in front that add to X-Forwarded-For"),
    Setting("DATABASE_URL", read.url("postgres", "postgresql", "sqlite"), None,
            "postgres://user:password@host/name or sqlite:///path", secret=True),
    Setting("REDIS_URL", read.url("redis", "rediss", "unix"), None, "queue and cache on Redis", secret=True),
    Setting("CACHE_URL", read.url("redis", "rediss", "unix", "database", "locmem"), None,
            "cache elsewhere: another Redis, database:// or locmem://", secret=True),
    Setting("EMAIL_URL", read.url("smtp", "smtps", "gmail", "file", "console"), None,
            "smtp://user:password@host:587?tls=true, smtps://…, gmail://mailbox@host, file:///folder or console://",
            secret=True),
    Setting("GMAIL_CLIENT_ID", read.text, None, "the OAuth2 client that sends for the mailbox of gmail://"),
    Setting("GMAIL_CLIENT_SECRET", read.text, None, "its secret", secret=True),
    Setting("GMAIL_REFRESH_TOKEN", read.text, None, "what the mailbox gave that client", secret=True),
    Setting("DEFAULT_FROM_EMAIL", read.sender, "SmartSupport <support@localhost>", "who mails come from"),
    Setting("STORAGE_URL", read.url("file", "s3"), None,
            "file:///folder or s3://key:secret@bucket/prefix?region=…&endpoint=…", secret=True),
    Setting("WEBHOOKS_ALLOW_PRIVATE", read.switch, False, "whether webhooks may call servers in inner networks"),
    Setting("CLAMD_URL", read.url("tcp", "unix"), None, "virus scanner, tcp://host:3310"),
    Setting("SENTRY_DSN", read.url("http", "https"), None, "where errors are reported", secret=True),
    Setting("LOG_FORMAT", read.one_of("text", "json"), "text", "`text` or `json`"),
    Setting("LOG_LEVEL", read.one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO", "how much is logged"),
    Setting("TIME_ZONE", read.time_zone, "UTC", "times on pages are in this zone"),
    Setting("LANGUAGE_CODE", read.language, "en", "language of pages and mails"),
    Setting("REGISTRATION_OPEN", read.switch, True, "whether people may apply for an account"),
    Setting("REGISTRATION_DOMAINS", read.names, [], "e-mail domains that may apply; empty means all"),
    Setting("EXTERNAL_WORKFLOW_API_URL", read.url("http", "https"), None, "where open tickets are sent"),
    Setting("EXTERNAL_WORKFLOW_API_KEY", read.text, None, "its bearer token", secret=True),
    Setting("WORKFLOW_CALLBACK_SECRETS", read.callback_secrets, [],
            "whsec_… values, comma-separated, any of which signs a callback", secret=True),
    Setting("WORKFLOW_STATUS_MAP", read.status_map, read.STATUS_MAP, "its words to ours, ASSIGNED=start,ON_HOLD=hold"),
    Setting("RATE_LIMITS", read.switch, True, "whether repeated sign-ins, sign-ups, tickets, uploads are slowed down"),
    Setting("METRICS_TOKEN", read.text_of(16), None, "opens /metrics", secret=True),
    Setting("OPENROUTER_API_KEY", read.text, None, "for suggestions by a language model", secret=True),
    Setting("ALLOW_SELF_APPROVAL", read.switch, False, "whether staff may decide about their own tickets"),
    Setting("AUTO_CLOSE_DAYS", read.integer(1, 3650), 7, "days after which a resolved ticket is closed"),
    Setting("REOPEN_DAYS", read.integer(0, 3650), 14, "days in which a closed ticket can be reopened"),
    Setting("TICKET_NUMBER_FORMAT", read.number_format, "TX{seq:04d}", "such as TKT{year}{seq:06d}, yearly from 1"),
    Setting("ATTACHMENT_MAX_BYTES", read.integer(1024, 1024**3), 10 * 1024**2, "size of one attached file"),
    Setting("SPREADSHEET_MAX_BYTES", read.integer(1024, 1024**3), 64 * 1024**2, "size of one spreadsheet"),
    Setting("SPREADSHEET_MAX_ROWS", read.integer(1, 10**6), 100_000, "its rows below the header, blank ones counted"),
    Setting("SPREADSHEET_MAX_COLUMNS", read.integer(1, 16_384), 200, "its columns"),
    Setting("SPREADSHEET_MAX_CELL_CHARACTERS", read.integer(1, 32_767), 32_767, "length of one cell"),
    Setting("SPREADSHEET_MAX_EXPANDED_BYTES", read.integer(1024, 10 * 1024**3), 500 * 1024**2,
            "size of an XLSX once it is unpacked"),
    Setting("SPREADSHEET_MAX_CHARACTERS", read.integer(1_000, 10**10), 100_000_000,
            "characters of all its cells together"),
    Setting("SPREADSHEET_UNDO_DAYS", read.integer(1, 3650), 30, "days in which an import can be taken back"),
]  # fmt: skip

BY_NAME = {setting.name: setting for setting in SETTINGS}


class Environment:
    """Every setting by its name, read and checked when this is made: `Environment(root)["PORT"]`."""

    def __init__(self, root: Path, *, environ: Mapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        path = env_file(root, environ.get(ENV_FILE))
        written = read_env_file(path) if path else {}
        known = {name: environ[name] for name in all_names() if environ.get(name)}
        # A name given outside also beats its NAME_FILE twin in .env, and the other way round.
        beaten = {name.removesuffix("_FILE") for name in known}
        given = {name: value for name, value in written.items() if value and name.removesuffix("_FILE") not in beaten}
        self._values = {setting.name: value_of(setting, {**given, **known}) for setting in SETTINGS}

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def secret_texts(self) -> list[str]:
        """Each secret that was given, the longest first; of an address also the password in it. Not the shortest ones,
        which are parts of many words."""
        given = [self._values[setting.name] for setting in SETTINGS if setting.secret]
        texts = [text for value in given for text in (value if isinstance(value, list) else [value]) if text]
        texts += [part for text in texts if "://" in text for part in keys_in(text)]
        return sorted({text for text in texts if len(text) >= SHORTEST_SECRET}, key=len, reverse=True)


def keys_in(url: str) -> list[str]:
    """The password of an address, as written and as meant; of a bucket and an error tracker the name, a key, too."""
    parts = urlsplit(url)
    names = [parts.username] if parts.scheme in {"s3", "http", "https"} else []
    return [text for part in (parts.password, *names) if part for text in (part, unquote(part))]


def env_file(root: Path, named: str | None) -> Path | None:
    """The file to read. One that is named must be there: the site would else start with other settings than meant."""
    if named is None:
        return root / ".env" if (root / ".env").is_file() else None
    if not named:
        return None
    path = root / named
    try:
        if path.is_dir():
            raise EnvironmentProblem(f"{ENV_FILE} names {path}, which is a folder.")
        is_there = path.exists()
    except OSError:
        is_there = False
    if not is_there:
        raise EnvironmentProblem(f"{ENV_FILE} names {path}, which is not there.")
    return path


def all_names() -> set[str]:
    return {*BY_NAME, *(f"{setting.name}_FILE" for setting in SETTINGS if setting.secret)}


def value_of(setting: Setting, given: Mapping[str, str]) -> Any:
    """The value of one setting out of the texts given; its default when there is none."""
    text, in_file = given.get(setting.name), given.get(f"{setting.name}_FILE") if setting.secret else None
    if text and in_file:
        raise EnvironmentProblem(f"Give {setting.name} or {setting.name}_FILE, not both.")
    if in_file:
        text = read_secret_file(setting.name, Path(in_file))
    if not text:
        return setting.default
    try:
        return setting.read(text)
    except ValueError as problem:
        # A password may stand in an address that should have none.
        shown = "" if setting.secret or ("://" in text and "@" in text) else f" (it is {text!r})"
        raise EnvironmentProblem(f"{setting.name} {problem}{shown}.") from None


def read_secret_file(name: str, path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError):
        raise EnvironmentProblem(f"{name}_FILE names {path}, which can't be read as text.") from None
    if not text:
        raise EnvironmentProblem(f"{name}_FILE names {path}, which is empty.")
    return text


ASSIGNMENT = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


def read_env_file(path: Path) -> dict[str, str]:
    """The lines NAME=value of a file; # begins a comment, quotes may stand around a value."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark (BOM)
    except (OSError, UnicodeDecodeError):
        raise EnvironmentProblem(f"{path.name} can't be read as text.") from None
    return dict(assignments(text, path.name))


def assignments(text: str, file_name: str) -> Iterator[tuple[str, str]]:
    known, seen = all_names(), set()
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        found = ASSIGNMENT.fullmatch(line)
        if not found:
            raise EnvironmentProblem(f"Line {number} of {file_name} is not of the form NAME=value.")
        name, value = found[1], found[2]
        if name not in known:
            raise EnvironmentProblem(f"Line {number} of {file_name} sets {name}, which is not a setting we know.")
        if name in seen:
            raise EnvironmentProblem(f"Line {number} of {file_name} sets {name} a second time.")
        seen.add(name)
        yield name, unquoted(value, number, file_name)


def unquoted(value: str, number: int, file_name: str) -> str:
    if value[:1] in {'"', "'"}:
        quoted = re.fullmatch(r"""(["'])(.*?)\1\s*(?:#.*)?""", value)
        if not quoted:
            raise EnvironmentProblem(f"Line {number} of {file_name} opens a quote that is not closed.")
        return quoted[2]
    return re.split(r"(?:^|\s+)#", value, maxsplit=1)[0].strip()


def hand_down(**values: str) -> None:
    """Settings for the processes that this one starts."""
    if unknown := set(values) - all_names():
        raise ValueError(f"There are no settings of these names: {sorted(unknown)}")
    os.environ |= values


def stop(problem: EnvironmentProblem) -> NoReturn:
    """Print the sentence, and nothing else, and end the process."""
    print(f"SmartSupport can't start: {problem}", file=sys.stderr)  # noqa: T201 - there is no logging yet
    raise SystemExit(EXIT_CODE)
