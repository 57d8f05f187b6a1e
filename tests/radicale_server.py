"""Radicale, a CalDAV server, with a calendar user."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

import pytest


@pytest.fixture(scope="session")
def radicale(certificate, tmp_path_factory):
    """The port of a Radicale over TLS, with one user: ada, whose password is päss."""
    folder = tmp_path_factory.mktemp("radicale")
    (folder / "users").write_text("ada:päss\n", "utf-8")
    (folder / "config").write_text(
        "[storage]\n_filesystem_fsync = False\n"
    )  # nothing in it outlives the tests
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = {
        "server-hosts": f"127.0.0.1:{port}", "server-ssl": "True", "server-certificate": certificate[0],
        "server-key": certificate[1], "auth-type": "htpasswd", "auth-htpasswd-filename": folder / "users",
        "auth-htpasswd-encryption": "plain", "storage-filesystem-folder": folder / "data",
    }  # fmt: skip
    given = (f"--{name}={value}" for name, value in options.items())
    command = [sys.executable, "-m", "radicale", "--config", "", *given]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < end, (folder / "log").read_text()
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(10)
