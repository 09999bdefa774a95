"""Repositories by https: a real server with a certificate of its own, on the engine's bridge."""

from __future__ import annotations

import http.server
import os
import ssl
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from runner.intake import FetchSettings, SubmissionRefusedError, take_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hostile_archives import Repository

    from sandbox.docker_engine import DockerSandbox
    from tests.runner.intake.conftest import Problems, Taken


class GitHandler(http.server.BaseHTTPRequestHandler):
    """Speaks git's smart protocol through ``git http-backend``; ``/away`` leads elsewhere."""

    server: GitServer

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def _serve(self, body: bytes) -> None:
        self.server.seen.append(self.path)
        path, _, query = self.path.partition("?")
        if path.startswith("/away/"):
            self.send_response(302)
            self.send_header("Location", self.server.away + self.path.removeprefix("/away"))
            self.end_headers()
            return
        if path.startswith("/login/"):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.end_headers()
            return
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(
            ["git", "-c", "safe.directory=*", "http-backend"],
            env=environment, input=body, capture_output=True,
        )  # fmt: skip
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        lines = [line.split(": ", 1) for line in head.decode().split("\r\n") if line]
        status = next((value for name, value in lines if name == "Status"), "200")
        self.send_response(int(status.split()[0]))
        for name, value in lines:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class GitServer(http.server.ThreadingHTTPServer):
    root: Path
    away: str
    seen: list[str]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that breaks off is what some tests are about."""


@pytest.fixture(scope="module")
def gateway(docker_sandbox: DockerSandbox) -> str:
    """The address of this machine on the engine's default bridge."""
    done = subprocess.run(["ip", "-4", "-o", "addr", "show", "docker0"], capture_output=True)
    if done.returncode:
        pytest.skip("the engine's bridge is not on this machine")
    return done.stdout.decode().split()[3].partition("/")[0]


@pytest.fixture
def server(tmp_path: Path, gateway: str) -> Iterator[GitServer]:
    key, certificate = tmp_path / "key.pem", tmp_path / "ca.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=test", "-addext", f"subjectAltName=IP:{gateway}",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    server = GitServer((gateway, 0), GitHandler)
    server.root, server.away, server.seen = tmp_path, "", []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def url(server: GitServer) -> str:
    return f"https://{server.server_address[0]!s}:{server.server_port}"


@pytest.fixture
def settings(server: GitServer, tmp_path: Path) -> FetchSettings:
    return FetchSettings(ca_bundle=(tmp_path / "ca.pem").read_bytes(), deadline_s=40.0)


@pytest.mark.docker
def test_a_repository_is_fetched_by_https(
    repository: Repository, taken: Taken, url: str, settings: FetchSettings
) -> None:
    first = repository.git("rev-parse", "HEAD")
    second = repository.commit("Second")
    repository.git("branch", "feature/x", first)
    repository.git("config", "uploadpack.allowReachableSHA1InWant", "true")
    snapshot = taken(f"{url}/work/.git", fetch=settings)
    assert snapshot.sha256 == taken(f"{repository.path}@main").sha256
    assert snapshot.commit == second
    assert [commit.hash for commit in snapshot.commit_log] == [second, first]
    for revision in ("feature/x", first):
        assert taken(f"{url}/work/.git@{revision}", fetch=settings).commit == first


@pytest.mark.docker
@pytest.mark.parametrize(
    ("where", "detail"),
    [
        ("/none.git", "not found"),
        ("/work/.git@nowhere", "remote ref nowhere"),
        ("/login/work/.git", "terminal prompts disabled"),
    ],
)
def test_a_failing_fetch_says_what_to_check(
    repository: Repository,
    refused: Problems,
    url: str,
    settings: FetchSettings,
    where: str,
    detail: str,
) -> None:
    found = refused(url + where, fetch=settings)
    assert "could not be fetched: check the URL, and that it needs no login" in found
    assert detail in found


@pytest.mark.docker
def test_an_unknown_certificate_is_not_trusted(
    repository: Repository, refused: Problems, url: str, server: GitServer
) -> None:
    assert "certificate" in refused(f"{url}/work/.git", fetch=FetchSettings(deadline_s=40.0))
    assert server.seen == []


@pytest.mark.docker
@pytest.mark.parametrize("away", ["http://{host}", "file://", "ext::sh -c touch% /tmp/x"])
def test_no_redirect_leads_to_another_protocol(
    repository: Repository,
    refused: Problems,
    server: GitServer,
    url: str,
    settings: FetchSettings,
    away: str,
) -> None:
    server.away = away.format(host=url.removeprefix("https://"))
    assert "could not be fetched" in refused(f"{url}/away/work/.git", fetch=settings)
    assert [path.partition("?")[0] for path in server.seen] == ["/away/work/.git/info/refs"]


@pytest.mark.docker
def test_a_fetched_tree_meets_the_same_rules(
    repository: Repository, refused: Problems, url: str, settings: FetchSettings
) -> None:
    repository.add_entry("120000", "link", b"/etc/passwd")
    assert "'link' is a symbolic link" in refused(f"{url}/work/.git", fetch=settings)


@pytest.mark.docker
def test_too_large_a_repository_is_refused(
    repository: Repository, taken: Taken, refused: Problems, url: str, settings: FetchSettings
) -> None:
    (repository.path / "noise").write_bytes(os.urandom(3 << 20))
    repository.commit("Add noise")
    small = FetchSettings(ca_bundle=settings.ca_bundle, deadline_s=40.0, max_bytes=1 << 20)
    assert "the repository is too large" in refused(f"{url}/work/.git", fetch=small)
    assert len(taken(f"{url}/work/.git", fetch=settings).files) == 3


class NoSandbox:
    def start(self, spec: object) -> None:
        raise AssertionError("a container was started")


@pytest.mark.parametrize(
    "source", ["ext::sh -c x", "file:///etc", "ssh://h/x", "git@h:x", "http://h/x", "https://u@h/x"]
)
def test_other_protocols_start_no_container(source: str) -> None:
    with pytest.raises(SubmissionRefusedError):
        take_in(source, sandbox=NoSandbox(), image="none")  # type: ignore[arg-type]
