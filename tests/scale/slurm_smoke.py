"""configs/cluster/slurm.sh as array jobs on a SLURM of one node: `make slurm-smoke`, as root, with Debian's slurm-wlm.

    apt-get install slurm-wlm munge && make slurm-smoke

Four jobs write the tables of one process; also where they were killed in the middle and the script was given again.
Nothing of the machine's own SLURM is used: the daemons have a configuration and folders of their own.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.providers.fake_server import FakeServer, fake_server
from tests.scale.running import STUDENTS, TEACHER, TOY, scale, tables

OPTIONS, SHARD_SIZE, JOBS = ("count=8", "rationales=6", "budget=full"), 1, 4
SCRIPT = Path(__file__).parents[2] / "configs/cluster/slurm.sh"
CONFIGURATION = """
ClusterName=smoke
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=26817
SlurmdPort=26818
SlurmUser=root
AuthType=auth/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=10000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


@contextmanager
def slurm() -> Generator[None]:
    """A controller and a node, of which `sbatch` in this process' environment knows."""
    if missing := [name for name in ("slurmctld", "slurmd", "sbatch", "munged") if not shutil.which(name)]:
        sys.exit(f"{missing[0]} was needed, found none: apt-get install slurm-wlm munge")
    with tempfile.TemporaryDirectory() as name, munge():
        folder = Path(name)
        for part in ("state", "spool"):
            (folder / part).mkdir()
        configuration = folder / "slurm.conf"
        configuration.write_text(CONFIGURATION.format(folder=folder, host=socket.gethostname().partition(".")[0]))
        os.environ["SLURM_CONF"] = str(configuration)
        daemons = [subprocess.Popen([daemon, "-D"], stderr=subprocess.DEVNULL) for daemon in ("slurmctld", "slurmd")]
        try:
            yield
        finally:
            for daemon in daemons:
                daemon.terminate()
                daemon.wait()


@contextmanager
def munge() -> Generator[None]:
    """The daemon that signs messages; the machine's own where it runs."""
    if not subprocess.run("munge -n | unmunge", shell=True, capture_output=True).returncode:
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder, "key")
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        Path("/run/munge").mkdir(exist_ok=True)
        files = [f"--{name}-file={folder}/{name}" for name in ("pid", "log", "seed")]
        with subprocess.Popen(["munged", "--force", "--foreground", f"--key-file={key}", *files]) as daemon:
            try:
                yield
            finally:
                daemon.terminate()


def array(server: FakeServer, out: Path) -> subprocess.Popen[bytes]:
    """The script's array jobs; it ends when they have."""
    options = [part for each in OPTIONS for part in ("-T", each)]
    students = [part for each in STUDENTS for part in ("--student", each)]
    few = ["--shard-size", str(SHARD_SIZE), "--connections", "4"]
    command = ["sbatch", "--wait", f"--array=1-{JOBS}", f"--output={out.parent}/%A_%a.out", "--mem=2G", str(SCRIPT)]
    return subprocess.Popen([*command, f"{TOY}@toy", str(out), server.url, *students, *options, *few])


def main() -> None:
    os.environ |= {"TEACHER": TEACHER, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    with tempfile.TemporaryDirectory() as name, fake_server() as server, slurm():
        folder = Path(name)
        scale(server, folder / "whole", *OPTIONS, shard_size=SHARD_SIZE)
        whole, calls = tables(folder / "whole"), len(server.paid)
        for out, killed in (("jobs", False), ("killed", True)):
            server.paid.clear()
            (folder / out).mkdir()
            jobs = array(server, folder / out / "run")
            if killed:
                while len(server.paid) < calls / 3:
                    time.sleep(0.005)
                subprocess.run(["scancel", "--full", "--signal=KILL", "--name=lbt-scale"], check=True)
                jobs.wait()
                jobs = array(server, folder / out / "run")
            jobs.wait()
            same = tables(folder / out / "run") == whole
            again = len(server.paid) - calls
            what = f"{JOBS} jobs" + (", killed and given again" if killed else "")
            print(f"{what}: the tables are {'the same' if same else 'OTHERS'}, {again} replies were paid for again")
            if not same:
                sys.exit("\n".join(path.read_text() for path in (folder / out).glob("*.out")))


if __name__ == "__main__":
    main()
