"""Documents are written whole or not at all, and come back as they were."""

from __future__ import annotations

import gzip
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matcher.documents.read import NetworkSource, open_network
from matcher.documents.write import (
    NetworkWriter,
    check_writable,
    network_record,
    replacing,
    write_json,
    write_network,
)
from matcher.domain.errors import InputError
from matcher.domain.network import Network, NetworkHeader


@pytest.fixture
def network(document: dict[str, Any]) -> Network:
    return Network.model_validate(document)


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.json.gz", "a.jsonl.gz", "a.ndjson"])
def test_a_network_comes_back_equal(tmp_path: Path, network: Network, name: str) -> None:
    write_network(tmp_path / name, network)
    assert open_network(tmp_path / name).network() == network


def test_json_to_lines_to_json_keeps_everything(tmp_path: Path, network: Network) -> None:
    write_json(tmp_path / "a.json", network)
    source = open_network(tmp_path / "a.json")
    with NetworkWriter(tmp_path / "b.jsonl", source.header) as writer:
        for person in source.people():
            writer.add(person)
    write_network(tmp_path / "c.json", open_network(tmp_path / "b.jsonl").network())
    assert open_network(tmp_path / "c.json").network() == network


def test_a_network_without_people_comes_back(tmp_path: Path, network: Network) -> None:
    empty = Network(id="n", name="N")
    for name in ("a.json", "a.jsonl"):
        write_network(tmp_path / name, empty)
        assert open_network(tmp_path / name).network() == empty


def test_the_same_network_gives_the_same_bytes(tmp_path: Path, network: Network) -> None:
    for name in ("a.json.gz", "a.jsonl.gz"):
        write_network(tmp_path / name, network)
        first = (tmp_path / name).read_bytes()
        write_network(tmp_path / name, network)
        assert (tmp_path / name).read_bytes() == first
    assert b'"roles":["guide","learner"]' in network_record(network)
    assert json.loads(network_record(network))["id"] == "river"
    assert NetworkSource.of(network).sha256 == NetworkSource.of(network).sha256


def test_lines_that_are_built_already_are_written_as_they_are(tmp_path: Path) -> None:
    with NetworkWriter(tmp_path / "a.jsonl", NetworkHeader(id="n", name="N")) as writer:
        writer.add_record(b"member", '{"id":"Ñ"}'.encode())
    assert (tmp_path / "a.jsonl").read_text("utf-8").splitlines()[1:] == ['{"member":{"id":"Ñ"}}']


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path, network: Network) -> None:
    target = tmp_path / "a.jsonl"
    target.write_text("old")

    def interrupted() -> None:
        with NetworkWriter(target, network) as writer:
            writer.add(network.members[0])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.jsonl"]


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder" / "a.json"
    with replacing(target) as file:
        file.write(b"x")
        assert not target.exists()
    assert target.read_bytes() == b"x"
    assert stat.S_IMODE(target.stat().st_mode) & 0o400


def test_a_link_stays_a_link_and_a_device_a_device(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("old")
    link.symlink_to(real)
    write_json(link, {"a": 1})
    assert link.is_symlink()
    assert json.loads(real.read_text()) == {"a": 1}
    write_json("/dev/null", {"a": 1})
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_what_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_json(tmp_path / "file" / "below.json", {})
    with pytest.raises(InputError, match="is a folder"):
        write_json(tmp_path, {})
    with pytest.raises(InputError, match="cannot be written"):
        write_json(tmp_path / ("x" * 300), {})


def test_gzip_by_name(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json.gz", {"a": "é"})
    assert json.loads(gzip.decompress((tmp_path / "a.json.gz").read_bytes())) == {"a": "é"}


def test_numbers_that_are_none_are_not_written(tmp_path: Path, saved: Callable[..., Path]) -> None:
    with pytest.raises(ValueError):
        write_json(tmp_path / "a.json", {"a": float("nan")})
    assert not (tmp_path / "a.json").exists()


def test_a_place_is_tried_before_long_work_and_left_as_it_was(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text("old")
    check_writable(old, tmp_path / "new.json", None)
    assert old.read_text() == "old"
    assert os.listdir(tmp_path) == ["old.json"]
    for place in (tmp_path, old / "below.json"):
        with pytest.raises(InputError) as raised:
            check_writable(place)
        assert str(place) in str(raised.value)
        assert ".tmp" not in str(raised.value)
