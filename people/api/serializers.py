"""People and departments as the API shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from rest_framework import serializers

from people.enums import Role, Status, Suffix


class Moment(serializers.DateTimeField):
    """In UTC, ISO 8601."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=dt.UTC, **kwargs)


class NameOf(serializers.CharField):
    """What a row is called; null where there is none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"allow_null": True, **kwargs})

    def to_representation(self, value: Any) -> str:
        return str(value.name)


class PersonSerializer(serializers.Serializer):
    """A person beside what they have to do with."""

    company_id = serializers.CharField()
    name = serializers.CharField(source="get_full_name")
    email = serializers.CharField()


class ProfileSerializer(PersonSerializer):
    """One's own account."""

    first_name = serializers.CharField()
    middle_name = serializers.CharField()
    last_name = serializers.CharField()
    suffix = serializers.ChoiceField(choices=Suffix.choices, allow_blank=True)
    department = NameOf()
    role = serializers.ChoiceField(choices=Role.choices)
    status = serializers.ChoiceField(choices=Status.choices)
    date_created = Moment()
    last_login = Moment(allow_null=True)


class EmployeeSerializer(ProfileSerializer):
    """An account, for who decides about it."""

    address_is_proven = serializers.BooleanField()


class DepartmentSerializer(serializers.Serializer):
    name = serializers.CharField()
    description = serializers.CharField()


class ReasonSerializer(serializers.Serializer):
    """One reason against: a code that stays, a sentence for people, and who could do it instead."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    who = serializers.CharField(allow_blank=True)


def first_sentences(call: Callable[..., Any]) -> str:
    """What the door says that it does, for the documentation."""
    return " ".join((call.__doc__ or "").split("\n\n")[0].split())


def page_of(serializer: type[serializers.Serializer]) -> type[serializers.Serializer]:
    """A page of a list, for the documentation."""
    name = serializer.__name__.removesuffix("Serializer")
    fields = {
        "results": serializer(many=True),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
    }
    return type(f"{name}PageSerializer", (serializers.Serializer,), fields)
