"""python test/bench/author_queries.py QUEUE SECONDS: one SQL Lab query a second for the workers of QUEUE,
as the studio hands it over for an author: as many rows as one may have, the result into Redis. Says how many
ended well. Runs with the environment of the local stack."""

from __future__ import annotations

import sys
import time
import uuid
from typing import Any

from superset.app import create_app

SQL = "select * from public.assessments"


def ask(queue: str, seconds: int) -> str:
    from superset import db, security_manager
    from superset.models.core import Database
    from superset.models.sql_lab import Query
    from superset.tasks.celery_app import app as celery
    from superset.utils.dates import now_as_float

    from homeroom_superset.superset_config import ROW_LIMIT

    database = db.session.query(Database).filter_by(database_name="Schools").one()
    author = security_manager.find_user("admin")
    asked: list[Any] = []
    began = time.monotonic()
    for second in range(seconds):
        query = Query(
            database_id=database.id,
            user_id=author.id,
            client_id=uuid.uuid4().hex[:11],
            sql=SQL,
            schema="public",
            limit=ROW_LIMIT,
            start_time=now_as_float(),
        )
        db.session.add(query)
        db.session.commit()
        asked.append(query.id)
        celery.send_task(
            "sql_lab.get_sql_results",
            args=[query.id, SQL],
            kwargs={"return_results": False, "store_results": True, "username": author.username},
            queue=queue,
        )
        time.sleep(max(0.0, began + second + 1 - time.monotonic()))
    mine = db.session.query(Query).filter(Query.id.in_(asked))
    for _ in range(60):
        # Ends the transaction, which would go on seeing what it saw.
        db.session.commit()
        if mine.filter(Query.end_time.is_(None)).count() == 0:
            break
        time.sleep(1)
    return f"{mine.filter(Query.status == 'success', Query.rows == ROW_LIMIT).count()} of {seconds}"


if __name__ == "__main__":
    with create_app().app_context():
        print(ask(sys.argv[1], int(sys.argv[2])))
