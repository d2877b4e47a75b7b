"""A grade-server for foreign clients, which live in an environment of their own: `make service-clients`.

LBT_GRADE_SERVER is the command that starts it, in the project's environment.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Generator

import pytest

COMMAND = os.environ.get("LBT_GRADE_SERVER", "lbt-sandbox grade-server")


@pytest.fixture(scope="session")
def url() -> Generator[str]:
    """Where it is."""
    options = ["--engine", "process", "--workers", "2", "--port", "18098", "--no-log", "--drain-delay", "0"]
    with subprocess.Popen([*shlex.split(COMMAND), *options], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = re.search(r"http://[\d.:]+", process.stderr.readline())
        assert address is not None
        yield address[0]
        process.terminate()
