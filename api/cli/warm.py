"""`peerloom warm`: compile what the first runs would have to compile."""

from __future__ import annotations

from time import perf_counter

import click

from api.cli.options import QUIET

MEMBERS, ORGANIZATIONS, PROBLEMS = 60, 6, 4
"""A network that small asks every kernel of small networks, and its audit those of large ones."""

SECONDS = 600.0


@click.command()
@QUIET
def warm(quiet: bool) -> None:
    """Compile the kernels of all models ahead of the first run, into their cache.

    Takes about a minute of one processor where nothing is cached yet, else some seconds. 'peerloom serve'
    does so by itself beside its work.
    """
    from fixtures.generator import network
    from matcher.documents.read import NetworkSource
    from matcher.planning.pairs.audit.audit import audit_plan
    from matcher.planning.pairs.plan import plan_pairs
    from matcher.planning.rounds.instance import Asked
    from matcher.planning.rounds.plan import plan_rounds
    from solvers.limits import Limits
    from solvers.pods.warm import warm_annealing, warm_proof

    began = perf_counter()
    source = NetworkSource.of(network(MEMBERS, ORGANIZATIONS, PROBLEMS, seed=1, guides_percent=20))
    audit_plan(source, plan_pairs(source, limits=Limits(seconds=SECONDS)))
    warm_annealing()
    warm_proof()
    plan_rounds(source, None, Asked(rounds=4, size=4), Limits(seconds=2))
    if not quiet:
        click.echo(f"The kernels are ready, after {perf_counter() - began:.1f} s.")
