"""Frontiers as one SVG picture, written by hand: axes, the line through corners, points, labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from matcher.planning.pairs.frontier import Frontiers
from solvers.pairs.frontier import FrontierPoint

WIDTH, HEIGHT, GAP = 560, 380, 30
LEFT, RIGHT, TOP, BOTTOM = 84, 28, 64, 62
INK, SOFT, LINE, FILL, HOLLOW = "#1f2933", "#7b8794", "#e4e7eb", "#2563eb", "#ffffff"


@dataclass(frozen=True)
class _Panel:
    title: str
    subtitle: str
    across: str
    upwards: str
    points: tuple[tuple[int, int, bool, str], ...]
    """(across, upwards, on the line, label)."""


def frontier_svg(frontiers: Frontiers) -> str:
    """The picture of both frontiers, side by side. Text is in the reader's own font; no scripts, no links."""
    panels = [
        panel for panel in (_changes(frontiers.changes), _balance(frontiers.balance)) if panel is not None
    ]
    width = max(1, len(panels)) * (WIDTH + GAP) - GAP
    body = "".join(
        f'<g transform="translate({k * (WIDTH + GAP)} 0)">{_draw(panel)}</g>'
        for k, panel in enumerate(panels)
    )
    if not panels:
        body = f'<text x="20" y="40" fill="{INK}">{escape(" ".join(frontiers.notes))}</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" '
        f'width="{width}" height="{HEIGHT}" '
        f'font-family="system-ui, sans-serif" font-size="13" role="img">'
        f"<title>{escape('Frontiers of ' + frontiers.network.id)}</title>"
        f'<rect width="{width}" height="{HEIGHT}" fill="#ffffff"/>{body}</svg>\n'
    )


def _changes(rows: Sequence[FrontierPoint]) -> _Panel | None:
    if not rows:
        return None
    points = tuple(
        (
            row.broken,
            row.points,
            row.hull,
            f"bonus {row.setting}" if row.by == "bonus" else f"cap {row.setting}",
        )
        for row in rows
    )
    return _Panel(
        "Points against pairs broken",
        "line: concave hull by a bonus per kept pair; hollow: by a cap on breaks",
        "running pairs broken",
        "points",
        points,
    )


def _balance(rows: Sequence[FrontierPoint]) -> _Panel | None:
    bound = [row for row in rows if row.setting is not None]
    if not bound:
        return None
    free = next((row for row in rows if row.setting is None), None)
    tail = f"; {free.pairs:,} without it" if free is not None else ""
    return _Panel(
        "Pairs against give and take",
        f"each organization's received minus given within the slack{tail}",
        "slack per organization",
        "pairs",
        tuple((row.setting or 0, row.pairs, True, f"{row.pairs:,}") for row in bound),
    )


def _draw(panel: _Panel) -> str:
    xs, ys = [point[0] for point in panel.points], [point[1] for point in panel.points]
    across, upwards = ticks(min(xs), max(xs)), ticks(min(ys), max(ys))
    x0, x1, y0, y1 = across[0], across[-1], upwards[0], upwards[-1]

    def at(x: int, y: int) -> tuple[float, float]:
        px = LEFT + (x - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT)
        py = HEIGHT - BOTTOM - (y - y0) / (y1 - y0) * (HEIGHT - TOP - BOTTOM)
        return round(px, 1), round(py, 1)

    out = [
        f'<text x="{LEFT}" y="26" font-size="16" font-weight="600" fill="{INK}">{escape(panel.title)}</text>',
        f'<text x="{LEFT}" y="45" font-size="12" fill="{SOFT}">{escape(panel.subtitle)}</text>',
    ]
    for y in upwards:
        px, py = at(x0, y)
        out.append(f'<line x1="{px}" y1="{py}" x2="{WIDTH - RIGHT}" y2="{py}" stroke="{LINE}"/>')
        out.append(f'<text x="{px - 8}" y="{py + 4}" text-anchor="end" fill="{SOFT}">{y:,}</text>')
    for x in across:
        px, py = at(x, y0)
        out.append(f'<line x1="{px}" y1="{py}" x2="{px}" y2="{py + 5}" stroke="{SOFT}"/>')
        out.append(f'<text x="{px}" y="{py + 20}" text-anchor="middle" fill="{SOFT}">{x:,}</text>')
    (ax, ay), (bx, _) = at(x0, y0), at(x1, y0)
    out.append(f'<line x1="{ax}" y1="{ay}" x2="{bx}" y2="{ay}" stroke="{SOFT}"/>')
    out.append(
        f'<text x="{(ax + bx) / 2}" y="{HEIGHT - 16}" text-anchor="middle" fill="{INK}">'
        f"{escape(panel.across)}</text>"
    )
    middle = (TOP + HEIGHT - BOTTOM) / 2
    out.append(
        f'<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle" fill="{INK}">'
        f"{escape(panel.upwards)}</text>"
    )
    line = " ".join("{},{}".format(*at(x, y)) for x, y, joined, _ in panel.points if joined)
    out.append(f'<polyline points="{line}" fill="none" stroke="{FILL}" stroke-width="2"/>')
    taken: list[tuple[float, float, float]] = []
    for x, y, joined, label in panel.points:
        px, py = at(x, y)
        fill = FILL if joined else HOLLOW
        out.append(f'<circle cx="{px}" cy="{py}" r="4.5" fill="{fill}" stroke="{FILL}" stroke-width="2"/>')
        spot = _spot(px, py, len(label) * 6.5, taken)
        if spot is not None:
            tx, ty, anchor = spot
            out.append(
                f'<text x="{tx}" y="{ty}" font-size="11" text-anchor="{anchor}" fill="{INK}">'
                f"{escape(label)}</text>"
            )
    return "".join(out)


def _spot(
    x: float, y: float, width: float, taken: list[tuple[float, float, float]]
) -> tuple[float, float, str] | None:
    """Where a label fits beside its point without covering another one; None where nowhere."""
    for dx, dy, anchor in ((9, 15, "start"), (-9, -8, "end"), (9, -8, "start"), (-9, 15, "end")):
        left = x + dx if anchor == "start" else x + dx - width
        if left < LEFT - 4 or left + width > WIDTH - 2 or y + dy > HEIGHT - BOTTOM - 2 or y + dy < TOP - 6:
            continue
        if all(
            abs(y + dy - row) > 12 or left > end + 4 or left + width < begin - 4 for begin, end, row in taken
        ):
            taken.append((left, left + width, y + dy))
            return round(x + dx, 1), round(y + dy, 1), anchor
    return None


def ticks(low: int, high: int, most: int = 6) -> list[int]:
    """Round whole numbers from at or below `low` to at or above `high`, two to about `most` of them."""
    step = 1
    while (high - low) / step > most - 1:
        digits = str(step)
        step = step * 5 // 2 if digits[0] == "2" else step * 2
    first, last = low // step * step, -(-high // step) * step
    if first == last:
        last += step
    return list(range(first, last + 1, step))
