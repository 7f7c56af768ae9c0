from __future__ import annotations

from typing import Any

import pytest
from homeroom_superset.pin.pin import check_address, pinned_body
from homeroom_superset.pin.saved import SavedChart, SavedDashboard
from homeroom_superset.refusal import RequestRefused

from saved_dashboard import AVERAGE, DASHBOARD, LINE, MOST, QUERY, TABLE, ask, filter_request


def run(body: Any, dashboard: SavedDashboard = DASHBOARD) -> dict[str, Any]:
    return pinned_body(body, dashboard, MOST)


def test_the_saved_query_runs_as_it_was_saved() -> None:
    pinned = run(ask())
    assert pinned["queries"] == [QUERY]
    assert pinned["form_data"] == {**LINE.params, "slice_id": 1, "dashboardId": 5}
    assert (pinned["result_type"], pinned["result_format"], pinned["force"]) == ("full", "json", False)


def test_an_axis_sent_as_plain_text_is_the_same_column() -> None:
    assert run(ask(query={"columns": ["assessed_on", "topic"]}))["queries"] == [QUERY]


def test_what_the_request_omits_or_adds_in_post_processing_changes_nothing() -> None:
    changed = {"columns": [], "metrics": [], "post_processing": [{"operation": "prophet"}], "orderby": []}
    assert run(ask(query=changed))["queries"] == [QUERY]


def test_values_of_declared_and_cross_filters_are_taken() -> None:
    chosen = [
        {"col": "subject_area", "op": "IN", "val": ["Maths"]},
        {"col": "class_id", "op": "IN", "val": [7]},
        {"col": "score", "op": ">=", "val": 50},
        {"col": "assessed_on", "op": "TEMPORAL_RANGE", "val": "Last month"},
    ]
    filters = run(ask(query={"filters": chosen}))["queries"][0]["filters"]
    assert filters == [{"col": "assessed_on", "op": "TEMPORAL_RANGE", "val": "Last month"}, *chosen[:3]]


def test_a_saved_filter_cannot_be_left_out() -> None:
    filters = run(ask(2, {"filters": []}))["queries"][0]["filters"]
    assert filters == [{"col": "mastered", "op": "==", "val": True}]


def test_sorting_by_saved_columns_and_metrics_works() -> None:
    pinned = run(ask(query={"orderby": [["topic", True], ["Average", False], ["saved_metric", True]]}))
    assert pinned["queries"][0]["orderby"] == [["topic", True], [AVERAGE, False], ["saved_metric", True]]


def test_a_table_pages_counts_and_totals() -> None:
    page = ask(2, {"row_limit": 50, "row_offset": 100})
    count = {**page["queries"][0], "is_rowcount": True, "row_limit": 0, "row_offset": 0}
    total = {**page["queries"][0], "columns": [], "row_limit": 0, "row_offset": 0}
    body = {**page, "queries": [page["queries"][0], count, total]}
    first, second, third = run(body)["queries"]
    assert (first["row_limit"], first["row_offset"]) == (50, 100)
    assert (second["is_rowcount"], second["row_limit"], second["row_offset"]) == (True, 1000, 0)
    assert (third["columns"], third["row_limit"]) == ([], 0)


@pytest.mark.parametrize("column", ["assessed_on", "opened_on", "class_id"])
def test_a_time_range_is_taken_on_the_columns_of_time_of_the_chart_and_on_filters(column: str) -> None:
    saved = {**QUERY, "filters": [], "granularity": "opened_on"}
    chart = SavedChart(1, 9, LINE.params, {"queries": [saved]})
    dashboard = SavedDashboard(5, {1: chart, 2: TABLE}, DASHBOARD.filters, cross_filters=True)
    chosen = {"col": column, "op": "TEMPORAL_RANGE", "val": "Last month"}
    assert run(ask(query={"filters": [chosen]}), dashboard)["queries"][0]["filters"] == [chosen]


def test_a_time_range_is_taken_on_a_saved_one_alone_when_no_time_filter_is_declared() -> None:
    still = SavedDashboard(5, DASHBOARD.charts, {}, cross_filters=False)
    chosen = {"col": "assessed_on", "op": "TEMPORAL_RANGE", "val": "Last month"}
    assert run(ask(query={"filters": [chosen]}), still)["queries"][0]["filters"] == [chosen]
    bare = SavedChart(1, 9, LINE.params, {"queries": [{**QUERY, "filters": []}]})
    with pytest.raises(RequestRefused, match="time range"):
        run(ask(query={"filters": [chosen]}), SavedDashboard(5, {1: bare}, {}, cross_filters=False))


