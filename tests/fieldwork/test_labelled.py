from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from trustsurvey.errors import InputError, UnknownNameError, WriteError
from trustsurvey.fieldwork.coding import REASONS
from trustsurvey.fieldwork.files import read_file_responses
from trustsurvey.fieldwork.labelled import write_labelled
from trustsurvey.fieldwork.labelled_marks import mark, marked
from trustsurvey.fieldwork.labelled_names import FORMATS, SPSS, STATA, cut, written_names
from trustsurvey.fieldwork.labelled_values import level_numbers
from trustsurvey.fieldwork.platform import Record
from trustsurvey.fieldwork.responses import Responses, code_responses, combine
from trustsurvey.fieldwork.simulate import simulate
from trustsurvey.fieldwork.truth import Rate, Truth
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import ScalePoint, Text
from trustsurvey.instruments.reading import load_instrument

RELEASE = Path(__file__).parents[2] / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml"
CITIZEN_CELLS = pd.DataFrame(
    [("21004", "25-34", "woman", "non_belgian", 1.0), ("21012", "65-74", "man", "belgian_belgian_background", 1.0)],
    columns=["district", "age_group", "sex", "origin", "count"],
)
MakeRecord = Callable[..., Record]


@pytest.fixture(params=[".sav", ".dta"])
def ending(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def whole(instrument: Instrument, cells: pd.DataFrame, truth: Truth) -> Responses:
    """Answers of every type, every reason among them, without derived variables that drop the answers behind them."""
    records = simulate(instrument, cells, truth, "2026", 500, 11)
    return code_responses(replace(instrument, derived=()), records, "2026")


@pytest.fixture(scope="module")
def citizen_records() -> list[Record]:
    released = load_instrument(RELEASE)
    plain = Truth(
        waves={"2026": 0.2},
        consent_refused=Rate(0.05),
        break_off=Rate(0.02),
        dont_know=Rate(0.1),
        refused=Rate(0.1),
        sensitive_refused=Rate(0.1),
        skipped=Rate(0.05),
    )
    return simulate(released, CITIZEN_CELLS, plain, "2026", 90, 5)


@pytest.fixture(scope="module")
def citizen(citizen_records: list[Record]) -> Responses:
    return code_responses(load_instrument(RELEASE), citizen_records, "2026")


def read(path: Path, user_missing: bool = True) -> tuple[pd.DataFrame, Any]:
    reader = pyreadstat.read_sav if path.suffix == ".sav" else pyreadstat.read_dta
    frame, about = reader(str(path), user_missing=user_missing)
    return frame, about


def test_what_is_written_reads_back_as_the_same_answers_and_reasons(
    whole: Responses, tmp_path: Path, ending: str
) -> None:
    occurring = {reason for name in whole.missing for reason in whole.missing[name].dropna().unique()}
    assert occurring == set(REASONS)
    for language in whole.instrument.languages:
        path = tmp_path / f"answers-{language}{ending}"
        write_labelled(whole, path, language, texts=True)
        again = read_file_responses(path, whole.instrument, "2026")
        pd.testing.assert_frame_equal(again.missing, whole.missing)
        pd.testing.assert_frame_equal(again.frame, whole.frame)


def test_the_citizen_survey_reads_back_where_nothing_is_replaced(
    citizen_records: list[Record], tmp_path: Path, ending: str
) -> None:
    asked = replace(load_instrument(RELEASE), derived=())
    responses = code_responses(asked, citizen_records, "2026")
    path = tmp_path / f"answers{ending}"
    write_labelled(responses, path, "nl", texts=True)
    again = read_file_responses(path, asked, "2026")
    pd.testing.assert_frame_equal(again.missing, responses.missing)
    pd.testing.assert_frame_equal(again.frame, responses.frame)


def test_reasons_are_user_missing_values_with_labels(citizen: Responses, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"answers{ending}"
    write_labelled(citizen, path, "en")
    frame, about = read(path)
    wanted = citizen.missing["TREAT_down"]
    codes = dict(zip(REASONS, (-1, -2, -3, -4, -5) if ending == ".sav" else "abcde", strict=True))
    for reason, code in codes.items():
        assert (frame["TREAT_down"] == code).tolist() == (wanted == reason).tolist()
        assert marked(about.variable_value_labels["TREAT_down"][code]) == reason
    if ending == ".sav":
        assert about.missing_ranges["TREAT_down"] == [{"lo": -5.0, "hi": -1.0}]
    else:
        assert set(about.missing_user_values["TREAT_down"]) == set("abcde")
    plain, _ = read(path, user_missing=False)
    answered = citizen.frame["TREAT_down"].astype(object).map(float, na_action="ignore")
    assert plain["TREAT_down"].astype(float).tolist() == pytest.approx(answered.tolist(), nan_ok=True)


def test_variables_are_labelled_in_the_language_asked_for(citizen: Responses, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"answers{ending}"
    write_labelled(citizen, path, "nl")
    _, about = read(path)
    labels = about.column_names_to_labels
    assert labels["TRUST"] == "Hoeveel vertrouwen hebt u over het algemeen in de politie?"
    assert labels["TREAT_down"].endswith("[Uit de hoogte doen tegen mensen]")
    assert labels["origin"] == "Afkomst"
    values = about.variable_value_labels
    assert values["TREAT_down"][2] == "Zelden"
    assert values["TRUST"][10] == "Volledig vertrouwen"
    assert values["VICTIMTYPE_HATE"][1] == "aangevinkt"
    assert values["origin"][3] == "Niet-Belgen"
    # Codes that are whole numbers are kept.
    assert values["district"][21004] == "Brussel"
    write_labelled(citizen, path)
    assert read(path)[1].column_names_to_labels["origin"] == "Origine"


def test_spss_knows_the_level_of_measurement(citizen: Responses, tmp_path: Path) -> None:
    write_labelled(citizen, tmp_path / "answers.sav")
    _, about = read(tmp_path / "answers.sav")
    measures = about.variable_measure
    assert (measures["TREAT_down"], measures["origin"], measures["TRUST"]) == ("ordinal", "nominal", "scale")
    assert measures["VICTIMTYPE_HATE"] == "nominal"
    assert about.original_variable_types["TREAT_down"].startswith("F")
    assert about.original_variable_types["TREAT_down"].endswith(".0")
    assert about.variable_display_width["district"] >= 5
    assert citizen.instrument.digest in about.notes


def test_what_was_typed_is_left_out_unless_asked_for(whole: Responses, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"answers{ending}"
    notes = write_labelled(whole, path)
    frame, _ = read(path)
    assert not {"NAME", "WHY", "HOW_other", "LASTWAY_other", "NAME_reason"} & set(frame.columns)
    assert sum("is left out" in note for note in notes) == 4
    assert "FORM" in frame.columns
    assert write_labelled(whole, path, texts=True) == ()
    frame, about = read(path)
    given = whole.frame["NAME"].notna().to_numpy()
    assert (frame["NAME"] != "").tolist() == given.tolist()
    told = frame["NAME_reason"].map(
        {code: marked(label) for code, label in about.variable_value_labels["NAME_reason"].items()}
    )
    assert (
        told.astype(object).where(~given, None).tolist()
        == whole.missing["NAME"].astype(object).where(~given, None).tolist()
    )


def test_dates_are_dates(whole: Responses, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"answers{ending}"
    write_labelled(whole, path)
    frame, about = read(path, user_missing=False)
    days = [None if pd.isna(each) else each for each in frame["WHEN"]]
    assert days == [None if pd.isna(each) else each.date() for each in whole.frame["WHEN"]]
    assert any(days)
    assert about.original_variable_types["WHEN"] in {"SDATE10", "%td"}


def test_only_its_owner_can_read_the_file(citizen: Responses, tmp_path: Path, ending: str) -> None:
    path = tmp_path / "new" / f"answers{ending}"
    write_labelled(citizen, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_nobody_gives_a_file_without_rows(instrument: Instrument, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"answers{ending}"
    write_labelled(code_responses(instrument, [], "2026"), path)
    frame, about = read(path)
    assert len(frame) == 0
    assert "TREAT_rude" in about.column_names


def test_numbers_below_zero_leave_room_for_reasons(
    instrument: Instrument, record: MakeRecord, tmp_path: Path, ending: str
) -> None:
    age = replace(instrument.question("AGE"), minimum=None, maximum=None)
    groups = tuple(
        replace(group, questions=tuple(age if each.code == "AGE" else each for each in group.questions))
        for group in instrument.groups
    )
    free = replace(instrument, groups=groups, derived=())
    given = [{"AGE": "-40"}, {"AGE": "-1.5"}, {"AGENR": "PNS"}, {}]
    responses = code_responses(free, [record(place, each) for place, each in enumerate(given, start=1)], "2026")
    path = tmp_path / f"answers{ending}"
    write_labelled(responses, path, texts=True)
    assert read(path, user_missing=False)[0]["AGE"].tolist()[:2] == [-40, -1.5]
    again = read_file_responses(path, free, "2026")
    pd.testing.assert_frame_equal(again.missing, responses.missing)
    pd.testing.assert_frame_equal(again.frame, responses.frame)


def test_waves_that_were_combined_are_written_too(citizen: Responses, tmp_path: Path, ending: str) -> None:
    other = code_responses(citizen.instrument, [], "2027")
    path = tmp_path / f"answers{ending}"
    write_labelled(combine([citizen, other]), path)
    frame, _ = read(path)
    assert frame["respondent"].tolist() == [f"2026-{each}" for each in citizen.frame.index]
    assert set(frame["wave"]) == {"2026"}


def test_long_texts_are_kept_or_refused(
    instrument: Instrument, record: MakeRecord, tmp_path: Path, ending: str
) -> None:
    long = "é" * 20_000
    answers = {"CONTACT": "yes", "HOW[desk]": "Y", "WHEN": "2025-03-04 00:00:00", "WHY": long}
    responses = code_responses(instrument, [record(1, answers), record(2)], "2026")
    path = tmp_path / f"answers{ending}"
    if ending == ".dta":
        write_labelled(responses, path, texts=True)
        assert read(path)[0]["WHY"].tolist() == [long, ""]
    else:
        with pytest.raises(InputError, match="WHY has 1 answers that are longer than the 32767 bytes") as caught:
            write_labelled(responses, path, texts=True)
        assert "é" not in str(caught.value)
        assert not path.exists()
        write_labelled(responses, path)


def test_names_that_are_refused_are_changed_and_noted(
    instrument: Instrument, record: MakeRecord, tmp_path: Path, ending: str
) -> None:
    long = "LONGEST" + "X" * 13
    item = "a_very_long_code_too"
    groups = []
    for group in instrument.groups:
        questions = []
        for question in group.questions:
            code = {"NAME": "BY", "PENSION": "STR", "TREAT": long}.get(question.code, question.code)
            items = tuple(replace(each, code=f"{item}{place}"[-20:]) for place, each in enumerate(question.items))
            questions.append(replace(question, code=code, items=items))
        groups.append(replace(group, questions=tuple(questions)))
    changed = replace(instrument, groups=tuple(groups), derived=(), index_definitions=())
    assert len(changed.variables[4].name) == 41
    made = record(1)
    raw = {key.replace("TREAT", long).replace("NAME", "BY"): value for key, value in made.answers.items()}
    old = [each.code for each in instrument.question("TREAT").items]
    new = [each.code for each in changed.question(long).items]
    for before, after in zip(old, new, strict=True):
        raw[f"{long}[{after}]"] = "a2" if after == new[0] else "a5"
        raw.pop(f"{long}[{before}]")
    raw["BY"] = "word"
    raw = {("STR" if key == "PENSION" else key): value for key, value in raw.items()}
    responses = code_responses(changed, [replace(made, answers=raw)], "2026")
    path = tmp_path / f"answers{ending}"
    notes = write_labelled(responses, path, texts=True)
    if ending == ".sav":
        assert notes == ("BY is written as BY_1",)
    else:
        assert notes[0] == f"{long}_{new[0]} is written as {(long + '_' + new[0])[:31]}"
        assert [note.rsplit(" ", 1)[1] for note in notes][1] == f"{(long + '_' + new[1])[:29]}_1"
        assert notes[-1] == "STR is written as STR_1"
    again = read_file_responses(path, changed, "2026")
    pd.testing.assert_frame_equal(again.frame, responses.frame)
    pd.testing.assert_frame_equal(again.missing, responses.missing)


def test_written_names_are_accepted_and_differ(tmp_path: Path) -> None:
    names = ["ALL", "all_", "All", "x" * 70, "x" * 71, "X" * 72, "if", "_b", "strL", "plain", "Plain", "with", "ok_"]
    for ending, kind in FORMATS.items():
        own = [name for name in names if ending == ".dta" or name != "_b"]
        written = written_names(own, kind)
        assert len({each.lower() for each in written.values()}) == len(own)
        assert written["plain"] == "plain"
        frame = pd.DataFrame({each: [1.0] for each in written.values()})
        path = tmp_path / f"names{ending}"
        (pyreadstat.write_sav if kind is SPSS else pyreadstat.write_dta)(frame, str(path))
        assert list(read(path)[0].columns) == list(written.values())
        assert written_names(own, kind) == written


def test_labels_are_cut_at_a_whole_character() -> None:
    assert cut("short", 80, STATA) == "short"
    assert cut("two\nlines", 80, STATA) == "two lines"
    assert cut("é" * 200, 80, STATA) == "é" * 79 + "…"
    assert len(cut("é" * 200, 256, SPSS).encode()) <= 256
    assert cut("é" * 200, 256, SPSS) == "é" * 126 + "…"
    decomposed = "e\u0301" * 60
    assert cut(decomposed, 80, STATA) == "e\u0301" * 39 + "…"
    assert cut("😀" * 100, 256, SPSS) == "😀" * 63 + "…"


def test_long_and_equal_labels_are_told_apart(
    instrument: Instrument, record: MakeRecord, tmp_path: Path, ending: str
) -> None:
    scale = instrument.question("NATNOW").scale
    assert scale is not None
    longest = FORMATS[ending].longest_value_label
    same = Text.of({"en": "Country " * (longest // 8 + 2), "fr": "Pays"})
    twins = replace(scale, points=tuple(replace(point, label=same) for point in scale.points))
    groups = tuple(
        replace(
            group,
            questions=tuple(replace(each, scale=twins) if each.scale == scale else each for each in group.questions),
        )
        for group in instrument.groups
    )
    changed = replace(instrument, groups=groups, derived=())
    given = [{"NATNOW": "be", "NATFIRST": "row"}, {"NATNOW": "eu"}, {"NATNOW": "PNS"}]
    responses = code_responses(changed, [record(place, each) for place, each in enumerate(given, start=1)], "2026")
    path = tmp_path / f"answers{ending}"
    for language in ("en", "fr"):
        write_labelled(responses, path, language, texts=True)
        labels = read(path)[1].variable_value_labels["NATNOW"]
        assert [marked(labels[number]) for number in (1, 2, 3)] == ["be", "eu", "row"]
        assert all(FORMATS[ending].length(each) <= longest for each in labels.values())
        pd.testing.assert_frame_equal(read_file_responses(path, changed, "2026").frame, responses.frame)


@pytest.mark.parametrize(
    ("codes", "ordinal", "numbers"),
    [
        (["1", "2", "5"], True, [1, 2, 5]),
        (["21004", "21001"], False, [21004, 21001]),
        (["a1", "a2"], True, [1, 2]),
        (["BE", "OTH"], False, [1, 2]),
        (["1", "3", "other"], False, [1, 3, 4]),
        (["1", "x", "3"], True, [1, 2, 3]),
        (["01", "2"], False, [3, 2]),
    ],
)
def test_codes_become_numbers(codes: list[str], ordinal: bool, numbers: list[float]) -> None:
    levels = tuple(ScalePoint(code, Text.of({"en": code}), float(place)) for place, code in enumerate(codes))
    assert list(level_numbers(levels, ordinal).values()) == numbers


def test_a_code_at_the_end_of_a_label_is_found_again() -> None:
    assert marked(mark("ne sait pas", "dont_know")) == "dont_know"
    assert marked("[skipped]") == "skipped"
    assert marked("Agree") == ""
    assert marked("see [1] above") == ""


def test_mistakes_are_told_with_their_remedy(citizen: Responses, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"end with \.sav or \.dta"):
        write_labelled(citizen, tmp_path / "answers.csv")
    with pytest.raises(UnknownNameError, match="available: fr, nl, en"):
        write_labelled(citizen, tmp_path / "answers.sav", "de")
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError, match="cannot be written"):
        write_labelled(citizen, tmp_path / "file" / "answers.sav")


def test_writing_changes_nothing_in_the_answers(citizen: Responses, tmp_path: Path, ending: str) -> None:
    frame, missing = citizen.frame.copy(), citizen.missing.copy()
    write_labelled(citizen, tmp_path / f"answers{ending}", texts=True)
    pd.testing.assert_frame_equal(citizen.frame, frame)
    pd.testing.assert_frame_equal(citizen.missing, missing)
