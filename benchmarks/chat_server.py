"""A server of OpenAI's chat protocol in a process of its own, which answers after a fixed time and costs little.

    with chat_server(milliseconds=20, cpu=1) as url:
        ...                                # POST {url}/chat/completions

Each reply is another text of some 300 characters; one in three ends with the right answer of `a + b` questions.
"""

import json
import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import blake2b
from importlib import import_module
from multiprocessing import get_context
from typing import Any

SUM = re.compile(rb"(\d+) \+ (\d+)")
TEXT = (
    "First I look at what each person has. {first} apples are in one basket and {second} in the other, so I add them "
    "up one after the other, and I check the sum ({mark}) by going back from the end. Nothing is taken away in "
    "between, and no basket is counted twice, so the total of both baskets is what is asked for.\\n\\nANSWER: {answer}"
)
_asyncio: Any = import_module("asyncio")  # of one backend, as this process has no other


def completion(body: bytes) -> bytes:
    """The reply to that request, the same to the same."""
    first, second = map(int, SUM.findall(body)[-1])
    drawn = int.from_bytes(blake2b(body, digest_size=4).digest())
    answer = first + second + drawn % 3
    text = TEXT.format(first=first, second=second, mark=drawn, answer=answer)
    message = f'{{"index":0,"finish_reason":"stop","message":{{"role":"assistant","content":"{text}"}}}}'
    usage = '"usage":{"prompt_tokens":250,"completion_tokens":80,"total_tokens":330}'
    found = f'{{"id":"chat","object":"chat.completion","created":0,"model":"m","choices":[{message}],{usage}}}'.encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(found), found)


class _Connection(_asyncio.Protocol):
    """One connection, on which one request is under way at a time."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.received = seconds, b""
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, separator, body = self.received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if separator and length and len(body) >= int(length[1]):
            self.received = b""
            _asyncio.get_running_loop().call_later(self.seconds, self.answer, body)

    def answer(self, body: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(completion(body))


def _serve(pipe: Any, milliseconds: float, cpu: int | None) -> None:
    pin(cpu)

    async def listen() -> None:
        server = await _asyncio.get_running_loop().create_server(
            lambda: _Connection(milliseconds / 1000), "127.0.0.1", 0
        )
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    _asyncio.run(listen())


def pin(cpu: int | None) -> None:
    """This process runs on that core alone."""
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})


@contextmanager
def chat_server(milliseconds: float = 20, cpu: int | None = None) -> Generator[str]:
    """Its address, with /v1."""
    here, there = (context := get_context("spawn")).Pipe()
    process = context.Process(target=_serve, args=(there, milliseconds, cpu), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}/v1"
    finally:
        process.terminate()
        process.join()


def question(number: int) -> str:
    """A question of some 250 characters."""
    first, second = 10 + number * 7 % 89, 10 + number * 13 % 83
    return (
        f"Person {number} keeps apples in two baskets in the cellar, where it is cool and dark in every season. How "
        f"many apples are in both baskets together, when on market day nobody has taken one out yet, if there are "
        f"{first} + {second} of them in the two baskets?"
    )


def gold(number: int) -> str:
    """Its right answer."""
    return str(sum(map(int, SUM.findall(question(number).encode())[-1])))


def as_row(number: int) -> str:
    """A line of a file of such questions."""
    return json.dumps({"id": f"p{number}", "question": question(number), "answer": gold(number)})