def test_a_saved_row_count_is_the_same_query() -> None:
    saved = (TABLE.query_context or {})["queries"][0]
    count = {**saved, "is_rowcount": True, "row_limit": 50_000}
    explored = SavedChart(2, 9, TABLE.params, {"queries": [saved, count]})
    dashboard = SavedDashboard(5, {2: explored}, DASHBOARD.filters, cross_filters=True)
    queries = run({**ask(2), "queries": [saved, {**count, "row_limit": 7}]}, dashboard)["queries"]
    assert [(q.get("is_rowcount"), q["row_limit"]) for q in queries] == [(None, 25), (True, 1000)]


@pytest.mark.parametrize(
    ("asked", "page"),
    [
        ({"row_limit": None}, (25, 0)),
        ({"row_limit": 25, "row_offset": 975}, (25, 975)),
        ({"row_limit": 200, "row_offset": 800}, (200, 800)),
    ],
)
def test_a_page_is_one_that_the_table_offers(asked: dict[str, Any], page: tuple[int, int]) -> None:
    query = run(ask(2, asked))["queries"][0]
    assert (query["row_limit"], query["row_offset"]) == page


def test_the_last_page_ends_where_the_table_does() -> None:
    odd = SavedChart(2, 9, {**TABLE.params, "row_limit": "110"}, TABLE.query_context)
    dashboard = SavedDashboard(5, {2: odd}, DASHBOARD.filters, cross_filters=True)
    query = run(ask(2, {"row_limit": 50, "row_offset": 100}), dashboard)["queries"][0]
    assert (query["row_limit"], query["row_offset"]) == (10, 100)


def test_pages_follow_one_order_that_leaves_no_rows_equal() -> None:
    columns = [["class_id", True], ["teacher", True]]
    assert run(ask(2))["queries"][0]["orderby"] == [[AVERAGE, False], *columns]
    sorted_by = run(ask(2, {"orderby": [["teacher", False]]}))["queries"][0]["orderby"]
    assert sorted_by == [["teacher", False], [AVERAGE, False], ["class_id", True]]


def test_a_table_is_searched_by_one_of_its_columns_whatever_the_dashboard_declares() -> None:
    quiet = SavedDashboard(5, DASHBOARD.charts, {}, cross_filters=False)
    search = {"col": "teacher", "op": "ILIKE", "val": "Li%"}
    saved = (TABLE.query_context or {})["queries"][0]["filters"]
    for query in run(ask(2, {"filters": [*saved, search]}), quiet)["queries"]:
        assert query["filters"] == [*saved, search]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"row_limit": 26}, "a page of this table has 10, 20, 25, 50, 100, 200 rows"),
        ({"row_limit": 0}, "row_limit 0"),
        ({"row_limit": 1000}, "row_limit 1000"),
        ({"row_limit": 1001}, "row_limit 1000"),
        ({"row_offset": 1000}, "row_offset 1000"),
        ({"row_offset": 1025}, "from 0 to 1000"),
        ({"row_offset": 30}, "row_offset 30"),
        ({"row_offset": -25}, "row_offset"),
        ({"row_offset": "25; select 1"}, "row_offset"),
        ({"orderby": [["teacher", True], ["class_id", False]]}, "sorted by one column"),
        ({"orderby": [["student_id", True]]}, "order by"),
        ({"filters": [{"col": "student_id", "op": "ILIKE", "val": "1%"}]}, "declares no such filter"),
        ({"filters": [{"col": "teacher", "op": "ILIKE", "val": "Li"}]}, "declares no such filter"),
        ({"filters": [{"col": "teacher", "op": "==", "val": "Li%"}]}, "declares no such filter"),
        ({"filters": [{"col": ["teacher"], "op": "ILIKE", "val": "Li%"}]}, "expression"),
        ({"filters": [{"col": "teacher", "op": "ILIKE", "val": "x" * 500 + "%"}]}, "filter value"),
        ({"filters": [{"col": "teacher", "op": "ILIKE", "val": f"{n}%"} for n in "ab"]}, "2 searches"),
    ],
)
def test_no_other_page_order_or_search_is_answered(query: dict[str, Any], reason: str) -> None:
    quiet = SavedDashboard(5, DASHBOARD.charts, {}, cross_filters=False)
    with pytest.raises(RequestRefused, match=reason):
        run(ask(2, query), quiet)


def test_a_table_without_a_search_box_is_not_searched() -> None:
    plain = SavedChart(2, 9, {**TABLE.params, "include_search": False}, TABLE.query_context)
    quiet = SavedDashboard(5, {2: plain}, {}, cross_filters=False)
    with pytest.raises(RequestRefused, match="declares no such filter"):
        run(ask(2, {"filters": [{"col": "teacher", "op": "ILIKE", "val": "Li%"}]}), quiet)


