"""Real feeds where they are at hand, and a web server that says what a test tells it to."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

REAL_DATA = Path(__file__).parents[3].parent / "shared" / "data" / "research"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The directory of real arXiv and Crossref answers that lies beside the repository on some machines."""
    if not (REAL_DATA / "expected.json").is_file():
        pytest.skip("the real feeds are not beside this repository")
    return REAL_DATA


@dataclass
class Reply:
    """What the server says. ``length`` overrides the Content-Length; ``hold`` keeps the body back until it is set."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    length: int | None = None
    hold: threading.Event | None = None


@dataclass
class WebServer:
    """A server on this machine. ``answer`` maps a path with its query to a reply; ``requests`` keeps what was asked."""

    url: str
    answer: Callable[[str], Reply]
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list[tuple[str, dict[str, str]]])


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """A running server, which answers 404 until it is told better."""
    monkeypatch.setenv("no_proxy", "*")
    site = WebServer("", lambda _: Reply(b"nothing here", status=404))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


def _handler(site: WebServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.requests.append((self.path, dict(self.headers)))
            reply = site.answer(self.path)
            self.send_response_only(reply.status)  # unlike send_response it adds no headers of its own
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
            self.end_headers()
            if reply.hold is not None:
                reply.hold.wait(timeout=30)
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            """Say nothing: a test's output is about its assertions."""

    return Handler
