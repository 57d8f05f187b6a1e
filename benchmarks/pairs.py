"""The figures of the README: each case in a process of its own, on networks drawn from a stated seed.

    python -m benchmarks.pairs [CASE ...] [--runs N] [--million] [--keep FOLDER]

Cases: help, small, medium, large, import, read (all of them when none is named). Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.processes import commit, machine, measure

SEED = "1"
PEERLOOM = ("-m", "peerloom")


class Bench:
    """Where networks are drawn, how often cheap cases run, and the rows found so far."""

    def __init__(self, folder: Path, runs: int) -> None:
        self.folder, self.runs = folder, runs

    def row(self, case: str, what: str, figure: str) -> None:
        """Print one row of the table as soon as it is known."""
        print(f"| {case} | {what} | {figure} |", flush=True)

    def network(self, name: str, *options: str) -> str:
        """Draw a network, unless it is there already."""
        if not (self.folder / name).exists():
            measure(*PEERLOOM, "fixture", *options, "--seed", SEED, "-o", name, folder=self.folder)
        return name

    def plan(self, name: str = "out.json") -> dict[str, Any]:
        """The last result."""
        found: dict[str, Any] = json.loads((self.folder / name).read_text("utf-8"))
        return found


def told(plan: dict[str, Any]) -> str:
    """Status, last tier and gap of a result, in a few words."""
    first, last = plan["tiers"][0], plan["tiers"][-1]
    gap = "no bound" if last["bound"] is None else f"gap {abs(last['bound'] - last['value']):,}"
    return f"{plan['status']}: {first['value']:,} learners placed, {last['value']:,} points, {gap}"


def phases(seconds: dict[str, float]) -> str:
    """Seconds by phase, the small ones left out."""
    return ", ".join(f"{name} {value:.2f}" for name, value in seconds.items() if value >= 0.01)


def show_help(bench: Bench) -> None:
    """Start of the command."""
    done = measure(*PEERLOOM, "--help", folder=bench.folder, runs=max(11, bench.runs), warm=1)
    bench.row("help", "`peerloom --help`, whole process", f"{done.median:.2f} s")


def small(bench: Bench) -> None:
    """About 500 learners and 500 guides, and the same pairs as bare edges."""
    size = ("-n", "893", "-k", "40", "--guides-percent", "56")
    network = bench.network("small.json", *size)
    solve = (*PEERLOOM, "solve", "pairs", "-q", "-o", "out.json")
    done = measure(*solve, network, folder=bench.folder, runs=bench.runs, warm=1)
    plan = bench.plan()
    counts = plan["effort"]["counts"]
    what = f"{counts['learners']} learners x {counts['guides']} guides, `peerloom solve pairs`, whole process"
    bench.row("small", what, f"{done.median:.2f} s, {done.megabytes} MB; {told(plan)}")
    bench.row("small", "of that, by phase", phases(plan["effort"]["seconds"]))
    measure(*PEERLOOM, "edges", network, "-o", "edges.jsonl", folder=bench.folder)
    edges = [json.loads(line) for line in (bench.folder / "edges.jsonl").read_text("utf-8").splitlines()]
    instance = {
        "learners": [{"id": one} for one in sorted({edge["learner"] for edge in edges})],
        "guides": [{"id": one} for one in sorted({edge["guide"] for edge in edges})],
        "edges": [[edge["learner"], edge["guide"], edge["points"]] for edge in edges],
    }
    (bench.folder / "instance.json").write_text(json.dumps(instance), "utf-8")
    done = measure(*solve, "--instance", "instance.json", folder=bench.folder, runs=bench.runs, warm=1)
    what = f"the same {len(edges):,} eligible pairs by `--instance`, whole process"
    bench.row("small", what, f"{done.median:.2f} s, {done.megabytes} MB; {told(bench.plan())}")


def medium(bench: Bench) -> None:
    """About 10,000 learners, from the document to the audited result."""
    network = bench.network("medium.jsonl.gz", "-n", "15000", "-k", "300")
    solve = (*PEERLOOM, "solve", "pairs", network, "-q", "-o", "out.json")
    done = measure(*solve, folder=bench.folder, runs=min(3, bench.runs), warm=1)
    plan = bench.plan()
    counts = plan["effort"]["counts"]
    what = f"{counts['learners']:,} learners x {counts['guides']:,} guides, document to audited result"
    bench.row("medium", what, f"{done.median:.1f} s, {done.megabytes} MB; {told(plan)}")
    bench.row("medium", "of that, by phase", phases(plan["effort"]["seconds"]))
    audit = measure(*PEERLOOM, "audit", network, "out.json", "-q", folder=bench.folder)
    bench.row(
        "medium", "`peerloom audit`, every eligible pair", f"{audit.median:.1f} s, {audit.megabytes} MB"
    )
    packed(bench, "medium", network, "--questions", "200")


def packed(bench: Bench, case: str, network: str, *options: str) -> None:
    """A run from packed arrays, split by phase."""
    done = measure("-m", "benchmarks.packed", network, *options, folder=bench.folder)
    row = json.loads(done.output.splitlines()[-1])
    seconds = row["seconds"]
    size = f"{row['learners']:,} learners x {row['guides']:,} guides, {row['eligible']:,} eligible pairs"
    found = f"{told(tiers_of(row))}; {row['counts'].get('rounds', 0)} rounds"
    took = f"{seconds['solve']:.1f} s ({seconds['processor']:.1f} s of processor time)"
    bench.row(case, f"{size}, from packed arrays", f"{took}; {found}")
    bench.row(case, "solve, by phase", phases(row["solve"]))
    bench.row(case, "before: read, check and pack the document", f"{seconds['read and pack']:.1f} s")
    peaks = ", ".join(f"{name} {value:,}" for name, value in row["megabytes"].items())
    bench.row(case, "highest memory by the end of each phase, MB", peaks)
    if "questions" in row:
        asked = row["questions"]
        told_ = f"median {asked['median'] * 1000:.0f} ms, slowest {asked['slowest'] * 1000:.0f} ms"
        what = "exact cost of forcing a pair (after loading)"
        bench.row(case, what, f"{asked['per second']:.0f} a second; {told_}; loading {asked['load']:.2f} s")


def tiers_of(row: dict[str, Any]) -> dict[str, Any]:
    """A packed run in the shape of a result."""
    tiers = [dict(zip(("name", "value", "bound", "proven"), tier, strict=True)) for tier in row["tiers"]]
    return {"status": row["status"], "tiers": tiers}


def large(bench: Bench) -> None:
    """About 100,000 learners and 50,000 guides, without budgets over two roles."""
    packed(bench, "large", bench.network("large.jsonl.gz", "-n", "135000", "-k", "2500"), "--flow")


def million(bench: Bench) -> None:
    """A million members, as far as an hour goes, without budgets over two roles."""
    packed(bench, "million", bench.network("million.jsonl.gz", "-n", "1000000", "-k", "5000"), "--flow")


def read(bench: Bench) -> None:
    """Members read and checked per second, by the phase of the run that reads them."""
    network = bench.network("medium.jsonl.gz", "-n", "15000", "-k", "300")
    code = (
        "import sys, time; from matcher.documents.read import open_network\n"
        "began = time.perf_counter(); number = sum(1 for _ in open_network(sys.argv[1]).people())\n"
        "print(number / (time.perf_counter() - began))"
    )
    rates = [
        float(measure("-c", code, network, folder=bench.folder).output.splitlines()[-1])
        for _ in range(bench.runs)
    ]
    bench.row(
        "read", "network document (.jsonl.gz), checked", f"{statistics.median(rates):,.0f} records a second"
    )


def write_sheet(network: Path, sheet: Path) -> int:
    """The members of a JSON network as a coordinator's CSV; the number of rows."""
    members = json.loads(network.read_text("utf-8"))["members"]
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    with sheet.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        heads = "ID,Name,Organization,Email,Offers,Seeks,Languages,Time zone,Availability,Seniority"
        out.writerow(heads.split(","))
        for one in members:
            out.writerow(
                [
                    one["id"],
                    one["name"],
                    one["organization"],
                    one.get("email", ""),
                    "; ".join(f"{o['skill']} ({o.get('level', 3)})" for o in one.get("offers", ())),
                    "; ".join(f"{s['skill']} (level {s.get('level', 3)})" for s in one.get("seeks", ())),
                    "; ".join(one.get("languages", ("en",))),
                    one["time_zone"],
                    "; ".join(
                        f"{days[span['day'] - 1]} {span['start'][:5]}-{span['end'][:5]}"
                        for span in one.get("availability", ())
                    ),
                    one.get("seniority", 5),
                ]
            )
    return len(members)


