from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trustsurvey.errors import InputError, MissingFileError, WriteError
from trustsurvey.fieldwork.platform import Record, raw_keys
from trustsurvey.fieldwork.responses import STATUSES, Responses, code_responses, combine, load_responses
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Question, QuestionType

Make = Callable[..., Record]
SECRET = "Margareta, rue Haute 12"


def code(instrument: Instrument, *records: Record) -> Responses:
    return code_responses(instrument, records, "2026")


def cell(responses: Responses, name: str, row: int = 0) -> tuple[Any, Any]:
    value, reason = responses.frame[name].iloc[row], responses.missing[name].iloc[row]
    return (None if pd.isna(value) else value), (None if pd.isna(reason) else reason)


def test_columns_and_their_types(instrument: Instrument, record: Make) -> None:
    for responses in (code(instrument), code(instrument, record(3)), code(instrument, record(3), record(1))):
        frame, missing = responses.frame, responses.missing
        assert frame.index.name == missing.index.name == "respondent"
        assert frame.index.dtype == "int64"
        assert list(frame.columns[:3]) == ["wave", "language", "status"]
        assert list(frame.columns[3:]) == list(missing.columns)
        assert not {"AGE", "NATNOW", "NATFIRST", "HELLO"} & set(frame.columns)
        assert frame["TRUST"].dtype == "float64"
        assert frame["TREAT_rude"].cat.ordered
        assert list(frame["TREAT_rude"].cat.categories) == ["a1", "a2", "a3", "a4", "a5"]
        assert not frame["RANK_1"].cat.ordered
        assert list(frame["LASTWAY"].cat.categories) == ["web", "tel", "desk", "other"]
        assert frame["HOW_web"].dtype == "boolean"
        assert frame["WHEN"].dtype == "datetime64[us]"
        assert frame["NAME"].dtype == pd.StringDtype(na_value=np.nan)
        assert list(frame["age_group"].cat.categories) == ["young", "middle", "old"]
        assert (frame["age_group"].cat.ordered, frame["origin"].cat.ordered) == (True, False)
        assert list(missing["TRUST"].cat.categories) == ["not_asked", "dont_know", "refused", "skipped", "broken_off"]


