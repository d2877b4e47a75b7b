"""The table of tasks that were tried in both ways; see the package."""

import argparse
import sys
import tempfile
import warnings
from pathlib import Path


def main() -> int:
    """Runs the tasks and prints; 1 where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tasks", nargs="*")
    parser.add_argument("--docs", type=Path, help="page whose list of tested tasks is written")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        from tests.hosts import serving

        serving.install(Path(folder) / "cache")
        from tests.hosts import table

        return table.run(given.tasks, Path(folder), given.docs)


if __name__ == "__main__":
    sys.exit(main())
