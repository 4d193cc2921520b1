"""What the documentation of the API says besides what its views say: what it is for, and how calls are refused.

Read by the settings, so it imports nothing of ours.
"""

from __future__ import annotations

from typing import Any

_DESCRIPTION = """\
What people do in SmartSupport, for programs: by the same rules, with the same words.

**Signing in.** `POST /api/token/employee/` answers with an access token (15 minutes) and a refresh token (one day).
Send `Authorization: Bearer …` with every call, the token or an API key.

**Refusals** have one form: `error` is a sentence, `details` says what is wrong with which value, `reasons` has codes
that stay, a sentence each, and who could do it instead. What you may not see answers like what does not exist.

**Lists** are pages: follow `next` until it is null.

**Twice is once** with an `Idempotency-Key`: a call repeated within a day does nothing again and is told what the first
one made. `If-Match` with a ticket's `ETag`: only if nothing that you may see has changed.
"""

SETTINGS: dict[str, Any] = {
    "TITLE": "SmartSupport",
    "DESCRIPTION": _DESCRIPTION,
    "VERSION": "1",
    "OAS_VERSION": "3.0.3",
    "SERVE_INCLUDE_SCHEMA": False,
    # One name for what goes in and another for what comes out: what must be sent is not what is always there.
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "TicketStatus": "tickets.enums.Status.choices",
        "Priority": "tickets.enums.Priority.choices",
        "FieldKind": "tickets.enums.FieldKind.choices",
        "AccountStatus": "people.enums.Status.choices",
        "Role": "people.enums.Role.choices",
    },
    "PREPROCESSING_HOOKS": ["backoffice.api_schema.ours_alone"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "backoffice.api_schema.with_refusals",
    ],
}
