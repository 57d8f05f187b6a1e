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


@bench.command("oncall", short_help="On-call rostering (MiniZinc Challenge, .dzn).")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--seconds", type=click.FloatRange(0, 86_400), default=60.0, show_default=True, help="For each file."
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True)
def oncall(files: tuple[Path, ...], seconds: float, workers: int, seed: int) -> None:
    """Find who is on call on which day, as cheaply as can be.

    A line per file: the cost, the bound that no roster is below, and whether that is proven to be the best. A
    file without any roster is called infeasible, once that is proven. Exit codes: 0 done, 1 unusable input.
    """
    from time import process_time

    from matcher.domain.errors import InputError
    from solvers.faults import InstanceError
    from solvers.limits import Limits
    from solvers.rota.turns.explicit.oncall import read_oncall
    from solvers.rota.turns.solve import solve

    click.echo(f"{'instance':<24}{'cost':>10}{'bound':>10}  {'status':<12}{'seconds':>9}{'processor':>11}")
    for path in files:
        try:
            instance = read_oncall(path)
        except InstanceError as error:
            raise InputError(f"{path} is not usable: {error}") from error
        began = process_time()
        limits = Limits(seconds=seconds, seed=seed, workers=workers)
        answer = solve(instance, limits)
        unfilled, cost = answer.tiers
        status = answer.status.value
        shown = f"{cost.value}", "" if cost.bound is None else f"{cost.bound}"
        if unfilled.value:  # days that nobody can take: no roster in the yardstick's sense
            status, shown = ("infeasible" if unfilled.bound else "unknown"), ("", "")
        times = f"{limits.elapsed:>9.1f}{process_time() - began:>11.1f}"
        click.echo(f"{path.stem:<24}{shown[0]:>10}{shown[1]:>10}  {status:<12}{times}")


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
