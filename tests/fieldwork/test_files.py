"""One set of answers, written the way other programs write it, gives the same coded answers each time."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from trustsurvey.errors import InputError, MissingFileError
from trustsurvey.fieldwork.files import read_file_responses
from trustsurvey.fieldwork.platform import Record, question_keys, raw_keys
from trustsurvey.fieldwork.responses import Responses, code_responses
from trustsurvey.fieldwork.simulate import simulate
from trustsurvey.fieldwork.truth import Truth
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.questions import Question, QuestionType

TICKS = {"en": "Yes", "fr": "Oui"}
Write = Callable[[str, Iterable[Iterable[str]]], Path]


@pytest.fixture(scope="module")
def records(instrument: Instrument, cells: pd.DataFrame, truth: Truth) -> list[Record]:
    return simulate(instrument, cells, truth, "2026", 400, seed=5)


@pytest.fixture(scope="module")
def expected(instrument: Instrument, records: list[Record]) -> Responses:
    return code_responses(instrument, records, "2026")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a CSV file as LimeSurvey does and returns its path."""

    def writer(delimiter: str, rows: Iterable[Iterable[str]]) -> Path:
        path = tmp_path / "answers.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
            file.write("\r\n")
        return path

    return writer


def coded(instrument: Instrument, records: list[Record]) -> list[list[str]]:
    """Return the rows of an export in codes."""
    keys = raw_keys(instrument)
    head = ["id", "submitdate", "lastpage", "startlanguage", "seed", *keys]
    rows = [
        [str(each.id), each.submitted or "", str(each.last_page), each.language, "17", *map(each.answers.get, keys)]
        for each in records
    ]
    return [head, *rows]  # type: ignore[list-item]


def labels(instrument: Instrument, question: Question, key: str, language: str) -> Mapping[str, str]:
    """Return the words that stand for each raw code under a key."""
    if question.type is QuestionType.MULTIPLE and not key.endswith("[other]"):
        return {"Y": TICKS[language]}
    typed = {QuestionType.TEXT, QuestionType.LONG_TEXT, QuestionType.HIDDEN, QuestionType.NUMBER, QuestionType.DATE}
    if key.endswith("[other]") or (question.type in typed and key == question.code):
        return {}
    words = {point.code: point.label[language] for point in question.scale.points} if question.scale else {}
    if question.type is QuestionType.RATING:
        low, high = question.minimum, question.maximum
        assert isinstance(low, float)
        assert isinstance(high, float)
        words = {str(number): str(number) for number in range(int(low), int(high) + 1)}
        words[str(int(low))] += f" – {question.ends[0][language]}"
    if question.other:
        words["-oth-"] = question.other[language]
    for reason in (instrument.dont_know, instrument.refused):
        if reason:
            words[reason.code] = reason.label[language]
    return words


def heading(question: Question, instrument: Instrument, key: str, language: str) -> str:
    text = question.text[language]
    inside = key.removeprefix(question.code)[1:-1]
    if not inside:
        return text if key == question.code else ""
    if inside == "other":
        return f"{text} [{question.other[language] if question.other else ''}]"
    if question.type is QuestionType.RANKING:
        return f"{text} [Ranking {inside}]"
    words = {item.code: item.text[language] for item in question.items}
    words |= {point.code: point.label[language] for point in question.scale.points} if question.scale else {}
    for reason in (instrument.dont_know, instrument.refused):
        if reason:
            words.setdefault(reason.code, reason.label[language])
    return f"{text} [{words[inside]}]"


def worded(instrument: Instrument, records: list[Record], language: str) -> list[list[str]]:
    """Return the rows of an export in words."""
    head = ["Response ID", "Date submitted", "Last page", "Start language"]
    columns: list[tuple[str, Mapping[str, str]]] = []
    for question in instrument.questions:
        for key in question_keys(instrument, question):
            head.append(heading(question, instrument, key, language) or key)
            columns.append((key, labels(instrument, question, key, language)))
    rows = [
        [
            *(str(each.id), each.submitted or "", str(each.last_page), each.language),
            *(words.get(each.answers[key], each.answers[key]) for key, words in columns),
        ]
        for each in records
    ]
    return [head, *rows]


