"""The Schools database and its datasets in Superset."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from superset import db
from superset.connectors.sqla.models import SqlaTable, SqlMetric, TableColumn
from superset.models.core import Database

from homeroom_superset.content.bundle import Bundle
from homeroom_superset.content.described import Dataset
from homeroom_superset.content.ledger import Ledger
from homeroom_superset.settings import Settings

TEMPORAL = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITHOUT TIME ZONE")


def put_database(bundle: Bundle, settings: Settings, ledger: Ledger) -> Any:
    # The password is no part of the URL: the connection mutator reads it from its file at each connection.
    return ledger.put(
        Database,
        "database",
        bundle.database_uuid,
        {
            "database_name": "Schools",
            "sqlalchemy_uri": settings.analytics_url,
            "expose_in_sqllab": False,
            "allow_run_async": False,
            "allow_file_upload": False,
            "allow_ctas": False,
            "allow_cvas": False,
            "allow_dml": False,
            "cache_timeout": settings.platform.freshness["daily"],
            "is_managed_externally": True,
            "extra": json.dumps(
                {"allows_virtual_table_explore": False, "metadata_params": {}, "engine_params": {}}
            ),
        },
    )


def put_datasets(bundle: Bundle, database: Any, seconds: Mapping[str, int], ledger: Ledger) -> dict[str, Any]:
    return {table: _put(dataset, database, seconds, ledger) for table, dataset in bundle.datasets.items()}


def _put(dataset: Dataset, database: Any, seconds: Mapping[str, int], ledger: Ledger) -> Any:
    file = dataset.file
    certification = {
        "certified_by": file["owner"],
        "details": f"Sensitivity {file['sensitivity']}; to be reviewed by {file['review_by']}.",
    }
    table = ledger.put(
        SqlaTable,
        "dataset",
        dataset.uuid,
        {
            "database_id": database.id,
            "catalog": database.get_default_catalog(),
            "schema": "public",
            "table_name": dataset.table,
            "sql": file.get("sql"),
            "description": file["description"],
            "main_dttm_col": dataset.time_column,
            "cache_timeout": seconds[file["freshness"]],
            "filter_select_enabled": True,
            "is_managed_externally": True,
            "extra": json.dumps({"certification": certification}),
        },
    )
    columns = {name: _column(column) for name, column in dataset.columns.items()}
    metrics = {name: _metric(metric) for name, metric in dataset.metrics.items()}
    _replace(table, table.columns, "column_name", TableColumn, columns, dataset, ledger)
    _replace(table, table.metrics, "metric_name", SqlMetric, metrics, dataset, ledger)
    db.session.flush()
    return table


def _column(column: Mapping[str, Any]) -> dict[str, Any]:
    shown = not column.get("hidden", False)
    return {
        "verbose_name": column["title"],
        "type": column["type"],
        "is_dttm": column["type"] in TEMPORAL,
        "groupby": shown,
        "filterable": shown,
        "is_active": True,
    }


def _metric(metric: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "verbose_name": metric["title"],
        "expression": metric["sql"],
        "description": metric["meaning"],
        "d3format": metric.get("format"),
    }


def _replace(
    table: Any,
    existing: Iterable[Any],
    name_attribute: str,
    model: type[Any],
    wanted: Mapping[str, Mapping[str, Any]],
    dataset: Dataset,
    ledger: Ledger,
) -> None:
    present = {getattr(item, name_attribute): item for item in existing}
    for name, values in wanted.items():
        if name in present:
            ledger.assign(present[name], "dataset", dataset.uuid, values)
        else:
            db.session.add(model(table_id=table.id, **{name_attribute: name}, **values))
            ledger.touch("dataset", dataset.uuid)
    for name, item in present.items():
        if name not in wanted:
            db.session.delete(item)
            ledger.touch("dataset", dataset.uuid)