def import_sheet(bench: Bench) -> None:
    """Rows of a spreadsheet imported per second, whole process."""
    network = bench.network("sheet-source.json", "-n", "20000", "-k", "300")
    rows = write_sheet(bench.folder / network, bench.folder / "people.csv")
    size = (bench.folder / "people.csv").stat().st_size / 1e6
    command = ("import", "people.csv", "-o", "imported.jsonl.gz", "--cycle-start", "2026-09-28", "--skip-bad")
    done = measure(*PEERLOOM, *command, folder=bench.folder, runs=min(3, bench.runs))
    figure = f"{rows / done.median:,.0f} rows a second ({done.median:.1f} s), {done.megabytes} MB"
    bench.row("import", f"`peerloom import`, {rows:,} rows, {size:.0f} MB", figure)


CASES: dict[str, Callable[[Bench], None]] = {
    "help": show_help,
    "small": small,
    "medium": medium,
    "import": import_sheet,
    "read": read,
    "large": large,
}


def main() -> None:
    """Run the cases named on the command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("cases", nargs="*", choices=[*CASES, []], help="which; default: all")
    options.add_argument("--runs", type=int, default=5, help="of cheap cases; medians are shown")
    options.add_argument("--million", action="store_true", help="a million members too (an hour)")
    options.add_argument("--keep", type=Path, help="folder for the drawn networks; default: a temporary one")
    asked = options.parse_args()
    print(
        f"{machine()}; commit {commit()}; seed {SEED}\n\n| case | what | figure |\n|---|---|---|", flush=True
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        bench = Bench(folder.resolve(), asked.runs)
        for case in asked.cases or CASES:
            CASES[case](bench)
        if asked.million:
            million(bench)


if __name__ == "__main__":
    sys.exit(main())
