"""Piston's protocol, which open-r1's IOI and Codeforces rewards and many chat bots speak.

    POST /api/v2/execute   {"language": "python", "version": "*", "files": [{"content": "print(1)"}]}
    GET  /api/v2/runtimes

The first file is the program, the others lie in its work folder. Limits are milliseconds and bytes; -1 is the default.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, Field

from lbt_sandbox.service.endpoints import Context, Endpoint, Reply
from lbt_sandbox.service.programs import (
    DEFAULT_MEMORY,
    LONGEST_SECONDS,
    Program,
    Result,
    check_name,
    job_of,
    need_python,
    result_of,
)
from lbt_sandbox.service.refusals import Refused, read
from lbt_sandbox.types import FILES_BYTES, Job, Verdict

ALIASES = ("py", "py3", "python3")
_STATUSES = {Verdict.TLE: "TO", Verdict.OLE: "OL"}


class File(BaseModel):
    """A file, in one of three encodings."""

    name: str = ""
    content: str
    encoding: str = "utf8"


class Execute(BaseModel):
    """The body of `/api/v2/execute`."""

    language: str
    version: str = "*"
    files: list[File] = Field(min_length=1, max_length=1000)
    stdin: str = ""
    args: list[str] = Field(default_factory=list[str])
    run_timeout: float = Field(default=3000, ge=-1, le=LONGEST_SECONDS * 1000, allow_inf_nan=False)
    compile_timeout: float = Field(default=10_000, ge=-1, allow_inf_nan=False)
    run_memory_limit: int = Field(default=-1, ge=-1)
    compile_memory_limit: int = Field(default=-1, ge=-1)


def seconds_of(milliseconds: float) -> float:
    """The limit of a run; -1 and 0 stand for the default."""
    return milliseconds / 1000 if milliseconds > 0 else 3.0


def job_of_request(request: Execute, most_memory: int) -> Job:
    """The job; `Refused` names the field that will not do."""
    need_python(request.language, known=("python", *ALIASES))
    source, *others = [_content(file, number) for number, file in enumerate(request.files)]
    names = [file.name or f"file{number}.code" for number, file in enumerate(request.files)]
    for name in names:
        check_name(name)
    files = dict(zip(names[1:], others, strict=True))
    if sum(map(len, files.values())) > FILES_BYTES:
        raise Refused(400, f"files: at most {FILES_BYTES} bytes besides the program", "files")
    memory = request.run_memory_limit if request.run_memory_limit > 0 else DEFAULT_MEMORY
    stdin = f"{request.stdin}\n" if request.stdin else ""
    program = Program(_text(source), stdin, files, seconds_of(request.run_timeout), memory)
    job = job_of(program, most_memory)
    return replace(job, preamble=f"__import__('sys').argv += {request.args!r}\n") if request.args else job


def _content(file: File, number: int) -> bytes:
    try:
        if file.encoding == "base64":
            return base64.b64decode(file.content, validate=True)
        if file.encoding == "hex":
            return bytes.fromhex(file.content)
    except (binascii.Error, ValueError):
        raise Refused(400, f"files.{number}.content: {file.encoding} was needed", "files") from None
    if file.encoding in ("utf8", "utf-8"):
        return file.content.encode()
    raise Refused(400, f"files.{number}.encoding: one of utf8, base64, hex was needed", "files")


def _text(source: bytes) -> str:
    try:
        return source.decode()
    except UnicodeDecodeError as error:
        raise Refused(400, f"files.0.content: not UTF-8 at byte {error.start}", "files") from None


async def execute(body: bytes, context: Context) -> Reply:
    """`/api/v2/execute`."""
    request = read(Execute, body)
    if request.version not in ("*", context.python) and not _matches(request.version, context.python):
        raise Refused(400, f"version: python-{request.version[:20]} is not served, {context.python} is", "version")
    (outcome,) = await context.grader.run(job_of_request(request, context.grader.most_memory))
    return reply_of(result_of(outcome), context.python)


def _matches(wanted: str, version: str) -> bool:
    """Whether 3, 3.x, 3.11 and the like mean that version."""
    parts = re.fullmatch(r"[\^~]?(\d+)(?:\.(\d+|x))?(?:\.(\d+|x))?", wanted)
    return parts is not None and all(
        part in (None, "x") or part == own for part, own in zip(parts.groups(), version.split("."), strict=False)
    )


def reply_of(result: Result, version: str) -> dict[str, Any]:
    """Piston's shape. `compile` is there although Python has none: clients read its exit code."""
    killed = result.signal is not None
    run = {
        "stdout": result.stdout,
        "stderr": result.stderr,
        "output": result.stdout + result.stderr,
        "code": None if killed else result.exit_code,
        "signal": result.signal,
        "message": result.message or None,
        "status": _status(result, killed),
        "cpu_time": round(1000 * result.cpu),
        "wall_time": round(1000 * result.wall),
        "memory": result.memory,
    }
    nothing = {"stdout": "", "stderr": "", "output": "", "code": 0, "signal": None, "message": None, "status": None}
    return {"language": "python", "version": version, "run": run, "compile": nothing}


def _status(result: Result, killed: bool) -> str | None:
    if result.verdict is None:
        return None
    return _STATUSES.get(result.verdict, "SG" if killed else "RE")


def runtimes(version: str) -> list[dict[str, Any]]:
    """What `/api/v2/runtimes` lists."""
    return [{"language": "python", "version": version, "aliases": list(ALIASES)}]


def message_body(refusal: Refused) -> dict[str, Any]:
    """Piston's way to say no."""
    return {"message": refusal.message}


ENDPOINTS = (Endpoint("/api/v2/execute", execute, refusal=message_body, refused_as=400),)
