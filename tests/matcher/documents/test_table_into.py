"""A sheet updates and extends a network that is there already, by id."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from matcher.documents.headings import ColumnMapping
from matcher.documents.import_report import ImportReport
from matcher.documents.read import open_network
from matcher.domain.network import Network


def written(tmp_path: Path, name: str = "out.json") -> Network:
    return open_network(tmp_path / name).network()


def bad(report: ImportReport) -> list[str]:
    return [str(fault) for fault in report.all_bad]


def test_into_updates_members_by_id_and_keeps_the_rest(
    load: Callable[..., ImportReport], tmp_path: Path, saved: Callable[..., Path]
) -> None:
    into = saved()
    before = open_network(into).network()
    report = load(
        "ana,,kube 2; py (5),9",
        "dan,Dan,docker,",
        head="id,name,skills,seniority",
        into=into,
        mapping=ColumnMapping(defaults={"organization": "cedar", "time_zone": "UTC", "seniority": "4"}),
    )
    assert bad(report) == []
    assert (report.added, report.updated, report.kept) == (1, 1, 2)
    after = written(tmp_path)
    ana, ben, cleo, dan = after.members
    assert (ana.name, ana.seniority, ana.busy) == ("Ana Álvarez", 9, before.members[0].busy)
    assert [(offer.skill, offer.level) for offer in ana.offers] == [("k8s", 2), ("python", 5)]
    assert (ben, cleo) == before.members[1:]
    assert (dan.organization, dan.seniority) == ("cedar", 4)
    assert (after.ended, after.running, after.programs, after.policies) == (
        before.ended,
        before.running,
        before.programs,
        before.policies,
    )


@pytest.mark.parametrize("name", ["net.json", "net.jsonl"])
def test_into_may_replace_the_network_itself(
    load: Callable[..., ImportReport], tmp_path: Path, saved: Callable[..., Path], name: str
) -> None:
    into = saved(name=name)
    load("cleo,Cleopatra", head="id,name", into=into, out=name)
    assert [member.name for member in written(tmp_path, name).members] == ["Ana Álvarez", "Ben", "Cleopatra"]
    assert len(written(tmp_path, name).running) == 1


def test_into_knows_people_by_email_where_the_sheet_has_no_ids(
    load: Callable[..., ImportReport], tmp_path: Path, saved: Callable[..., Path]
) -> None:
    load("ANA@acme.example,8", head="email,seniority", into=saved())
    assert written(tmp_path).members[0].seniority == 8
    assert len(written(tmp_path).members) == 3


def test_into_refuses_what_the_network_does_not_know(
    load: Callable[..., ImportReport], tmp_path: Path, saved: Callable[..., Path]
) -> None:
    before = saved().read_bytes()
    report = load(
        "ana,,Pyton,",
        "dan,Dan,,acm",
        "eve,Eve,,",
        head="id,name,skills,company",
        into=saved(),
        out="net.json",
    )
    told = bad(report)
    assert "did you mean 'Python'?" in told[0]
    assert "did you mean 'acme'?" in told[1]
    assert "line 4, company: is missing" in told
    assert "line 4, time_zone: is missing, and the sheet has no column for it" in told
    assert (tmp_path / "net.json").read_bytes() == before


def test_an_update_that_contradicts_the_member_is_bad_and_writes_nothing(
    load: Callable[..., ImportReport], tmp_path: Path, saved: Callable[..., Path]
) -> None:
    into = saved()
    report = load("ben,ana,", "ana,,9", head="id,prefers,min mentees", into=into)
    assert report.output is None
    assert not (tmp_path / "out.json").exists()
    assert [text.partition(":")[0] for text in bad(report)] == ["line 2, avoids", "line 3, min mentees"]
    report = load("ben,ana,", "ana,,1", head="id,prefers,min mentees", into=into, skip_bad=True)
    assert (report.updated, report.kept, report.bad_rows) == (1, 2, 1)
    assert written(tmp_path).members[1].prefers == ("cleo",)


def test_a_dash_empties_a_list_and_an_empty_cell_changes_nothing(
    load: Callable[..., ImportReport], tmp_path: Path, saved: Callable[..., Path]
) -> None:
    load("ana,-,-,", "ben,,,-", head="id,availability,skills,prefers", into=saved())
    ana, ben, _ = written(tmp_path).members
    assert (ana.availability, ana.offers, ben.prefers, len(ben.seeks)) == ((), (), (), 1)
