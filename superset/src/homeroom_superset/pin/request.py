"""A request whose JSON body can be replaced by what the saved chart asks."""

from __future__ import annotations

from typing import Any

from flask import Request

from homeroom_superset.pin.body import MOST_LEVELS, check_bytes, check_values
from homeroom_superset.refusal import BodyUnreadable


class PinnableRequest(Request):
    pinned: dict[str, Any] | None = None

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        if self.pinned is not None:
            return self.pinned
        return super().get_json(force=force, silent=silent, cache=cache)

    def check_body(self) -> None:
        """Raises BodyUnreadable or BodyTooLarge for a body that is out of bounds, of any content type."""
        check_bytes(self.content_length, chunked="HTTP_TRANSFER_ENCODING" in self.environ)
        if not self.is_json:
            return
        try:
            check_values(self.get_json(silent=True))
        except RecursionError:
            raise BodyUnreadable(f"the body nests values more than {MOST_LEVELS} levels deep") from None
