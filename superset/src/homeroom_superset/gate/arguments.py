"""Arguments in the address of a guest's request: what a browser sends, within bounds, and no more."""

from __future__ import annotations

from typing import Any

import prison
from flask import request
from werkzeug.datastructures import ImmutableMultiDict

from homeroom_superset.pin.body import check_unicode, levels_in
from homeroom_superset.pin.values import shown, time_range
from homeroom_superset.refusal import BodyUnreadable

LONGEST_RISON = 4_096
DEEPEST_RISON = 5
MOST_RANGES = 20
MOST_COLUMNS = 50
# Superset takes these away from what a guest is told, and fails when they were not asked for.
TAKEN_AWAY = ("owners", "changed_by_name", "changed_by")


def read_rison(name: str) -> Any:
    """The value of an argument, None without it. Rison is defined at https://github.com/Nanonid/rison."""
    text = request.args.get(name)
    if text is None:
        return None
    if len(text) > LONGEST_RISON:
        raise BodyUnreadable(
            f"argument {name} has {len(text)} characters; at most {LONGEST_RISON} are accepted"
        )
    check_unicode(text, f"argument {name}")
    if levels_in(text, "(", ")") > DEEPEST_RISON:
        raise BodyUnreadable(f"argument {name} nests values more than {DEEPEST_RISON} levels deep")
    try:
        return prison.loads(text)
    except Exception as error:
        # The parser raises errors of its own, and IndexError, KeyError or TypeError for some broken texts.
        raise BodyUnreadable(f"argument {name} is not rison") from error


def _replace(**arguments: str) -> None:
    request.args = ImmutableMultiDict(arguments)


def take_time_ranges() -> None:
    asked = read_rison("q")
    ranges = [{"timeRange": asked}] if isinstance(asked, str) else asked
    if not isinstance(ranges, list) or not 1 <= len(ranges) <= MOST_RANGES:
        raise BodyUnreadable(
            f"argument q is {shown(asked)}; it must be one time range, or a list of 1 to {MOST_RANGES}"
        )
    for entry in ranges:
        if not isinstance(entry, dict) or set(entry) - {"timeRange", "shift"}:
            raise BodyUnreadable(f"time range {shown(entry)} is not an object of timeRange and shift")
        shift = entry.get("shift")
        if shift is not None and not isinstance(shift, str):
            raise BodyUnreadable(f"shift {shown(shift)} of a time range is not text")
        time_range(entry.get("timeRange"), "timeRange", shift=shift)
    _replace(q=request.args["q"])


def take_columns() -> None:
    asked = read_rison("q")
    if asked is None:
        return _replace()
    columns = asked.get("columns") if isinstance(asked, dict) else None
    if (
        not isinstance(columns, list)
        or len(columns) > MOST_COLUMNS
        or not all(isinstance(column, str) for column in columns)
    ):
        raise BodyUnreadable(f"argument q is {shown(asked)}; it must be (columns:!(…)) of names")
    return _replace(q=prison.dumps({"columns": [*dict.fromkeys([*columns, *TAKEN_AWAY])]}))


def check_arguments(endpoint: str) -> None:
    """Leaves in the address what the endpoint reads of a guest."""
    match endpoint:
        case "Api.time_range":
            take_time_ranges()
        case "DashboardRestApi.get":
            take_columns()
        case "ChartDataRestApi.data":
            # Held against the body by check_address of pin/pin.py.
            pass
        case _ if endpoint.startswith("DashboardFilterStateRestApi."):
            # Read and replaced by open_filter_state of gate/filter_state.py.
            pass
        case _:
            _replace()
