"""Nothing that a library prints reaches the standard output, and nothing of ours is lost."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import ctypes, os, threading
from solvers.hush import hushed
libc = ctypes.CDLL(None)
print("before")
libc.puts(b"ours, from C")
with hushed():
    libc.puts(b"theirs, from C")
    os.write(1, b"theirs, written\\n")
    with hushed():
        libc.puts(b"theirs, from C again")
    libc.puts(b"theirs, from C at last")
print("after")
"""


def test_what_is_printed_inside_is_gone_and_all_else_arrives_in_order() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["before", "ours, from C", "after"]


def test_an_error_inside_gives_the_output_back() -> None:
    code = (
        "from solvers.hush import hushed\n"
        "try:\n"
        "    with hushed():\n"
        "        raise ValueError\n"
        "except ValueError:\n"
        "    print('told')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "told\n"
