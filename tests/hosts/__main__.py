"""The table of tasks that were tried in both ways; see the package."""

import sys
import tempfile
import warnings
from pathlib import Path

from tests.hosts.pages import arguments


def main() -> int:
    """Runs the tasks and prints; 1 where something does not hold."""
    given = arguments(__doc__)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        from tests.hosts import serving

        serving.install(Path(folder) / "cache")
        from tests.hosts import table

        return table.run(given.tasks, Path(folder), given.docs)


if __name__ == "__main__":
    sys.exit(main())
