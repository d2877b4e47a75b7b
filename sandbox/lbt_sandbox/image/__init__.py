"""The container image: built on first use from the Dockerfile beside this file, tagged by a hash of its inputs.

    >>> tag().startswith("lbt-sandbox:")
    True

A change of the Dockerfile or of a guest module gives another tag, so an old image is never used by mistake.
"""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lbt_sandbox.types import SandboxUnavailable

if TYPE_CHECKING:
    from docker import APIClient

REPOSITORY = "lbt-sandbox"
_PACKAGE = Path(__file__).parent.parent
_SHARED = ("codec.py", "codec_types.py", "compare.py")
"""Modules that both sides use; of the standard library only."""


def _inputs() -> dict[str, bytes]:
    """The build context: name in the archive to content."""
    modules = [*_SHARED, *(f"guest/{path.name}" for path in sorted(_PACKAGE.glob("guest/*.py")))]
    code = {f"lbt_sandbox/{name}": (_PACKAGE / name).read_bytes() for name in modules}
    return {"Dockerfile": (_PACKAGE / "image/Dockerfile").read_bytes(), **code}


@cache
def tag() -> str:
    """The image's name with the hash of everything it is built from."""
    digest = hashlib.sha256()
    for name, content in _inputs().items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return f"{REPOSITORY}:{digest.hexdigest()[:12]}"


def _context() -> io.BytesIO:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in _inputs().items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    buffer.seek(0)
    return buffer


def to_stderr(line: str) -> None:
    """Show one line of the build's progress."""
    print(line, file=sys.stderr, flush=True)


def ensure(client: APIClient, progress: Callable[[str], None] = to_stderr) -> str:
    """Build the image unless this version of it is there; give its tag.

    Args:
        client: The Docker SDK's low-level client.
        progress: Gets one line per step of a build.

    Raises:
        SandboxUnavailable: The build failed; the message ends with the builder's own.
    """
    name = tag()
    if client.images(name=name):
        return name
    progress(f"building the sandbox's image {name} (once, about a minute)")
    last: list[str] = []
    for event in client.build(fileobj=_context(), custom_context=True, tag=name, rm=True, decode=True):
        if "error" in event:
            raise SandboxUnavailable(
                f"the sandbox's image does not build: {event['error'].strip()}\n{''.join(last[-10:])}"
                "It needs debian:bookworm-slim and Debian's packages, hence a network or a mirror."
            )
        line = str(event.get("stream", ""))
        last.append(line)
        if line.startswith("Step "):
            progress(line.strip())
    return name