def test_time_range_and_declared_grain_are_taken() -> None:
    extras = {"where": "", "having": "", "time_grain_sqla": "P1W"}
    query = run(ask(query={"time_range": "Last week", "extras": extras}))["queries"][0]
    assert query["time_range"] == "Last week"
    assert query["extras"]["time_grain_sqla"] == "P1W"
    assert query["columns"][0]["timeGrain"] == "P1W"
    assert QUERY["columns"][0]["timeGrain"] == "P1M"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"columns": ["student_id"]}, "student_id"),
        ({"groupby": ["student_id"]}, "student_id"),
        ({"series_columns": ["student_id"]}, "student_id"),
        (
            {"columns": [{"expressionType": "SQL", "label": "topic", "sqlExpression": "student_id"}]},
            "student_id",
        ),
        ({"columns": [{"label": "topic"}]}, "column"),
        (
            {"metrics": [{"expressionType": "SQL", "sqlExpression": "max(school_id)", "label": "Average"}]},
            "metric",
        ),
        ({"metrics": [AVERAGE | {"aggregate": "MAX"}]}, "metric"),
        ({"metrics": ["count"]}, "metric"),
        ({"series_limit_metric": "count"}, "metric"),
        ({"orderby": [["student_id", True]]}, "order by"),
        (
            {"orderby": [[{"expressionType": "SQL", "sqlExpression": "random()", "label": "Average"}, True]]},
            "order by",
        ),
        ({"orderby": [["topic", "desc; drop"]]}, "orderby"),
        ({"extras": {"where": "1=1"}}, "extras.where"),
        ({"extras": {"having": "1=1"}}, "extras.having"),
        ({"extras": {"transpile_to_dialect": True}}, "extras"),
        ({"extras": {"time_grain_sqla": "1' OR '1"}}, "extras"),
        ({"extras": {"time_grain_sqla": ["P1D"]}}, "extras"),
        ({"extras": {"time_grain_sqla": {"P1D": 1}}}, "extras"),
        ({"where": "1=1"}, "free SQL"),
        ({"having": "1=1"}, "free SQL"),
        ({"result_type": "samples"}, "result_type"),
        ({"result_type": "drill_detail"}, "result_type"),
        ({"result_type": "query"}, "result_type"),
        ({"is_rowcount": True}, "row count"),
        ({"row_limit": -1}, "row_limit"),
        ({"row_limit": True}, "row_limit"),
        ({"row_offset": 10}, "paging"),
        ({"filters": [{"col": "student_id", "op": "==", "val": 1}]}, "declares no such filter"),
        ({"filters": [{"col": {"sqlExpression": "1=1", "label": "x"}, "op": "==", "val": 1}]}, "expression"),
        ({"filters": [{"col": "topic", "op": "REGEX", "val": "x"}]}, "operator"),
        ({"filters": [{"col": "topic", "op": [], "val": "x"}]}, "operator"),
        ({"filters": [{"col": "topic", "op": "IN", "val": [{"a": 1}]}]}, "filter value"),
        ({"filters": [{"col": "topic", "op": "IN", "val": ["x"] * 1001}]}, "1 to 1000"),
        (
            {"filters": [{"col": "date_of_birth", "op": "TEMPORAL_RANGE", "val": "2010-01-01 : 2010-02-01"}]},
            "time range on .date_of_birth",
        ),
        ({"filters": ["1=1"]}, "not an object"),
        ({"time_offsets": ["1 year ago"]}, "time offset"),
        ({"granularity": "student_id"}, "granularity"),
        ({"annotation_layers": [{"name": "x", "annotationType": "EVENT"}]}, "annotation"),
        ({"from_dttm": "2020"}, "from_dttm"),
        ({"inner_from_dttm": "2020"}, "inner_from_dttm"),
    ],
)
def test_a_changed_query_is_refused(query: dict[str, Any], reason: str) -> None:
    with pytest.raises(RequestRefused, match=reason):
        run(ask(query=query))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"result_type": "samples"}, "result_type"),
        ({"result_type": "drill_detail"}, "result_type"),
        ({"result_type": "query"}, "result_type"),
        ({"result_format": "csv"}, "result_format"),
        ({"result_format": "xlsx"}, "result_format"),
        ({"form_data": None}, "form_data"),
        ({"form_data": {}}, "chart null"),
        ({"form_data": {"slice_id": 77, "dashboardId": 5}}, "chart 77"),
        ({"form_data": {"slice_id": "1", "dashboardId": 5}}, "chart"),
        ({"form_data": {"slice_id": True, "dashboardId": 5}}, "chart"),
        ({"form_data": {"slice_id": 1, "dashboardId": 6}}, "dashboardId"),
        ({"datasource": {"id": 10, "type": "table"}}, "datasource"),
        ({"datasource": {"id": 9, "type": "query"}}, "datasource"),
        ({"datasource": None}, "datasource"),
        ({"queries": []}, "queries"),
        ({"queries": [QUERY] * 2}, "more than the saved chart asks"),
        ({"queries": [QUERY] * 7}, "at most 6"),
        ({"sql": "select 1"}, "sql"),
    ],
)
def test_a_changed_body_is_refused(body: dict[str, Any], reason: str) -> None:
    with pytest.raises(RequestRefused, match=reason):
        run(ask(**body))


