"""The container image: built on first use from a recipe, tagged by a hash of its inputs.

    >>> tag(recipe()).startswith("lbt-sandbox:")
    True

A change of the recipe or of a guest module gives another tag, so an old image is never used by mistake; so does another
image of the user's own under the same name.
"""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lbt_sandbox.image.recipes import Recipe, recipe
from lbt_sandbox.types import SandboxError, SandboxUnavailable

if TYPE_CHECKING:
    from docker import APIClient

__all__ = ["Recipe", "ensure", "recipe", "tag", "to_stderr"]

REPOSITORY = "lbt-sandbox"
_PACKAGE = Path(__file__).parent.parent
_SHARED = ("codec.py", "codec_types.py", "compare.py")
"""Modules that both sides use; of the standard library only."""


def _inputs(made_by: Recipe) -> dict[str, bytes]:
    """The build context: name in the archive to content."""
    modules = [*_SHARED, *(f"guest/{path.name}" for path in sorted(_PACKAGE.glob("guest/*.py")))]
    code = {f"lbt_sandbox/{name}": (_PACKAGE / name).read_bytes() for name in modules}
    return {"Dockerfile": made_by.dockerfile.encode(), **code}


def tag(made_by: Recipe, base_id: str = "") -> str:
    """The image's name with the hash of everything it is built from.

    Args:
        made_by: The recipe.
        base_id: Of the image that the base's name stands for at present, where that counts.
    """
    digest = hashlib.sha256(base_id.encode())
    for name, content in _inputs(made_by).items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return f"{REPOSITORY}:{digest.hexdigest()[:12]}"


def _context(made_by: Recipe) -> io.BytesIO:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in _inputs(made_by).items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    buffer.seek(0)
    return buffer


def to_stderr(line: str) -> None:
    """Show one line of the build's progress."""
    print(line, file=sys.stderr, flush=True)


def ensure(client: APIClient, made_by: Recipe, progress: Callable[[str], None] = to_stderr) -> str:
    """Build the image unless this version of it is there; give its tag.

    Args:
        client: The Docker SDK's low-level client.
        made_by: The recipe.
        progress: Gets one line per step of a build.

    Raises:
        SandboxError: An image of the user's own cannot be used.
        SandboxUnavailable: The build failed; the message ends with the builder's own.
    """
    name = tag(made_by, _own_base(client, made_by.base, progress) if made_by.is_own else "")
    if not client.images(name=name):
        progress(f"building the sandbox's image {name} ({made_by.name}; once, a minute or two)")
        _build(client, made_by, name, progress)
    return name


def _own_base(client: APIClient, base: str, progress: Callable[[str], None]) -> str:
    """The id of the user's image, which is fetched if it is not there."""
    about = _inspect(client, base)
    if about is None:
        progress(f"fetching the image {base}")
        about = _fetch(client, base)
    if volumes := about["Config"].get("Volumes"):
        raise SandboxError(f"the image {base} declares {', '.join(volumes)} as volumes, which programs could write to")
    return about["Id"]


def _inspect(client: APIClient, base: str) -> dict[str, Any] | None:
    from docker.errors import ImageNotFound

    try:
        return client.inspect_image(base)
    except ImageNotFound:
        return None


def _fetch(client: APIClient, base: str) -> dict[str, Any]:
    from docker.errors import APIError

    try:
        client.pull(base)
        return client.inspect_image(base)
    except APIError as error:
        reason = str(error.explanation or error)
        raise SandboxError(f"there is no image {base} on this engine, and it cannot be fetched: {reason}") from None


def _build(client: APIClient, made_by: Recipe, name: str, progress: Callable[[str], None]) -> None:
    last: list[str] = []
    for event in client.build(fileobj=_context(made_by), custom_context=True, tag=name, rm=True, decode=True):
        if "error" in event:
            packages = "" if made_by.is_own else " and the packages that it installs, hence a network or a mirror"
            raise SandboxUnavailable(
                f"the sandbox's image does not build: {event['error'].strip()}\n{''.join(last[-10:])}"
                f"It needs {made_by.base}{packages}."
            )
        line = str(event.get("stream", ""))
        last.append(line)
        if line.startswith("Step "):
            progress(line.strip().partition(" && ")[0])
