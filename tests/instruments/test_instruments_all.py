"""Every questionnaire of the repository: complete, with concepts, and answered from deployment to coded answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from trustsurvey.fieldwork.archive import Archive, fetch
from trustsurvey.fieldwork.platform import Record
from trustsurvey.fieldwork.responses import import_responses
from trustsurvey.fieldwork.sandbox import Sandbox
from trustsurvey.fieldwork.simulate import Rate, Truth, fill, simulate
from trustsurvey.instruments.concepts import load_concepts
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import QuestionType, Text
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.limesurvey.building import write_structure

FOLDER = Path(__file__).parents[2] / "instruments"
FILES = sorted([*FOLDER.glob("*/draft.yaml"), *FOLDER.glob("*/releases/*.yaml")])
CONCEPTS = FOLDER / "bank" / "concepts.yaml"
INDEX = FOLDER / "README.md"

ASKED = frozenset(
    {
        QuestionType.SINGLE,
        QuestionType.MULTIPLE,
        QuestionType.RATING,
        QuestionType.YES_NO,
        QuestionType.NUMBER,
        QuestionType.RANKING,
    }
)

# What no text of a language holds: straight quotation marks and apostrophes, those of another language, and a space
# before punctuation (in French, punctuation without one).
FOREIGN = {
    "fr": r"""['"“‘]|\.\.\.|\S[?!;](?=\s|$)|[^\s\d]:(?=\s|$)|«\S|\S»""",
    "nl": r"""['"“«]|\.\.\.|\s[?!;:]""",
    "en": r"""['"‘«]|\.\.\.|\s[?!;:]""",
}

PEOPLE = pd.DataFrame({"everybody": ["all"], "count": [1.0]})
TRUTH = Truth(
    waves={"2026": 0.0},
    consent_refused=Rate(0.01),
    break_off=Rate(0.005),
    dont_know=Rate(0.02),
    refused=Rate(0.02),
    skipped=Rate(0.02),
)
INVITED = 240


@pytest.fixture(scope="module", params=FILES, ids=lambda path: str(path.relative_to(FOLDER).with_suffix("")))
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture(scope="module")
def instrument(path: Path) -> Instrument:
    return load_instrument(path)


@pytest.fixture(scope="module")
def records(instrument: Instrument) -> list[Record]:
    return simulate(instrument, PEOPLE, TRUTH, "2026", INVITED, 1)


def concepts(instrument: Instrument) -> dict[str, str]:
    """Return the concept of everything that is asked and can be counted, by question or line of a battery."""
    found = {}
    for question in instrument.questions:
        if question.type is QuestionType.BATTERY:
            found |= {f"{question.code}_{item.code}": item.concept or question.concept for item in question.items}
        elif question.type in ASKED and question.code != instrument.consent:
            found[question.code] = question.concept
    return found


def test_there_are_questionnaires() -> None:
    assert len(FILES) > 2


def test_it_is_named_as_its_file(path: Path, instrument: Instrument) -> None:
    released = path.parent.name == "releases"
    assert instrument.name == (path.parents[1] if released else path.parent).name
    assert not released or instrument.version == path.stem


def test_it_is_whole_and_in_three_languages(instrument: Instrument) -> None:
    # That every text has all of them is checked when a file is loaded.
    assert sorted(instrument.languages) == ["en", "fr", "nl"]
    assert instrument.description is not None
    assert {"author", "basis", "wording", "population", "frequency"} <= {name for name, _ in instrument.provenance}
    if instrument.record is None:
        assert instrument.welcome is not None
        assert instrument.end is not None


def test_its_texts_keep_the_typography_of_their_language(instrument: Instrument) -> None:
    written = [each for text in texts(instrument) for each in text.translations]
    assert [(language, words) for language, words in written if re.search(FOREIGN[language], words)] == []


def texts(part: Any) -> Iterator[Text]:
    if isinstance(part, Text):
        yield part
    elif isinstance(part, tuple):
        for each in part:
            yield from texts(each)
    elif is_dataclass(part):
        for field in fields(part):
            yield from texts(getattr(part, field.name))


def test_it_carries_its_own_version(instrument: Instrument) -> None:
    carried = [each.value for each in instrument.questions if each.code == "INSTRUMENT"]
    assert carried in ([], [f"{instrument.name}@{instrument.version}"])


def test_every_item_has_a_concept(instrument: Instrument) -> None:
    found = concepts(instrument)
    assert found
    assert [name for name, concept in found.items() if not re.fullmatch("[a-z][a-z0-9_]*", concept)] == []


def test_its_concepts_are_defined(instrument: Instrument) -> None:
    if CONCEPTS.exists():
        assert sorted(set(concepts(instrument).values()) - set(load_concepts(CONCEPTS))) == []


def test_its_indices_state_a_direction(instrument: Instrument) -> None:
    directions: dict[str, bool] = {}
    for definition in instrument.index_definitions:
        assert 1 <= definition.minimum_answered <= len(definition.items)
        for item in definition.items:
            # Codes rise with the scale, so that "reversed" alone turns an item round.
            points = instrument.variable(item.variable).levels
            assert [value for _, value in item.values] == sorted(point.value for point in points), item.variable
            assert directions.setdefault(item.variable, item.reversed) == item.reversed, item.variable


def test_everything_is_asked_of_somebody(instrument: Instrument, records: list[Record]) -> None:
    reached = {key.partition("[")[0] for record in records for key, value in record.answers.items() if value}
    expected = {each.code for each in instrument.questions if each.type is not QuestionType.INFORMATION}
    assert sorted(expected - reached) == []


def test_records_come_back_without_loss(instrument: Instrument, records: list[Record], tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "survey.sqlite")
    deployment = sandbox.open(sandbox.deploy(instrument, "2026"))
    sample = records[:40]
    fill(sandbox, deployment, sample)
    archive = Archive.create(tmp_path / "raw", deployment, instrument)
    fetch(sandbox, deployment, archive)
    counts = import_responses(archive).counts
    assert counts["respondents"] == len(sample)
    assert counts["records"] == counts["respondents"] + counts["superseded"]
    assert counts["respondents"] == counts["completed"] + counts["broken_off"] + counts["no_consent"]
    assert counts["answers"] == sum(bool(value) for record in sample for value in record.answers.values())
    assert counts["answers"] == counts["coded"] + counts["stated"]
    assert counts["set_aside"] == 0
    assert counts["completed"] > 0


def test_it_builds(instrument: Instrument, tmp_path: Path) -> None:
    target = tmp_path / "survey.lss"
    write_structure(instrument, target, "2026")
    assert instrument.digest in target.read_text(encoding="utf-8")


def test_the_index_names_every_questionnaire_and_its_items() -> None:
    row = re.compile(r"\| [a-z-]+ \| \[`([a-z0-9-]+)`\]\(\1/\) \|.*\| ([0-9]+) \| ([a-z, ]+) \|.*\|")
    listed = {match[1]: (int(match[2]), match[3]) for match in row.finditer(INDEX.read_text(encoding="utf-8"))}
    drafts = [load_instrument(path) for path in FILES if path.name == "draft.yaml"]
    assert {each.name: (asked(each), ", ".join(each.languages)) for each in drafts} == listed
    assert {path.relative_to(FOLDER).parts[0] for path in FILES} == set(listed)


def asked(instrument: Instrument) -> int:
    """Return the number of items, as the index counts them."""
    silent = {QuestionType.INFORMATION, QuestionType.HIDDEN}
    items = [each for each in instrument.questions if each.type not in silent and each.code != instrument.consent]
    return sum(len(each.items) or 1 for each in items)
