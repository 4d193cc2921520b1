"""The state of a row that only its machine may change, and that can still be read anew.

django-fsm-2 lets `refresh_from_db` set a protected state by taking the protection off the field for the whole process,
and when the refresh fails it stays off. Here the one row that is being read says so itself.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django_fsm import FSMField, FSMFieldDescriptor

_BEING_READ = "_state_is_being_read"


class _ProtectedState(FSMFieldDescriptor):
    def __set__(self, instance: Any, value: Any) -> None:
        if instance.__dict__.get(_BEING_READ):
            self.field.set_proxy(instance, value)
            self.field.set_state(instance, value)
        else:
            super().__set__(instance, value)


class StateField(FSMField):
    """An FSMField(protected=True)."""

    descriptor_class = _ProtectedState

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "protected": True})

    def deconstruct(self) -> Any:
        # To migrations it is the library's field: how Python guards it is no matter of the table.
        name, _path, args, kwargs = super().deconstruct()
        return name, "django_fsm.FSMField", args, kwargs


class WithState(models.Model):
    """Base of a model with a StateField, in place of the library's FSMModelMixin."""

    class Meta:
        abstract = True

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        self.__dict__[_BEING_READ] = True
        try:
            super().refresh_from_db(*args, **kwargs)
        finally:
            del self.__dict__[_BEING_READ]
