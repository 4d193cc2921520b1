"""`manage.py workflow_sandbox`: a workflow system to try SmartSupport with, on this machine alone."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tickets.workflow.sandbox import keys, running


class Command(BaseCommand):
    help = (
        "Run a workflow system to try SmartSupport with: it takes tickets, shows them on a page, works on them by its "
        "own clock and answers with signed callbacks. Locally `serve` starts one by itself."
    )
    requires_system_checks = []  # it has no part in the site

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--site", help="where SmartSupport answers, if not at SITE_URL")
        running.add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.APP_ENV == "production":
            raise CommandError("This is production: tickets go to the real workflow system here, not to a sandbox.")
        site = (options["site"] or settings.SITE_URL).rstrip("/")
        kept = keys.kept_in(settings.DATA_DIR)
        try:
            sandbox = running.sandbox_of(options, site=site, kept=kept)
        except OSError as error:
            raise CommandError(
                f"Port {options['port']} can't be had ({error.strerror}): give another --port."
            ) from None
        self.stdout.write(f"The workflow sandbox answers at {sandbox.url} and tells {site} what it does.")
        self.stdout.write("SmartSupport sends its tickets there with these settings:")
        self.stdout.write(f"  EXTERNAL_WORKFLOW_API_URL={sandbox.api_url}")
        self.stdout.write(f"  EXTERNAL_WORKFLOW_API_KEY_FILE={kept.api_key_file}")
        self.stdout.write(f"  WORKFLOW_CALLBACK_SECRETS_FILE={kept.callback_secret_file}")
        self.stdout.write("Ctrl-C stops it.")
        self.stdout.flush()
        running.until_stopped(sandbox)
