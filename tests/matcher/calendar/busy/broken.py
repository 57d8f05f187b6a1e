"""Whole calendars as broken programs, cut connections and ill will make them: strategies that give bytes."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.matcher.calendar.busy.conftest import event

DAY = "20261005T080000Z"
NUMBERS = st.sampled_from(("1", "0", "-1", "99999", "9" * 300, "x", ""))


def _few(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


@st.composite
def huge_rules(draw):
    """A recurrence that no calendar has: many parts, endless lists, far ends."""
    parts = [f"FREQ={draw(_few('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY', 'HOURLY', 'SECONDLY', 'NEVER'))}"]
    for name in draw(st.lists(_few("INTERVAL", "COUNT", "BYSETPOS", "BYWEEKNO", "BYYEARDAY"), max_size=3)):
        parts.append(f"{name}={draw(NUMBERS)}")
    for name, most in (
        ("BYHOUR", 24),
        ("BYMINUTE", 60),
        ("BYSECOND", 60),
        ("BYMONTHDAY", 40),
        ("BYMONTH", 14),
    ):
        if draw(st.booleans()):
            values = range(draw(st.integers(0, most)))
            parts.append(f"{name}={','.join(map(str, values))}")
    if draw(st.booleans()):
        parts.append(f"UNTIL={draw(_few('99991231T235959Z', '00010101', '20261332', ''))}")
    return event(f"DTSTART:{draw(_few(DAY, '19000101T000000Z', '99991231'))}", "RRULE:" + ";".join(parts))


@st.composite
def date_bombs(draw):
    """Dates and periods by the thousand, in one line or in many."""
    name = draw(_few("RDATE", "EXDATE", "RDATE;VALUE=PERIOD", "RDATE;TZID=Nowhere/Town"))
    value = draw(_few(DAY, "20261005", f"{DAY}/PT1H", f"{DAY}/{DAY}", "20261005T080000", "soon"))
    count = draw(_few("3", "999", "1001", "4000"))
    if draw(st.booleans()):
        return event(f"DTSTART:{DAY}", f"{name}:" + ",".join([value] * int(count)))
    return event(f"DTSTART:{DAY}", *[f"{name}:{value}"] * int(count))


@st.composite
def broken_zones(draw):
    """A VTIMEZONE that lies, and an event in it."""
    inner = draw(_few("STANDARD", "DAYLIGHT", "VTIMEZONE", "SUMMER"))
    lines = [f"DTSTART:{draw(_few('19700101T000000', DAY, '99991231T000000', 'x'))}"]
    offset = _few("+0100", "-1200", "+9999", "+010000", "0100", "", "+25")
    lines += [f"TZOFFSETFROM:{draw(offset)}", f"TZOFFSETTO:{draw(offset)}"][draw(st.integers(0, 2)) :]
    rule = "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU FREQ=SECONDLY FREQ=DAILY BYDAY=5MO FREQ=YEARLY;BYWEEKNO=99"
    lines.append(f"RRULE:{draw(_few(*rule.split()))}")
    one = "|".join((f"BEGIN:{inner}", *lines, f"END:{inner}"))
    names = draw(_few("Odd", "Europe/Berlin", "../../etc/passwd", "/dev/zero", "W. Europe Standard Time", ""))
    zone = "|".join(("BEGIN:VTIMEZONE", f"TZID:{names}", *[one] * draw(st.integers(0, 40)), "END:VTIMEZONE"))
    return f"{zone}|{event(f'DTSTART;TZID={names}:20261005T090000', 'DURATION:PT1H', uid='zoned')}"


@st.composite
def deep_nests(draw):
    """Components in components, closed in order or not at all."""
    name = draw(_few("VEVENT", "VCALENDAR", "VALARM", "VAVAILABILITY", "X-" + "A" * 500))
    depth = draw(st.integers(1, 30))
    closed = draw(st.integers(0, depth))
    return "|".join([f"BEGIN:{name}"] * depth + ["DTSTART:" + DAY] + [f"END:{name}"] * closed)


@st.composite
def busy_lists(draw):
    """VFREEBUSY and VAVAILABILITY of any size, with any value."""
    value = draw(_few(f"{DAY}/PT1H", f"{DAY}/{DAY}", "x/y", DAY, "00010101T000000Z/99991231T235959Z"))
    count = draw(_few("1", "50", "3000"))
    if draw(st.booleans()):
        return f"BEGIN:VFREEBUSY|FREEBUSY:{','.join([value] * int(count))}|END:VFREEBUSY"
    inner = (
        f"BEGIN:AVAILABLE|DTSTART:{DAY}|DURATION:{draw(_few('PT1H', 'P99999W', '-P1D', ''))}|END:AVAILABLE"
    )
    return "|".join(("BEGIN:VAVAILABILITY", *[inner] * min(int(count), 200), "END:VAVAILABILITY"))


def components() -> st.SearchStrategy[str]:
    """Any of the above."""
    return st.one_of(huge_rules(), date_bombs(), broken_zones(), deep_nests(), busy_lists())


def _insert(data: bytes, places: list[int], what: bytes) -> bytes:
    for place in sorted({place % (len(data) + 1) for place in places}, reverse=True):
        data = data[:place] + what + data[place:]
    return data


PLACES = st.lists(st.integers(0, 10**6), min_size=1, max_size=8)
PIECES = b"\r\n ", b"\n\t", b"\0", b"\r", b"\xff\xfe", b"\x80"
ENDS = b"\n", b"\r", b"\r\r\n", b"\n\r", b"\x0b", b"\0\r\n"
CODES = "utf-16", "utf-16-be", "utf-32", "cp500", "utf-8-sig", "utf-7"
DAMAGES = st.one_of(
    st.tuples(st.just("insert"), PLACES, st.sampled_from(PIECES)),
    st.tuples(st.just("ends"), st.sampled_from(ENDS)),
    st.tuples(st.just("code"), st.sampled_from(CODES)),
    st.tuples(st.just("cut"), st.integers(0, 10**6), st.integers(0, 10**6)),
    st.tuples(st.just("case"), st.booleans()),
    st.tuples(st.just("again"), st.integers(1, 3)),
)
"""What happens to a file on its way."""


def damaged(data: bytes, damage: tuple) -> bytes:
    """The file after one of `DAMAGES`."""
    match damage:
        case "insert", places, what:
            return _insert(data, places, what)
        case "ends", end:
            return data.replace(b"\r\n", end)
        case "code", name:
            return data.decode("latin-1").encode(name)
        case "cut", start, length:
            start %= len(data) + 1
            return data[start : start + length]
        case "case", upper:
            return data.upper() if upper else data.lower()
        case "again", times:
            return data * (times + 1)
    raise AssertionError(damage)
