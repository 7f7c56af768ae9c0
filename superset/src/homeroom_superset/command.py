"""How the package's commands end."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn

from homeroom_superset.refusal import ExpectedError


def end_with(main: Callable[[], int]) -> NoReturn:
    """Ends the process with the code that main returns. Prints a foreseen error as its sentence, without a
    traceback, and ends with 2."""
    try:
        sys.exit(main())
    except ExpectedError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
