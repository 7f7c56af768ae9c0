"""The folder dashboards/ is read as a whole, and every mistake in it is told."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from homeroom_superset.content.bundle import BundleError, load_bundle
from homeroom_superset.platform import read_platform
from homeroom_superset.settings import REPOSITORY_CONTRACT

ROOT = Path(__file__).parents[3]
NAMESPACE = read_platform(REPOSITORY_CONTRACT).content_namespace
DASHBOARDS = ROOT / "content/dashboards"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DASHBOARDS, tmp_path / "dashboards"))


@pytest.fixture
def edit(folder: Path) -> Callable[[str, str, str], None]:
    def change(name: str, old: str, new: str) -> None:
        path = folder / name
        content = path.read_text(encoding="utf-8")
        assert old in content, f"{name} no longer says {old!r}"
        path.write_text(content.replace(old, new, 1), encoding="utf-8")

    return change


def problems(folder: Path) -> list[str]:
    with pytest.raises(BundleError) as caught:
        load_bundle(folder, NAMESPACE)
    return caught.value.problems


def test_the_three_dashboards_name_owner_review_sensitivity_freshness_and_meanings() -> None:
    bundle = load_bundle(DASHBOARDS, NAMESPACE)
    assert {board.slug for board in bundle.dashboards} == {
        "student-progress",
        "instructor-performance",
        "institutional-analytics",
    }
    for described in [
        *(board.file for board in bundle.dashboards),
        *(d.file for d in bundle.datasets.values()),
    ]:
        assert {"owner", "review_by", "sensitivity", "freshness"} <= described.keys()
    assert all(m["meaning"] for d in bundle.datasets.values() for m in d.metrics.values())


def test_every_chart_type_of_the_product_is_there() -> None:
    kinds = {
        chart.file["type"]
        for board in load_bundle(DASHBOARDS, NAMESPACE).dashboards
        for chart in board.charts.values()
    }
    assert kinds == {"line", "bar", "gauge", "table", "number", "heatmap"}


def test_no_dashboard_asks_a_table_that_none_of_its_readers_may_see() -> None:
    compiled = (ROOT / "contract" / "compiled-policy.json").read_text(encoding="utf-8")
    policy = json.loads(compiled)["datasets"]
    for board in load_bundle(DASHBOARDS, NAMESPACE).dashboards:
        for chart in board.charts.values():
            for role in board.file["roles"]:
                assert role in policy[chart.dataset.uuid]["roles"], (
                    f"{board.slug}: {role} may not see {chart.key}"
                )


def test_columns_are_those_of_the_demo_database_in_its_order() -> None:
    data = ROOT / "local" / "data"
    schema = (data / "schema.sql").read_text(encoding="utf-8")
    views = (data / "rollups.sql").read_text(encoding="utf-8")
    for table, dataset in load_bundle(DASHBOARDS, NAMESPACE).datasets.items():
        if body := re.search(rf"create table {table} \((.*?)\n\)", schema, re.S):
            names = re.findall(r"^  ([a-z_]+) ", body[1], re.M)
        else:
            view = re.search(rf"create view {table} .*? as\nselect (.*?)\nfrom ", views, re.S)
            assert view, f"schema.sql has no table {table}, and rollups.sql no such view"
            columns = re.split(r",(?![^()]*\))", view[1])
            names = [column.split()[-1] for column in columns]
        assert list(dataset.columns) == names, table


def test_scope_columns_are_hidden_in_every_dataset() -> None:
    for dataset in load_bundle(DASHBOARDS, NAMESPACE).datasets.values():
        for name in ("tenant", "school_id", "class_id", "student_id"):
            assert name not in dataset.columns or dataset.columns[name].get("hidden"), (
                dataset.table,
                name,
            )


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        (
            "student-progress.yaml",
            "owner: learning-analytics@homeroom.example\n",
            "",
            "'owner' is a required property",
        ),
        (
            "student-progress.yaml",
            "review_by: '2027-05-31'",
            "review_by: soon",
            "$.review_by: 'soon' does not match",
        ),
        (
            "student-progress.yaml",
            "freshness: realtime",
            "freshness: live",
            "$.freshness: 'live' is not one of",
        ),
        (
            "student-progress.yaml",
            "type: gauge",
            "type: pie",
            "$.charts['mastery-share'].type: 'pie' is not one of",
        ),
        (
            "student-progress.yaml",
            "metric: average_score",
            "metric: mean",
            "'mean' is no metric of assessments",
        ),
        (
            "student-progress.yaml",
            "x: assessed_on",
            "x: day",
            "'day' is no column of assessments",
        ),
        (
            "student-progress.yaml",
            "x: assessed_on",
            "x: student_id",
            "'student_id' of assessments is hidden",
        ),
        (
            "student-progress.yaml",
            "dataset: tutor_feedback",
            "dataset: notes",
            ".dataset: 'notes' is unknown",
        ),
        (
            "student-progress.yaml",
            "chart: average-score, width: 4",
            "chart: average-score, width: 9",
            "columns wide; 12",
        ),
        (
            "student-progress.yaml",
            "chart: average-score, width",
            "chart: nothing, width",
            "'nothing' is no chart",
        ),
        (
            "student-progress.yaml",
            "column: subject_area }",
            "column: subject }",
            "'subject' is no column of assessments",
        ),
        (
            "student-progress.yaml",
            "slug: student-progress",
            "slug: progress",
            "'progress' is not the name of the file; call it progress.yaml",
        ),
        ("student-progress.yaml", "title: Student Progress", "title: [", "is not YAML"),
        (
            "datasets/finances.yaml",
            "time_column: month",
            "time_column: day",
            "$.time_column: 'day' is no column",
        ),
        (
            "datasets/finances.yaml",
            "table: finances",
            "table: assessments",
            "is described by another file too",
        ),
    ],
)
def test_a_mistake_is_told_with_its_file_and_place(
    folder: Path,
    edit: Callable[[str, str, str], None],
    name: str,
    old: str,
    new: str,
    told: str,
) -> None:
    edit(name, old, new)
    found = problems(folder)
    assert any(p.startswith(name) and told in p for p in found), found


def test_all_mistakes_are_told_at_once(folder: Path, edit: Callable[[str, str, str], None]) -> None:
    edit("student-progress.yaml", "freshness: realtime", "freshness: live")
    edit("datasets/finances.yaml", "sensitivity: sensitive", "sensitivity: secret")
    found = problems(folder)
    assert {p.split(":")[0] for p in found} == {
        "student-progress.yaml",
        "datasets/finances.yaml",
    }


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    assert "is not a folder" in problems(tmp_path / "nowhere")[0]
