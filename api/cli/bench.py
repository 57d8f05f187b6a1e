"""`peerloom bench`: public yardsticks, solved by the same code as everything else."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def bench() -> None:
    """Solve public yardsticks."""


@bench.command("mdgp", short_help="Maximally diverse grouping (MDGPLIB files).")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--seconds", type=click.FloatRange(0, 86_400), default=3.0, show_default=True, help="For each run."
)
@click.option("--runs", type=click.IntRange(1, 1000), default=1, show_default=True, help="Seeds 1 to this.")
@click.option(
    "--best",
    type=click.Path(path_type=Path),
    help="Published values: CSV with the columns instance and published_best.",
)
def mdgp(files: tuple[Path, ...], seconds: float, runs: int, best: Path | None) -> None:
    """Group members so that those in one group differ as much as can be.

    A line per file: the median and the best value of the runs, and how far the median stays below the best
    value that is published. Above it counts as 0. Published values are not proven to be the best.
    """
    import statistics

    from solvers.limits import Limits
    from solvers.pods.explicit.mdgp import read_mdgp
    from solvers.pods.solve import solve

    published = {} if best is None else _published(best)
    click.echo(f"{'instance':<24}{'median':>14}{'best':>14}{'published':>14}{'gap %':>9}")
    gaps: list[float] = []
    for path in files:
        grouping = read_mdgp(path)
        values: list[float] = []
        for seed in range(1, runs + 1):
            answer = solve(grouping.instance, Limits(seconds=seconds, seed=seed), annealed=1.0)
            if answer.value is None:
                raise click.ClickException(f"{path.name}: no grouping was found; the sizes may not fit.")
            values.append(answer.value / grouping.scale)
        median = statistics.median(values)
        known = published.get(path.stem)
        shown, gap = "", ""
        if known is not None:
            gaps.append(max(0.0, 100.0 * (known - median) / known))
            shown, gap = f"{known:,.3f}", f"{gaps[-1]:.3f}"
        click.echo(f"{path.stem:<24}{median:>14,.3f}{max(values):>14,.3f}{shown:>14}{gap:>9}")
    if gaps:
        click.echo(f"Mean gap of {len(gaps)} instances: {statistics.mean(gaps):.3f} %.")


def _published(path: Path) -> dict[str, float]:
    import csv

    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        return {row["instance"]: float(row["published_best"]) for row in rows if row["published_best"]}
    except (KeyError, TypeError, ValueError) as error:
        raise click.ClickException(
            f"{path.name} needs the columns instance and published_best, with numbers: {error}"
        ) from None
