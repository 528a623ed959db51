from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import trustsurvey as ts
from trustsurvey.errors import InputError, InstrumentError, MissingFileError, Problem
from trustsurvey.instruments.model import Instrument, canonical
from trustsurvey.instruments.questions import QuestionType
from trustsurvey.instruments.reading import check, load_instrument, read_canonical

Write = Callable[[str | bytes], Path]
Check = Callable[[str | bytes], list[Problem]]

INSTRUMENTS = Path(__file__).parents[2] / "instruments"
PACKAGED = sorted([*INSTRUMENTS.glob("*/draft.yaml"), *INSTRUMENTS.glob("*/releases/*.yaml")])


@pytest.fixture
def instrument(everything: str, write: Write) -> Instrument:
    return load_instrument(write(everything))


def test_the_public_name_is_the_one_of_this_module() -> None:
    assert ts.load_instrument is load_instrument


@pytest.mark.parametrize("path", PACKAGED, ids=lambda path: str(path.relative_to(INSTRUMENTS)))
def test_every_packaged_instrument_loads_and_survives_its_canonical_form(path: Path) -> None:
    assert check(path) == []
    loaded = load_instrument(path)
    again = read_canonical(canonical(loaded))
    assert again == loaded
    assert again.digest == loaded.digest


def test_there_are_packaged_instruments() -> None:
    assert [path for path in PACKAGED if "citizen-trust" in path.parts]


def test_every_key_arrives_in_the_instrument(instrument: Instrument) -> None:
    assert (instrument.name, instrument.version, instrument.languages) == ("every-kind", "1.2.3", ("fr", "en"))
    assert instrument.title["en"] == "Everything"
    assert instrument.welcome is not None
    assert instrument.welcome["fr"] == "Bienvenue"
    assert instrument.provenance == (("author", "us"), ("year", "2026"))
    assert instrument.dont_know is not None
    assert instrument.dont_know.code == "DK"
    assert {question.type for question in instrument.questions} == set(QuestionType)
    trust = instrument.question("TRUST")
    assert (trust.minimum, trust.maximum, trust.ends[1]["en"]) == (0.0, 10.0, "Complete")
    assert (trust.dont_know, trust.refused, trust.mandatory, trust.trend) == (True, True, "soft", True)
    assert instrument.question("WHEN").minimum == "2020-01-01"
    assert instrument.question("MODE").value == "web"
    treat = instrument.question("TREAT")
    assert treat.scale is not None
    assert [(point.code, point.value) for point in treat.scale.points] == [("1", 1.0), ("2", 2.0), ("3", 4.0)]
    assert treat.items[0].trend
    assert instrument.variable("TREAT_fair").concept == "treatment"
    how = instrument.question("HOW")
    assert how.scale is not None
    assert how.scale.name == "HOW"
    assert instrument.variable("HOW").codes == ("web", "paper", "other")
    assert instrument.groups[1].ask_if == "TRUST >= 1 or dont_know(TRUST)"
    assert instrument.derived[0].replaces == ("AGE",)


def test_words_that_other_yaml_versions_read_as_booleans_stay_codes(instrument: Instrument) -> None:
    reasons = instrument.question("WHY").scale
    assert reasons is not None
    assert reasons.codes == ("cost", "fear", "no")
    assert instrument.derived[1].levels[0].code == "yes"


def test_index_items_know_how_answers_become_numbers(instrument: Instrument) -> None:
    items = {item.variable: item for item in instrument.indices["goodwill"].items}
    assert list(items) == ["TRUST", "TREAT_respect", "TREAT_fair", "SAME"]
    assert (items["TRUST"].minimum, items["TRUST"].maximum, items["TRUST"].values) == (0.0, 10.0, ())
    assert items["SAME"].values == (("1", 1.0), ("2", 2.0), ("3", 4.0))
    assert (items["SAME"].minimum, items["SAME"].maximum) == (1.0, 4.0)
    assert [item.reversed for item in items.values()] == [False, False, True, False]


def test_built_in_words_for_yes_and_no(instrument: Instrument) -> None:
    scale = instrument.question("CONSENT").scale
    assert scale is not None
    assert [(point.code, point.label["fr"], point.label["en"]) for point in scale.points] == [
        ("yes", "Oui", "Yes"),
        ("no", "Non", "No"),
    ]


def test_a_scale_named_yes_no_replaces_the_built_in_words(everything: str, write: Write) -> None:
    own = """\
scales:
  yes_no:
    kind: nominal
    points:
      - {code: yes, label: {fr: J'accepte, en: I agree}}
      - {code: no, label: {fr: Je refuse, en: I refuse}}
"""
    scale = load_instrument(write(everything.replace("scales:\n", own))).question("CONSENT").scale
    assert scale is not None
    assert scale.points[0].label["en"] == "I agree"


