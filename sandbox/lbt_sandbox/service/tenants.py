"""Who calls: tokens and quotas, read from a file; a caller shows a token as Bearer, or in the URL as Basic.

    tenants:
      - {name: alice, token: s3cret, running: 8, per_minute: 6000}
      - {name: bob, token_sha256: 2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b}

`http://any:s3cret@host:8080/run_code` is how clients that set no header send it. Without a file everybody is the
tenant `anyone`, and there are no quotas. Pure but for `load`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lbt_sandbox.loaders.jsonl import DataError
from lbt_sandbox.service.refusals import Refused

ANYONE = "anyone"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=64, pattern=r"^[\w.-]+$")
    token: str | None = Field(default=None, min_length=1)
    token_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    running: int | None = Field(default=None, gt=0)
    per_minute: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one_token(self) -> _Entry:
        if (self.token is None) == (self.token_sha256 is None):
            raise ValueError("needs either 'token' or 'token_sha256'")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tenants: list[_Entry] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Tenant:
    """A caller.

    `running`: most programs at a time; `per_minute`: most programs a minute.
    """

    name: str
    running: int | None = None
    per_minute: int | None = None


@dataclass(slots=True)
class Quota:
    """A bucket of as many programs as a minute allows, which fills up as time goes by."""

    per_minute: int
    left: float = field(init=False)
    since: float = 0.0

    def __post_init__(self) -> None:
        self.left = float(self.per_minute)

    def take(self, count: int, now: float) -> float:
        """Take so many; 0, or the seconds until there are enough. More than a minute's worth never are: a minute.

        Args:
            count: Programs.
            now: Seconds, of a clock that only goes forward.
        """
        rate = self.per_minute / 60
        self.left = min(float(self.per_minute), self.left + (now - self.since) * rate)
        self.since = now
        if self.left < count:
            return min(60.0, (count - self.left) / rate)
        self.left -= count
        return 0.0


class Tenants:
    """All callers, by the digest of their tokens."""

    def __init__(self, by_digest: Mapping[str, Tenant]) -> None:
        self._by_digest = dict(by_digest)
        self._quotas = {each.name: Quota(each.per_minute) for each in by_digest.values() if each.per_minute}

    @property
    def limits(self) -> dict[str, int]:
        """Most programs at a time of those who have such a limit."""
        return {each.name: each.running for each in self._by_digest.values() if each.running}

    @property
    def is_open(self) -> bool:
        """Whether everybody may call."""
        return not self._by_digest

    def of(self, authorization: str | None) -> str:
        """The name of the caller.

        Args:
            authorization: The header of that name.

        Raises:
            Refused: 401 where a known token was needed.
        """
        if self.is_open:
            return ANYONE
        for token in tokens_of(authorization or ""):
            # The digest is looked up, not the token: how long that takes says nothing about any token
            if tenant := self._by_digest.get(hashlib.sha256(token).hexdigest()):
                return tenant.name
        raise Refused(401, "a known token was needed: 'Authorization: Bearer TOKEN', or http://any:TOKEN@host")

    def charge(self, name: str, count: int, now: float) -> None:
        """Count programs towards a quota.

        Raises:
            Refused: 429, with the seconds to wait.
        """
        quota = self._quotas.get(name)
        if quota is not None and (wait := quota.take(count, now)):
            message = f"the quota of {name} is {quota.per_minute} programs a minute"
            raise Refused(429, message, retry_after=wait)


def tokens_of(authorization: str) -> list[bytes]:
    """What may be a token in the header: a Bearer's, or password and user of Basic."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return [rest.strip().encode("utf-8", "surrogateescape")]
    if scheme.lower() != "basic":
        return []
    try:
        user, _, password = base64.b64decode(rest.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return []
    return [part for part in (password, user) if part]


def load(path: Path | None) -> Tenants:
    """The tenants of a file; without one everybody may call.

    Raises:
        DataError: The file cannot be read, or is not as the module says.
    """
    if path is None:
        return Tenants({})
    try:
        found: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        entries = _File.model_validate(found).tenants
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror or error}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is no YAML: {str(error).splitlines()[0]}.") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise DataError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from None
    names = [entry.name for entry in entries]
    if len(set(names)) < len(names):
        raise DataError(f"{path}: two tenants have the same name.")
    return Tenants(
        {
            entry.token_sha256 or hashlib.sha256((entry.token or "").encode()).hexdigest(): Tenant(
                entry.name, entry.running, entry.per_minute
            )
            for entry in entries
        }
    )
