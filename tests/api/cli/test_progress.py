"""Signs of life: a live line on a terminal, plain lines elsewhere, a stop that keeps the answer."""

from __future__ import annotations

import io
import os
import signal

import pytest

from api.cli.progress import ProgressLine, line, stopping
from solvers.limits import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_sign_of_life_in_words() -> None:
    shown = line(Progress("pairs", 1.25, tier="points", value=1200, bound=1300, detail="round 2"))
    assert shown.split() == ["1.2", "s", "pairs:", "points", "1,200", "(at", "most", "1,300)", "round", "2"]


def test_a_terminal_has_one_line_that_goes_away() -> None:
    stream = Terminal()
    shown = ProgressLine(stream=stream)
    shown(Progress("read", 0.0))
    shown(Progress("solve", 1.0, tier="points", value=3))
    shown.close()
    text = stream.getvalue()
    assert "\n" not in text
    assert text.endswith("\r\x1b[K")


def test_elsewhere_each_phase_is_a_line() -> None:
    stream = io.StringIO()
    shown = ProgressLine(stream=stream)
    for phase in ("read", "solve", "solve", "audit"):
        shown(Progress(phase, 0.5))
    shown.close()
    assert [row.split()[-1] for row in stream.getvalue().splitlines()] == ["read", "solve", "audit"]


def test_quiet_shows_nothing() -> None:
    stream = io.StringIO()
    ProgressLine(quiet=True, stream=stream)(Progress("read", 0.0))
    assert stream.getvalue() == ""


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT to itself")
def test_the_first_interrupt_asks_and_the_second_ends() -> None:
    said = io.StringIO()
    before = signal.getsignal(signal.SIGINT)
    with stopping(said) as stop:
        assert not stop()
        os.kill(os.getpid(), signal.SIGINT)
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert "best answer so far" in said.getvalue()
    assert signal.getsignal(signal.SIGINT) is before
