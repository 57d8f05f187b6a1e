"""Other libraries on the same instances, side by side in one run: value, and time from edges to pairs.

    python -m benchmarks.peers [SIZE ...] [--limit SECONDS]

Makes an environment of its own in a temporary folder, installs each library there (what does not install is
left out), and gives all of them the same bare edges with points: as many learners placed as possible, then
points. One that ranks instead of adding (deferred acceptance) is marked `stable`. No library here can express
give and take, quotas, minimum loads or pins together, so the instances have none.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.environment import Environment
from benchmarks.processes import commit, machine

PEERS = {
    # name: (what to install, the way of benchmarks/peer_ways.py)
    "Peerloom": ("", "peerloom"),
    "SciPy linear_sum_assignment (dense)": ("scipy", "scipy_dense"),
    "SciPy milp (HiGHS)": ("scipy", "scipy_milp"),
    "lap lapjv (dense)": ("lap", "lap_dense"),
    "OR-Tools SimpleMinCostFlow": ("ortools", "ortools_flow"),
    "NetworkX max_weight_matching": ("networkx", "networkx_matching"),
    "NetworkX max_flow_min_cost": ("networkx", "networkx_flow"),
    "munkres": ("munkres", "munkres_dense"),
    "matching HospitalResident (stable)": ("matching", "matching_residents"),
}


def instance(size: int, seed: int = 1) -> dict[str, object]:
    """`size` learners, half as many guides with 1-3 places, some 40 edges a learner, skewed by popularity."""
    draw = np.random.default_rng([seed, size])
    guides = max(2, size // 2)
    fame = 1 / np.sqrt(np.arange(1, guides + 1))
    edges = []
    for i in range(size):
        known = draw.choice(
            guides, size=min(guides, int(draw.integers(20, 61))), replace=False, p=fame / fame.sum()
        )
        edges += [[f"l{i}", f"g{j}", int(draw.integers(150, 900))] for j in sorted(known.tolist())]
    places = draw.integers(1, 4, guides).tolist()
    return {
        "learners": [{"id": f"l{i}"} for i in range(size)],
        "guides": [{"id": f"g{j}", "capacity": places[j]} for j in range(guides)],
        "edges": edges,
    }


def main() -> None:
    """Run all peers on all sizes."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("sizes", nargs="*", type=int, default=[200, 500, 2000])
    options.add_argument("--limit", type=float, default=120, help="seconds for one library on one instance")
    asked = options.parse_args()
    print(f"{machine()}; commit {commit()}\n\n| learners | edges | library | placed | points | seconds |")
    print("|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        libraries = Environment(folder / "venv", (package for package, _ in PEERS.values() if package))
        for size in asked.sizes or [200, 500, 2000]:
            path = folder / f"{size}.json"
            path.write_text(json.dumps(instance(size)), "utf-8")
            number = len(json.loads(path.read_text("utf-8"))["edges"])
            for name, (package, way) in PEERS.items():
                found = libraries.run(package, "peer_ways.py", way, path, asked.limit)
                cells = f"{found} | | "
                if not isinstance(found, str):
                    cells = f"{found['placed']:,} | {found['points']:,} | {found['seconds']:.3f}"
                print(f"| {size} | {number:,} | {name} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
