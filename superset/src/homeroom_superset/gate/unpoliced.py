"""A dataset without a row policy says so: to a guest as a refusal, to its author as a warning, in the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, request

from homeroom_superset.gate.current import is_author
from homeroom_superset.policy.dataset import problem_of
from homeroom_superset.refusal import RequestRefused
from homeroom_superset.services import services

logger = logging.getLogger(__name__)


def _find(dataset_id: Any) -> Any | None:
    from superset import db
    from superset.connectors.sqla.models import SqlaTable

    number = int(dataset_id) if str(dataset_id).isdecimal() else None
    return None if number is None else db.session.get(SqlaTable, number)


def _warning(dataset: Any) -> str | None:
    problem = problem_of(dataset, services().policy.current())
    if problem is None:
        return None
    return f"Guests are refused dataset {dataset.table_name!r} ({dataset.uuid}): {problem}."


def require_policy(dataset_id: Any) -> None:
    """Raises RequestRefused for a dataset that no policy covers; an empty answer would look like no data."""
    dataset = _find(dataset_id)
    warning = None if dataset is None else _warning(dataset)
    if dataset is None or warning is None:
        return
    logger.warning("%s", warning)
    raise RequestRefused(
        f"dataset {dataset.table_name!r} has no row policy, so nobody is shown a row of it; "
        "tell whoever runs this platform"
    )


def _asked_dataset(body: Any) -> Any:
    source = body.get("datasource") if isinstance(body, dict) else None
    return source.get("id") if isinstance(source, dict) else None


def _into_chart_data(answer: dict[str, Any], warning: str) -> None:
    for result in answer.get("result") or []:
        if isinstance(result, dict):
            result["warning"] = warning


def _into_explore(answer: dict[str, Any], warning: str) -> None:
    # Superset shows this text beside the dataset's name in the chart editor.
    dataset = answer.get("result", {}).get("dataset")
    if isinstance(dataset, dict):
        dataset["warning_markdown"] = warning


def _of_explore(answer: dict[str, Any]) -> Any:
    dataset = answer.get("result", {}).get("dataset")
    return dataset.get("id") if isinstance(dataset, dict) else None


def _of_saved(answer: dict[str, Any]) -> Any:
    return answer.get("id")


def _of_question(_answer: dict[str, Any]) -> Any:
    return _asked_dataset(request.get_json(silent=True))


PLACES: Mapping[str, Callable[[dict[str, Any]], Any]] = {
    "ChartDataRestApi.data": _of_question,
    "ExploreRestApi.get": _of_explore,
    "DatasetRestApi.post": _of_saved,
    "DatasetRestApi.put": _of_saved,
}


def warn_author(response: Response) -> Response:
    """Adds the warning to an author's chart data, to the chart editor and to a saved dataset's answer."""
    endpoint = request.endpoint or ""
    if endpoint not in PLACES or response.status_code not in (200, 201) or not is_author():
        return response
    answer = response.get_json(silent=True) if response.is_json else None
    if not isinstance(answer, dict):
        return response
    dataset = _find(PLACES[endpoint](answer))
    warning = None if dataset is None else _warning(dataset)
    if warning is None:
        return response
    logger.warning("%s", warning)
    if endpoint == "ExploreRestApi.get":
        _into_explore(answer, warning)
    elif endpoint == "ChartDataRestApi.data":
        _into_chart_data(answer, warning)
    else:
        answer["warning"] = warning
    response.set_data(json.dumps(answer))
    return response
