"""A request whose JSON body can be replaced by what the saved chart asks."""

from __future__ import annotations

from typing import Any

from flask import Request


class PinnableRequest(Request):
    pinned: dict[str, Any] | None = None

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        if self.pinned is not None:
            return self.pinned
        return super().get_json(force=force, silent=silent, cache=cache)
