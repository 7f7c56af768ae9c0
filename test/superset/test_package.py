"""The built package holds every file of the source that is no module, PEP 561's mark of types among them."""

import tomllib
from pathlib import Path

project = Path(__file__).parents[2] / "superset"
package = project / "src" / "homeroom_superset"


def test_package_data_covers_every_file() -> None:
    settings = tomllib.loads((project / "pyproject.toml").read_text())
    patterns = settings["tool"]["setuptools"]["package-data"]["homeroom_superset"]
    covered = {path for pattern in patterns for path in package.glob(pattern)}
    files = {
        path
        for path in package.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"} and "__pycache__" not in path.parts
    }
    assert package / "py.typed" in files
    assert files == covered
