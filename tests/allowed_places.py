"""The literal lists of tests/test_architecture.py: the only places where something is done that is the exception.

They hold in both directions: a new place must be added here, seen in review, and one that is gone must go here too.
"""

from __future__ import annotations

#: QuerySet.update and the bulk helpers: no history, no version.
BULK_WRITES = {
    "audit/history.py:insert_many",
    "audit/permanence.py:PermanentQuerySetMixin.bulk_create",
    "backoffice/demo.py:read_notices",
    "helpcenter/search/asked_for.py:_add",
    "helpcenter/search/index.py:_learn",
    "helpcenter/search/index.py:_write",
    "helpcenter/views_counted.py:_add",
    "jobs/idempotency.py:claim",
    "jobs/idempotency.py:finish",
    "jobs/leases.py:_recover_one",
    "jobs/leases.py:_settle",
    "jobs/leases.py:again",
    "jobs/leases.py:call_off",
    "jobs/leases.py:claim",
    "jobs/leases.py:renew",
    "jobs/runs/engine.py:_give_back",
    "jobs/runs/engine.py:_read",
    "jobs/runs/outcomes.py:_write_alike",
    "jobs/runs/outcomes.py:_write_whole",
    "jobs/runs/outcomes.py:write_one",
    "jobs/runs/verbs.py:cancel",
    "jobs/runs/verbs.py:plan_again",
    "jobs/runs/verbs.py:retry",
    "jobs/runs/verbs.py:start",
    "jobs/spreadsheets/exporting.py:tidy",
    "notifications/outbox.py:forget",
    "notifications/outbox.py:let_go",
    "notifications/notices.py:read",
    "notifications/notices.py:read_all",
    "notifications/outbox.py:store",
    "notifications/telling.py:tell",
    "notifications/webhooks/delivery.py:_went_well",
    "notifications/webhooks/delivery.py:_went_wrong",
    "notifications/webhooks/events.py:emit",
    "notifications/webhooks/log.py:send_again",
    "people/api_keys.py:_note_use",
    "people/addresses.py:start_many",
    "people/numbers.py:_add",
    "people/roles.py:put_new_into_groups",
    "people/signin.py:signed_in",
    "people/tokens.py:_end",
    "people/tokens.py:rotate",
    "tickets/files.py:_dropped",
    "tickets/files.py:remove_dead",
    "tickets/files.py:stage",
    "tickets/pages/attachments.py:counted",
    "tickets/visits.py:seen",
    "tickets/workflow/compare.py:_noted",
    "tickets/workflow/breaker.py:_locked",
    "tickets/workflow/breaker.py:asked_to_wait",
    "tickets/workflow/breaker.py:failed",
    "tickets/workflow/breaker.py:succeeded",
    "tickets/workflow/deliveries.py:forget",
    "tickets/workflow/forgetting.py:_forget_messages_with",
}
RAW_SQL = {
    "audit/history.py:_copy",
    "backoffice/health.py:database",
    "backoffice/management/commands/demo.py:drop_everything",
    "backoffice/management/commands/demo.py:table_names",
    "backoffice/management/commands/doctor.py:clock",
    "jobs/runs/outcomes.py:_write_about",
    "people/numbers.py:_add",
    "tickets/search.py:_has_words_postgresql",
    "tickets/search.py:_has_words_sqlite",
    "tickets/search.py:_prepare_postgresql",
    "tickets/search.py:_prepare_sqlite",
    "tickets/workflow/sandbox/store.py:Store.ask",
}
BROAD_CATCHES = {
    "audit/versions.py:VersionedModel.save",
    "backoffice/errors.py:_plain",
    "backoffice/health.py:state_of",
    "backoffice/management/commands/doctor.py:database",
    "backoffice/management/commands/doctor.py:examine",
    "backoffice/management/commands/doctor.py:mail",
    "backoffice/management/commands/doctor.py:queue",
    "backoffice/management/commands/doctor.py:storage",
    "jobs/leases.py:sweep",
    "jobs/leases.py:work",
    "jobs/outbox.py:_WakeUp.__call__",
    "jobs/runs/engine.py:_try",
    "jobs/tasks.py:_beat_and_sweep",
    "jobs/tasks.py:drain",
    "notifications/admin.py:EmailNotificationAdmin.text",
    "notifications/sending.py:deliver",
    "notifications/sending.py:undelivered",
    "tickets/files.py:_bytes_removed",
    "tickets/files.py:stage",
    "tickets/pages/attachments.py:opened",
    "tickets/scanning.py:_pieces",
    "tickets/workflow/sandbox/fetching.py:Fetcher.run",
    "tickets/workflow/sandbox/sandbox.py:Sandbox._tried",
}
STATUS_WRITES = {
    "jobs/leases.py:again",
    "jobs/leases.py:call_off",
    "jobs/leases.py:claim",
    "jobs/runs/verbs.py:cancel",
}
#: Functions of the doors without `by`: who applies has no account yet; an operator is made by nobody in the house.
VERBS_WITHOUT_BY = {"people/lifecycle.py:register", "people/lifecycle.py:appoint_operator"}
#: The verbs that domain.md names; a door may have more.
VERBS = {
    "tickets/lifecycle.py": "submit edit approve reject claim assign start hold resume resolve close reopen withdraw "
    "reprioritise transfer bring_in",
    "people/lifecycle.py": "register approve reject apply_again suspend restore change_role change_department "
    "change_email bring_in",
    "tickets/conversation.py": "comment attach redact",
}
