"""python -m homeroom_superset.pin.explain < claims.json: the SQL that a chart really runs for a person.

Reads `{"chart": …, "claims": {role, tenant, school_id, …}, "filters": [[name, value], …]}` and prints JSON.
The query goes through the pin; its SQL comes from Superset's own query builder with the guest as its user,
the plan from the analytics database on a guest's connection.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, g

from homeroom_superset.command import end_with
from homeroom_superset.refusal import ExpectedError


class ExplainRefused(ExpectedError):
    """Raised when what was asked for does not exist; the message says what does."""


POLICIES_SQL = """
select p.polname as name, pg_get_expr(p.polqual, p.polrelid) as expression
from pg_policy p
where p.polrelid = to_regclass(%s) and exists (
  select from unnest(p.polroles) role where role = 0 or pg_has_role(current_user, role, 'usage'))
order by 1
"""


def _person(claims: Mapping[str, Any], dashboard: str) -> dict[str, Any]:
    """A token's claims, checked by the same schema; nobody signs it and nobody can send it."""
    now = int(time.time())
    return {
        "user_id": 1, "username": "explain", "email": "explain@homeroom.invalid", "first_name": "Explain",
        "last_name": "", "is_active": True, "dashboard": dashboard, "type": "guest",
        "iss": "https://explain.invalid", "aud": "homeroom", "iat": now, "nbf": now, "exp": now + 60,
        "jti": "explain-explain-explain", **claims,
    }  # fmt: skip


def _find_chart(wanted: str) -> tuple[Any, Any]:
    """A chart by its name, UUID or number, and an embedded dashboard that shows it."""
    from superset.extensions import db
    from superset.models.embedded_dashboard import EmbeddedDashboard
    from superset.models.slice import Slice

    embedded = {row[0] for row in db.session.query(EmbeddedDashboard.dashboard_id)}
    shown = [
        (chart, dashboard)
        for chart in db.session.query(Slice).order_by(Slice.slice_name, Slice.id)
        for dashboard in chart.dashboards
        if dashboard.id in embedded and dashboard.slug
    ]
    name, _, slug = wanted.partition("@")
    found = [
        (chart, dashboard)
        for chart, dashboard in shown
        if name in (chart.slice_name, str(chart.uuid), str(chart.id)) and slug in ("", dashboard.slug)
    ]
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"{chart.slice_name}@{dashboard.slug}" for chart, dashboard in found or shown)
    many = "is on several dashboards; name one" if found else "is on no dashboard that is embedded"
    raise ExplainRefused(f"chart {wanted!r} {many}: {names}")


def _queries(chart_id: int, dashboard_id: int, filters: Sequence[tuple[str, str]], most: int) -> list[str]:
    """SQL of what a browser asks with these filters set, after the pin."""
    from superset.charts.schemas import ChartDataQueryContextSchema

    from homeroom_superset.pin.filter_choices import chosen
    from homeroom_superset.pin.pin import pinned_body
    from homeroom_superset.pin.saved import load_dashboard
    from homeroom_superset.pin.school_time import guest_zone, in_school_time

    dashboard = load_dashboard(dashboard_id)
    chart = dashboard.charts[chart_id]
    body = {
        "datasource": {"id": chart.dataset_id, "type": "table"},
        "queries": chosen(filters, dashboard, chart),
        "form_data": {"slice_id": chart_id},
    }
    pinned = in_school_time(pinned_body(body, dashboard, most), guest_zone())
    context = ChartDataQueryContextSchema().load(pinned)
    return [context.datasource.get_query_str(query.to_dict()).strip() for query in context.queries]


def _in_database(
    dataset: Any, tables: list[str], queries: list[str]
) -> tuple[str, list[str], dict[str, str]]:
    with dataset.database.get_raw_connection(schema=dataset.schema) as conn:
        cursor = conn.cursor()
        cursor.execute("select current_database()")
        (database,) = cursor.fetchone()
        plans = []
        for query in queries:
            # As a parameter-less string: the SQL may hold percent signs.
            cursor.execute("explain (costs off) " + query.rstrip(";"))
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
        policies: dict[str, str] = {}
        for table in tables:
            cursor.execute(POLICIES_SQL, (".".join(f'"{part}"' for part in table.split(".", 1)),))
            found = dict(cursor.fetchall())
            policies |= (
                found if len(tables) == 1 else {f"{table}: {name}": sql for name, sql in found.items()}
            )
        return database, plans, policies


def explain(app: Flask, asked: Mapping[str, Any]) -> dict[str, Any]:
    with app.test_request_context("/"):
        from superset import security_manager

        from homeroom_superset.policy.dataset import clause_of, problem_of, tables_of
        from homeroom_superset.services import services
        from homeroom_superset.token.claims import ClaimReader

        chart, dashboard = _find_chart(str(asked["chart"]))
        reader = ClaimReader(services().settings.contract_dir / "claims.schema.json")
        claims = reader.read(_person(asked["claims"], dashboard.slug), "explain")
        g.homeroom_claims = claims
        g.user = security_manager.get_guest_user_from_token(claims)
        dataset = chart.datasource
        filters = [(str(name), str(value)) for name, value in asked.get("filters", ())]
        queries = _queries(chart.id, dashboard.id, filters, services().settings.platform.row_limit)
        if problem := problem_of(dataset, services().policy.current()):
            raise ExplainRefused(f"guests see no row of dataset {dataset.table_name!r}: {problem}")
        tables = sorted(tables_of(dataset))
        database, plans, policies = _in_database(dataset, tables, queries)
        return {
            "chart": chart.slice_name,
            "dashboard": dashboard.slug,
            "filters": [f"{name} = {value}" for name, value in filters],
            "table": ", ".join(tables),
            "database": database,
            "clauses": [
                clause_of(table, services().policy.current(), claims.role, claims.values) for table in tables
            ],
            "queries": [{"sql": sql, "plan": plan} for sql, plan in zip(queries, plans, strict=True)],
            "policies": policies,
        }


def main() -> int:
    from superset.app import create_app

    asked = json.loads(sys.stdin.read())
    app = create_app()
    with app.app_context():
        print(json.dumps(explain(app, asked)))
    return 0


if __name__ == "__main__":
    end_with(main)