@pytest.mark.parametrize("body", [None, [], "x", 1])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(RequestRefused, match="JSON object"):
        run(body)


def test_a_chart_without_a_saved_query_is_refused() -> None:
    with pytest.raises(RequestRefused, match="no saved query"):
        run(ask(3))


def test_cross_filters_that_are_off_are_refused() -> None:
    quiet = SavedDashboard(5, DASHBOARD.charts, {}, cross_filters=False)
    with pytest.raises(RequestRefused, match="declares no such filter"):
        run(ask(query={"filters": [{"col": "topic", "op": "IN", "val": ["a"]}]}), quiet)


def test_a_declared_filter_lists_its_values() -> None:
    query = run(filter_request("F1", {"filters": [{"col": "subject_area", "op": "ILIKE", "val": "%ma%"}]}))[
        "queries"
    ][0]
    assert (query["columns"], query["row_limit"]) == (["subject_area"], 1000)


def test_a_range_filter_asks_its_two_ends() -> None:
    query = run(filter_request("F2", {"columns": []}))["queries"][0]
    assert [m["aggregate"] for m in query["metrics"]] == ["MIN", "MAX"]


@pytest.mark.parametrize(
    ("identity", "query", "body"),
    [
        ("F9", {}, {}),
        ("F1", {"columns": ["student_id"]}, {}),
        ("F1", {"metrics": ["count"]}, {}),
        ("F1", {"extras": {"where": "1=1"}}, {}),
        ("F1", {"extras": "1=1"}, {}),
        ("F1", {"filters": [{"col": "topic", "op": [], "val": "x"}]}, {}),
        ("F1", {"filters": [{"col": "date_of_birth", "op": "TEMPORAL_RANGE", "val": "2010 : 2011"}]}, {}),
        ("F2", {"columns": [], "metrics": [AVERAGE | {"column": "score"}]}, {}),
        ("F1", {"filters": [{"col": "student_id", "op": "==", "val": 1}]}, {}),
        ("F1", {}, {"datasource": {"id": 10, "type": "table"}}),
        ("F1", {}, {"result_type": "samples"}),
        ("F1", {"result_type": "samples"}, {}),
        ("F2", {"columns": [], "metrics": [AVERAGE | {"column": {"column_name": "school_id"}}]}, {}),
        ("F3", {"columns": []}, {}),
    ],
)
def test_a_filter_request_asks_nothing_else(
    identity: str, query: dict[str, Any], body: dict[str, Any]
) -> None:
    with pytest.raises(RequestRefused):
        run(filter_request(identity, query, **body))


def test_the_address_repeats_the_body_and_adds_nothing() -> None:
    pinned = run(ask())
    check_address({"form_data": '{"slice_id":1}', "dashboard_id": "5", "force": "true"}, pinned)
    for arguments in (
        {"dashboard_id": "6"},
        {"form_data": '{"slice_id":2}'},
        {"form_data": '{"slice_id":1,"extra_filters":[]}'},
        {"form_data": "{"},
        {"form_data": "[" * 4_000},
        {"student": "7"},
    ):
        with pytest.raises(RequestRefused):
            check_address(arguments, pinned)


@pytest.mark.parametrize(
    "range_",
    [
        "2026-01-01' OR '1'='1 : now",
        "DATEADD(DATETIME('now'), (select 1), day) : now",
        "now : now : now",
        "x" * 201,
        7,
    ],
)
def test_a_time_range_that_superset_cannot_read_is_refused_in_words(range_: Any) -> None:
    filters = [{"col": "assessed_on", "op": "TEMPORAL_RANGE", "val": range_}]
    with pytest.raises(RequestRefused, match="time range"):
        run(ask(query={"filters": filters}))
    with pytest.raises(RequestRefused, match="time range"):
        run(ask(query={"time_range": range_}))