CONTACT = {"CONTACT": "yes"}
CELLS = [
    ({"TRUST": "7"}, "TRUST", (7.0, None)),
    ({"TRUST": "10"}, "TRUST", (10.0, None)),
    ({"TRUST": "DK"}, "TRUST", (None, "dont_know")),
    ({"TRUST": "PNS"}, "TRUST", (None, "refused")),
    ({}, "TRUST", (None, "skipped")),
    ({"TREAT[rude]": "a2"}, "TREAT_rude", ("a2", None)),
    ({"TREAT[rude]": "a2"}, "TREAT_respect", (None, "skipped")),
    ({"TREAT[rude]": "DK"}, "TREAT_rude", (None, "dont_know")),
    ({"CONTACT": "no"}, "HOW_web", (None, "not_asked")),
    ({"CONTACT": "PNS"}, "HOW_web", (None, "not_asked")),
    (CONTACT, "HOW_web", (None, "skipped")),
    (CONTACT, "HOW_other", (None, "skipped")),
    (CONTACT | {"HOW[tel]": "Y"}, "HOW_tel", (True, None)),
    (CONTACT | {"HOW[tel]": "Y"}, "HOW_web", (False, None)),
    (CONTACT | {"HOW[tel]": "Y"}, "HOW_other", (None, "not_asked")),
    (CONTACT | {"HOW[other]": "fax"}, "HOW_web", (False, None)),
    (CONTACT | {"HOW[other]": "fax"}, "HOW_other", ("fax", None)),
    (CONTACT | {"HOW[DK]": "Y"}, "HOW_web", (None, "dont_know")),
    (CONTACT | {"HOW[PNS]": "Y"}, "HOW_other", (None, "refused")),
    (CONTACT | {"HOW[DK]": "Y", "HOW[web]": "Y"}, "HOW_web", (None, "dont_know")),
    (CONTACT | {"HOW[web]": "Y"}, "WHEN", (None, "not_asked")),
    (CONTACT | {"HOW[desk]": "Y"}, "WHEN", (None, "skipped")),
    (CONTACT | {"HOW[desk]": "Y", "WHENNR": "DK"}, "WHEN", (None, "dont_know")),
    (CONTACT | {"HOW[desk]": "Y", "WHEN": "2025-03-04 00:00:00"}, "WHEN", (pd.Timestamp(2025, 3, 4), None)),
    (CONTACT | {"HOW[desk]": "Y", "WHEN": "2026-12-31"}, "WHEN", (pd.Timestamp(2026, 12, 31), None)),
    (CONTACT | {"HOW[desk]": "Y", "WHEN": "2025-03-04", "WHENNR": "DK"}, "WHEN", (None, "dont_know")),
    (CONTACT | {"HOW[desk]": "Y", "WHEN": "2025-03-04", "WHY": "so"}, "WHY", ("so", None)),
    (CONTACT | {"HOW[desk]": "Y", "WHENNR": "DK", "WHY": "so"}, "WHY", (None, "not_asked")),
    (CONTACT | {"TRUST": "5", "LASTWAY": "tel"}, "LASTWAY", ("tel", None)),
    (CONTACT | {"TRUST": "5", "LASTWAY": "tel"}, "LASTWAY_other", (None, "not_asked")),
    (CONTACT | {"TRUST": "5"}, "LASTWAY_other", (None, "skipped")),
    (CONTACT | {"TRUST": "9"}, "LASTWAY_other", (None, "not_asked")),
    (CONTACT | {"TRUST": "5", "LASTWAY": "-oth-"}, "LASTWAY", ("other", None)),
    (CONTACT | {"TRUST": "5", "LASTWAY": "-oth-"}, "LASTWAY_other", (None, "skipped")),
    (CONTACT | {"TRUST": "5", "LASTWAY": "-oth-", "LASTWAY[other]": "fax"}, "LASTWAY_other", ("fax", None)),
    (CONTACT | {"TRUST": "9", "LASTWAY": "tel"}, "LASTWAY", (None, "not_asked")),
    (CONTACT | {"TRUST": "DK", "LASTWAY": "tel"}, "LASTWAY", (None, "not_asked")),
    ({"RANK[1]": "desk"}, "RANK_1", ("desk", None)),
    ({"RANK[1]": "desk"}, "RANK_2", (None, "skipped")),
    ({"AGE": "34.0000000000"}, "age_group", ("young", None)),
    ({"AGE": "35"}, "age_group", ("middle", None)),
    ({"AGENR": "PNS"}, "age_group", (None, "refused")),
    ({}, "age_group", (None, "skipped")),
    ({"NATNOW": "be", "NATFIRST": "be"}, "origin", ("belgian", None)),
    ({"NATNOW": "be", "NATFIRST": "row"}, "origin", ("foreign", None)),
    ({"NATNOW": "be", "NATFIRST": "PNS"}, "origin", (None, "refused")),
    ({"NATNOW": "eu"}, "origin", ("other", None)),
    ({"NATNOW": "PNS"}, "origin", (None, "refused")),
    ({"AGE": "70", "PENSION": "yes"}, "PENSION", ("yes", None)),
    ({"AGE": "64", "PENSION": "yes"}, "PENSION", (None, "not_asked")),
    ({"FORM": "A"}, "FORM", ("A", None)),
]


@pytest.fixture(scope="module")
def cases(instrument: Instrument) -> Responses:
    """One respondent a case, numbered as in the list."""
    keys = raw_keys(instrument)
    given = [{"CONSENT": "yes", "FORM": "A"} | answers for answers, _, _ in CELLS]
    records = [
        Record(number, 1, "2026-02-01 10:00:00", 5, "en", {key: answers.get(key, "") for key in keys})
        for number, answers in enumerate(given)
    ]
    return code(instrument, *records)


