"""Which image to build: the libraries and the Python that programs find in their container.

    >>> recipe("scientific", python="3.13").base
    'debian:trixie-slim'
    >>> recipe("registry.example/mine:2").base
    'registry.example/mine:2'

Debian's images, with Debian's Python, where Debian has the version that is asked for; else the official ones of Python.
An image of one's own gets nothing but the guest package.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lbt_sandbox.types import SandboxError

DEFAULT, SCIENTIFIC = "default", "scientific"
PYTHON = "3.11"
OLDEST = 11
DEBIAN = {"3.11": "bookworm", "3.13": "trixie"}
"""The releases by the version of Python that they have."""
LIBRARIES = ("numpy", "sortedcontainers", "pytest")
"""Of the default image; pytest for tests that import it."""
PINNED = ("numpy==2.4.6", "pandas==2.3.3", "scipy==1.17.1", "sympy==1.14.0")
"""Of the scientific image, by pip: Debian's scipy comes with a compiler. pandas 3 breaks programs written for 2."""
SCIENTIFIC_IMPORTS = (
    "numpy pandas sympy scipy.integrate scipy.interpolate scipy.linalg scipy.ndimage scipy.optimize scipy.signal "
    "scipy.sparse scipy.spatial scipy.special scipy.stats"
).split()
APT = "apt-get update && apt-get install -y --no-install-recommends {} && rm -rf /var/lib/apt/lists/*"
PIP = "python3 -m pip install --no-cache-dir --root-user-action=ignore {}"
PIP_ON_DEBIAN = (
    "apt-get update && apt-get install -y --no-install-recommends python3-pip"
    " && python3 -m pip install --no-cache-dir --break-system-packages {}"
    " && apt-get purge -y --auto-remove python3-pip && rm -rf /var/lib/apt/lists/*"
)
CHECK_PYTHON = f"""RUN ["python3", "-c", "import sys; sys.version_info >= (3, {OLDEST}) or sys.exit(\
f'the grader needs Python 3.{OLDEST} or later in the image, found {{sys.version.split()[0]}}')"]
"""
GUEST = """COPY lbt_sandbox /opt/lbt/lbt_sandbox
RUN ["python3", "-m", "compileall", "-q", "/opt/lbt"]
ENV LANG=C.UTF-8 PYTHONHASHSEED=0 OPENBLAS_NUM_THREADS=1
WORKDIR /
USER 65534:65534
HEALTHCHECK NONE
ENTRYPOINT []
CMD ["python3", "-s", "-P", "-c", \
"import sys; sys.path.insert(0, '/opt/lbt'); from lbt_sandbox.guest.supervisor import main; main()"]
"""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an image is made."""

    name: str
    """What users call it."""
    base: str
    install: str = ""
    """Lines of a Dockerfile between the base and the guest package."""
    preload: Sequence[str] = ()
    """Modules that are imported once for all programs, since importing them takes seconds."""
    is_own: bool = False
    """Whether the base is the user's, who may give the name to another image at any time."""

    @property
    def dockerfile(self) -> str:
        """No compiler, no network tools and no pip remain, other than what an image of one's own has."""
        return f"FROM {self.base}\nUSER root\n{self.install}{GUEST}"


def recipe(image: str = DEFAULT, python: str | None = None) -> Recipe:
    """The recipe for what the user asks for.

    Args:
        image: "default", "scientific", or the name of an image that has python3.
        python: Such as "3.13"; 3.11 by default, and an image of one's own has its own.

    Raises:
        SandboxError: There is no such image, said in one line.
    """
    if image not in (DEFAULT, SCIENTIFIC):
        return _own(image, python)
    version = python or PYTHON
    if not (found := re.fullmatch(r"3\.(\d{1,2})", version)) or int(found[1]) < OLDEST:
        raise SandboxError(f"python= takes a version from 3.{OLDEST} on, such as '3.13'; found {version!r}")
    base = f"debian:{DEBIAN[version]}-slim" if version in DEBIAN else f"python:{version}-slim"
    preload = SCIENTIFIC_IMPORTS if image == SCIENTIFIC else ()
    return Recipe(image, base, "".join(f"RUN {step}\n" for step in _steps(image, version)), preload)


def _own(image: str, python: str | None) -> Recipe:
    if python is not None:
        raise SandboxError(f"the image {image} has its own Python: leave python={python!r} out")
    if not re.fullmatch(r"[\w.:/@-]+", image, re.ASCII):
        raise SandboxError(f"image= takes {DEFAULT!r}, {SCIENTIFIC!r} or the name of an image; found {image!r}")
    return Recipe(image, image, CHECK_PYTHON, is_own=True)


def _steps(image: str, version: str) -> list[str]:
    """Commands that install the libraries."""
    by_pip = " ".join(PINNED)
    if version not in DEBIAN:
        return [PIP.format(f"{by_pip} sortedcontainers pytest" if image == SCIENTIFIC else " ".join(LIBRARIES))]
    if image == SCIENTIFIC:
        return [APT.format("python3 python3-sortedcontainers python3-pytest"), PIP_ON_DEBIAN.format(by_pip)]
    return [APT.format(" ".join(["python3", *(f"python3-{library}" for library in LIBRARIES)]))]
