"""Rows that no verb changes: those who may edit them on their page load them as well, under the same checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from audit.history import note
from audit.refusals import InvalidValues, Reason, Refused, StaleVersion
from jobs.spreadsheets.folding import first_called
from jobs.spreadsheets.lines import Line, Task
from jobs.spreadsheets.resources import SheetResource

#: A longer number is no key.
KEY_DIGITS = 18


class EditedRows(SheetResource):
    """A resource over such a model, which has a version, a history and unique names. Its columns are named like the
    model's fields; `values_of` reads those that are not stored as they stand in the cell."""

    in_turn = True

    def may_import(self, person: Any) -> bool:
        """Only who may add and change them by hand, too."""
        by_hand = [self._permission("add"), self._permission("change")]
        return super().may_import(person) and bool(person.has_perms(by_hand))

    def exported(self, person: Any) -> models.QuerySet:
        return self.model._default_manager.order_by("pk")

    def existing_by(self, name: str, values: Iterable[str], *, by: Any) -> dict[str, models.Model]:
        """The key is the row's own, a number."""
        if name != self.key_column:
            return super().existing_by(name, values, by=by)
        keys = {value for value in values if value.isascii() and value.isdigit() and len(value) < KEY_DIGITS}
        return {str(row.pk): row for row in self.exported(by).filter(pk__in=keys)} if keys else {}

    def values_of(self, cells: Mapping[str, Any]) -> dict[str, Any]:
        """Cells → values of the model's fields. Raises InvalidValues."""
        return dict(cells)

    def names_it(self, instance: Any) -> bool:
        """Whether something of a row keeps it from being taken back, though the database would delete it as well."""
        return False

    # New ones

    def check_new(self, lines: Sequence[Line], task: Task) -> None:
        for line in lines:
            try:
                self._filled(self.model(), _of_new(self, line))
            except InvalidValues as invalid:
                line.refuse_by(invalid)

    def make_new(self, lines: Sequence[Line], task: Task) -> Sequence[models.Model | Exception]:
        # Of those that were not here when the file was checked, some may be by now.
        here = self.existing_by(self.unique_column, [self._name_in(line.cells) for line in lines], by=task.by)
        return [self._made(line, here, task) for line in lines]

    def _made(self, line: Line, here: Mapping[str, Any], task: Task) -> models.Model | Exception:
        if self.folded(self.unique_column, self._name_in(line.cells)) in here:
            return self._taken(_("There is one of this name by now. Check the file again."))
        try:
            made = self._filled(self.model(), _of_new(self, line))
            note(made, by=task.by, verb="add", reason=task.reason(line.row))
            self._save(made)
        except InvalidValues as invalid:
            return invalid
        return made

    def _save(self, row: Any) -> None:
        """Raises InvalidValues when somebody gave another row its name in the same moment, by hand."""
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            self._refuse_taken(row)
            raise

    def _refuse_taken(self, row: Any) -> None:
        """Also where the database takes two names for different ones, because it knows the case of fewer letters."""
        name = getattr(row, self.unique_column)
        rows = self.model._default_manager.exclude(pk=row.pk)
        if first_called(rows, self.unique_column, name) is not None:
            raise self._taken(_("There is one of this name."))

    def _taken(self, sentence: str) -> InvalidValues:
        return InvalidValues({self.unique_column: sentence})

    def _name_in(self, cells: Mapping[str, Any]) -> str:
        return str(cells.get(self.unique_column, ""))

    # Those that are here

    def change(
        self, instance: Any, values: Mapping[str, Any], *, by: Any, reason: str, expected_version: int
    ) -> models.Model:
        with transaction.atomic():
            row = self._locked(instance)
            if row.version != expected_version:
                raise StaleVersion(row)
            self._filled(row, values)
            note(row, by=by, verb="change", reason=reason)
            self._save(row)
        return row

    def remembered(self, instance: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        """What is stored, to the letter: a cell has fewer blanks and one kind of line ends."""
        fields = {name: self.model._meta.get_field(name) for name in values}
        return {"raw": {field.attname: getattr(instance, field.attname) for field in fields.values()}}  # type: ignore[union-attr]  # a column of its own

    def put_back(self, instance: Any, memory: Mapping[str, Any], *, by: Any, reason: str) -> None:
        if "raw" not in memory:  # of an import that was applied before it was remembered
            super().put_back(instance, memory, by=by, reason=reason)
            return
        with transaction.atomic():
            row = self._locked(instance)
            if row.version != memory["version"]:
                raise StaleVersion(row)
            for name, value in memory["raw"].items():
                setattr(row, name, value)
            note(row, by=by, verb="change", reason=reason)
            self._save(self._clean(row, memory["raw"]))

    def check_change(self, line: Line, task: Task) -> None:
        try:
            self._filled(copy(line.existing), {name: new for name, (_old, new) in line.changes.items()})
        except InvalidValues as invalid:
            line.refuse_by(invalid)

    def take_back(self, instance: Any, *, by: Any, reason: str) -> None:
        with transaction.atomic():
            row = self._locked(instance)
            if row.version != instance.version:
                raise StaleVersion(row)
            if self.names_it(row):
                raise _in_use()
            note(row, by=by, verb="take_back", reason=reason)
            try:
                row.delete()
            except ProtectedError:
                raise _in_use() from None

    def _locked(self, instance: Any) -> Any:
        row = self.model._default_manager.select_for_update().filter(pk=instance.pk).first()
        if row is None:
            raise Refused([Reason("unseen", _("It is not there any more."))])
        return row

    def _filled(self, row: Any, cells: Mapping[str, Any]) -> Any:
        for name, value in self.values_of(cells).items():
            setattr(row, name, value)
        return self._clean(row, cells)

    def _clean(self, row: Any, changed: Iterable[str]) -> Any:
        if row.pk is not None and self.unique_column in changed:
            self._refuse_taken(row)
        try:
            row.full_clean()
        except ValidationError as invalid:
            said = invalid.message_dict
            raise InvalidValues({"" if name == NON_FIELD_ERRORS else name: said[name] for name in said}) from None
        return row


def _of_new(resource: EditedRows, line: Line) -> dict[str, Any]:
    """What a new row is made of: an empty cell leaves what is usual."""
    own = {resource.key_column, resource.version_column}
    importable = {column.name for column in resource.columns if column.can_import} - own
    return {name: value for name, value in line.cells.items() if name in importable and value != ""}


def _in_use() -> Refused:
    return Refused([Reason("touched", _("Something names this by now. It stays."))])
