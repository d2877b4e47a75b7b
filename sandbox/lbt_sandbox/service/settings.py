"""How the service is run: every value is a flag of `grade-server` and an environment variable of the same name.

Settings(port=9000)        # --port 9000, LBT_SERVER_PORT=9000
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lbt_sandbox.image.recipes import DEFAULT
from lbt_sandbox.types import MIB


@dataclass(frozen=True, slots=True)
class Settings:
    """What the flags say; see the command's help."""

    host: str = "127.0.0.1"
    port: int = 8080
    engine: str = "docker"
    workers: int | None = None
    unsafe: bool = False
    image: str = DEFAULT
    python: str | None = None
    problems: tuple[Path, ...] = field(default_factory=tuple)
    tokens: Path | None = None
    """Tenants with their tokens and quotas."""
    max_waiting: int = 4096
    """Submissions that may wait; one more is refused."""
    max_body: int = 32
    """MiB of a request."""
    max_held: int = 256
    """MiB of all requests that are being read or answered."""
    max_memory: int = 1024
    """MiB that a program may use, whatever its request says."""
    body_timeout: float = 60.0
    """Seconds in which a body has to arrive."""
    keep_alive: int = 330
    """Seconds that an idle connection stays; more than clients' pools keep it."""
    drain_delay: float = 5.0
    """Seconds between the news that this replica ends and its last new connection."""
    drain_timeout: float = 600.0
    """Seconds in which running requests may end."""
    name: str = ""
    """Of this replica, in logs and replies; by default the host's."""
    log: bool = True
    """A line of JSON for every request."""

    @property
    def body_bytes(self) -> int:
        """Most bytes of a request."""
        return self.max_body * MIB
