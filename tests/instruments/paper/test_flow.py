"""Whoever follows the instructions on paper answers what the routing asks, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from trustsurvey.instruments import routing
from trustsurvey.instruments.expression import Comparison, parse
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.paper.flow import END, stops
from trustsurvey.instruments.paper.logic import FALSE, TRUE, normal
from trustsurvey.instruments.questions import Question, QuestionType, Variable

SIZE = 200


def answers(instrument: Instrument, random: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return answers at random; a question whose answer leads somewhere is never left open."""
    frame, missing = {}, {}
    for question in instrument.questions:
        for variable in question.variables():
            column = _column(question, variable, random)
            offered = [name for name in ("dont_know", "refused") if getattr(question, name)]
            reasons = np.full(SIZE, None, dtype=object)
            if offered and variable.kind != "text":
                stated = random.random(SIZE) < 0.2
                reasons[stated] = random.choice(offered, int(stated.sum()))
            if question.type not in {QuestionType.SINGLE, QuestionType.YES_NO, QuestionType.HIDDEN}:
                reasons[(random.random(SIZE) < 0.1) & pd.isna(reasons)] = "skipped"
            frame[variable.name] = column.where(pd.isna(pd.Series(reasons)))
            missing[variable.name] = pd.Series(reasons, dtype=object)
    return pd.DataFrame(frame), pd.DataFrame(missing)


def _column(question: Question, variable: Variable, random: np.random.Generator) -> pd.Series:  # type: ignore[type-arg]
    match variable.kind:
        case "ordinal" | "nominal":
            dtype = pd.CategoricalDtype(list(variable.codes), ordered=variable.kind == "ordinal")
            return pd.Series(random.choice(list(variable.codes), SIZE), dtype=dtype)
        case "boolean":
            return pd.Series(random.random(SIZE) < 0.4, dtype="boolean")
        case "number":
            low, high = int(question.minimum or 0), int(question.maximum or 40)
            return pd.Series(random.choice([low, 17, 18, high, *random.integers(low, high + 1, 5)], SIZE), dtype=float)
        case "date":
            days = [np.datetime64("2026-01-31"), *(np.datetime64("2020-06-01") + random.integers(0, 2400, 9))]
            return pd.Series(random.choice(np.array(days), SIZE).astype("datetime64[us]"))
    texts = [question.value] if question.type is QuestionType.HIDDEN else ["police", "x", "wave one"]
    return pd.Series(random.choice(texts, SIZE), dtype=pd.StringDtype(na_value=np.nan))


def follow(instrument: Instrument) -> None:
    """Let everybody go through the form, and compare what they come by with what the routing asks."""
    frame, missing = answers(instrument, np.random.default_rng(16))
    asked = routing.asked(instrument, frame, missing)
    # What somebody was not asked is blank on their form.
    on_paper = frame.where(asked), missing.where(asked)
    form = stops(instrument)
    passes = {
        number: routing.evaluate(stop.filter, *on_paper)
        for number, stop in enumerate(form)
        if stop.filter not in (TRUE, FALSE)
    }
    visits = [0] * len(form)
    for person in range(SIZE):
        seen, number = [], 0
        while number != END and number < len(form):
            stop = form[number]
            assert stop.filter != FALSE
            visits[number] += 1
            if not passes.get(number, np.ones(SIZE, dtype=bool))[person]:
                assert stop.otherwise is not None
                number = stop.otherwise
                continue
            following = number + 1 if stop.onward is None else stop.onward
            if stop.question is not None:
                seen.append(stop.question.code)
                leads = dict(stop.leads)
                if leads:
                    code = stop.question.code
                    given = missing[code].iloc[person] or frame[code].iloc[person]
                    following = leads.get(given, following)
            number = following
        wanted = [
            question.code
            for question in instrument.questions
            if question.type not in {QuestionType.HIDDEN, QuestionType.INFORMATION}
            and asked[question.variables()[0].name].iloc[person]
        ]
        assert [code for code in seen if instrument.question(code).type is not QuestionType.INFORMATION] == wanted
    assert sum(visits) > SIZE


@pytest.mark.parametrize("name", ["routed", "everything", "operators", "odd", "citizen-trust"])
def test_the_form_asks_what_the_routing_asks(name: str, instruments: dict[str, Instrument]) -> None:
    follow(instruments[name])


