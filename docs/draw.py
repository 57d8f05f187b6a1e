"""Draws `docs/pictures/demo.svg` and writes `docs/trace.md` from a real run of `peerloom demo`.

    python docs/draw.py [FOLDER OF A DEMO RUN] [--into FOLDER]

Without a folder the demo is run into a temporary one. A test runs this and compares: nothing here can rot.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import subprocess
import sys
import tempfile
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
COLORS = {
    "Europe": "#3b6fb6",
    "Africa": "#e08a1e",
    "Asia": "#c2405b",
    "North America": "#3f9b6d",
    "South America": "#7a5cb8",
    "Oceania": "#1f9aa6",
}
WIDTH, HEIGHT, CENTRE, RADIUS = 1120, 700, (370, 361), 200
GAP = 0.014
"""Between two organizations on the ring, in turns of the circle."""


def load(folder: Path, name: str) -> Any:
    """One JSON file of the run."""
    return json.loads((folder / name).read_text("utf-8"))


def point(turn: float, radius: float) -> tuple[float, float]:
    """A place on the circle: turns clockwise from the top."""
    angle = 2 * math.pi * turn - math.pi / 2
    return CENTRE[0] + radius * math.cos(angle), CENTRE[1] + radius * math.sin(angle)


def xy(turn: float, radius: float) -> str:
    """The same as text."""
    x, y = point(turn, radius)
    return f"{x:.1f} {y:.1f}"


class Ring:
    """Organizations round a circle, by continent; each pair has its own place on the two segments."""

    def __init__(self, network: dict[str, Any], pairs: list[tuple[str, str]]) -> None:
        places = json.loads((ROOT / "fixtures" / "data" / "places.json").read_text("utf-8"))
        continent = {place["code"]: place["continent"] for place in places}
        listed = network["organizations"]
        self.name = {one["id"]: one["name"] for one in listed}
        self.continent = {one["id"]: continent[one["country"]] for one in listed}
        ends = Counter(organization for pair in pairs for organization in pair)
        order = sorted(self.name, key=lambda o: (list(COLORS).index(self.continent[o]), -ends[o], o))
        unit = (1 - GAP * len(order)) / max(1, sum(max(1, ends[o]) for o in order))
        self.begin: dict[str, float] = {}
        self.end: dict[str, float] = {}
        turn = GAP / 2
        for organization in order:
            self.begin[organization] = turn
            turn += unit * max(1, ends[organization])
            self.end[organization] = turn
            turn += GAP
        self.unit = unit
        middle = {o: (self.begin[o] + self.end[o]) / 2 for o in order}
        slot: dict[tuple[int, bool], float] = {}
        for one in order:
            own = [(k, side) for k, pair in enumerate(pairs) for side in (False, True) if pair[side] == one]
            # The partner who comes last clockwise has the first place, so that curves do not cross here.
            own.sort(key=lambda end: (-((middle[pairs[end[0]][not end[1]]] - middle[one]) % 1), end))
            slot |= {end: self.begin[one] + unit * (at + 0.5) for at, end in enumerate(own)}
        self.curves = [(pair[1], slot[k, True], slot[k, False]) for k, pair in enumerate(pairs)]


def picture(folder: Path) -> str:
    """The pairs of the demo between its organizations, and what was proven of them, as SVG."""
    network, plan = load(folder, "network.json"), load(folder, "pairs.json")
    home = {member["id"]: member["organization"] for member in network["members"]}
    ring = Ring(network, [(home[pair["learner"]], home[pair["guide"]]) for pair in plan["pairs"]])
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="Helvetica, Arial, sans-serif">',
        "<title>Mentor pairs between the organizations of the demo network</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="14" fill="#fbfaf7"/>',
    ]
    for guide, one, other in ring.curves:
        apart = min((one - other) % 1, (other - one) % 1)
        pull = xy((one + other) / 2 + (0.5 if abs(one - other) > 0.5 else 0), RADIUS * (1 - 2 * apart) * 0.7)
        color = COLORS[ring.continent[guide]]
        out.append(
            f'<path d="M{xy(one, RADIUS)} Q{pull} {xy(other, RADIUS)}" fill="none" stroke="{color}" '
            'stroke-width="1.5" stroke-opacity="0.55"/>'
        )
    for organization, begin in ring.begin.items():
        end, color = ring.end[organization], COLORS[ring.continent[organization]]
        out.append(
            f'<path d="M{xy(begin, RADIUS + 8)} A{RADIUS + 8} {RADIUS + 8} 0 0 1 {xy(end, RADIUS + 8)}" '
            f'fill="none" stroke="{color}" stroke-width="12"/>'
        )
        turn = (begin + end) / 2
        x, y = point(turn, RADIUS + 22)
        left = turn > 0.5
        angle = 360 * turn - 90 + (180 if left else 0)
        out.append(
            f'<text x="{x:.1f}" y="{y:.1f}" transform="rotate({angle:.1f} {x:.1f} {y:.1f})" font-size="11" '
            f'text-anchor="{"end" if left else "start"}" dominant-baseline="middle" fill="#444">'
            f"{escape(ring.name[organization])}</text>"
        )
    out += panel(network, plan, ring)
    return "\n".join([*out, "</svg>\n"])


def panel(network: dict[str, Any], plan: dict[str, Any], ring: Ring) -> list[str]:
    """What the run says of itself, beside the ring."""
    sys.path.insert(0, str(ROOT))
    from matcher.planning.words import tier_words

    left, right, y = 800, WIDTH - 45, 92
    zones = {member["time_zone"] for member in network["members"]}
    eligible = plan["effort"]["counts"]["eligible_pairs"]

    def text(x: float, at: float, words: str, size: int = 13, more: str = 'fill="#444"') -> str:
        return f'<text x="{x}" y="{at}" font-size="{size}" {more}>{escape(words)}</text>'

    out = [
        text(left, y, f"{len(plan['pairs'])} pairs", 30, 'fill="#222" font-weight="bold"'),
        text(left, y + 26, f"chosen among {eligible:,} eligible ones"),
        text(left, y + 46, f"{len(network['members'])} members, {len(ring.name)} organizations,"),
        text(left, y + 66, f"{len(set(ring.continent.values()))} continents, {len(zones)} time zones"),
    ]
    y += 112
    out.append(text(left, y, "What was proven", 15, 'fill="#222" font-weight="bold"'))
    out.append(text(right, y, "value = bound", 11, 'fill="#777" text-anchor="end"'))
    for tier in plan["tiers"]:
        y += 24
        proof = f"{tier['value']:,}" if tier["proven"] else f"{tier['value']:,} of {tier['bound']:,}"
        words = tier_words(tier["name"]).replace(
            "places missing to guides' minimum loads", "minimum loads missed"
        )
        out.append(text(left, y, words))
        out.append(text(right, y, proof, 13, 'fill="#222" text-anchor="end" font-weight="bold"'))
    y += 30
    out.append(text(left, y, f"status: {plan['status']}", 13, 'fill="#2e7d4f" font-weight="bold"'))
    y += 44
    out.append(text(left, y, "A line is a pair, in the colour", 12, 'fill="#777"'))
    out.append(text(left, y + 17, "of the guide's continent", 12, 'fill="#777"'))
    y += 24
    for name, color in COLORS.items():
        if name in ring.continent.values():
            y += 21
            out.append(f'<rect x="{left}" y="{y - 10}" width="14" height="10" fill="{color}"/>')
            out.append(text(left + 22, y, name, 12))
    return out


def block(value: object, kind: str = "json") -> str:
    """A fenced block; one line per top-level field of an object."""
    if isinstance(value, str):
        return f"```{kind}\n{value.strip()}\n```\n"
    assert isinstance(value, dict)
    rows = [f"  {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in value.items()]
    return f"```{kind}\n" + "{\n" + ",\n".join(rows) + "\n}\n```\n"


def chosen(network: dict[str, Any], plan: dict[str, Any], sessions: list[dict[str, Any]]) -> dict[str, Any]:
    """The new pair whose parts of points are the most varied, among those with sessions."""
    met = {tuple(session["key"]) for session in sessions}
    fresh = [
        pair
        for pair in plan["pairs"]
        if not pair["kept"] and not pair["pinned"] and (pair["learner"], pair["guide"]) in met
    ]
    found: dict[str, Any] = max(
        fresh, key=lambda pair: (sum(value > 0 for value in pair["parts"].values()), pair["points"])
    )
    return found


def trace(folder: Path) -> str:
    """One profile on its way through the files, each step as it is written there."""
    network, plan = load(folder, "network.json"), load(folder, "pairs.json")
    sessions = load(folder, "sessions.json")["sessions"]
    pair = chosen(network, plan, sessions)
    who = {member["id"]: member for member in network["members"]}
    learner, guide = who[pair["learner"]], who[pair["guide"]]
    names = "id name organization seeks offers goals languages time_zone availability seniority"
    shown = names.split()
    edges = (folder / "edges.jsonl").read_text("utf-8").splitlines()
    own = [json.loads(line) for line in edges if json.loads(line)["learner"] == learner["id"]]
    edge = next(one for one in own if one["guide"] == guide["id"])
    better = [one for one in own if one["points"] > edge["points"]]
    duals = plan["duals"]
    session = next(s for s in sessions if s["key"] == [learner["id"], guide["id"]])
    with (folder / "calendars" / "members.csv").open(encoding="utf-8-sig", newline="") as file:
        feed = {row["member"]: row["feed"] for row in csv.DictReader(file)}
    (invite,) = (folder / "calendars" / "invites" / Path(feed[learner["id"]]).stem).glob(
        f"with-{Path(feed[guide['id']]).stem}-*-request.ics"
    )
    message = invite.read_bytes().decode().replace("\r\n ", "").replace("\r\n", "\n")
    before, _, rest = message.partition("BEGIN:VTIMEZONE")
    event = rest[rest.index("BEGIN:VEVENT") :]
    return "\n".join(
        [
            f"# One profile on its way: {learner['name']}",
            "Written by `docs/draw.py` from a run of `peerloom demo`; a test runs it again and compares.\n",
            "## 1. The document: `network.json`",
            f"The learner, {learner['name']} of {learner['organization']} (some fields left out):\n",
            block({key: learner[key] for key in shown if learner.get(key)}),
            f"The guide, {guide['name']} of {guide['organization']}:\n",
            block({key: guide[key] for key in shown if guide.get(key)}),
            "## 2. Rules and points: `edges.jsonl`",
            f"No rule stands against {len(own)} guides ([rules.md](rules.md)); "
            "this is the line of the one above. The parts ([policy.md](policy.md)) sum to the points.\n",
            block(json.dumps(edge, ensure_ascii=False)),
            f"`peerloom edges network.json --why {learner['id']} {guide['id']}` says it with its numbers.\n",
            "## 3. The pair and its proof: `pairs.json`",
            block({key: value for key, value in pair.items() if value not in (False, [])}),
            proof(better, duals, pair),
            f"`peerloom explain pairs.json --pair {learner['id']} {guide['id']}` tells what it is worth to "
            "the whole, `peerloom audit network.json pairs.json` re-checks everything without the solver.\n",
            "## 4. The first session: `sessions.json`",
            f"A time that is free for both, {session['time_zone']} being the guide's zone:\n",
            block(
                {key: session[key] for key in ("uid", "start", "end", "time_zone", "title") if key in session}
            ),
            f"## 5. The invite: `calendars/{invite.relative_to(folder / 'calendars').as_posix()}`",
            "As it would be mailed (lines unfolded, the rules of the time zone left out):\n",
            block(before + event, "text"),
        ]
    )


def proof(better: list[dict[str, Any]], duals: dict[str, Any], pair: dict[str, Any]) -> str:
    """What the duals say about this pair."""
    points = pair["points"]
    u, v = duals["learner"][pair["learner"]], duals["guide"][pair["guide"]]
    rows = ["| tier | value of the learner | price of the guide |", "|---|---|---|"]
    rows += [f"| `{name}` | {a} | {b} |" for name, a, b in zip(duals["tiers"], u, v, strict=True)]
    number = len(better)
    others = f"{number} other guide{'s' if number > 1 else ''}" if number else "No other guide"
    return (
        f"{others} would give the learner more points. The certificate holds one whole number per tier for "
        "each person. Over all eligible pairs, none is worth more than value and price together, compared "
        f"tier by tier; this one is worth {points}, against {u[-1]} + {v[-1]} in the last tier "
        "([models.md](models.md)).\n\n" + "\n".join(rows) + "\n"
    )


def main() -> None:
    """Write both files."""
    options = argparse.ArgumentParser(description="Draw the picture and write the trace of a demo run.")
    options.add_argument("folder", type=Path, nargs="?", help="of a demo run; without it, the demo is run")
    options.add_argument("--into", type=Path, default=ROOT / "docs", help="where both files go")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        if asked.folder is None:
            subprocess.run(
                [sys.executable, "-m", "peerloom", "demo", "-q", "-o", temporary], cwd=ROOT, check=True
            )
        for name, text in (("pictures/demo.svg", picture(folder)), ("trace.md", trace(folder))):
            (asked.into / name).write_text(text, "utf-8")
            print(f"Written: {asked.into / name}")


if __name__ == "__main__":
    main()
