"""Language tags: one form for each language, in profiles and in spreadsheets."""

from __future__ import annotations

import pytest

from matcher.documents import cells
from matcher.domain.language import canonical_tag, read_tag
from matcher.domain.member import Member


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("fil", "fil"),
        ("en-gb", "en-GB"),
        ("pt_br", "pt-BR"),
        ("zh-hant", "zh-Hant"),
        ("ZH-HANT-tw", "zh-Hant-TW"),
        ("de-CH-1996", "de-CH-1996"),
        ("es-419", "es-419"),
        ("eng", "en"),
        ("deu-at", "de-AT"),
        ("chi-hans", "zh-Hans"),
    ],
)
def test_a_tag_has_one_form_in_profiles_and_in_cells(text: str, tag: str) -> None:
    assert read_tag(text) == canonical_tag(tag) == tag
    assert cells.language(text) == tag
    written = text.replace("_", "-")
    written = written[:3].lower() + written[3:]
    member = Member.model_validate(
        {"id": "a", "name": "A", "organization": "o", "time_zone": "UTC", "languages": [written]}
    )
    assert member.languages == (tag,)


@pytest.mark.parametrize("text", ["", "e", "english", "en-", "en-x", "12", "en-GB-oxendicted", "en GB"])
def test_other_texts_are_no_tags(text: str) -> None:
    assert read_tag(text) is None
