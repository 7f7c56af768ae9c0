"""A request whose JSON body can be replaced by what the saved chart asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Request

from homeroom_superset.refusal import BodyUnreadable

# The deepest query that a browser was seen to send has eight levels:
# test/content/dashboards/browser-queries.json.
MOST_LEVELS = 40


class PinnableRequest(Request):
    pinned: dict[str, Any] | None = None

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        if self.pinned is not None:
            return self.pinned
        return super().get_json(force=force, silent=silent, cache=cache)

    def check_levels(self) -> None:
        """Python reads, compares and writes nested values by recursion, which ends in an error of its own."""
        if not self.is_json:
            return
        refusal = BodyUnreadable(f"the body nests values more than {MOST_LEVELS} levels deep")
        try:
            level = [self.get_json(silent=True)]
        except RecursionError:
            raise refusal from None
        for _ in range(MOST_LEVELS):
            level = [inner for value in level for inner in _inside(value)]
        if level:
            raise refusal


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
