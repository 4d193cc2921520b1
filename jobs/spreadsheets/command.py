"""A spreadsheet without a browser: the same plan, report and undo. `load_employees` and `load_tickets` are this."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import BaseCommand, CommandError

from audit.refusals import InvalidValues, Refused
from jobs import heartbeat, leases
from jobs.models import Run, RunRow
from jobs.spreadsheet_models import Spreadsheet
from jobs.spreadsheets import importing
from jobs.spreadsheets.cells import Unreadable
from jobs.spreadsheets.resources import SheetResource, resource_of

#: So many rows are told with their reasons; `--json` has them all.
ROWS_TOLD = 50
#: While a worker has the run.
_WAIT_SECONDS = 0.2

Outcome = RunRow.Outcome
_TELLING = [Outcome.REFUSED, Outcome.FAILED, Outcome.KEPT]


class LoadCommand(BaseCommand):
    """`kind` is that of the resource."""

    kind: ClassVar[str]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="a CSV or XLSX file")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--dry-run", action="store_true", help="say what would happen; so it does by itself")
        what.add_argument("--apply", action="store_true", help="load the rows that nothing is wrong with")
        what.add_argument("--undo", type=int, metavar="RUN", help="take back what a run loaded")
        parser.add_argument("--json", action="store_true", help="the report as JSON")
        parser.add_argument("--by", metavar="EMAIL", help="who loads it (the operator)")
        parser.add_argument("--again", action="store_true", help="also a file that was loaded already")
        parser.add_argument("--option", action="append", default=[], metavar="NAME", help="a tick of the plan")
        parser.add_argument(
            "--column", action="append", default=[], metavar="TITLE=FIELD", help="which field a column goes to"
        )
        parser.add_argument(
            "--value", action="append", default=[], metavar="FIELD:WORD=MEANING", help="what a word of the file means"
        )
        parser.add_argument(
            "--fixed", action="append", default=[], metavar="FIELD=VALUE", help="one value for all rows"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        by = _person(options["by"])
        try:
            run = self._undone(options["undo"], by) if options["undo"] else self._loaded(options, by)
        except (Refused, InvalidValues) as refused:
            raise CommandError(_words_of(refused, self.resource)) from None
        self._tell(run, as_json=options["json"])
        if run.status != Run.Status.DONE:
            raise CommandError(run.last_error or "It was stopped.")

    @property
    def resource(self) -> SheetResource:
        resource = resource_of(self.kind)
        if resource is None:
            raise CommandError(f"Nothing here takes spreadsheets of the kind {self.kind}.")
        return resource

    def _loaded(self, options: Mapping[str, Any], by: AbstractBaseUser) -> Run:
        path: Path | None = options["file"]
        if path is None:
            raise CommandError("Name a file.")
        try:
            with path.open("rb") as file:
                sheet = importing.receive(file, kind=self.kind, by=by, name=path.name)
        except OSError as error:
            raise CommandError(f"{path} can't be read: {error.strerror}.") from None
        except Unreadable as unreadable:
            raise CommandError(unreadable.sentence) from None
        earlier = importing.same_as(sheet, by=by)
        if earlier is not None and options["apply"] and not options["again"]:
            raise CommandError(
                f"{earlier.uploaded_by} loaded this file on {earlier.uploaded_at:%Y-%m-%d} (run {earlier.run_id}). "
                "Say --again to load it once more."
            )
        importing.mapped(sheet, _mapping(sheet, self.resource, options), by=by)
        run = self._worked(importing.check(sheet, by=by))
        has_good = run.is_planned and run.rows.filter(outcome=Outcome.GOOD).exists()
        return self._worked(importing.apply(run, by=by)) if options["apply"] and has_good else run

    def _undone(self, key: int, by: AbstractBaseUser) -> Run:
        run = Run.objects.filter(pk=key, kind=self.resource.run_kind).first()
        if run is None:
            raise CommandError(f"There is no run {key} of {self.resource.title}.")
        return self._worked(importing.undo(run, by=by))

    def _worked(self, run: Run) -> Run:
        """Do the worker's part here, or wait for the worker, whoever was quicker."""
        while not (run := Run.objects.get(pk=run.pk)).is_finished:
            leases.recover(Run)
            if leases.claim(run):
                with heartbeat.of_somebody_else():
                    leases.work(run)
                self.stderr.write(f"{run.phase}: {Run.objects.get(pk=run.pk).done} rows")
            else:
                time.sleep(_WAIT_SECONDS)
        return run

    def _tell(self, run: Run, *, as_json: bool) -> None:
        counts = Counter(run.rows.values_list("outcome", flat=True))
        telling = run.rows.filter(outcome__in=_TELLING).order_by("number")
        if as_json:
            rows = [
                {"row": row.number, "outcome": row.outcome, "sentences": row.sentences} for row in telling.iterator()
            ]
            said = {"run": run.pk, "phase": run.phase, "status": run.status, "counts": dict(counts), "rows": rows}
            self.stdout.write(json.dumps(said, indent=2, ensure_ascii=False))
            return
        words = dict(Outcome.choices)
        for outcome, count in counts.items():
            self.stdout.write(f"{count} {words[outcome]}")
        for row in telling[:ROWS_TOLD]:
            self.stdout.write(f"row {row.number}: {' '.join(row.sentences)}")
        if telling.count() > ROWS_TOLD:
            self.stdout.write(f"… and {telling.count() - ROWS_TOLD} more; --json has them all.")
        if run.is_planned:
            self.stdout.write("Nothing has changed. Say --apply to load the rows that will be done.")
        elif run.phase == Run.Phase.APPLY:
            self.stdout.write(f"To take it back: --undo {run.pk}")