@pytest.mark.parametrize("number", range(len(CELLS)), ids=[f"{name}-{answers}" for answers, name, _ in CELLS])
def test_a_cell_or_the_reason_why_not(cases: Responses, number: int) -> None:
    _, name, expected = CELLS[number]
    assert cell(cases, name, number) == expected
    assert cases.frame["status"].iloc[number] == "completed"


@pytest.mark.parametrize(
    ("last_page", "answers", "name", "reason"),
    [
        (0, {"CONSENT": "", "FORM": ""}, "CONSENT", "broken_off"),
        (0, {"CONSENT": "", "FORM": ""}, "TRUST", "broken_off"),
        (1, {}, "TRUST", "broken_off"),
        (2, {}, "TRUST", "skipped"),
        (2, {}, "HOW_web", "broken_off"),
        (3, {}, "HOW_web", "not_asked"),
        (3, {"CONTACT": "no"}, "HOW_web", "not_asked"),
        (3, {"CONTACT": "yes"}, "HOW_web", "skipped"),
        (3, {}, "age_group", "broken_off"),
        (3, {}, "origin", "broken_off"),
        (3, {}, "PENSION", "broken_off"),
        (4, {"AGE": "30"}, "PENSION", "not_asked"),
        (4, {"AGE": "70"}, "PENSION", "broken_off"),
        # Having gone back, its respondent left on an earlier page than the last one answered.
        (1, {"RANK[1]": "web"}, "RANK_2", "skipped"),
        (1, {"RANK[1]": "web"}, "TRUST", "skipped"),
        (1, {"RANK[1]": "web"}, "NAME", "broken_off"),
    ],
)
def test_reasons_of_those_who_break_off(
    instrument: Instrument, record: Make, last_page: int, answers: dict[str, str], name: str, reason: str
) -> None:
    responses = code(instrument, record(1, answers, submitted=False, last_page=last_page))
    assert cell(responses, name) == (None, reason)
    assert responses.frame["status"].iloc[0] == "broken_off"


@pytest.mark.parametrize(
    ("answers", "name", "aside"),
    [
        ({"AGE": "7"}, "age_group", 1),
        ({"AGE": "abc"}, "age_group", 1),
        ({"CONTACT": "yes", "HOW[desk]": "Y", "WHEN": "2019-01-01 00:00:00"}, "WHEN", 1),
        ({"CONTACT": "yes"} | {f"HOW[{each}]": "Y" for each in ("web", "tel", "desk", "other")}, "HOW_web", 4),
    ],
)
def test_what_was_refused_before_a_break_off_is_set_aside(
    instrument: Instrument, record: Make, answers: dict[str, str], name: str, aside: int
) -> None:
    others = [record(2, {"AGE": "40"}), record(3, {"AGE": "50"}, submitted=False)]
    responses = code(instrument, record(1, answers, submitted=False, last_page=2), *others)
    assert cell(responses, name) == (None, "broken_off")
    assert responses.counts["set_aside"] == aside
    assert responses.frame["age_group"].tolist()[1:] == ["middle", "middle"]


def test_lines_end_alike_whatever_browser_sent_them(instrument: Instrument, record: Make) -> None:
    responses = code(instrument, record(1, {"NAME": "one\r\ntwo\nthree"}))
    assert cell(responses, "NAME") == ("one\ntwo\nthree", None)


def test_what_a_page_stores_before_it_is_seen_is_no_answer(instrument: Instrument, record: Make) -> None:
    responses = code(instrument, record(1, {"CONSENT": ""}, submitted=False, last_page=0))
    assert cell(responses, "CONSENT") == cell(responses, "FORM") == (None, "broken_off")


