"""Calendars read in a process of their own, which is ended when it takes too long."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import BoundedSemaphore

import matcher
from matcher.calendar.busy.reading import Reading
from matcher.calendar.busy.report import MOST_BYTES, Refused, Report, Skip, Span

PATIENCE_SECONDS = 15.0
"""The child ends itself after 5 s of work; this is for a machine that gives it none."""

_at_once = BoundedSemaphore(4)
"""Readings at a time: each may take 512 MB."""

PAST, AHEAD = timedelta(days=31), timedelta(days=400)
"""What of a calendar is read: from so long before now to so long after."""


def window_of(now: datetime) -> Span:
    """The time that is looked at, in seconds since 1970: whole days in UTC around `now`."""
    today = datetime(now.year, now.month, now.day, tzinfo=UTC)
    return int((today - PAST).timestamp()), int((today + AHEAD).timestamp())


def read_calendar(data: bytes, zone: str, window: Span) -> Reading:
    """The taken times of a calendar, as `reading.read` finds them, within 5 s of processor time.

    `zone`: the IANA zone of the member, for times without one. `window`: seconds since 1970. Raises
    `Refused`.
    """
    if len(data) > MOST_BYTES:
        raise Refused("too-large")
    request = json.dumps({"zone": zone, "window": window}).encode() + b"\n"
    paths = [str(Path(matcher.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    try:
        with _at_once:
            done = subprocess.run(
                [sys.executable, "-P", "-m", "matcher.calendar.busy.child"],
                input=request + data,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a traceback would hold pieces of the calendar
                timeout=PATIENCE_SECONDS,
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise Refused("reading-too-slow") from None
    if done.returncode < 0:
        raise Refused("reading-too-slow")
    if done.returncode:
        raise Refused("reading-failed")
    answer = json.loads(done.stdout)
    if "refused" in answer:
        raise Refused(answer["refused"])
    told = [Skip(**one) for one in answer["told"]]
    spans = [(start, end) for start, end in answer["spans"]]
    return Reading(spans, Report(answer["read"], answer["skipped"], told))
