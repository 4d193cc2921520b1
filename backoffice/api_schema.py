"""Hooks of drf-spectacular: which addresses are documented, how one signs in, and how calls may be refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiViewExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers

from backoffice.api import SENTENCES

#: What any call may be answered.
ALWAYS = (400, 406, 429, 503)
#: Besides: of a call with a body, with a query, of a row, by who must be signed in.
WITH_BODY, WITH_QUERY, OF_A_ROW, SIGNED_IN = (413, 415, 422), (422,), (404,), (401, 403)
#: What is done, and may not be possible as things are; with If-Match.
DOING, MATCHING = (409, 422), (412,)
#: Of single addresses: a file that was taken away; what a message of the workflow system may come upon.
ALSO = {"/api/attachments/{token}/download/": (410,), "/api/workflow/callbacks/": (404, 409)}
#: How a refusal's sentence reads where there is no better one.
_ELSE = {410: "It was taken away."}


class ByToken(OpenApiAuthenticationExtension):
    target_class = "people.tokens.Authentication"
    name = "token"
    description = "An access token of POST /api/token/employee/."

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": self.description}


class ByKey(ByToken):
    target_class = "people.api_keys.Authentication"
    name = "key"
    description = "An API key that a System Admin made: ssk_…"


class Callback(serializers.Serializer):
    """As the workflow system sends it."""

    ticket_id = serializers.CharField()
    status = serializers.CharField()
    assigned_technician = serializers.CharField(required=False, allow_blank=True)
    work_notes = serializers.ListField(child=serializers.CharField(), required=False)
    resolution = serializers.CharField(required=False, allow_blank=True)
    last_modified = serializers.DateTimeField()


class Callbacks(OpenApiViewExtension):
    """Read by its signature and not by a parser, so what it takes is said here."""

    target_class = "tickets.workflow.views.Callbacks"

    def view_replacement(self) -> Any:
        answered = OpenApiResponse(
            OpenApiTypes.OBJECT, description="Taken; `applied` says whether it changed anything."
        )
        documented = extend_schema(
            request=Callback,
            responses={
                200: answered,
                202: OpenApiResponse(OpenApiTypes.OBJECT, description="Kept, for people to see."),
            },
            parameters=[
                OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True, description="Standard Webhooks.")
                for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
            ],
            auth=[],
            summary="What the workflow system says",
            operation_id="workflow_callback",
        )
        view: Any = self.target_class  # the class itself, by now
        return extend_schema_view(post=documented)(type("DocumentedCallbacks", (view,), {}))


def ours_alone(endpoints: list[Any], **kwargs: Any) -> list[Any]:
    """Not what answers for whatever is not there."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/") and endpoint[0] != "/api/"]


def with_refusals(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    said: set[int] = set()
    for path, method, operation in _operations(result):
        for status in sorted(_statuses(path, method, operation)):
            operation["responses"].setdefault(str(status), {"$ref": f"#/components/responses/Refused{status}"})
            said.add(status)
    result["components"]["schemas"]["Error"] = _error()
    result["components"]["responses"] = {f"Refused{status}": _refusal(status) for status in sorted(said)}
    return result


def _operations(result: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _statuses(path: str, method: str, operation: dict[str, Any]) -> set[int]:
    kinds = {each["in"] for each in operation.get("parameters", [])}
    names = {each["name"] for each in operation.get("parameters", [])}
    is_open = not operation.get("security")
    found = {*ALWAYS}
    found |= {*(WITH_BODY if method != "get" else ()), *(WITH_QUERY if "query" in kinds else ())}
    found |= {*(OF_A_ROW if "path" in kinds else ()), *ALSO.get(path, ())}
    # At the doors themselves, 401 and 403 say what is wrong with what was shown there.
    found |= {*SIGNED_IN}
    if method != "get" and not is_open:
        found |= {*DOING}
    return found | ({*MATCHING} if "If-Match" in names or method == "patch" else set())


def _refusal(status: int) -> dict[str, Any]:
    sentence = str(SENTENCES.get(status, _ELSE.get(status, "")))
    answer: dict[str, Any] = {
        "description": sentence,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Error"},
                "example": {"error": sentence, "details": {}, "reasons": []},
            }
        },
    }
    if status in {429, 503}:
        seconds = {"schema": {"type": "integer"}, "description": "Seconds after which another try is worth it."}
        answer["headers"] = {"Retry-After": seconds}
    return answer


def _error() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["error", "details", "reasons"],
        "additionalProperties": False,
        "properties": {
            "error": {**text, "minLength": 1, "description": "What is wrong, for people."},
            "details": {
                "type": "object",
                "description": "Name of a value → what is wrong with it; of 412 the newer `version`.",
                "additionalProperties": {},
            },
            "reasons": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["code", "sentence", "who"],
                    "properties": {"code": text, "sentence": text, "who": text},
                },
            },
        },
    }
