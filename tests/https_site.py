"""A real HTTPS server on loopback with a certificate of its own, and guards that let exactly it through."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from matcher.calendar.addresses.guard import Guard

HOST, MIRROR = "calendar.example.org", "mirror.example.org"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """The paths of a certificate for `HOST` and `MIRROR`, signed by itself, and of its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(HOST), x509.DNSName(MIRROR)]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return paths


class Site:
    """What the server answers: `answers` maps a path to a function of the handler. `asked`: the requests."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers = {}
        self.asked = []

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"https://{HOST}:{self.port}{path}"


def say(status: int, body: bytes = b"", **headers: str):
    """An answer."""

    def run(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return run


@pytest.fixture
def site(certificate):
    """The running server."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self):
            size = int(self.headers.get("Content-Length", 0))
            self.sent = self.rfile.read(size)
            made.asked.append((self.command, self.path, dict(self.headers), self.sent))
            made.answers.get(self.path, say(404))(self)

        do_GET = do_REPORT = do_POST = handle_any

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # clients that go away are what is tested
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    made = Site(server.server_port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def guard(certificate, site):
    """Believes the server, finds the two hosts on loopback, and lets that one port of it through."""
    return Guard(
        resolve=lambda host, port: ["127.0.0.1" if host in (HOST, MIRROR) else "10.0.0.1"],
        authorities=str(certificate[0]),
        also={("127.0.0.1", site.port)},
    )
