"""Network documents are read in every form, and bad ones of every kind give sentences with places."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matcher.documents.faults import PATTERNS
from matcher.documents.read import NetworkSource, choose, open_network
from matcher.domain.errors import InputError
from matcher.domain.history import RunningPair
from matcher.domain.member import Member
from matcher.domain.network import Network
from matcher.domain.policy import Kind

Save = Callable[..., Path]


def faults(path: Path) -> list[str]:
    """Read all of a document that must be refused; what it says, fault by fault."""
    with pytest.raises(InputError) as caught:
        list(open_network(path).people())
    assert str(path) in str(caught.value) or str(path.parent) in str(caught.value)
    told = [str(fault) for fault in caught.value.faults]
    assert not any("pydantic" in fault or "Input should" in fault or "http" in fault for fault in told)
    return told


def test_json_and_json_lines_hold_the_same_network(saved: Save) -> None:
    one, other = open_network(saved()), open_network(saved(name="net.jsonl"))
    assert (one.format, other.format) == ("json", "jsonl")
    assert one.network() == other.network()
    assert list(one.people()) == list(other.people()) == list(other.people())
    assert one.header == other.header
    assert one.header.programs[0].pins[0].guide == "ana"
    assert [type(person).__name__ for person in one.people()] == [*["Member"] * 3, "EndedPair", "RunningPair"]


@pytest.mark.parametrize("name", ["net.json", "net.jsonl"])
def test_gzipped_documents_are_read_and_hashed_as_they_are_on_disk(saved: Save, name: str) -> None:
    plain = saved(name=name)
    zipped = plain.with_name(name + ".gz")
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    source = open_network(zipped)
    assert source.format == f"{name.partition('.')[2]}.gz"
    assert source.network() == open_network(plain).network()
    assert source.sha256 == hashlib.sha256(zipped.read_bytes()).hexdigest()
    assert open_network(plain).sha256 == hashlib.sha256(plain.read_bytes()).hexdigest()


def test_json_lines_are_known_by_their_first_line_whatever_the_name(saved: Save) -> None:
    path = saved(name="net.jsonl")
    assert open_network(path.rename(path.with_name("net.txt"))).format == "jsonl"


def test_a_byte_order_mark_and_blank_lines_are_no_fault(saved: Save) -> None:
    path = saved(name="net.jsonl")
    text = path.read_text("utf-8")
    expected = open_network(path).network()
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n\r\n").encode())
    assert open_network(path).network() == expected


def test_instants_are_kept_in_utc(saved: Save) -> None:
    ana = open_network(saved()).network().members[0]
    assert ana.busy[0].end.isoformat() == "2026-10-05T10:00:00+00:00"


def test_a_network_in_memory_is_a_source_too(document: dict[str, Any]) -> None:
    network = Network.model_validate(document)
    source = NetworkSource.of(network)
    assert source.network() is network
    assert (source.path, source.format, len(list(source.people()))) == (None, "memory", 5)
    assert source.sha256 == NetworkSource.of(Network.model_validate(document)).sha256
    document["members"][0]["organization"] = "none"
    with pytest.raises(InputError):
        NetworkSource.of(Network.model_validate(document))


def test_a_file_that_changes_between_passes_is_refused(saved: Save) -> None:
    source = open_network(saved(name="net.jsonl"))
    assert source.path is not None
    list(source.people())
    source.path.write_text(source.path.read_text("utf-8") + "\n", "utf-8")
    with pytest.raises(InputError, match="changed"):
        list(source.people())


@pytest.mark.parametrize(
    ("field", "value", "path", "words"),
    [
        ("seniority", "5", "seniority", ["whole number", "'5'"]),
        ("seniority", 5.5, "seniority", ["whole number", "5.5"]),
        ("seniority", True, "seniority", ["whole number", "true"]),
        ("seniority", 11, "seniority", ["at most 10", "11"]),
        ("seniority", 0, "seniority", ["at least 1", "0"]),
        ("name", "", "name", ["must not be empty"]),
        ("name", "x" * 201, "name", ["201 characters", "200"]),
        ("name", None, "name", ["a text", "null"]),
        ("email", "nobody", "email", ["e-mail address", "'nobody'"]),
        ("country", "Finland", "country", ["two capital letters", "'Finland'"]),
        ("languages", ["English"], "languages[0]", ["language tag", "'English'"]),
        ("time_zone", "Mars/Base", "time_zone", ["IANA", "'Mars/Base'"]),
        ("roles", ["boss"], "roles[0]", ["'learner' or 'guide'", "'boss'"]),
        ("joined", "28.9.2026", "joined", ["date such as", "'28.9.2026'"]),
        ("night_ok", 1, "night_ok", ["true or false", "1"]),
        ("offers", {}, "offers", ["list in brackets", "an object"]),
        ("offers", [{"skill": "python", "level": 9}], "offers[0].level", ["at most 5", "9"]),
        ("offers", [{"skill": "python", "skil": 3}], "offers[0].skil", ["did you mean 'skill'"]),
        ("offers", [{}], "offers[0].skill", ["is missing"]),
        ("busy", [{"start": "2026-10-05T08:00", "end": "2026-10-05T10:00Z"}], "busy[0].start", ["offset"]),
        (
            "availability",
            [{"day": 1, "start": "9", "end": "10:00"}],
            "availability[0].start",
            ["time of day"],
        ),
        (
            "availability",
            [{"day": 1, "start": "12:00", "end": "10:00"}],
            "availability[0]",
            ["not after its start"],
        ),
        ("capacities", {"learners": 1, "min_learners": 2}, "capacities", ["min_learners 2 is above"]),
        ("attributes", {"track": 3}, "attributes.track", ["text"]),
        ("visibility", {"shoe": "network"}, "", ["shoe"]),
        ("seniorty", 3, "seniorty", ["did you mean 'seniority'"]),
        ("xyzzy", 3, "xyzzy", ["remove it"]),
    ],
)
@pytest.mark.parametrize("name", ["net.json", "net.jsonl"])
def test_a_bad_field_is_named_with_its_place_and_what_is_asked(
    saved: Save, name: str, field: str, value: object, path: str, words: list[str]
) -> None:
    found = faults(saved(lambda document: document["members"][2].update({field: value}), name=name))
    start = "members[2]" if name == "net.json" else "line 4, member"
    assert len(found) == 1
    assert found[0].startswith(f"{start}.{path}:" if path else f"{start}:"), found[0]
    for word in words:
        assert word in found[0]


def test_all_faults_of_all_lines_are_listed_at_once(saved: Save) -> None:
    def spoil(document: dict[str, Any]) -> None:
        document["members"][0]["seniority"] = "x"
        document["members"][0]["hours_per_month"] = -1
        document["members"][2]["organization"] = "acm"
        document["running"][0]["guide"] = "nobody"

    found = faults(saved(spoil, name="net.jsonl"))
    assert [fault.partition(":")[0] for fault in found] == [
        "line 2, member.seniority",
        "line 2, member.hours_per_month",
        "line 4, member.organization",
        "line 6, running.guide",
    ]
    assert "did you mean 'acme'" in found[2]


def test_a_hundred_faults_are_listed_and_the_rest_counted(saved: Save) -> None:
    def spoil(document: dict[str, Any]) -> None:
        document["members"] += [
            {"id": f"m{k}", "name": "M", "organization": "birch", "time_zone": "UTC", "seniority": 0}
            for k in range(150)
        ]

    for name in ("net.json", "net.jsonl"):
        found = faults(saved(spoil, name=name))
        assert len(found) == 101
        assert found[-1] in ("and 50 more", "and 200 more")


BAD_BYTES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "blank": (b"  \n\n", "empty"),
    "no JSON": (b'{"id": "x",\n "name": oops}', "line 2, column 10"),
    "cut off": (b'{"id": "x",\n "name": "oo', "cut off"),
    "cut off after a comma": (b'{"id": "x",', "cut off"),
    "a list at the top": (b"[1, 2]", "must be a JSON object"),
    "a text at the top": (b'"x"', "must be a JSON object"),
    "NaN": (b'{"id": "x", "name": NaN}', "NaN is not a JSON value"),
    "latin-1": ('{"id": "x", "name": "Zoë"}'.encode("latin-1"), "byte 24 is 0xEB"),
    "UTF-16": ('{"id": "x"}'.encode("utf-16"), "UTF-16"),
    "a key twice": (b'{"id": "x", "name": "n", "id": "y"}', "'id' stands twice"),
    "a key twice, spaced": (b'{"id" : "x", "name": "n", "id": "y"}', "'id' stands twice"),
    "a nested key twice": (
        b'{"id": "x", "name": "n", "skills": [{"id": "a", "name": "A", "name": "B"}]}',
        "'name' stands twice",
    ),
    "deep nesting": (b'{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    "a long number": (b'{"id": ' + b"9" * 10_000 + b"}", "digits"),
    "no fields": (b"{}", "id: is missing"),
    "another format": (b'{"format": "other/9", "id": "x", "name": "n"}', "peerloom-network/1"),
}


@pytest.mark.parametrize("case", BAD_BYTES)
@pytest.mark.parametrize("lines", [False, True])
def test_bytes_that_are_no_network_give_a_sentence(tmp_path: Path, case: str, lines: bool) -> None:
    data, expected = BAD_BYTES[case]
    if lines:
        if case in ("no JSON", "cut off"):
            expected = "cut off"
        if case == "another format":
            data = b'{"header": ' + data + b"}"
        elif case == "no fields":
            expected = "does not begin with its header"
        elif data.startswith(b'{"id"') and case not in ("no JSON", "cut off", "cut off after a comma"):
            data = b'{"header": ' + data + b"}"
            expected = expected.replace("byte 24", "byte 35")
    path = tmp_path / ("net.jsonl" if lines else "net.json")
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        list(open_network(path).people())
    told = "\n".join([str(caught.value), *map(str, caught.value.faults)])
    assert expected in told


def test_a_repeated_key_is_found_in_every_line(saved: Save) -> None:
    path = saved(name="net.jsonl")
    path.write_text(path.read_text("utf-8").replace('"name": "Ben"', '"name": "Ben", "name": "Bo"'), "utf-8")
    assert faults(path) == ["line 3: the key 'name' stands twice in one object: remove one of them"]


def test_texts_that_look_like_keys_are_no_repeated_keys(saved: Save) -> None:
    text = 'a": "b", "c" : {"id":"id":'
    path = saved(lambda document: document["members"][0].update(goals=[text]), name="net.jsonl")
    assert open_network(path).network().members[0].goals == (text,)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"header": {"id": "x", "name": "n"}}', "header: stands on a later line too"),
        ("{}", "exactly one of member, ended and running"),
        ('{"member": null}', "exactly one of member, ended and running"),
        ('{"persona": {}}', "persona: is not a known field"),
        ('{"member": {"id": "x"', "cut off"),
        ("[]", "must be a JSON object"),
        ("oops", "is not JSON at column 1"),
    ],
)
def test_a_bad_line_is_named(saved: Save, line: str, expected: str) -> None:
    path = saved(name="net.jsonl")
    path.write_text(path.read_text("utf-8") + line + "\n", "utf-8")
    found = faults(path)
    assert len(found) == 1
    assert found[0].startswith("line 7")
    assert expected in found[0]


def test_places_that_hold_no_document_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        open_network(tmp_path / "none.json")
    with pytest.raises(InputError, match="is a folder"):
        open_network(tmp_path)
    with pytest.raises(InputError, match="regular file"):
        open_network(Path("/dev/null"))
    broken = tmp_path / "net.jsonl.gz"
    broken.write_bytes(gzip.compress(b'{"header": {"id": "x", "name": "n"}}\n' * 100)[:-12])
    with pytest.raises(InputError, match="damaged"):
        list(open_network(broken).people())
    broken.write_bytes(b"\x1f\x8bnonsense, not gzip at all")
    with pytest.raises(InputError, match="damaged"):
        open_network(broken)


def test_every_pattern_of_a_field_is_explained_in_words() -> None:
    text = json.dumps(Network.model_json_schema())
    patterns = {json.loads(f'"{part}"') for part in re.findall(r'"pattern": "((?:[^"\\]|\\.)*)"', text)}
    assert patterns <= set(PATTERNS)


def test_the_only_program_is_taken_and_several_are_listed(saved: Save, document: dict[str, Any]) -> None:
    header = open_network(saved()).header
    program, policy, kind = choose(header)
    assert (program.id, policy, kind) == ("mentoring", header.policies[0].pairs, Kind.MENTORING)
    assert choose(header, "mentoring", "reverse")[2] is Kind.REVERSE
    assert choose(header, None, Kind.REVERSE)[2] is Kind.REVERSE
    with pytest.raises(InputError, match="no shadowing pairs; it has mentoring, reverse"):
        choose(header, None, "shadowing")
    with pytest.raises(InputError, match=r"no program 'x'.*mentoring"):
        choose(header, "x")
    two = header.model_copy(update={"programs": (program, program.model_copy(update={"id": "second"}))})
    with pytest.raises(InputError, match="name one of mentoring, second"):
        choose(two)
    with pytest.raises(InputError, match="add"):
        choose(header.model_copy(update={"programs": ()}))


def test_members_are_not_held_while_they_stream(tmp_path: Path) -> None:
    path = tmp_path / "net.jsonl"
    member = {"name": "M", "organization": "o", "time_zone": "UTC"}
    header = {"id": "n", "name": "N", "organizations": [{"id": "o", "name": "O"}]}
    with path.open("w") as file:
        file.write(json.dumps({"header": header}) + "\n")
        for number in range(3000):
            file.write(json.dumps({"member": {"id": f"m{number}", **member}}) + "\n")
    source = open_network(path)
    tracemalloc.start()
    assert sum(isinstance(person, Member) for person in source.people()) == 3000
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3_000_000


@pytest.mark.parametrize("name", ["net.jsonl", "net.json"])
def test_what_is_about_some_people_is_read_alone_however_their_lines_are_written(
    saved: Save, name: str
) -> None:
    source = open_network(saved(name=name))
    everything = list(source.people())
    some = {one.id for one in everything if isinstance(one, Member)}
    some = set(sorted(some)[::2])
    names = [{one.id} if isinstance(one, Member) else {one.learner, one.guide} for one in everything]
    assert source.about(some) == [one for one, who in zip(everything, names, strict=True) if who & some]
    assert source.about(["nobody"]) == []


def test_members_are_found_by_what_their_id_means_not_by_how_it_is_written(tmp_path: Path) -> None:
    rest = '"organization": "o", "time_zone": "UTC"'
    header = '"id": "net", "name": "the \\"member\\" list", "organizations": [{"id": "o", "name": "O"}]'
    lines = [
        '{"header": {' + header + "}}",
        '{"member": {"id": " ada ", "name": "Ada", ' + rest + "}}",
        '{"member": {"id": "b\\u0065a", "name": "Bea", ' + rest + "}}",
        '{"member": {"name": "Cyd", ' + rest + ', "id": "cyd"}}',
        '{"running": {"learner": "ada", "guide": "bea"}}',
    ]
    path = tmp_path / "net.jsonl"
    path.write_text("\n".join(lines))
    source = open_network(path)
    first = source.about({"ada", "bea", "cyd"})
    assert [one.id for one in first if isinstance(one, Member)] == ["ada", "bea", "cyd"]
    assert sum(1 for _ in source.people()) == 4
    assert source.about({"ada", "bea", "cyd"}) == first
    assert [type(one) for one in source.about({"bea"})] == [Member, RunningPair]
    path.write_text("\n".join([*lines, ""]))
    with pytest.raises(InputError, match="changed"):
        source.about({"ada"})
