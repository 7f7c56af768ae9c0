"""Settings of Celery."""

from __future__ import annotations

from typing import Any

from homeroom_superset.cache.redis import broker_url
from homeroom_superset.settings import Settings

PRUNE_TASK = "homeroom.prune_actions"
PRUNE_SECONDS = 3600.0
# Database 1 is the trust store of contract/platform.json.
BROKER_DB, RESULT_DB = 0, 2


def celery_config(settings: Settings) -> type:
    members: dict[str, Any] = {
        "broker_url": broker_url(settings, BROKER_DB),
        "result_backend": broker_url(settings, RESULT_DB),
        "broker_connection_retry_on_startup": True,
        "imports": (
            "superset.sql_lab",
            "superset.tasks.scheduler",
            "superset.tasks.thumbnails",
            "superset.tasks.cache",
            "homeroom_superset.actions.prune",
        ),
        "worker_prefetch_multiplier": 1,
        "task_acks_late": False,
        "beat_schedule": {"prune-actions": {"task": PRUNE_TASK, "schedule": PRUNE_SECONDS}},
    }
    return type("CeleryConfig", (), members)
