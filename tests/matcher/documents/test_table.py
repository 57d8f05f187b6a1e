"""A coordinator's sheet becomes a network, or every bad row is listed and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.documents.headings import ColumnMapping
from matcher.documents.import_report import ImportReport
from matcher.documents.read import open_network
from matcher.documents.table import import_members, read_mapping
from matcher.domain.errors import InputError
from matcher.domain.member import Member
from matcher.domain.network import Network

MONDAY = date(2026, 11, 30)
SHORT = "id,name,company,time zone,skills"
ROWS = (
    "a,Ana Álvarez,ana@acme.example,Acme,Europe/Madrid,Python (4); SQL,,,",
    "b,Ben,ben@birch.example,Birch,Asia/Kolkata,,python!; Kubernetes (2),Ana Álvarez,cleo@acme.example",
    "c,Cleo,cleo@acme.example,ACME,UTC,Kubernetes 5,,,",
)


def written(tmp_path: Path, name: str = "out.json") -> Network:
    return open_network(tmp_path / name).network()


def bad(report: ImportReport) -> list[str]:
    return [str(fault) for fault in report.all_bad]


def test_a_sheet_becomes_a_whole_network(load: Callable[..., ImportReport], tmp_path: Path) -> None:
    report = load(*ROWS)
    assert bad(report) == []
    assert (report.rows, report.added, report.output) == (3, 3, str(tmp_path / "out.json"))
    network = written(tmp_path)
    ana, ben, cleo = network.members
    assert [(offer.skill, offer.level) for offer in ana.offers] == [("python", 4), ("sql", 3)]
    assert [(s.skill, s.priority, s.level) for s in ben.seeks] == [("python", 5, 3), ("kubernetes", 3, 2)]
    assert (ben.prefers, ben.avoids) == (("a",), ("c",))
    assert ana.organization == cleo.organization == "acme"
    assert [organization.name for organization in network.organizations] == ["Acme", "Birch"]
    assert [skill.name for skill in network.skills] == ["Python", "SQL", "Kubernetes"]
    program = network.programs[0]
    assert (program.cycle.start, program.cycle.end) == (MONDAY, date(2027, 2, 21))
    assert network.policies[0].id == program.policy == "default"
    assert (network.id, network.name) == ("people", "people")


def test_json_lines_hold_the_same(load: Callable[..., ImportReport], tmp_path: Path) -> None:
    load(*ROWS)
    load(*ROWS, out="out.jsonl.gz")
    assert written(tmp_path) == written(tmp_path, "out.jsonl.gz")


def test_every_column_arrives(load: Callable[..., ImportReport], tmp_path: Path) -> None:
    cells = {
        "id": ("id", "x"),
        "first_name": ("First name", "Zoë"),
        "last_name": ("Last name", "de Vries"),
        "organization": ("Organisation", "Acme"),
        "unit": ("Department", "R&D"),
        "country": ("Country", "Netherlands"),
        "region": ("Region", "NH"),
        "text_language": ("Text language", "Dutch"),
        "goals": ("Goals", "Lead a team"),
        "languages": ("Languages", "Dutch, English"),
        "time_zone": ("Time zone", "Europe/Amsterdam"),
        "availability": ("Availability", "Mon 9-11"),
        "leave": ("Leave", "2026-12-24..2026-12-31"),
        "night_ok": ("Night OK", "yes"),
        "caregiver": ("Caregiver", "no"),
        "seniority": ("Seniority", "lead"),
        "joined": ("Joined", "1.2.2024"),
        "sessions_attended": ("Sessions attended", "7"),
        "roles": ("Roles", "both"),
        "training": ("Training", "co"),
        "guides_wanted": ("Guides wanted", "2"),
        "learners": ("Max mentees", "3"),
        "min_learners": ("Min mentees", "1"),
        "hours_per_month": ("Hours per month", "6 h"),
        "status": ("Status", "active"),
        "waited_cycles": ("Waited cycles", "1"),
        "attributes.track": ("Track", "a"),
    }
    head = ";".join(heading for heading, _ in cells.values())
    row = ";".join(cell for _, cell in cells.values())
    columns = {field: heading for field, (heading, _) in cells.items()}
    assert bad(load(row, head=head, mapping=ColumnMapping(columns=columns))) == []
    by_mapping = written(tmp_path).members[0]
    expected = Member(
        id="x",
        name="Zoë de Vries",
        organization="acme",
        unit="R&D",
        country="NL",
        region="NH",
        text_language="nl",
        goals=("Lead a team",),
        languages=("nl", "en"),
        time_zone="Europe/Amsterdam",
        availability=({"day": 1, "start": "09:00", "end": "11:00"},),
        leave=({"start": "2026-12-24", "end": "2026-12-31"},),
        night_ok=True,
        seniority=7,
        joined=date(2024, 2, 1),
        sessions_attended=7,
        roles=frozenset({"learner", "guide"}),
        training="co",
        capacities={"guides_wanted": 2, "learners": 3, "min_learners": 1},
        hours_per_month=6,
        waited_cycles=1,
        attributes={"track": "a"},
    )
    assert by_mapping == expected
    report = load(row, head=head)
    assert report.unused == ("Track",)
    assert written(tmp_path).members[0] == expected.model_copy(update={"attributes": {}})


def test_every_bad_cell_is_listed_and_nothing_is_written(
    load: Callable[..., ImportReport], tmp_path: Path
) -> None:
    report = load(
        ROWS[0],
        'b,"Ben\nB",nobody,Birch,Mars/Base,Python (9),,,',
        "c,,c@c.example,Acme,UTC,,Go; go,,",
        ",Nemo,,Acme,UTC,,,,",
        "d,Dan,,Acme,UTC,,,Nobody,a",
        "e,Eve,,,UTC,,,,,,surplus",
    )
    assert report.output is None
    assert not (tmp_path / "out.json").exists()
    assert [text.partition(":")[0] for text in bad(report)] == [
        "line 3, Time zone",
        "line 3, Skills offered",
        "line 3, E-mail",
        "line 5, Wants to learn",
        "line 5, Name",
        "line 6, ID",
        "line 7, Prefers",
        "line 8",
    ]
    assert (report.rows, report.bad_rows) == (6, 5)
    error = report.error()
    assert "5 rows of 6" in str(error)
    assert len(error.faults) == 8
    assert any("is missing" in text for text in bad(report))


def test_skip_bad_writes_the_good_rows(load: Callable[..., ImportReport], tmp_path: Path) -> None:
    report = load(*ROWS, "d,Dan,,Oak,UTC,Sailing (7),,,", skip_bad=True)
    network = written(tmp_path)
    assert [member.id for member in network.members] == ["a", "b", "c"]
    assert [organization.id for organization in network.organizations] == ["acme", "birch"]
    assert (report.rows, report.bad_rows, report.added) == (4, 1, 3)
    assert json.loads(json.dumps(report.as_dict()))["bad"][0]["line"] == 5


def test_when_no_row_is_good_nothing_is_written(load: Callable[..., ImportReport], tmp_path: Path) -> None:
    assert load("a,Ana,,Acme,Mars/Base,,,,", skip_bad=True).output is None
    assert not (tmp_path / "out.json").exists()
    with pytest.raises(InputError, match="no rows"):
        load()


def test_repeated_ids_are_bad_on_every_line(load: Callable[..., ImportReport], tmp_path: Path) -> None:
    twice = "a,Other,,Acme,UTC,,,,"
    report = load(*ROWS, twice, twice, skip_bad=True)
    told = bad(report)
    assert any(text.startswith("line 2, ID: 'a' stands on line 5 too") for text in told)
    assert any(text.startswith("line 5, ID: 'a' stands on line 2 too") for text in told)
    assert any(text.startswith("line 6, ID: 'a' stands on line 2 too") for text in told)
    # Ben wishes for Ana, who is left out: his row is bad as well, and says why.
    assert any(text.startswith("line 3, Prefers: there is no member 'Ana Álvarez'") for text in told)
    assert [member.id for member in written(tmp_path).members] == ["c"]


def test_wishes_name_people_who_exist_and_are_others(load: Callable[..., ImportReport]) -> None:
    report = load(
        *ROWS,
        "d,Ana Álvarez,,Acme,UTC,,,,",
        "e,Eve,,Acme,UTC,,,e,",
        "f,Fay,,Acme,UTC,,,c,Cleo",
    )
    assert [text.partition(": ")[0] for text in bad(report)] == [
        "line 3, Prefers",
        "line 6, Prefers",
        "line 7, Avoids",
    ]
    assert "more than one person is called" in bad(report)[0]


def test_an_email_is_the_id_where_there_is_none(load: Callable[..., ImportReport], tmp_path: Path) -> None:
    load("Ana,Ana@Acme.example,Acme,UTC", head="Name,E-mail,Company,Time zone")
    assert written(tmp_path).members[0].id == "ana@acme.example"
    assert (
        "No column for availability"
        in load("Ana,a@b.c,Acme,UTC", head="Name,E-mail,Company,Time zone").notes[0]
    )


def test_needed_columns_are_asked_for_in_one_sentence(load: Callable[..., ImportReport]) -> None:
    with pytest.raises(
        InputError, match=r"an id or an e-mail address, the name, the organization, the time zone"
    ):
        load("x", head="Colour")
    with pytest.raises(InputError, match="no column for the time zone"):
        load("1,Ana,Acme", head="id,name,company")
    assert (
        load("1,Ana,Acme", head="id,name,company", mapping=ColumnMapping(defaults={"time_zone": "UTC"})).added
        == 1
    )


def test_defaults_fill_empty_cells_and_absent_columns(
    load: Callable[..., ImportReport], tmp_path: Path
) -> None:
    mapping = ColumnMapping(defaults={"time_zone": "UTC", "seniority": "4", "availability": "Mon 9-10"})
    load("1,Ana,Acme,", "2,Ben,Acme,7", head="id,name,company,seniority", mapping=mapping)
    ana, ben = written(tmp_path).members
    assert (ana.seniority, ben.seniority, len(ana.availability)) == (4, 7, 1)
    bad_default = ColumnMapping(defaults={"time_zone": "Mars"})
    assert bad(load("1,Ana,Acme", head="id,name,company", mapping=bad_default))[0].startswith(
        "line 2, default of time_zone"
    )


def test_a_yes_or_no_column_closes_a_side(load: Callable[..., ImportReport], tmp_path: Path) -> None:
    load("1,Ana,Acme,UTC,no,yes", "2,Ben,Acme,UTC,x,", head="id,name,company,time zone,Mentor,Mentee")
    ana, ben = written(tmp_path).members
    assert (ana.capacities.learners, ana.capacities.guides_wanted) == (0, 1)
    assert (ben.capacities.learners, ben.capacities.guides_wanted) == (1, 1)


def organizations(tmp_path: Path, *rows: str, head: str = "id,name,group,country,competitors") -> Path:
    path = tmp_path / "orgs.csv"
    path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return path


def test_an_organizations_sheet_names_them_all(load: Callable[..., ImportReport], tmp_path: Path) -> None:
    sheet = organizations(tmp_path, "ac,Acme,holding,Germany,Birch", "bi,Birch,,FI,", "oak,Oak,,,ac; bi")
    assert bad(load(*ROWS, organizations=sheet)) == []
    network = written(tmp_path)
    assert [(o.id, o.group, o.country, o.competitors) for o in network.organizations] == [
        ("ac", "holding", "DE", ("bi",)),
        ("bi", None, "FI", ()),
        ("oak", None, None, ("ac", "bi")),
    ]
    assert [member.organization for member in network.members] == ["ac", "bi", "ac"]
    report = load(*ROWS, "d,Dan,,Brich,UTC,,,,", organizations=sheet)
    assert "did you mean 'Birch'?" in bad(report)[0]


def test_bad_organizations_are_listed_with_their_own_lines(
    load: Callable[..., ImportReport], tmp_path: Path
) -> None:
    sheet = organizations(
        tmp_path,
        "ac,Acme,,,",
        "bi,Birch,,,Elm",
        "el,Elm,,Atlantis,",
        "ac2,,,,",
        "x,X,,,x",
        "y,Y,,,",
        "y,Z,,,",
    )
    report = load(ROWS[0], organizations=sheet)
    assert report.output is None
    assert sorted(text.partition(":")[0] for text in bad(report)) == [
        "line 3, organizations, competitors",
        "line 4, organizations, country",
        "line 5, organizations, name",
        "line 6, organizations, competitors",
        "line 7, organizations, id",
        "line 8, organizations, id",
    ]
    load(ROWS[0], organizations=sheet, skip_bad=True)
    assert [o.id for o in written(tmp_path).organizations] == ["ac"]
    with pytest.raises(InputError, match="no column for the organizations' names"):
        load(ROWS[0], organizations=organizations(tmp_path, "1", head="number"))


def test_cells_that_look_like_formulas_stay_text(load: Callable[..., ImportReport], tmp_path: Path) -> None:
    load('1,"=HYPERLINK(""x"")",Acme,UTC', head="id,name,company,time zone")
    assert written(tmp_path).members[0].name == '=HYPERLINK("x")'


def test_a_bad_mapping_file_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "mapping.json"
    path.write_text('{"column": {}}')
    with pytest.raises(InputError) as caught:
        read_mapping(path)
    assert "did you mean 'columns'" in str(caught.value.faults[0])
    with pytest.raises(InputError, match="There is no file"):
        read_mapping(tmp_path / "none.json")


def test_ids_made_of_names_never_clash(load: Callable[..., ImportReport], tmp_path: Path) -> None:
    load(
        "1,A,Acme AG,UTC,C++; C#; C",
        '2,B,"Acme, AG",UTC,日本語',
        "3,C,株式会社,UTC,日本画",
        head=SHORT,
    )
    network = written(tmp_path)
    assert [o.id for o in network.organizations] == ["acme-ag", "acme-ag-1", "organization-1"]
    assert [skill.id for skill in network.skills] == ["c-plus-plus", "c-sharp", "c", "skill-1", "skill-2"]
    assert [len(member.offers) for member in network.members] == [3, 1, 1]


def test_new_skills_that_look_alike_are_pointed_out(load: Callable[..., ImportReport]) -> None:
    report = load("1,A,Acme,UTC,Facilitation; Web 2000", "2,B,Acme,UTC,Facilitaton; Web 3000", head=SHORT)
    assert any("'Facilitation' and 'Facilitaton'" in note and "Web" not in note for note in report.notes)


def test_the_sheet_itself_is_never_overwritten(load: Callable[..., ImportReport], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="name another file"):
        load("1,A,Acme,UTC,SQL", head=SHORT, out="people.csv")
    assert (tmp_path / "people.csv").read_text("utf-8").startswith(SHORT)


NAMES = st.lists(st.text(alphabet="aAeéÉ+-#&*.日1 ", min_size=1, max_size=4), min_size=1, max_size=4)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(NAMES, st.text(alphabet="aA-.é日 ", min_size=1, max_size=3)), min_size=1, max_size=6)
)
def test_whatever_the_names_are_what_is_written_can_be_read(rows: list[tuple[list[str], str]]) -> None:
    with TemporaryDirectory() as folder:
        sheet, out = Path(folder, "m.csv"), Path(folder, "out.json")
        lines = [f"p{k}\tP\t{company}\tUTC\t{'; '.join(skills)}" for k, (skills, company) in enumerate(rows)]
        sheet.write_text("\n".join(["id\tname\tcompany\ttime zone\tskills", *lines]), "utf-8")
        report = import_members(sheet, out, cycle_start=MONDAY, skip_bad=True)
        assert report.rows == len(rows)
        if report.output is not None:
            assert len(open_network(out).network().members) == report.added
