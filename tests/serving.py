"""The product's own server in a process of its own, asked over a real socket."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[1]


class Server:
    """`peerloom serve` on a free port. `settings`: more of its environment."""

    def __init__(self, folder, url, **settings):
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        settings = {
            "PEERLOOM_DATABASE": url, "PEERLOOM_DATA": str(folder / "data"), "PEERLOOM_MAIL": "off",
            **settings,
        }  # fmt: skip
        self.log = folder / "server.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "-m", "peerloom", "serve", "--port", "0"],
                cwd=folder, env={**os.environ, "PYTHONPATH": path, **settings}, stdout=log, stderr=log,
            )  # fmt: skip
        end = time.monotonic() + 60
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", self.log.read_text())):
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)
        self.url = found[0]
        self.key = ""

    def __call__(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        heads = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        with urlopen(Request(self.url + path, data, heads, method=method), timeout=60) as answer:
            return json.loads(answer.read())

    def wait_for(self, job):
        end = time.monotonic() + 180
        while (found := self("GET", f"/v1/jobs/{job}"))["ended_at"] is None:
            assert time.monotonic() < end, found
            time.sleep(0.1)
        assert found["state"] == "done", found
        return found["result"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)
