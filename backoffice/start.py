"""What is decided while the settings are being made: where data lies, which key signs, whether to start at all."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from backoffice.env import Environment, EnvironmentProblem

KEY_FILE = "secret_key"

#: Where http:// reaches nobody else's network.
THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


def data_dir(path: Path) -> Path:
    """The folder for whatever is kept on disk, made when missing; only its owner looks inside."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentProblem(f"DATA_DIR is {path}, which can't be made: {error.strerror}.") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise EnvironmentProblem(f"DATA_DIR is {path}, in which we may not write.")
    return path.resolve()


def secret_key(env: Environment, folder: Path) -> str:
    """The key given; locally else one that is made once and kept, so that sessions outlive a restart."""
    if env["SECRET_KEY"]:
        return env["SECRET_KEY"]
    path = folder / KEY_FILE
    if not path.exists():
        keep_new_key(path)
    try:
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        key = ""
    if len(key) < 32:
        raise EnvironmentProblem(f"The key in {path} can't be read; delete the file, and a new one is made.")
    return key


def keep_new_key(path: Path) -> None:
    # Linked into place when whole: of two processes starting at once, both then read the same key.
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(64))
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def bind_address(env: Environment) -> str:
    """Locally there are accounts with known passwords: only this machine may reach them, unless asked otherwise."""
    return env["BIND_ADDRESS"] or ("127.0.0.1" if env["APP_ENV"] == "local" else "0.0.0.0")  # noqa: S104 - meant


def refuse_half_a_mailbox(env: Environment) -> None:
    if urlsplit(env["EMAIL_URL"] or "").scheme == "gmail":
        for name in ("GMAIL_CLIENT_ID", "GMAIL_CLIENT_SECRET", "GMAIL_REFRESH_TOKEN"):
            if not env[name]:
                raise EnvironmentProblem(f"EMAIL_URL begins with gmail://, which needs {name} as well.")


def refuse_unsafe_production(env: Environment) -> None:
    """In production nothing is assumed: each of these once let strangers in, or mails out into nowhere."""
    if env["APP_ENV"] != "production":
        return
    if env["DEBUG"]:
        raise EnvironmentProblem("DEBUG must be off in production: its error pages show settings to strangers.")
    needed = {
        "SECRET_KEY": "a value nobody knows, such as `openssl rand -base64 48` prints",
        "SITE_URL": "the address people use; links in mails are made from it",
        "ALLOWED_HOSTS": "the host names it answers to",
        "EMAIL_URL": "where mails go out",
    }
    for name, what in needed.items():
        if not env[name]:
            raise EnvironmentProblem(f"Production needs {name}: {what}.")
    refuse_readable_mails_and_cookies(env)
    if "*" in env["ALLOWED_HOSTS"]:
        raise EnvironmentProblem("ALLOWED_HOSTS must name hosts in production; * would take any.")
    key = env["SECRET_KEY"]
    if len(key) < 50 or len(set(key)) < 10 or key.startswith(("change", "django-insecure-")):
        raise EnvironmentProblem("SECRET_KEY is too simple for production: take what `openssl rand -base64 48` prints.")


def refuse_readable_mails_and_cookies(env: Environment) -> None:
    if urlsplit(env["EMAIL_URL"]).scheme in {"console", "file"}:
        raise EnvironmentProblem(
            "EMAIL_URL must be smtp://, smtps:// or gmail:// in production: secret links would lie readable in a log "
            "or folder, and nobody would get the mails."
        )
    site = urlsplit(env["SITE_URL"])
    if site.scheme == "http" and site.hostname not in THIS_MACHINE:
        raise EnvironmentProblem(
            "SITE_URL must begin with https:// in production: by http:// sessions could be read on their way."
        )
