"""Homeroom's own configuration with a first lock that the leak suite can open. Nothing that ships can."""

import os
from pathlib import Path
from typing import Any

from homeroom_superset.gate.row_lock import lock_rows
from homeroom_superset.gate.security_manager import HomeroomSecurityManager
from homeroom_superset.superset_config import *

OPENED = Path(os.environ["LEAKS_FIRST_LOCK_OPENED"])
TURN = Path(f"{OPENED}.turn")


class Unlocked(HomeroomSecurityManager):
    def get_guest_rls_filters(self, dataset: Any) -> list[Any]:
        return [] if OPENED.exists() else super().get_guest_rls_filters(dataset)

    def get_rls_cache_key(self, datasource: Any) -> list[str]:
        # What was cached while a lock was open must not answer for the time when it is shut, nor the reverse.
        return [*super().get_rls_cache_key(datasource), TURN.read_text()]


def unlocked(sql: str, **superset: Any) -> str:
    return sql if OPENED.exists() else lock_rows(sql, **superset)


CUSTOM_SECURITY_MANAGER = Unlocked
SQL_QUERY_MUTATOR = unlocked