def assert_same(found: Responses, expected: Responses) -> None:
    pd.testing.assert_frame_equal(found.frame, expected.frame)
    pd.testing.assert_frame_equal(found.missing, expected.missing)
    assert found.counts == expected.counts


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_an_export_in_codes(
    instrument: Instrument, records: list[Record], expected: Responses, write: Write, delimiter: str
) -> None:
    path = write(delimiter, coded(instrument, records))
    assert_same(read_file_responses(path, instrument, wave="2026"), expected)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_export_in_words(
    instrument: Instrument, records: list[Record], expected: Responses, write: Write, language: str
) -> None:
    path = write(";", worded(instrument, records, language))
    assert_same(read_file_responses(path, instrument, wave="2026"), expected)


def test_an_export_from_r(instrument: Instrument, records: list[Record], expected: Responses, tmp_path: Path) -> None:
    head, *rows = coded(instrument, records)
    path = tmp_path / "answers.csv"
    names = ["", *(name.replace("[", ".").replace("]", ".") for name in head[1:])]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([[cell or "NA" for cell in row] for row in rows])
    assert_same(read_file_responses(path, instrument, wave="2026"), expected)


@pytest.mark.parametrize("suffix", [".sav", ".dta"])
def test_a_file_of_numbers_with_value_labels(
    instrument: Instrument, records: list[Record], expected: Responses, tmp_path: Path, suffix: str
) -> None:
    head, *rows = coded(instrument, records)
    frame = pd.DataFrame(rows, columns=[name.replace("[", "_").removesuffix("]") for name in head])
    value_labels: dict[str, dict[int, str]] = {}
    for question in instrument.questions:
        for key in question_keys(instrument, question):
            words = labels(instrument, question, key, "en")
            if words:
                name = key.replace("[", "_").removesuffix("]")
                numbers = {code: number for number, code in enumerate(words, start=101)}
                frame[name] = frame[name].map(numbers).astype("float64")
                value_labels[name] = {numbers[code]: label for code, label in words.items()}
    path = tmp_path / f"answers{suffix}"
    {".sav": pyreadstat.write_sav, ".dta": pyreadstat.write_dta}[suffix](
        frame, str(path), variable_value_labels=value_labels
    )
    assert_same(read_file_responses(path, instrument, wave="2026"), expected)


def test_questions_of_the_same_words_stand_in_order(
    instrument: Instrument, records: list[Record], write: Write
) -> None:
    question = instrument.question("NAME")
    twin = replace(instrument.question("WHY"), text=question.text)
    groups = tuple(
        replace(group, questions=tuple(twin if each.code == "WHY" else each for each in group.questions))
        for group in instrument.groups
    )
    changed = replace(instrument, groups=groups)
    path = write(";", worded(changed, records, "en"))
    assert_same(read_file_responses(path, changed, wave="2026"), code_responses(changed, records, "2026"))


def test_shortened_headings_are_refused(instrument: Instrument, records: list[Record], write: Write) -> None:
    head, *rows = worded(instrument, records, "en")
    short = [name if len(name) < 16 else f"{name[:15]}.." for name in head]
    with pytest.raises(InputError, match="export the answers with codes, or with full headings"):
        read_file_responses(write(";", [short, *rows]), instrument, wave="2026")


def test_everything_wrong_is_said_at_once_without_answers(
    instrument: Instrument, records: list[Record], write: Write
) -> None:
    head, *rows = coded(instrument, records)
    number, trust = head.index("AGE"), head.index("CONSENT")
    rows[0][number], rows[1][number], rows[2][trust] = "a secret", "12 January", "my neighbour"
    rows[3][0] = rows[4][0]
    head[head.index("seed")] = "weight"
    with pytest.raises(InputError) as error:
        read_file_responses(write(";", [head, *rows]), instrument, wave="2026")
    message = str(error.value)
    assert "weight: in the file, not in the instrument" in message
    assert "AGE: 2 answers that AGE cannot hold" in message
    assert "CONSENT: 1 answers that CONSENT cannot hold" in message
    assert "id: 1 respondents have the number of another one" in message
    assert "secret" not in message
    assert "neighbour" not in message
    assert "nothing was imported" in message


def test_answers_that_coding_refuses_are_said_of_the_file(
    instrument: Instrument, records: list[Record], write: Write
) -> None:
    head, *rows = coded(instrument, records)
    age = head.index("AGE")
    next(row for row in rows if row[1] and row[age])[age] = "999999"
    path = write(";", [head, *rows])
    with pytest.raises(InputError) as caught:
        read_file_responses(path, instrument, wave="2026")
    first, *problems, remedy = str(caught.value).splitlines()
    assert first == (
        f"{path}, read as wave '2026' of {instrument.name} {instrument.version}, "
        "has answers that the instrument cannot hold:"
    )
    assert problems == ["AGE: 1 answers below 16 or above 110"]
    assert remedy == (
        "correct the file, or name the version of the instrument that was in the field; nothing was imported"
    )


