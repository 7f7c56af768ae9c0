from __future__ import annotations

import json
from typing import Any

from homeroom_superset.gate.trim import trim_dataset, used_names

from saved_dashboard import DASHBOARD

DATASET: dict[str, Any] = {
    "id": 9,
    "table_name": "assessments",
    "sql": "select secret from t",
    "select_star": "select * from t",
    "fetch_values_predicate": "school_id = 1",
    "template_params": "{}",
    "perm": "[Schools].[assessments](id:9)",
    "edit_url": "/x",
    "columns": [
        {"column_name": "topic", "expression": "upper(secret)", "type_generic": 1},
        {"column_name": "student_id", "expression": "", "type_generic": 0},
    ],
    "column_names": ["topic", "student_id"],
    "column_types": [0, 1],
    "metrics": [
        {"metric_name": "saved_metric", "expression": "avg(secret)"},
        {"metric_name": "count", "expression": "count(*)"},
    ],
    "verbose_map": {"topic": "Topic", "student_id": "Student", "__timestamp": "Time"},
    "granularity_sqla": [["assessed_on", "assessed_on"], ["topic", "topic"]],
    "order_by_choices": [["student_id", "student_id"]],
    "main_dttm_col": "assessed_on",
    "a_member_of_a_later_release": "secret",
}


def test_only_drawn_columns_and_no_sql_leave() -> None:
    trimmed = trim_dataset(DATASET, used_names(DASHBOARD))
    text = json.dumps(trimmed)
    for word in ("secret", "select", "student_id", "Student", "school_id", "Schools", "count"):
        assert word not in text
    assert trimmed["column_names"] == ["topic"]
    assert [m["metric_name"] for m in trimmed["metrics"]] == ["saved_metric"]
    assert trimmed["verbose_map"] == {"topic": "Topic", "__timestamp": "Time"}
