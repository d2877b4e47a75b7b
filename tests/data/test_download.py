"""Files in a folder and files from a server: found, compared, and explained when they are not there."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lbt_tasks.data import download
from lbt_tasks.data.download import DataError, DataFile, cache_folder, data_file

CONTENT = b'{"question": "Compute 2+3.", "answer": "5"}\n'


def published(url: str = "http://127.0.0.1:9/rows.jsonl", content: bytes = CONTENT) -> DataFile:
    return DataFile("Sums", url, hashlib.sha256(content).hexdigest(), ("sums.jsonl", "rows.jsonl"))


@dataclass
class Server:
    """A web server on this machine that counts requests."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    requests: list[str] = field(default_factory=list[str])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    served = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.requests.append(self.path)
            content = served.files.get(self.path)
            self.send_response(200 if content is not None else 404)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, format: str, *args: object) -> None:
            pass

    monkeypatch.setenv("LBT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "DOWNLOAD_RETRIES", 0)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        served.url = f"http://127.0.0.1:{http.server_address[1]}"
        yield served
        http.shutdown()
        thread.join()


def test_downloads_once_and_then_takes_the_cached_copy(server: Server) -> None:
    server.files["/rows.jsonl"] = CONTENT
    file = published(f"{server.url}/rows.jsonl")
    path = data_file(file)
    assert path == cache_folder() / "sums.jsonl"
    assert path.read_bytes() == CONTENT
    assert data_file(file) == path
    assert server.requests == ["/rows.jsonl"]


def test_a_spoilt_cached_copy_is_downloaded_again(server: Server) -> None:
    server.files["/rows.jsonl"] = CONTENT
    file = published(f"{server.url}/rows.jsonl")
    data_file(file).write_bytes(b"cut o")
    assert data_file(file).read_bytes() == CONTENT
    assert len(server.requests) == 2


def test_other_content_on_the_server_is_refused_and_not_kept(server: Server) -> None:
    server.files["/rows.jsonl"] = b"a page that asks you to log in"
    with pytest.raises(DataError, match=r"Sums: could not be .*does not match.*pass its folder as data_dir="):
        data_file(published(f"{server.url}/rows.jsonl"))
    assert not list(cache_folder().glob("*.jsonl"))


def test_a_missing_page_names_address_and_way_out(server: Server) -> None:
    with pytest.raises(DataError, match=rf"{server.url}/gone.*404.*pass its folder as data_dir="):
        data_file(published(f"{server.url}/gone"))


def test_no_server_at_all_is_one_clear_error(server: Server) -> None:
    with pytest.raises(DataError, match=r"could not be downloaded .*\(sha256"):
        data_file(published("http://127.0.0.1:1/rows.jsonl"))


@pytest.mark.parametrize("name", ["sums.jsonl", "rows.jsonl"])
def test_a_folder_may_use_any_of_the_names(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(CONTENT)
    assert data_file(published(), tmp_path) == tmp_path / name


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"sums\.jsonl or rows\.jsonl was needed in .*nowhere, found no such folder"):
        data_file(published(), tmp_path / "nowhere")


def test_a_folder_without_the_file_lists_what_it_has(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="found an empty folder"):
        data_file(published(), tmp_path)
    (tmp_path / "other.txt").touch()
    with pytest.raises(DataError, match=r"found other\.txt\. Put it there \(from http"):
        data_file(published(), tmp_path)


def test_another_file_under_that_name_is_refused_unless_wanted(tmp_path: Path) -> None:
    (tmp_path / "sums.jsonl").write_bytes(CONTENT + b"\n")
    with pytest.raises(DataError, match=r"is not the published file: sha256 \w{64} was needed, found \w{64}"):
        data_file(published(), tmp_path)
    assert data_file(published(), tmp_path, checksum=False) == tmp_path / "sums.jsonl"