def _person(email: str | None) -> AbstractBaseUser:
    """Who does it: the one named, or the operator that `createsuperuser` made."""
    people: Any = get_user_model()._default_manager.filter(is_active=True)
    found = people.filter(email__iexact=email).first() if email else people.filter(is_superuser=True).first()
    if found is None:
        raise CommandError(f"Nobody here can sign in as {email}." if email else "Say who loads it: --by EMAIL.")
    return found


def _mapping(sheet: Spreadsheet, resource: SheetResource, options: Mapping[str, Any]) -> dict[str, Any]:
    """What was found, corrected by the arguments."""
    columns = dict(sheet.mapping.get("columns", {}))
    for title, name in _pairs(options["column"], "--column"):
        index = next((at for at, each in enumerate(sheet.header) if each.casefold() == title.casefold()), None)
        if index is None:
            raise CommandError(f"The file has no column “{title}”. It has: {', '.join(sheet.header)}.")
        columns = {at: field for at, field in columns.items() if field != name}
        columns[str(index)] = name
    unknown = set(options["option"]) - {option.name for option in resource.options_for(sheet.uploaded_by)}
    if unknown:
        raise CommandError(f"There is no option {', '.join(sorted(unknown))} for you.")
    fixed = {**sheet.mapping.get("fixed", {}), **dict(_pairs(options["fixed"], "--fixed"))}
    values = {name: dict(words) for name, words in sheet.mapping.get("values", {}).items()}
    for place, meaning in _pairs(options["value"], "--value"):
        field, _colon, word = place.partition(":")
        values.setdefault(field, {})[word] = meaning
    ticks = dict.fromkeys(options["option"], True)
    return {**sheet.mapping, "columns": columns, "values": values, "fixed": fixed, "options": ticks}


def _pairs(given: Sequence[str], name: str) -> list[tuple[str, str]]:
    pairs = []
    for each in given:
        before, equals, after = each.rpartition("=") if name == "--column" else each.partition("=")
        if not equals or not before:
            raise CommandError(f"{name} takes two words with = between them.")
        pairs.append((before.strip(), after.strip()))
    return pairs


def _words_of(refused: Refused | InvalidValues, resource: SheetResource) -> str:
    if isinstance(refused, Refused):
        return " ".join(str(reason.sentence) for reason in refused.reasons)
    return " ".join(str(sentence) for sentences in refused.errors.values() for sentence in sentences)