def test_answers_changed_by_going_back_are_set_aside(instrument: Instrument, record: Make) -> None:
    answers = {"CONTACT": "no", "HOW[desk]": "Y", "WHEN": "2025-03-04 00:00:00", "WHY": "so", "LASTWAY": "tel"}
    responses = code(instrument, record(1, answers))
    assert [cell(responses, name)[1] for name in ("HOW_desk", "WHEN", "WHY", "LASTWAY")] == ["not_asked"] * 4
    assert responses.counts["set_aside"] == 4
    assert responses.counts["coded"] == 3
    chosen = code(instrument, record(1, {"CONTACT": "yes", "HOW[DK]": "Y", "HOW[web]": "Y", "HOW[other]": "fax"}))
    assert (chosen.counts["stated"], chosen.counts["set_aside"]) == (1, 2)


def test_consent_withheld_or_withdrawn(instrument: Instrument, record: Make) -> None:
    answers = {"CONSENT": "no", "TRUST": "7", "NATNOW": "eu"}
    responses = code(
        instrument, record(1, answers), record(2, answers, submitted=False), record(3, answers | {"CONSENT": ""})
    )
    assert responses.frame["status"].tolist() == ["no_consent"] * 3
    assert responses.frame["TRUST"].isna().all()
    assert (responses.missing["origin"] == "not_asked").all()
    assert responses.counts["set_aside"] == 3 * 3


def test_a_later_record_supersedes(instrument: Instrument, record: Make) -> None:
    responses = code(
        instrument, record(2, {"TRUST": "1"}), record(1, {"TRUST": "2"}), replace(record(2, {"TRUST": "3"}), moved=9)
    )
    assert responses.frame["TRUST"].to_dict() == {1: 2.0, 2: 3.0}
    assert {name: responses.counts[name] for name in ("records", "superseded", "respondents")} == {
        "records": 3,
        "superseded": 1,
        "respondents": 2,
    }


WRONG = [
    ({"TRUST": "11"}, "TRUST: 2 answers with codes that the instrument does not have (11)"),
    ({"TRUST": SECRET}, "TRUST: 2 answers with codes that the instrument does not have"),
    ({"TREAT[rude]": "a9"}, "TREAT[rude]: 2 answers with codes that the instrument does not have (a9)"),
    ({"CONSENT": "Y"}, "CONSENT: 2 answers with codes that the instrument does not have (Y)"),
    ({"CONTACT": "DK"}, "CONTACT: 2 answers with codes that the instrument does not have (DK)"),
    ({"HOW[web]": "N"}, "HOW[web]: 2 answers with codes that the instrument does not have (N)"),
    ({"WHENNR": "PNS"}, "WHENNR: 2 answers with codes that the instrument does not have (PNS)"),
    ({"RANK[1]": "web", "RANK[2]": "web"}, "RANK: 2 respondents gave one answer two ranks"),
    (
        CONTACT | {"HOW[web]": "Y", "HOW[tel]": "Y", "HOW[desk]": "Y", "HOW[other]": "fax"},
        "HOW: 2 respondents ticked more than the 3 answers",
    ),
    ({"AGE": SECRET}, "AGE: 2 answers that are not numbers"),
    ({"AGE": "inf"}, "AGE: 2 answers that are not numbers"),
    ({"AGE": "1_7"}, "AGE: 2 answers that are not numbers"),
    ({"AGE": "17,5"}, "AGE: 2 answers that are not numbers"),
    ({"AGE": "15"}, "AGE: 2 answers below 16 or above 110"),
    (CONTACT | {"HOW[desk]": "Y", "WHEN": SECRET}, "WHEN: 2 answers that are not dates"),
    (CONTACT | {"HOW[desk]": "Y", "WHEN": "2025-02-30 00:00:00"}, "WHEN: 2 answers that are not dates"),
    (
        CONTACT | {"HOW[desk]": "Y", "WHEN": "2023-12-31 23:59:59"},
        "WHEN: 2 answers below 2024-01-01 or above 2026-12-31",
    ),
]


