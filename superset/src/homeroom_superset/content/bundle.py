"""The folder content/dashboards/, read and checked as a whole before anything is written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from jsonschema import Draft202012Validator

from homeroom_superset.content.described import Chart, Dashboard, Dataset
from homeroom_superset.content.identifiers import content_id
from homeroom_superset.content.problems import chart_problems, filter_problems, row_problems
from homeroom_superset.refusal import ExpectedError

SHARED_DATABASE = "schools"


class BundleError(ExpectedError):
    """Raised with every problem of the folder in one message."""

    def __init__(self, folder: Path, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(f"{folder} cannot be used; fix these:\n" + "\n".join(f"  - {p}" for p in problems))


@dataclass(frozen=True)
class Bundle:
    database_uuid: str
    datasets: Mapping[str, Dataset]
    dashboards: tuple[Dashboard, ...]


def load_bundle(folder: Path, namespace: UUID) -> Bundle:
    """Returns the checked folder; UUIDs are of the namespace. Raises BundleError with every problem."""
    problems: list[str] = []
    if not folder.is_dir():
        raise BundleError(folder, ["it is not a folder; give the path of content/dashboards/"])
    tables = _files(folder, "datasets/*.yaml", "dataset", problems)
    boards = _files(folder, "*.yaml", "dashboard", problems)
    if problems:
        raise BundleError(folder, problems)
    datasets = _datasets(tables, namespace, problems)
    dashboards = tuple(_dashboards(boards, datasets, namespace, problems))
    if not dashboards:
        problems.append("it holds no dashboard; add a file such as student-progress.yaml")
    if problems:
        raise BundleError(folder, problems)
    return Bundle(content_id(namespace, "database", SHARED_DATABASE), datasets, dashboards)


def _files(folder: Path, pattern: str, kind: str, problems: list[str]) -> dict[str, Mapping[str, Any]]:
    schema = json.loads((folder / "schema" / f"{kind}.schema.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema)
    files: dict[str, Mapping[str, Any]] = {}
    for path in sorted(folder.glob(pattern)):
        name = path.relative_to(folder).as_posix()
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            problems.append(f"{name}: is not YAML: {' '.join(str(error).split())}")
            continue
        found = sorted(validator.iter_errors(content), key=lambda error: error.json_path)
        problems += [f"{name}: {_told(error)}" for error in found]
        if not found:
            files[name] = content
    return files


def _told(error: Any) -> str:
    if error.validator is None:
        return f"{error.json_path}: has a member that does not belong to this type: {error.instance!r}"
    return f"{error.json_path}: {error.message}"


def _datasets(
    files: Mapping[str, Mapping[str, Any]], namespace: UUID, problems: list[str]
) -> dict[str, Dataset]:
    datasets: dict[str, Dataset] = {}
    for name, content in files.items():
        table = content["table"]
        if table in datasets:
            problems.append(f"{name}: $.table: {table!r} is described by another file too; keep one")
        if content["time_column"] not in content["columns"]:
            problems.append(f"{name}: $.time_column: {content['time_column']!r} is no column of this file")
        datasets[table] = Dataset(table, content_id(namespace, "dataset", table), content)
    return datasets


def _dashboards(
    files: Mapping[str, Mapping[str, Any]],
    datasets: Mapping[str, Dataset],
    namespace: UUID,
    problems: list[str],
) -> Iterator[Dashboard]:
    taken: dict[str, str] = {}
    for name, content in files.items():
        slug = content["slug"]
        if name != f"{slug}.yaml":
            problems.append(f"{name}: $.slug: {slug!r} is not the name of the file; call it {slug}.yaml")
        charts: dict[str, Chart] = {}
        for key, chart in content["charts"].items():
            where = f"{name}: $.charts.{key}"
            if key in taken:
                problems.append(f"{where}: {taken[key]} has a chart of this key too; choose another")
            taken[key] = name
            if chart["dataset"] not in datasets:
                known = ", ".join(datasets)
                problems.append(f"{where}.dataset: {chart['dataset']!r} is unknown; known are {known}")
            else:
                uuid = content_id(namespace, "chart", key)
                charts[key] = Chart(key, uuid, datasets[chart["dataset"]], chart)
                problems += [f"{where}.{problem}" for problem in chart_problems(charts[key])]
        problems += [f"{name}: {problem}" for problem in row_problems(content)]
        problems += [f"{name}: {problem}" for problem in filter_problems(content, datasets)]
        uuid, embedded = (content_id(namespace, kind, slug) for kind in ("dashboard", "embedded"))
        yield Dashboard(slug, uuid, embedded, charts, content)
