"""Chart types that guests cannot see are offered to no author, and the documentation says which."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from homeroom_superset import chart_types, content_security
from homeroom_superset.content.query import BUILDERS
from homeroom_superset.settings import read_settings

SUPERSET = Path((find_spec("superset") or pytest.fail("Superset is not installed")).origin or "").parent
CONFIG = Path(chart_types.__file__).with_name("superset_config.py")
LIMITS = Path(__file__).parents[2] / "docs" / "limits.md"


def test_superset_is_told_all_of_them() -> None:
    assert "\nVIZ_TYPE_DENYLIST = chart_types.CLOSED\n" in CONFIG.read_text(encoding="utf-8")
    assert 'current_app.config["VIZ_TYPE_DENYLIST"]' in (SUPERSET / "viz.py").read_text(encoding="utf-8")


def test_they_are_all_that_this_superset_asks_by_its_old_route() -> None:
    bundles = (SUPERSET / "static" / "assets").glob("*.entry.js")
    marked = sum(text.read_text(encoding="utf-8").count("useLegacyApi:!0") for text in bundles)
    assert len(set(chart_types.ON_THE_OLD_ROUTE)) == marked
    known = set(re.findall(r'viz_type = "(\w+)"', (SUPERSET / "viz.py").read_text(encoding="utf-8")))
    assert set(chart_types.ON_THE_OLD_ROUTE) <= known


def test_the_policy_of_scripts_compiles_no_template(environ: dict[str, str]) -> None:
    policy = content_security.talisman(read_settings(environ))["content_security_policy"]
    assert "'unsafe-eval'" not in policy["script-src"]
    assert "handlebars" in chart_types.CLOSED


def test_none_of_them_can_be_written_as_code() -> None:
    assert not set(chart_types.CLOSED) & set(BUILDERS)


@pytest.mark.parametrize("name", chart_types.CLOSED)
def test_the_documentation_names_it(name: str) -> None:
    assert f"`{name}`" in LIMITS.read_text(encoding="utf-8")
