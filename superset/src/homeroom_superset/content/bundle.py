"""The folder content/dashboards/, read and checked as a whole before anything is written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from homeroom_superset.content.described import Chart, Dashboard, Dataset
from homeroom_superset.content.problems import chart_problems, filter_problems, row_problems


class BundleError(ValueError):
    """Raised with every problem of the folder in one message."""

    def __init__(self, folder: Path, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(f"{folder} cannot be used; fix these:\n" + "\n".join(f"  - {p}" for p in problems))


@dataclass(frozen=True)
class Identifiers:
    database: str
    datasets: Mapping[str, str]
    dashboards: Mapping[str, str]
    embedded: Mapping[str, str]
    charts: Mapping[str, str]


@dataclass(frozen=True)
class Bundle:
    database_uuid: str
    datasets: Mapping[str, Dataset]
    dashboards: tuple[Dashboard, ...]


def load_bundle(folder: Path) -> Bundle:
    problems: list[str] = []
    if not folder.is_dir():
        raise BundleError(folder, ["it is not a folder; give the path of content/dashboards/"])
    identifiers = _identifiers(folder / "identifiers.json", problems)
    tables = _files(folder, "datasets/*.yaml", "dataset", problems)
    boards = _files(folder, "*.yaml", "dashboard", problems)
    if identifiers is None or problems:
        raise BundleError(folder, problems)
    datasets = _datasets(tables, identifiers, problems)
    dashboards = tuple(_dashboards(boards, datasets, identifiers, problems))
    if not dashboards:
        problems.append("it holds no dashboard; add a file such as student-progress.yaml")
    if problems:
        raise BundleError(folder, problems)
    return Bundle(identifiers.database, datasets, dashboards)


def _identifiers(path: Path, problems: list[str]) -> Identifiers | None:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return Identifiers(
            database=raw["database"]["uuid"],
            datasets=raw["datasets"],
            dashboards={slug: ids["uuid"] for slug, ids in raw["dashboards"].items()},
            embedded={slug: ids["embedded_uuid"] for slug, ids in raw["dashboards"].items()},
            charts=raw["charts"],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        problems.append(f"{path.name}: cannot be read ({type(error).__name__}: {error}); take it from Git")
        return None


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
    files: Mapping[str, Mapping[str, Any]], identifiers: Identifiers, problems: list[str]
) -> dict[str, Dataset]:
    datasets: dict[str, Dataset] = {}
    for name, content in files.items():
        table = content["table"]
        if table not in identifiers.datasets:
            problems.append(f"{name}: $.table: {table!r} has no UUID; add it to identifiers.json, datasets")
            continue
        if table in datasets:
            problems.append(f"{name}: $.table: {table!r} is described by another file too; keep one")
        if content["time_column"] not in content["columns"]:
            problems.append(f"{name}: $.time_column: {content['time_column']!r} is no column of this file")
        datasets[table] = Dataset(table, identifiers.datasets[table], content)
    return datasets


def _dashboards(
    files: Mapping[str, Mapping[str, Any]],
    datasets: Mapping[str, Dataset],
    identifiers: Identifiers,
    problems: list[str],
) -> Iterator[Dashboard]:
    taken: dict[str, str] = {}
    for name, content in files.items():
        slug = content["slug"]
        if slug not in identifiers.dashboards:
            problems.append(f"{name}: $.slug: {slug!r} has no UUIDs; add it to identifiers.json, dashboards")
            continue
        charts: dict[str, Chart] = {}
        for key, chart in content["charts"].items():
            where = f"{name}: $.charts.{key}"
            if key in taken:
                problems.append(f"{where}: {taken[key]} has a chart of this key too; choose another")
            taken[key] = name
            if key not in identifiers.charts:
                problems.append(f"{where}: has no UUID; add it to identifiers.json, charts")
            elif chart["dataset"] not in datasets:
                known = ", ".join(datasets)
                problems.append(f"{where}.dataset: {chart['dataset']!r} is unknown; known are {known}")
            else:
                charts[key] = Chart(key, identifiers.charts[key], datasets[chart["dataset"]], chart)
                problems += [f"{where}.{problem}" for problem in chart_problems(charts[key])]
        problems += [f"{name}: {problem}" for problem in row_problems(content)]
        problems += [f"{name}: {problem}" for problem in filter_problems(content, datasets)]
        yield Dashboard(slug, identifiers.dashboards[slug], identifiers.embedded[slug], charts, content)
