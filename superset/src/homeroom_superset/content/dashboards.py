"""Charts, dashboards and their embedding in Superset."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from superset.models.dashboard import Dashboard as DashboardModel
from superset.models.embedded_dashboard import EmbeddedDashboard
from superset.models.slice import Slice

from homeroom_superset.content.described import Chart, Dashboard
from homeroom_superset.content.filters import metadata
from homeroom_superset.content.form import form_data
from homeroom_superset.content.layout import position
from homeroom_superset.content.ledger import Ledger
from homeroom_superset.content.query import query_context


def put_dashboard(
    dashboard: Dashboard,
    datasets: Mapping[str, Any],
    seconds: Mapping[str, int],
    domains: tuple[str, ...],
    ledger: Ledger,
) -> None:
    file = dashboard.file
    lifetime = seconds[file["freshness"]]
    slices = {
        key: _put_chart(chart, file, datasets[chart.dataset.table], lifetime, ledger)
        for key, chart in dashboard.charts.items()
    }
    chart_ids = {key: item.id for key, item in slices.items()}
    dataset_ids = {table: item.id for table, item in datasets.items()}
    refresh = lifetime if file["freshness"] == "realtime" else 0
    model = ledger.put(
        DashboardModel,
        "dashboard",
        dashboard.uuid,
        {
            "dashboard_title": file["title"],
            "slug": dashboard.slug,
            "description": file["description"],
            "certified_by": file["owner"],
            "certification_details": f"Sensitivity {file['sensitivity']}; review by {file['review_by']}.",
            "published": True,
            "is_managed_externally": True,
            "position_json": json.dumps(position(dashboard, chart_ids)),
            "json_metadata": json.dumps(metadata(dashboard, chart_ids, dataset_ids, refresh)),
        },
    )
    if {item.id for item in model.slices} != set(chart_ids.values()):
        model.slices = list(slices.values())
        ledger.touch("dashboard", dashboard.uuid)
    ledger.put(
        EmbeddedDashboard,
        "embedding",
        dashboard.embedded_uuid,
        {"dashboard_id": model.id, "allow_domain_list": ",".join(domains)},
    )


def _put_chart(chart: Chart, board: Mapping[str, Any], dataset: Any, lifetime: int, ledger: Ledger) -> Any:
    form = form_data(chart)
    values = {
        "slice_name": chart.file["title"],
        "viz_type": form["viz_type"],
        "datasource_type": "table",
        "datasource_id": dataset.id,
        "datasource_name": f"public.{chart.dataset.table}",
        "description": chart.file["meaning"],
        "certified_by": board["owner"],
        "certification_details": f"To be reviewed by {board['review_by']}.",
        "cache_timeout": lifetime,
        "is_managed_externally": True,
    }
    item = ledger.put(Slice, "chart", chart.uuid, values)
    # The front end sends the chart's own number, known only once the chart has been written.
    numbered = {**form, "datasource": f"{dataset.id}__table", "slice_id": item.id}
    context = query_context(numbered, dataset.id)
    ledger.put(
        Slice, "chart", chart.uuid, {"params": json.dumps(numbered), "query_context": json.dumps(context)}
    )
    return item