@pytest.mark.parametrize("seed", range(12))
def test_the_form_asks_what_routing_at_random_asks(seed: int, load: Callable[[str], Instrument]) -> None:
    random = np.random.default_rng(seed)
    lines = [HEAD, *(["consent: Q0"] if seed % 2 else []), SCALE, "groups:"]
    earlier: list[tuple[str, str]] = []
    for number in range(12):
        kind = "yes_no" if number == 0 else str(random.choice(list(KEYS)))
        routed = earlier and random.random() < 0.6
        own = f", ask_if: '{condition(earlier, random)}'" if routed else ""
        if number % 3 == 0:
            page = f", ask_if: '{condition(earlier, random)}'" if earlier and random.random() < 0.5 else ""
            lines.append(f"  - {{code: g{number}, title: {{en: G}}{page}, questions: [")
        keys = "mandatory: hard" if number == 0 and seed % 2 else KEYS[kind]
        lines.append(
            f"      {{code: Q{number}, type: {kind}, text: {{en: Q}}, {keys}{own}}}{',' if number % 3 < 2 else ']}'}"
        )
        if number or not seed % 2:
            earlier.append((f"Q{number}", kind))
    lines.append("  - {code: end, title: {en: G}, questions: [{code: Z, type: single, scale: s, text: {en: Q}}]}")
    follow(load("\n".join(lines) + "\n"))


HEAD = """\
instrument: random
version: 1.0.0
languages: [en]
title: {en: T}
dont_know: {code: DK, label: {en: DK}}
refused: {code: PNS, label: {en: PNS}}"""
SCALE = """\
scales:
  s:
    kind: ordinal
    points: [{code: "1", label: {en: A}}, {code: "2", label: {en: B}}, {code: "3", label: {en: C}}]"""
KEYS = {
    "yes_no": "dont_know: true",
    "single": "scale: s, refused: true",
    "multiple": "scale: s",
    "number": "dont_know: true, maximum: 40",
}
CONDITIONS = {
    "yes_no": ['{} = "yes"', '{} = "no"', '{} != "yes"', "dont_know({})", "answered({})"],
    "single": ['{} >= "2"', '{} = "3"', '{} in ("1", "3")', "refused({})", "answered({})", '{} < "2"'],
    "multiple": ["{}_1", "{}_2", "answered({}_1)"],
    "number": ["{} >= 18", "{} < 17", "dont_know({})"],
}


def condition(earlier: list[tuple[str, str]], random: np.random.Generator, depth: int = 0) -> str:
    """Return a routing expression on questions, by code and type."""
    chance = random.random()
    if depth < 3 and chance < 0.45:
        joint = str(random.choice([" and ", " or "]))
        return f"({joint.join(condition(earlier, random, depth + 1) for _ in range(random.integers(2, 4)))})"
    if chance < 0.55:
        return f"not {condition(earlier, random, depth + 1)}"
    code, kind = earlier[random.integers(len(earlier))]
    return str(random.choice(CONDITIONS[kind])).format(code)


def test_an_answer_leads_past_what_it_rules_out(routed: Instrument) -> None:
    form = stops(routed)
    codes = [stop.question.code if stop.question else stop.group.code for stop in form]
    assert codes == [
        "first", "OK", "VICTIM", "REPORT", "HOW", "WHYNOT", "AGE", "second", "SEEN", "WHICH", "MORE", "LAST"
    ]  # fmt: skip
    found = dict(zip(codes, form, strict=True))
    assert found["OK"].leads == (("no", END),)
    assert found["VICTIM"].leads == (("no", 6), ("dont_know", 6))
    assert found["REPORT"].leads == (("no", 5),)
    assert found["HOW"].onward == 6
    assert found["second"].filter == Comparison("AGE", ">=", 18.0)
    assert found["second"].otherwise == END
    filtered = [code for code, stop in found.items() if stop.filter != TRUE]
    assert filtered == ["second", "MORE"]


def test_a_page_is_filtered_once(load: Callable[[str], Instrument], everything: str) -> None:
    contact = [stop for stop in stops(load(everything)) if stop.group.code == "contact"]
    assert [stop.question is None for stop in contact if stop.filter != TRUE].count(True) == 1
    assert all("TRUST" not in routing.names(stop.filter) for stop in contact[2:4])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('not (A = "x" and B = "y")', 'not A = "x" or not B = "y"'),
        ('not (A = "x" or not (B = "y" and C))', 'not A = "x" and B = "y" and C'),
        ("not not A", "A"),
        ("A and A and (B or C)", "A and (B or C)"),
    ],
)
def test_negations_move_inwards(text: str, wanted: str) -> None:
    assert normal(parse(text)) == parse(wanted)