def test_columns_of_others_are_left_out_by_name_only(
    instrument: Instrument, records: list[Record], expected: Responses, write: Write
) -> None:
    head, *rows = coded(instrument, records)
    path = write(";", [[*head, "w"], *([*row, "1.5"] for row in rows)])
    with pytest.raises(InputError, match=r"w: in the file, not in the instrument\n.* --ignore, or ignore= in Python\n"):
        read_file_responses(path, instrument, wave="2026")
    assert_same(read_file_responses(path, instrument, wave="2026", ignore=["w"]), expected)
    with pytest.raises(InputError, match="v: to be ignored, not in the file"):
        read_file_responses(path, instrument, wave="2026", ignore=["w", "v"])


def test_a_column_that_is_not_there(instrument: Instrument, records: list[Record], write: Write) -> None:
    rows = [[cell for place, cell in enumerate(row) if place != 7] for row in coded(instrument, records)]
    missing = coded(instrument, records)[0][7]
    with pytest.raises(InputError, match=f"{missing}: in the instrument, not in the file".replace("[", r"\[")):
        read_file_responses(write(";", rows), instrument, wave="2026")


def test_the_language_is_asked_for_where_no_column_tells(
    instrument: Instrument, records: list[Record], write: Write
) -> None:
    rows = [[cell for place, cell in enumerate(row) if place != 3] for row in coded(instrument, records)]
    path = write(";", rows)
    with pytest.raises(InputError, match="give --language, or language= in Python, as one of en, fr"):
        read_file_responses(path, instrument, wave="2026")
    assert set(read_file_responses(path, instrument, wave="2026", language="fr").frame["language"]) == {"fr"}


def test_answers_to_another_version_are_refused(instrument: Instrument, records: list[Record], write: Write) -> None:
    head, *rows = coded(instrument, records)
    path = write(";", [[*head, "tsStamp"], *([*row, f"{instrument.name}@9.9.9;{'0' * 64}"] for row in rows)])
    with pytest.raises(InputError, match="answered another questionnaire"):
        read_file_responses(path, instrument, wave="2026")
    own = f"{instrument.name}@{instrument.version};{instrument.digest}"
    path = write(";", [[*head, "tsStamp"], *([*row, own] for row in rows)])
    assert len(read_file_responses(path, instrument, wave="2026").frame) == len(rows)


def test_a_value_whose_label_is_that_of_another_answer_is_refused(
    instrument: Instrument, records: list[Record], tmp_path: Path
) -> None:
    head, *rows = coded(instrument, records)
    frame = pd.DataFrame(rows, columns=[name.replace("[", "_").removesuffix("]") for name in head])
    question = next(each for each in instrument.questions if each.type is QuestionType.SINGLE and each.scale)
    assert question.scale
    first, second = question.scale.points[:2]
    turned = {question.code: {first.code: second.label["en"], second.code: first.label["en"]}}
    path = tmp_path / "answers.sav"
    pyreadstat.write_sav(frame, str(path), variable_value_labels=turned)
    with pytest.raises(InputError, match=f"{question.code}: .* answers that {question.code} cannot hold"):
        read_file_responses(path, instrument, wave="2026")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\r\n", "is empty"),
        (b"id;id\r\n1;2\r\n", r"id \(2\): in the file, not in the instrument"),
        (b"id;CONSENT\r\n1\r\n", "longer or shorter"),
        (b'id;CONSENT\r\n"1;2\r\n', "damaged as a CSV file"),
        (b"id;CONSENT\r\n", "holds no respondents"),
    ],
)
def test_damaged_files(instrument: Instrument, tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_file_responses(path, instrument, wave="2026")


def test_other_files(instrument: Instrument, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="does not exist"):
        read_file_responses(tmp_path / "none.csv", instrument, wave="2026")
    for name in ("answers.sav", "answers.dta", "answers.xlsx"):
        (tmp_path / name).write_bytes(b"nothing of the kind")
        with pytest.raises(InputError, match=name):
            read_file_responses(tmp_path / name, instrument, wave="2026")
