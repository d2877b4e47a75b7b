"""The lower bounds of a project's own dependencies, as constraints for pip.

python tests/matrix/lower_bounds.py pyproject.toml >oldest.txt      # inspect-ai==0.3.261 ...
"""

import re
import sys
import tomllib
from pathlib import Path


def lower_bounds(project: Path) -> list[str]:
    """`name==version` of each dependency with a lower bound; extras are left to those who ask for them."""
    declared: list[str] = tomllib.loads(project.read_text())["project"]["dependencies"]
    found = (re.match(r"([\w.-]+)(?:\[[^\]]*\])?\s*>=\s*([\w.]+)", each) for each in declared)
    return [f"{match[1]}=={match[2]}" for match in found if match]


if __name__ == "__main__":
    print("\n".join(lower_bounds(Path(sys.argv[1]))))
