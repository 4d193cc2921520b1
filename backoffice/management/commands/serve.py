"""`manage.py serve`: web server and worker as children of one small process that restarts whichever dies.

Locally, where no workflow system is set up, a sandbox of one runs beside them, so that a newcomer sees a ticket go out
and come back.
"""

from __future__ import annotations

import os
import socket
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from backoffice import demo_accounts, health
from backoffice.env import EXIT_CODE, hand_down
from backoffice.supervisor import Plan
from tickets.workflow.sandbox import api as sandbox_api
from tickets.workflow.sandbox import keys

WEB, WORKER, SANDBOX = "web", "worker", "workflow sandbox"
#: Behind PORT, so many ports are tried for the sandbox.
PORTS_TRIED = 20


#: Addresses that mean "all of this machine" → one at which it can be asked.
ASKED_AT = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here


def listening_on(host: str, port: int) -> str:
    """As gunicorn reads it: an IPv6 address stands in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def web_command() -> list[str]:
    """No control socket: it would lie in the home folder, and two installations would share it."""
    return [
        *(sys.executable, "-m", "gunicorn", "backoffice.wsgi:application", "--config", "python:backoffice.web_server"),
        *("--bind", listening_on(settings.BIND_ADDRESS, settings.PORT)),
        *("--worker-class", "gthread", "--workers", str(settings.WEB_WORKERS), "--threads", str(settings.WEB_THREADS)),
        *("--graceful-timeout", "20", "--timeout", "60", "--log-level", "warning", "--no-control-socket"),
    ]


def worker_command() -> list[str]:
    """Its options are settings.HUEY["consumer"]. One consumer only: it is the one that starts periodic tasks."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "run_huey"]


COMMANDS = {WEB: web_command, WORKER: worker_command}


def brings_sandbox() -> bool:
    """Never in production, and not where somebody has begun to set up a real one."""
    is_set_up = (
        settings.EXTERNAL_WORKFLOW_API_URL or settings.EXTERNAL_WORKFLOW_API_KEY or settings.WORKFLOW_CALLBACK_SECRETS
    )
    return settings.APP_ENV == "local" and not is_set_up


def sandbox_beside() -> tuple[list[str], str] | None:
    """The sandbox's command line and where it will answer; web and worker, started later, are told of it. None when no
    port is free: the site is of use without it."""
    port = next((port for port in range(settings.PORT + 1, settings.PORT + 1 + PORTS_TRIED) if is_free(port)), None)
    if port is None:
        return None
    kept = keys.kept_in(settings.DATA_DIR)
    address = f"http://127.0.0.1:{port}"
    hand_down(
        EXTERNAL_WORKFLOW_API_URL=address + sandbox_api.PATH,
        EXTERNAL_WORKFLOW_API_KEY_FILE=str(kept.api_key_file),
        WORKFLOW_CALLBACK_SECRETS_FILE=str(kept.callback_secret_file),
    )
    command = [
        *(sys.executable, "-m", "tickets.workflow.sandbox", "--port", str(port), "--site", settings.SITE_URL),
        *("--data-dir", str(settings.DATA_DIR), "--data", str(keys.database_in(settings.DATA_DIR))),
    ]
    return command, address


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def refuse_taken_port(host: str, port: int) -> None:
    """Look before anything is started: gunicorn would try again for five seconds and then show a traceback."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise CommandError(
                f"We may not listen on port {port}; choose one from 1024 up.", returncode=EXIT_CODE
            ) from None
        except OSError as error:
            raise CommandError(
                f"Port {port} can't be had ({error.strerror}): stop what uses it, or choose another, PORT={port + 1}.",
                returncode=EXIT_CODE,
            ) from None


def banner(sandbox: str = "") -> str:
    """`sandbox`: where it answers, "" without one."""
    lines = ["", f"  SmartSupport      {settings.SITE_URL}/", f"  Back office       {settings.SITE_URL}/admin/"]
    if sandbox:
        lines.append(f"  Workflow sandbox  {sandbox}/")
    found = demo_accounts.present() if settings.APP_ENV == "local" else []
    if found:
        lines += ["", f"  To try it, sign in with the password {demo_accounts.PASSWORD} as"]
        lines += [f"    {email:<26}{demo_accounts.ROLES[email]}" for email in found]
    return "\n".join([*lines, "", "  Ctrl-C stops it.", ""])


class Command(BaseCommand):
    help = "Run the web server and the worker (locally a workflow sandbox too); restart whichever dies; stop on Ctrl-C."
    requires_system_checks = []  # our own order: first what can be said in one sentence

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only", choices=[WEB, WORKER], help="run one of the two")

    def handle(self, *args: Any, only: str | None = None, **options: Any) -> None:
        names = [only] if only else [WEB, WORKER]
        if WEB in names:
            refuse_taken_port(settings.BIND_ADDRESS, settings.PORT)
        self.refuse_unready_database()
        self.refuse_failed_checks()
        if WEB in names and settings.APP_ENV == "production":
            call_command("collectstatic", interactive=False, verbosity=0)
        children = {name: COMMANDS[name]() for name in names}
        sandbox = sandbox_beside() if not only and brings_sandbox() else None
        if sandbox:
            children[SANDBOX] = sandbox[0]
        plan = Plan(
            children=children,
            address=(ASKED_AT.get(settings.BIND_ADDRESS, settings.BIND_ADDRESS), settings.PORT)
            if WEB in names
            else None,
            banner=banner(sandbox[1] if sandbox else ""),
        )
        connections.close_all()
        sys.stdout.flush()
        # The same process goes on as the supervisor, without Django in its memory.
        os.chdir(settings.BASE_DIR)
        os.execv(sys.executable, [sys.executable, "-m", "backoffice.supervisor", plan.as_json()])  # noqa: S606

    def refuse_unready_database(self) -> None:
        try:
            state = health.migrations()
        except DatabaseError as error:
            first_line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise CommandError(f"The database can't be reached: {first_line}", returncode=EXIT_CODE) from None
        if state != health.OK:
            raise CommandError("The database is not up to date: run `manage.py migrate` first.", returncode=EXIT_CODE)

    def refuse_failed_checks(self) -> None:
        serious = [said for said in run_checks(databases=["default"]) if said.is_serious() and not said.is_silenced()]
        found = [f"{said.msg} {said.hint or ''}" for said in serious]
        if found:
            raise CommandError("\n".join(found), returncode=EXIT_CODE)
