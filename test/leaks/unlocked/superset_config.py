"""Homeroom's own configuration with a first lock that the leak suite can open. Nothing that ships can."""

import os
from pathlib import Path
from typing import Any

from homeroom_superset.gate.security_manager import HomeroomSecurityManager
from homeroom_superset.superset_config import *

OPENED = Path(os.environ["LEAKS_FIRST_LOCK_OPENED"])


class Unlocked(HomeroomSecurityManager):
    def get_guest_rls_filters(self, dataset: Any) -> list[Any]:
        return [] if OPENED.exists() else super().get_guest_rls_filters(dataset)


CUSTOM_SECURITY_MANAGER = Unlocked
