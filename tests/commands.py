"""Users' commands in processes of their own, forked from one that has imported what they need.

Importing Inspect takes seconds, and most of the tests of a command used to wait for it:

    done = run_command("inspect", "eval", "task.py", env=environment, cwd=folder)
    running = start_command("inspect", "eval", "task.py", env=environment, cwd=folder)  # running.kill()

What a command imports by itself, and whether it starts at all, is for `tests/wheel/smoke.sh`.
"""

import atexit
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_SCRIPTS = Path(sys.executable).parent
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(
    ["inspect_ai._cli.main", "inspect_ai.agent._acp.server", "inspect_evals._registry", "openai", "pandas"]
    + ["lbt_solvers._registry", "lbt_solvers.local_models._worker", "lbt_tasks._registry", "lbt_tasks.report.summary"]
)
"""Commands, and what Inspect loads when a run begins. What is not installed is left out."""


def run_command(
    name: str, *arguments: str, env: dict[str, str], cwd: Path, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """The command's exit code and what it wrote; `subprocess.TimeoutExpired` where it takes longer than `timeout` s."""
    with tempfile.TemporaryDirectory() as folder:
        stdout, stderr = Path(folder, "stdout"), Path(folder, "stderr")
        process = start_command(name, *arguments, env=env, cwd=cwd, stdout=stdout, stderr=stderr)
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired([name, *arguments], timeout, stdout.read_text(), stderr.read_text())
        return subprocess.CompletedProcess(
            [name, *arguments], process.exitcode, stdout.read_text(errors="replace"), stderr.read_text(errors="replace")
        )


def start_command(
    name: str,
    *arguments: str,
    env: dict[str, str],
    cwd: Path,
    stdout: Path = Path(os.devnull),
    stderr: Path = Path(os.devnull),
) -> ForkServerProcess:
    """The command, running; `name` is a script beside this Python, and `env` the whole of its environment."""
    process = _SERVER.Process(target=_run_script, args=(name, arguments, env, cwd, stdout, stderr))
    process.start()
    return process


def _run_script(
    name: str, arguments: tuple[str, ...], env: dict[str, str], cwd: Path, stdout: Path, stderr: Path
) -> None:
    for number, path in ((1, stdout), (2, stderr)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    multiprocessing.set_start_method(None, force=True)  # it is the fork server's here, and nobody else's
    script = str(_SCRIPTS / name)
    sys.path[:] = [*env.get("PYTHONPATH", "").split(os.pathsep), *(path for path in sys.path if path)]
    sys.argv[:] = [script, *arguments]
    try:
        runpy.run_path(script, run_name="__main__")
    except Exception as error:
        sys.excepthook(
            type(error), error, error.__traceback__
        )  # as an interpreter does; multiprocessing would not ask it
        sys.exit(1)
    finally:
        atexit._run_exitfuncs()
