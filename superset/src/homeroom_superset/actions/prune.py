"""Takes old rows out of Superset's action log, as a task that beat sends."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from superset.extensions import celery_app

from homeroom_superset.jobs.worker import PRUNE_TASK

logger = logging.getLogger(__name__)

MOST_ROWS = 10_000
"""The most rows of one transaction, so that a first run over years of rows locks nothing for long."""
MOST_ROUNDS = 100
"""The most transactions of one run; the next one goes on."""
DELETE = text(
    "delete from logs where id in (select id from logs where dttm < :before order by dttm limit :most)"
)


def prune(engine: Any, days: int, now: datetime) -> int:
    """The number of rows deleted. `now` is in UTC without a zone, as Superset writes its rows."""
    deleted = 0
    for _ in range(MOST_ROUNDS):
        with engine.begin() as connection:
            gone = connection.execute(
                DELETE, {"before": now - timedelta(days=days), "most": MOST_ROWS}
            ).rowcount
        deleted += gone
        if gone < MOST_ROWS:
            break
    return deleted


@celery_app.task(name=PRUNE_TASK, ignore_result=True)
def prune_actions() -> None:
    from flask import current_app
    from superset.extensions import db

    days = current_app.config["HOMEROOM"].action_log_days
    deleted = prune(db.engine, days, datetime.now(UTC).replace(tzinfo=None))
    logger.info("action log: %d rows of more than %d days deleted", deleted, days)