@pytest.mark.parametrize(("answers", "message"), WRONG)
def test_what_the_instrument_cannot_hold_stops_the_import(
    instrument: Instrument, record: Make, answers: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        code(instrument, record(1, answers | {"NAME": SECRET}), record(2, answers), record(3, {"TRUST": "4"}))
    assert message in str(caught.value)
    assert "not edited on the platform; nothing was imported" in str(caught.value)
    assert "Margareta" not in str(caught.value)


def test_a_tick_may_be_called_other(instrument: Instrument, record: Make) -> None:
    contact = instrument.groups[2]
    how = contact.questions[1]
    assert how.scale
    points = (*how.scale.points[:2], replace(how.scale.points[2], code="other"))
    how = replace(how, scale=replace(how.scale, points=points), other=None, dont_know=False, refused=False)
    shorter = replace(contact, questions=(contact.questions[0], how))
    ticked = replace(instrument, groups=(instrument.groups[0], shorter), derived=(), index_definitions=())
    answers = dict.fromkeys(raw_keys(ticked), "") | {"CONSENT": "yes", "CONTACT": "yes", "HOW[other]": "Y"}
    responses = code(ticked, replace(record(1), answers=answers))
    assert responses.frame[["HOW_web", "HOW_other"]].iloc[0].tolist() == [False, True]
    with pytest.raises(InputError, match=r"HOW\[other\]: 1 answers with codes"):
        code(ticked, replace(record(1), answers=answers | {"HOW[other]": "fax"}))


def test_every_problem_is_reported_at_once(instrument: Instrument, record: Make) -> None:
    wrong = [record(1, {"TRUST": "11", "AGE": "x"}), replace(record(2), language="de")]
    with pytest.raises(InputError) as caught:
        code(instrument, *wrong)
    for name in ("TRUST:", "AGE:", "language: 1 records"):
        assert name in str(caught.value)


def test_other_keys_than_the_instruments(instrument: Instrument, record: Make) -> None:
    fewer = {key: value for key, value in record(2).answers.items() if key != "AGE"}
    with pytest.raises(
        InputError, match=r"PHONE: in 1 records, not in the instrument\nAGE: in the instrument, not in 1"
    ):
        code(
            instrument,
            replace(record(1), answers={**record(1).answers, "PHONE": SECRET}),
            replace(record(2), answers=fewer),
        )


def test_nobody_everybody_breaks_off_everybody_refuses(instrument: Instrument, record: Make) -> None:
    empty = code(instrument)
    assert len(empty.frame) == 0
    assert set(empty.counts.values()) == {0}
    assert list(empty.frame["wave"].cat.categories) == ["2026"]
    broken = code(instrument, *(record(each, submitted=False, last_page=1) for each in range(1, 6)))
    assert (broken.missing.drop(columns=["CONSENT", "FORM"]) == "broken_off").all(axis=None)
    assert broken.counts["broken_off"] == len(broken.frame) == 5
    assert broken.completed.empty
    refused = code(instrument, *(record(each, {"CONSENT": "no"}) for each in range(1, 6)))
    assert (refused.missing.drop(columns=["CONSENT"]) == "not_asked").all(axis=None)
    assert refused.counts["no_consent"] == 5


@pytest.mark.parametrize("seed", range(5))
def test_whatever_is_answered_reconciles(instrument: Instrument, record: Make, seed: int) -> None:
    random = np.random.default_rng(seed)
    options = {key: _options(question, key) for question in instrument.questions for key in _keys(question)}
    options |= {"HOW[DK]": ["Y", ""], "HOW[PNS]": ["Y", ""], "WHENNR": ["DK", ""], "AGENR": ["PNS", ""]}
    records = []
    for identifier in range(1, 201):
        answers = {key: str(random.choice(options[key])) for key in raw_keys(instrument)}
        if answers["RANK[1]"] == answers["RANK[2]"]:
            answers["RANK[2]"] = ""
        if random.random() < 0.8:
            answers["CONSENT"] = "yes"
        if all(answers[f"HOW[{code}]"] for code in ("web", "tel", "desk", "other")):
            answers["HOW[web]"] = ""
        submitted = bool(random.random() < 0.7)
        records.append(record(identifier, answers, submitted, int(random.integers(0, 6))))
    responses = code(instrument, *records)
    counts = responses.counts
    assert counts["answers"] == sum(value != "" for each in records for value in each.answers.values())
    assert counts["answers"] == counts["coded"] + counts["stated"] + counts["set_aside"]
    assert counts["set_aside"] > 0
    assert sum(counts[status] for status in STATUSES) == len(records)
    values = responses.frame[responses.missing.columns]
    assert (values.isna().to_numpy() == responses.missing.notna().to_numpy()).all()
    shuffled = [records[each] for each in random.permutation(len(records))]
    pd.testing.assert_frame_equal(code(instrument, *shuffled).frame, responses.frame)


def _keys(question: Question) -> list[str]:
    return [variable.key for variable in question.variables()]


def _options(question: Question, key: str) -> list[str]:
    variable = next(each for each in question.variables() if each.key == key)
    match variable.kind:
        case "boolean":
            return ["Y", ""]
        case "date":
            return ["2025-03-04 00:00:00", ""]
        case "text":
            return ["some text", ""]
        case "number" if question.type is QuestionType.NUMBER:
            return ["16", "40", "80", ""]
        case "number":
            return ["0", "5", "10", "DK", "PNS", ""]
    stated = [reason for offered, reason in ((question.dont_know, "DK"), (question.refused, "PNS")) if offered]
    return [*(each if each != "other" else "-oth-" for each in variable.codes), *stated, ""]


@pytest.fixture
def responses(instrument: Instrument, record: Make) -> Responses:
    return code(
        instrument,
        record(4, {"TRUST": "7", "CONTACT": "yes", "HOW[desk]": "Y", "WHEN": "2025-03-04 00:00:00", "NAME": SECRET}),
        record(9, {"TRUST": "DK", "AGE": "40", "NATNOW": "eu"}),
        record(11, submitted=False, last_page=2),
    )


def same(one: Responses, other: Responses) -> bool:
    pd.testing.assert_frame_equal(one.frame, other.frame)
    pd.testing.assert_frame_equal(one.missing, other.missing)
    return one.counts == other.counts and one.instrument == other.instrument


def test_nothing_personal_is_printed(responses: Responses) -> None:
    assert repr(responses) == "Responses(every-type 1.0.0, wave 2026: 3 respondents, 20 variables)"


def test_a_saved_file_reads_back_equal(tmp_path: Path, instrument: Instrument, responses: Responses) -> None:
    path = tmp_path / "wave=2026" / "2026.parquet"
    for each in (responses, code(instrument), combine([responses])):
        each.save(path)
        assert same(load_responses(path), each)
    assert [each.name for each in path.parent.iterdir()] == ["2026.parquet"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_interrupted_save_leaves_the_file_before(
    tmp_path: Path, instrument: Instrument, responses: Responses, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "2026.parquet"
    responses.save(path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(WriteError, match="cannot be written"):
            code(instrument).save(path)
    assert same(load_responses(path), responses)
    assert len(list(tmp_path.iterdir())) == 1


def test_files_that_are_not_responses(tmp_path: Path, responses: Responses) -> None:
    path = tmp_path / "2026.parquet"
    with pytest.raises(MissingFileError, match="fetch the answers first"):
        load_responses(path)
    with pytest.raises(InputError, match="cannot be read as a Parquet file"):
        load_responses(tmp_path)
    responses.save(path)
    whole = path.read_bytes()
    for content in (b"", b"PAR1", whole[:-40], whole[: len(whole) // 2], b"a;b\n1;2\n"):
        path.write_bytes(content)
        with pytest.raises(InputError, match="make it again from the archive"):
            load_responses(path)
    pq.write_table(pa.table({"a": [1]}), path)
    with pytest.raises(InputError, match="but not of coded responses"):
        load_responses(path)
    path.write_bytes(whole)
    table = pq.read_table(path)
    pq.write_table(table.slice(0, 2), path)
    with pytest.raises(InputError, match="holds 2 respondents and says 3"):
        load_responses(path)
    pq.write_table(table.drop_columns(["TRUST"]), path)
    with pytest.raises(InputError, match="but not of coded responses"):
        load_responses(path)
    damaged = dict(table.schema.metadata)
    damaged[b"trustsurvey.instrument"] = damaged[b"trustsurvey.instrument"][:-9]
    pq.write_table(table.replace_schema_metadata(damaged), path)
    with pytest.raises(InputError, match="but not of coded responses"):
        load_responses(path)
    answer = table.column("TREAT_rude")
    position = table.schema.names.index("TREAT_rude")
    pq.write_table(table.set_column(position, "TREAT_rude", pa.array(["a9"] * len(answer))), path)
    with pytest.raises(InputError, match="but not of coded responses"):
        load_responses(path)
    pq.write_table(table.set_column(position, "TREAT_rude", pa.array(["a2"] * len(answer))), path)
    with pytest.raises(InputError, match="was changed: 3 cells"):
        load_responses(path)


def test_waves_stack(instrument: Instrument, record: Make, responses: Responses) -> None:
    earlier = code_responses(instrument, [record(4, {"TRUST": "2"})], "2024")
    both = combine([earlier, responses])
    assert list(both.frame.index) == ["2024-4", "2026-4", "2026-9", "2026-11"]
    assert list(both.missing.index) == list(both.frame.index)
    assert both.frame.index.name == "respondent"
    assert list(both.frame["wave"].cat.categories) == ["2024", "2026"]
    assert both.frame["TRUST"].dropna().tolist() == [2.0, 7.0]
    assert both.frame.dtypes["age_group"] == responses.frame.dtypes["age_group"]
    assert both.counts["respondents"] == 4
    assert same(combine([combine([earlier]), responses]), both)
    assert len(responses.frame.index) == 3
    assert responses.frame.index[0] == 4


def test_versions_stack_where_one_holds_the_other(
    instrument: Instrument, changed: Instrument, record: Make, responses: Responses
) -> None:
    shorter = replace(changed, groups=instrument.groups[:3], derived=())
    keys = raw_keys(shorter)
    short = replace(record(1, {"TRUST": "3"}), answers={key: record(1, {"TRUST": "3"}).answers[key] for key in keys})
    both = combine([code_responses(shorter, [short], "2025"), responses])
    assert both.instrument == instrument
    assert both.frame["TRUST"].tolist()[0] == 3.0
    assert both.missing["origin"].tolist()[0] == "not_asked"
    assert list(both.frame.columns) == list(responses.frame.columns)


def test_waves_that_do_not_stack(instrument: Instrument, responses: Responses) -> None:
    with pytest.raises(InputError, match="nothing to combine"):
        combine([])
    with pytest.raises(InputError, match="given twice"):
        combine([responses, responses])
    groups = list(instrument.groups)
    trust, *others = groups[1].questions
    groups[1] = replace(groups[1], questions=(replace(trust, code="TRUST2"), *others))
    other = replace(instrument, groups=tuple(groups), derived=(), index_definitions=())
    groups[2] = replace(groups[2], questions=())
    with pytest.raises(InputError, match="differ in TRUST"):
        combine([code_responses(replace(other, groups=tuple(groups)), [], "2025"), responses])
