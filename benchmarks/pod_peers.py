"""Libraries that form teams, on what they can express, side by side in one run.

    python -m benchmarks.pod_peers [SIZE ...] [--limit SECONDS]

Makes an environment of its own in a temporary folder and installs each library there. Two tasks, teams of
five and everybody placed in both:
    different  few people of one organization and of one role in a team: repeated values, fewest (the
               "different" goal of team-formation; here the worth of organizations and one need per role)
    wishes     people with whom, and people with whom not: wishes met minus twice the dislikes (the
               preferences of team-former; here pair terms)
One scorer for all. What none of them can express (languages, meeting times, newcomers, needs with levels,
hours, competitors, history, several pods a person, which pods run) is left out.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.environment import Environment
from benchmarks.processes import commit, machine

PEERS = {
    # task: {name: (what to install, the way of benchmarks/pod_peer_ways.py)}
    "different": {
        "Peerloom": ("", "peerloom_different"),
        "team-formation": ("team-formation", "team_formation"),
    },
    "wishes": {"Peerloom": ("", "peerloom_wishes"), "team-former": ("team-former", "team_former")},
}
TEAM = 5


def instance(size: int, seconds: float, seed: int = 1) -> dict[str, Any]:
    """`size` people (a multiple of five) with organization and role, three liked and one disliked."""
    draw = np.random.default_rng([seed, size])
    organizations = max(4, size // 12)
    others = [[int(j) for j in draw.choice(size - 1, size=4, replace=False)] for _ in range(size)]
    others = [[j + (j >= i) for j in row] for i, row in enumerate(others)]
    return {
        "team": TEAM,
        "seconds": seconds,
        "organization": draw.integers(0, organizations, size).tolist(),
        "role": draw.integers(0, 8, size).tolist(),
        "likes": [row[:3] for row in others],
        "dislikes": [row[3:] for row in others],
    }


def main() -> None:
    """Run all peers on all sizes."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("sizes", nargs="*", type=int, default=[60, 120, 500, 1000])
    options.add_argument("--limit", type=float, default=60, help="seconds for one library on one instance")
    asked = options.parse_args()
    print(f"{machine()}; commit {commit()}\n\n| task | people | library | value | bound | seconds | MB |")
    print("|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        packages = [package for peers in PEERS.values() for package, _ in peers.values() if package]
        libraries = Environment(folder / "venv", packages, ("numpy", "openpyxl"))
        for size in asked.sizes:
            path = folder / f"{size}.json"
            path.write_text(json.dumps(instance(size - size % TEAM, asked.limit)), "utf-8")
            for task, peers in PEERS.items():
                for name, (package, way) in peers.items():
                    found = libraries.run(package, "pod_peer_ways.py", way, path, 4 * asked.limit + 60)
                    cells = f"{found} | | | "
                    if not isinstance(found, str):
                        cells = " | ".join(
                            str(found[key]) for key in ("value", "bound", "seconds", "megabytes")
                        )
                    print(f"| {task} | {size:,} | {name} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
