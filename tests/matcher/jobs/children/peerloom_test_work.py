"""Work that children of tests do: each request says which."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from matcher.domain.errors import Fault, InputError


def work(task):
    what = task.request["do"]
    task.limits.tell("begin", detail=str(os.getpid()))
    if what == "answer":
        (task.folder / "answer.txt").write_text("done")
    elif what == "improve":  # until it is asked for what it has
        value = 0
        while not task.limits.over:
            value += 1
            task.limits.tell("improve", tier="points", value=value, bound=1000)
            time.sleep(0.02)
        (task.folder / "answer.txt").write_text("best so far")
    elif what == "once":  # hangs at the first attempt, answers at the second
        (task.folder / "answer.txt").write_text("second")
        if (task.folder / "attempt.txt").read_text() == "1":
            time.sleep(600)
    elif what == "hang":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        task.limits.tell("hung", detail=f"{os.getpid()} {grandchild.pid}")
        time.sleep(600)
    elif what == "grow":
        kept = []
        while True:
            kept.append(b"x" * 20_000_000)
            time.sleep(0.01)
    elif what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "raise":
        raise RuntimeError("a fault of the program")
    elif what == "refuse":
        raise InputError("The input is no good.", [Fault("members[3].name", "is too long")])


WORK = {"test": work, "question": work}
