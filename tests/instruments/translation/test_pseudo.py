from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustsurvey.errors import UnknownNameError
from trustsurvey.instruments.reading import check, load_instrument
from trustsurvey.instruments.translation.pseudo import pseudo_instrument, pseudo_text
from trustsurvey.instruments.writing import instrument_text
from trustsurvey.resources import share


def test_the_yearly_survey_still_passes_every_check(tmp_path: Path) -> None:
    instrument = load_instrument(share() / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml")
    changed = pseudo_instrument(instrument, "nl")
    path = tmp_path / "pseudo.yaml"
    path.write_text(instrument_text(changed), encoding="utf-8")
    assert check(path) == []
    assert load_instrument(path).digest == changed.digest != instrument.digest
    assert changed.question("TRUST").text["fr"] == instrument.question("TRUST").text["fr"]
    assert changed.question("TRUST").text["nl"].startswith("[H")
    before = sum(len(each.text["nl"]) for each in instrument.questions)
    after = sum(len(each.text["nl"]) for each in changed.questions)
    assert 1.3 < after / before < 1.4


def test_the_last_language_is_replaced_unless_one_is_named(styles: Path) -> None:
    instrument = load_instrument(styles)
    assert pseudo_instrument(instrument).title["nl"] != instrument.title["nl"]
    assert pseudo_instrument(instrument).title["fr"] == instrument.title["fr"]
    with pytest.raises(UnknownNameError, match="available: fr, nl"):
        pseudo_instrument(instrument, "de")


def test_placeholders_tags_and_addresses_stay() -> None:
    text = "See {AGE} at https://example.org/a or a@example.org, <b>now</b> &nbsp;"
    changed = pseudo_text(text)
    for kept in ("{AGE}", "https://example.org/a", "a@example.org,", "<b>", "</b>", "&nbsp;"):
        assert kept in changed
    assert "See" not in changed


@given(st.text(st.characters(codec="ascii", categories=("L", "Zs", "P")), min_size=12, max_size=199), st.just(200))
def test_texts_are_longer_and_within_their_limit(text: str, longest: int) -> None:
    changed = pseudo_text(text)
    assert len(text) < len(changed) <= len(text) * 1.4 + 2
    assert len(pseudo_text(text, longest)) <= longest
