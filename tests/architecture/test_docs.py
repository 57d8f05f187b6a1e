"""What exists is documented, and what is documented exists."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import click
import pytest

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")


@pytest.fixture(scope="module")
def docs(root: Path) -> dict[str, str]:
    """Every Markdown file by its path from the root."""
    files = [*root.glob("*.md"), *(root / "docs").glob("*.md"), *root.glob("*/README.md")]
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in files}


def named(text: str) -> set[str]:
    """The words that a document sets in code."""
    return {word for span in CODE.findall(text) for word in (span, *re.split(r"[\s,:{}\[\]\"]+", span))}


def table_rows(text: str) -> list[list[str]]:
    """The cells of all table rows."""
    return [
        [c.strip() for c in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")
    ]


def test_every_rule_has_its_row_with_what_the_code_says_of_it(docs):
    from matcher.candidates.pods.rules import RULES as SEAT_RULES
    from matcher.candidates.rota.rules import RULES as TURN_RULES
    from matcher.candidates.rules import RULES

    chapters = re.split(r"\n# Rules: who may .*\n", docs["docs/rules.md"])
    for text, rules in zip(chapters, (RULES, SEAT_RULES, TURN_RULES), strict=True):
        rows = {row[0].strip("`"): row for row in table_rows(text) if len(row) == 6}
        assert list(rows)[2:] == [rule.code for rule in rules]
        for rule in rules:
            assert (rows[rule.code][3] == "yes") is rule.secret, rule.code
            assert (rows[rule.code][4] == "yes") is rule.pin_overrides, rule.code


def test_every_reason_is_explained(docs):
    from matcher.domain.session import Obstacle
    from matcher.planning.words import REASONS

    assert [code for code in (*REASONS, *Obstacle) if code not in named(docs["docs/rules.md"])] == []


POLICY_CHAPTER = re.compile(r"\n# Policy of (?:pods|rotas|nights)\n")


def test_every_policy_field_has_its_row_with_its_default(docs):
    from matcher.domain.nightly import NightlyPolicy
    from matcher.domain.pod_policy import PodPolicy
    from matcher.domain.policy import GiveAndTake, PairPolicy, Quota
    from matcher.domain.rota_policy import BurdenCurve, Ladder, RotaPolicy, TierFacilitators

    chapters = POLICY_CHAPTER.split(docs["docs/policy.md"])
    for text, model in zip(chapters, (PairPolicy, PodPolicy, RotaPolicy, NightlyPolicy), strict=True):
        rows = {row[0].strip("`"): row for row in table_rows(text) if len(row) == 4}
        assert list(rows)[2:] == list(model.model_fields)
        for name, field in model.model_fields.items():
            default = field.default
            if isinstance(default, bool):
                assert rows[name][1] == str(default).lower(), name
            elif isinstance(default, int | str):
                assert rows[name][1].strip("`") == str(default), name
            elif default is None or default == ():
                assert rows[name][1] == "none", name
    words = named(docs["docs/policy.md"])
    models = (GiveAndTake, Quota, BurdenCurve, Ladder, TierFacilitators)
    assert [name for model in models for name in model.model_fields if name not in words] == []


def test_every_part_of_points_has_its_row_with_its_maximum(docs):
    from matcher.domain.pod_policy import POD_PARTS, PodWorth, SeatMaxima
    from matcher.domain.policy import PARTS, PointMaxima

    pairs, pods, *_ = (
        {row[0].strip("`"): row[1] for row in table_rows(text) if len(row) == 3}
        for text in POLICY_CHAPTER.split(docs["docs/policy.md"])
    )
    assert {part: pairs[part] for part in PARTS} == {
        part: str(getattr(PointMaxima(), part)) for part in PARTS
    }
    assert {part: pods[part] for part in POD_PARTS} == {
        part: str(getattr(SeatMaxima(), part)) for part in POD_PARTS
    }
    worth = PodWorth().model_dump()
    assert pods["organizations"] == ", ".join(map(str, worth.pop("organizations")))
    worth.pop("diversity_attributes")
    assert {name: pods[name] for name in worth} == {name: str(value) for name, value in worth.items()}


def test_every_seniority_gap_is_told(docs):
    from matcher.domain.policy import Kind, SeniorityGaps

    for kind in Kind:
        gap = SeniorityGaps().of(kind)
        assert f"{kind} {gap.least}, {gap.most}, {gap.ideal}" in docs["docs/policy.md"]


def test_every_order_tier_and_status_is_explained(docs):
    from matcher.domain.plan import Outcome
    from matcher.domain.policy import Changes, Order
    from matcher.planning.words import TIERS
    from solvers.result import Status

    words = named(docs["docs/models.md"])
    assert [w for w in (*Order, *Changes, *TIERS, *Outcome, *Status, "places_1") if w not in words] == []


def test_every_field_of_documents_is_named(docs):
    from matcher.domain import history, program, rounds_plan
    from matcher.domain.forum import Forum
    from matcher.domain.history import EndedPair, EndedPod, Ending, PodTime, RunningPair, RunningPod
    from matcher.domain.member import Ledger
    from matcher.domain.network import Network
    from matcher.domain.organization import Organization
    from matcher.domain.plan import PairsPlan
    from matcher.domain.pods_plan import MeetingTime, NeedMet, PlanPod, PodSeat, PodsPlan
    from matcher.domain.policy import Kind
    from matcher.domain.problem import Circle, Need, Problem
    from matcher.domain.program import (
        Cycle,
        PinnedPair,
        PinnedSeat,
        PinnedTurn,
        Program,
        ProgramPods,
        ProgramRota,
    )
    from matcher.domain.rota_plan import (
        ModeResult,
        NoTime,
        OpenTurn,
        OrganizationShare,
        PlanSeries,
        PlanSession,
        PlanTurn,
        RotaChange,
        RotaChanges,
        RotaPerson,
        RotaPlan,
    )
    from matcher.domain.rounds_plan import NoGroup, NotInRounds, PlanRound, RoundsPerson, RoundsPlan
    from matcher.domain.skill import Skill
    from solvers.pairs.explicit import loading as explicit
    from solvers.pods.rounds.explicit import KEYS as rounds_keys

    words = named(docs["docs/files.md"])
    models = (Network, Organization, Skill, Program, Cycle, PinnedPair, EndedPair, RunningPair, PairsPlan)
    models += (Problem, Need, Circle, ProgramPods, PinnedSeat, RunningPod, PodTime, EndedPod)
    models += (PodsPlan, PlanPod, PodSeat, MeetingTime, NeedMet)
    models += (Forum, Ledger, ProgramRota, PinnedTurn, RotaPlan, PlanSeries, PlanSession, PlanTurn, NoTime)
    models += (OpenTurn, RotaPerson, OrganizationShare, RotaChange, RotaChanges, ModeResult)
    models += (RoundsPlan, PlanRound, NoGroup, NotInRounds, RoundsPerson)
    models += (rounds_plan.GroupChange, rounds_plan.GroupChanges, program.ProgramRounds, program.RoundPin)
    models += (history.RunningRound, history.EndedRound)
    missing = [f"{m.__name__}.{name}" for m in models for name in m.model_fields if name not in words]
    assert [name for name in missing if not name.endswith(".changes_policy")] == []
    assert [word for word in (*Ending, *Kind) if word not in words] == []
    rounds = docs["docs/files.md"].partition("## Rounds")[2].partition("\n## ")[0]
    assert [key for key in rounds_keys if f'"{key}"' not in rounds and f"`{key}`" not in rounds] == []
    instance = docs["docs/files.md"].partition("## Instance")[2]
    assert [key for key in explicit._KEYS if f'"{key}"' not in instance and f"`{key}`" not in instance] == []


def commands() -> dict[str, click.Command]:
    """Every command by its full name."""
    from api.cli.main import COMMANDS

    found = {}
    for name, (place, _) in COMMANDS.items():
        module, _, attribute = place.partition(":")
        command = getattr(import_module(module), attribute)
        if isinstance(command, click.Group):
            found.update({f"{name} {child}": one for child, one in command.commands.items()})
        else:
            found[name] = command
    return found


def test_every_command_and_option_is_documented(docs):
    sections = {
        part.partition("`")[0]: part
        for part in re.split(r"^## `peerloom ", docs["docs/commands.md"], flags=re.M)
    }
    everywhere = named(
        sections.pop("# Commands\n") if "# Commands\n" in sections else docs["docs/commands.md"]
    )
    for name, command in commands().items():
        section = next((text for head, text in sections.items() if f"{head} ".startswith(f"{name} ")), None)
        assert section is not None, f"docs/commands.md has no section on 'peerloom {name}'"
        known = named(section) | everywhere
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.name != "help":
                assert any(option in known for option in parameter.opts), f"{name} {parameter.opts}"


def test_no_option_is_documented_that_does_not_exist(docs):
    real = {option for one in commands().values() for parameter in one.params for option in parameter.opts}
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", docs["docs/commands.md"]))
    assert told - real - {"--help", "--version"} == set()


def test_every_link_leads_somewhere(docs, root):
    for name, text in docs.items():
        for target in LINK.findall(text):
            if "://" in target or target.startswith("mailto:"):
                continue
            path, _, anchor = target.partition("#")
            there = (root / name).parent / path if path else root / name
            assert there.exists(), f"{name}: {target}"
            if anchor:
                headings = re.findall(r"^#+ (.*)$", there.read_text("utf-8"), flags=re.M)
                known = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
                assert anchor in known, f"{name}: {target}"


def test_every_file_that_the_docs_name_exists(docs, root):
    tops = "api|matcher|solvers|fixtures|tests|benchmarks|docs"
    for name, text in docs.items():
        for path in re.findall(rf"`((?:{tops})/[\w./-]+)`", text):
            assert (root / path).exists(), f"{name} names {path}"


def test_every_figure_in_the_readme_has_its_command(docs, root):
    from api.cli.main import COMMANDS

    readme = docs["README.md"].partition("## Figures")[2].partition("\n## ")[0]
    rows = [row for row in table_rows(readme) if len(row) == 3][2:]
    assert len(rows) >= 8
    for row in rows:
        module = re.search(r"`(?:python -m )?(benchmarks\.\w+|peerloom (\w+))([^`]*)`", row[2])
        assert module, f"no command beside {row[0]!r}"
        file = root / f"{module[1].replace('.', '/')}.py"
        assert module[2] in COMMANDS if module[2] else file.exists(), f"no such command: {module[0]}"


def test_the_readme_has_the_two_lines(docs):
    lines = docs["README.md"].splitlines()
    first = (
        "python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt . && .venv/bin/peerloom demo"
    )
    assert lines.count(first) == 1
    tests = [line for line in lines if re.match(r"python3 -m venv .* -m pytest$", line)]
    assert len(tests) == 1
    assert "-c constraints.txt -e '.[test]'" in tests[0]


def test_the_profile_that_the_readme_follows_is_the_one_of_the_trace(docs):
    told = docs["README.md"].partition("## One profile on its way")[2].partition("\n## ")[0]
    trace = docs["docs/trace.md"]
    facts = re.findall(r"(?<![\w/:])\d+(?![\d:])|`m\d+`|[A-Z]\w+ [A-Z]\w+", told)
    assert len(facts) >= 6
    assert [fact for fact in facts if fact.strip("`") not in trace] == []
    for hour, minute in re.findall(r"(\d\d):(\d\d)", told):
        assert f"T{hour}{minute}00" in trace


def test_every_address_of_the_service_is_documented(docs, tmp_path):
    from api.http.app import create_app
    from matcher.settings import Settings
    from matcher.store.clock import utc_now
    from matcher.store.database import Database
    from matcher.wiring import Services

    address = f"sqlite:///{tmp_path}/docs.db"
    app = create_app(Services(Settings(database=address), Database(address), utc_now))
    rules = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
    told = re.findall(r"`(?:[A-Z]+ )?(/[^`?]*)[^`]*`", docs["docs/service.md"])
    shared = {f"{one}/{{id}}" for one in told if "and each with `/{id}`" in docs["docs/service.md"]}
    assert {rule for rule in rules if rule.startswith("/v1")} - {*told, *shared} == set()


def test_every_setting_and_problem_type_is_documented(docs):
    from api.http.problems import PROBLEMS
    from matcher.settings import PREFIX, Settings

    told = docs["docs/service.md"]
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    assert known == set(re.findall(r"PEERLOOM_[A-Z_]+", told))
    for code, (status, _, _) in PROBLEMS.items():
        assert re.search(rf"\|.*`{code}`.*\| {status} \|", told), code
