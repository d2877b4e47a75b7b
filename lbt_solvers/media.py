"""Images, sounds and documents of a question as data, in which form alone models are sent them.

    message = await with_media(ChatMessageUser(content=[ContentImage(image="figures/17.png")]))

Inspect reads a sample's media before the sample runs, and refuses references in what models are sent. Questions of
exams are other samples: what those refer to is read here, when they are asked.
"""

from collections import OrderedDict
from typing import Any

from inspect_ai.model import ChatMessage, ContentAudio, ContentDocument, ContentImage, ContentVideo

from lbt_solvers._compat import read_media
from lbt_solvers.errors import UsageError

KEPT = 64
"""Media that are kept from one call to the next: an exam question is asked many times in a row."""
_FIELDS = {ContentImage: "image", ContentAudio: "audio", ContentVideo: "video", ContentDocument: "document"}
_VIDEO = {"mp4": "video/mp4", "mpeg": "video/mpeg", "mov": "video/quicktime"}
_kept: OrderedDict[str, str] = OrderedDict()


async def with_media(message: ChatMessage) -> ChatMessage:
    """That message, with data where it refers to files or addresses.

    Raises:
        UsageError: one of them cannot be read.
    """
    if isinstance(message.content, str):
        return message
    content = [await _inline(part) for part in message.content]
    return message.model_copy(update={"content": content})


async def _inline(part: Any) -> Any:
    field = _FIELDS.get(type(part))
    if field is None or getattr(part, field).startswith("data:"):
        return part
    return part.model_copy(update={field: await _read(getattr(part, field), _mime_type(part))})


async def _read(reference: str, mime_type: str | None) -> str:
    if reference not in _kept:
        try:
            _kept[reference] = await read_media(reference, mime_type)
        except Exception as error:  # of a file, of a server, of a resolver that somebody registered
            raise UsageError(f"{reference}: a question shows it, and it cannot be read ({error}).") from error
    _kept.move_to_end(reference)
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return _kept[reference]


def _mime_type(part: Any) -> str | None:
    if isinstance(part, ContentAudio):
        return "audio/mpeg" if part.format == "mp3" else "audio/wav"
    if isinstance(part, ContentVideo):
        return _VIDEO[part.format]
    return part.mime_type if isinstance(part, ContentDocument) else None