def test_a_language_without_built_in_words_needs_the_scale(everything: str, problems: Check) -> None:
    found = problems(everything.replace("fr:", "de:").replace("[fr, en]", "[de, en]"))
    assert [problem.message for problem in found] == ["there are no built-in words for yes and no in de"]


@pytest.mark.parametrize("path", ["fr-BE", "zh-Hans", "pt-BR", "no"])
def test_language_tags(path: str, everything: str, problems: Check) -> None:
    found = problems(everything.replace("fr:", f"{path}:").replace("[fr, en]", f"[{path}, en]"))
    assert [problem.message for problem in found] == [f"there are no built-in words for yes and no in {path}"]


@pytest.mark.parametrize("tag", ["xx", "fra", "EN", "french", "fr_BE", "f"])
def test_unknown_language_tags(tag: str, everything: str, problems: Check) -> None:
    found = problems(everything.replace("[fr, en]", f"[fr, en, {tag}]"))
    assert (found[0].line, found[0].column) == (3, 21)
    assert found[0].message == f"{tag} is not the code of a language"


def test_all_problems_are_reported_at_once_and_in_order(everything: str, write: Write) -> None:
    content = everything.replace("type: rating", "tpye: rating").replace("[TRUST, TREAT, SAME]", "[TREAT, SAMO]")
    content = content.replace("en: Why?", "nl: Why?").replace('MODE = "web"', "MODE =").replace("1.2.3", "1.2")
    with pytest.raises(InstrumentError) as caught:
        load_instrument(write(content))
    messages = [problem.message for problem in caught.value.problems]
    assert [problem.line for problem in caught.value.problems] == [2, 41, 86, 86, 127, 145]
    assert messages[0].startswith("the version 1.2 is not")
    assert messages[1] == "the question has no type"
    assert {messages[2], messages[3]} == {"text: no translation in en", "nl is no language of this instrument"}
    assert messages[5] == "there is no item SAMO"
    assert str(caught.value).count("\n") == 5
    assert all(problem.remedy for problem in caught.value.problems)
    assert check(write(content)) == list(caught.value.problems)


def test_what_names_something_broken_is_not_reported_again(everything: str, problems: Check) -> None:
    content = everything.replace("        scale: agree\n        randomise: true", "        scale: nowhere")
    assert [problem.message for problem in problems(content)] == ["there is no scale nowhere"]
    content = everything.replace("    kind: ordinal\n    points:\n", "    kind: ordinl\n    points:\n", 1)
    assert [problem.line for problem in problems(content)] == [17]


def test_a_misspelt_required_key_is_one_problem(everything: str, problems: Check) -> None:
    found = problems(everything.replace("        minimum: 0\n", "        minimun: 0\n"))
    assert [problem.message for problem in found] == ["the key minimun is not known here"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_endings_and_a_byte_order_mark_change_nothing(
    everything: str, write: Write, instrument: Instrument, ending: str, mark: bytes
) -> None:
    assert load_instrument(write(mark + everything.replace("\n", ending).encode())) == instrument


def test_the_digest_is_of_content_not_of_layout(everything: str, write: Write, instrument: Instrument) -> None:
    other = "# a comment\n" + everything.replace(
        "title: {fr: Tout, en: Everything}", "title:\n  en: Everything\n  fr: Tout"
    )
    assert load_instrument(write(other)).digest == instrument.digest
    assert load_instrument(write(everything.replace("en: Agree}", "en: Agreed}"))).digest != instrument.digest


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"nowhere\.yaml does not exist"):
        load_instrument(tmp_path / "nowhere.yaml")
    assert [problem.remedy for problem in check(tmp_path / "nowhere.yaml")] == ["name an existing file"]


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match="this is a folder; name a file in it"):
        load_instrument(tmp_path)


def test_an_impossible_path() -> None:
    assert "cannot be read" in check("a\0b")[0].message


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", "[1]", '{"name": 1}', '{"languages": ["fr"], "title": {}, "groups": [{}]}', "[" * 100_000],
)
def test_what_is_no_canonical_form(text: str) -> None:
    with pytest.raises(InputError, match="not the canonical form of an instrument"):
        read_canonical(text)


def test_an_unknown_key_in_a_canonical_form(instrument: Instrument) -> None:
    with pytest.raises(InputError, match="not the canonical form"):
        read_canonical(canonical(instrument).replace('"version"', '"verzion"'))
