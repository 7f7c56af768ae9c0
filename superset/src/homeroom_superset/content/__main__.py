"""python -m homeroom_superset.content <folder of dashboards>"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from homeroom_superset.command import end_with
from homeroom_superset.content.bundle import load_bundle
from homeroom_superset.platform import read_platform
from homeroom_superset.settings import REPOSITORY_CONTRACT


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m homeroom_superset.content", description=__doc__)
    parser.add_argument("folder", type=Path, help="the repository's content/dashboards/")
    parser.add_argument("--check", action="store_true", help="only say whether the folder is good")
    arguments = parser.parse_args()
    contract = Path(os.environ.get("HOMEROOM_CONTRACT_DIR", REPOSITORY_CONTRACT))
    bundle = load_bundle(arguments.folder, read_platform(contract).content_namespace)
    if arguments.check:
        print(f"{len(bundle.dashboards)} dashboards and {len(bundle.datasets)} datasets are good")
        return 0
    # Superset takes seconds to import and reads the environment, so a bad folder is reported first.
    from superset.app import create_app

    with create_app().app_context():
        # Superset's models can be imported only after its application has been created.
        from homeroom_superset.content.run import provision

        print(provision(bundle))
    return 0


if __name__ == "__main__":
    end_with(main)
