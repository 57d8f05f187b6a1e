"""One way to form teams on one instance; run by `pod_peers.py` in an environment that has it.

    python pod_peer_ways.py WAY INSTANCE.json

Prints JSON: the value (see `pod_peers.py`), the bound known at the end, seconds from data in memory to teams,
and the highest memory. Teams are checked here: everybody in one, all of one size.
"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

Found = tuple[list[int], int | None]
"""Team of each person, and a bound on the value where the way knows one."""


def repeated(data: dict[str, Any], team: list[int]) -> int:
    """People whose organization, or whose role, is in their team already."""
    return sum(
        count - 1
        for column in ("organization", "role")
        for count in Counter(zip(team, data[column], strict=True)).values()
    )


def wishes(data: dict[str, Any], team: list[int]) -> int:
    """Wishes met minus twice the dislikes."""
    met = sum(team[i] == team[j] for i, row in enumerate(data["likes"]) for j in row)
    return met - 2 * sum(team[i] == team[j] for i, row in enumerate(data["dislikes"]) for j in row)


def peerloom(data: dict[str, Any], bare: dict[str, Any]) -> Found:
    """This project, as a library: a bare instance of pods that all run."""
    loading, limits, solving = map(
        import_module, ("solvers.pods.explicit.loading", "solvers.limits", "solvers.pods.solve")
    )
    size, team = len(data["role"]), data["team"]
    document = {
        "members": [{"id": str(i), **extra} for i, extra in enumerate(bare.pop("members"))],
        "seats": [[str(i), f"team{k}", 0] for i in range(size) for k in range(size // team)],
        "pods": [
            {"id": f"team{k}", "least": team, "most": team, "must_run": True, **bare.get("pod", {})}
            for k in range(size // team)
        ],
        **{key: value for key, value in bare.items() if key != "pod"},
    }
    instance = loading.load_instance(document)
    answer = solving.solve(instance, limits.Limits(seconds=data["seconds"]))
    teams = [-1] * size
    for i, p in answer.seats.rows():
        teams[i] = p
    return teams, answer.bound


def peerloom_different(data: dict[str, Any]) -> Found:
    """Different organizations by their worth, different roles by one need each."""
    roles = sorted(set(data["role"]))
    teams, bound = peerloom(
        data,
        {
            "members": [
                {"organization": f"o{one}", "abilities": [f"r{role}"]}
                for one, role in zip(data["organization"], data["role"], strict=True)
            ],
            "pod": {"needs": [{"ability": f"r{role}", "worth": [1]} for role in roles]},
            "organization_worth": [1] * data["team"],
        },
    )
    return teams, None if bound is None else max(0, 2 * len(data["role"]) - bound)


def peerloom_wishes(data: dict[str, Any]) -> Found:
    """Wishes and dislikes as pair terms."""
    terms: Counter[tuple[int, int]] = Counter()
    for column, worth in (("likes", 1), ("dislikes", -2)):
        for i, row in enumerate(data[column]):
            for j in row:
                terms[min(i, j), max(i, j)] += worth
    listed = [[str(i), str(j), worth] for (i, j), worth in sorted(terms.items()) if worth]
    return peerloom(data, {"members": [{} for _ in data["role"]], "pairs": listed})


def team_formation(data: dict[str, Any]) -> Found:
    """The `different` goal of team-formation on both columns."""
    pandas = import_module("pandas")
    assignment = import_module("team_formation.team_assignment")
    people = pandas.DataFrame({column: data[column] for column in ("organization", "role")})
    goals = pandas.DataFrame(
        {"attribute": ["organization", "role"], "type": ["different"] * 2, "weight": [1, 1]}
    )
    model = assignment.TeamAssignment(people, goals, data["team"])
    model.solve(max_time_in_seconds=data["seconds"])
    if not model.solution_found:
        raise SystemExit(f"no answer within {data['seconds']} s")
    return [int(one) for one in model.participants["team_num"]], int(model.solver.best_objective_bound)


def team_former(data: dict[str, Any]) -> Found:
    """Preferences of team-former, all teams of one size."""
    pandas = import_module("pandas")
    former = import_module("team_former.make_teams")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        pandas.DataFrame(
            {
                "Student_ID": [f"s{i}" for i in range(len(data["role"]))],
                "Prefer_With": [",".join(f"s{j}" for j in row) for row in data["likes"]],
                "Prefer_Not_With": [",".join(f"s{j}" for j in row) for row in data["dislikes"]],
            }
        ).to_excel(folder / "people.xlsx", index=False)
        table = former.allocate_teams(
            input_file=folder / "people.xlsx",
            output_file=folder / "teams.xlsx",
            min_team_size=data["team"],
            max_team_size=data["team"],
            max_solve_time=data["seconds"],
        )
    if table is None:
        raise SystemExit(f"no answer within {data['seconds']} s")
    return [int(one) for one in table["team"]], None


WAYS: dict[str, tuple[Callable[[dict[str, Any]], Found], Callable[[dict[str, Any], list[int]], int]]] = {
    "peerloom_different": (peerloom_different, repeated),
    "peerloom_wishes": (peerloom_wishes, wishes),
    "team_formation": (team_formation, repeated),
    "team_former": (team_former, wishes),
}


def main(way: str, path: str) -> None:
    """Run one way."""
    data = json.loads(Path(path).read_text("utf-8"))
    run, score = WAYS[way]
    began = perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        teams, bound = run(data)
    took = perf_counter() - began
    sizes = set(Counter(teams).values())
    assert -1 not in teams, "somebody has no team"
    assert sizes == {data["team"]}, f"teams have sizes {sorted(sizes)}"
    found = {
        "value": score(data, teams),
        "bound": bound if bound is not None else "",
        "seconds": round(took, 1),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 // 1_000_000,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
