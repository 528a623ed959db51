"""Raw answers to one question become its variables, and for every empty cell the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustsurvey.fieldwork.platform import question_keys
from trustsurvey.instruments.model import Derived, Instrument
from trustsurvey.instruments.questions import Question, QuestionType, Variable

__all__ = ["REASONS", "Coded", "code_question", "dtype_of", "reason_series"]

REASONS = ("not_asked", "dont_know", "refused", "skipped", "broken_off")
ANSWERED, NOT_ASKED, DONT_KNOW, REFUSED, SKIPPED, BROKEN_OFF = -1, 0, 1, 2, 3, 4
REASON_DTYPE = pd.CategoricalDtype(list(REASONS))

Column: TypeAlias = "pd.Series[Any]"
Raw: TypeAlias = Mapping[str, NDArray[np.object_]]
Reasons: TypeAlias = NDArray[np.int8]
Mask: TypeAlias = NDArray[np.bool_]

NUMBER = re.compile(r"-?[0-9]*\.?[0-9]+|-?[0-9]+\.")
CODE = re.compile(r"[A-Za-z0-9-]{1,5}")
SHOWN = 5
TYPED = frozenset({QuestionType.NUMBER, QuestionType.DATE, QuestionType.TEXT, QuestionType.LONG_TEXT})


@dataclass(slots=True)
class Coded:
    """One question, coded.

    Parameters
    ----------
    columns : dict of str to Series, each of length (respondents,)
        By variable.
    reasons : dict of str to array of int8, each of shape (respondents,)
        Position in ``REASONS``, -1 where there is an answer.
    stated : int
        Raw cells that hold "don't know" or a refusal.
    set_aside : int
        Raw cells whose answer does not count: the question was not asked in the end, or a reason was ticked beside it.
    problems : list of str
        What cannot be coded, without the answers themselves.
    """

    columns: dict[str, Column] = field(default_factory=dict)
    reasons: dict[str, Reasons] = field(default_factory=dict)
    stated: int = 0
    set_aside: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, variable: Variable, values: Any, reasons: Reasons) -> None:
        """Add a column and its reasons."""
        self.columns[variable.name] = pd.Series(values, dtype=dtype_of(variable))
        self.reasons[variable.name] = reasons


def dtype_of(variable: Variable | Derived) -> Any:
    """Return the pandas type that holds a variable."""
    if isinstance(variable, Derived):
        return pd.CategoricalDtype([level.code for level in variable.levels], ordered=variable.kind == "ordinal")
    match variable.kind:
        case "ordinal" | "nominal":
            return pd.CategoricalDtype(list(variable.codes), ordered=variable.kind == "ordinal")
        case "number":
            return np.dtype("float64")
        case "boolean":
            return pd.BooleanDtype()
        case "date":
            return np.dtype("datetime64[us]")
        case "text":
            return pd.StringDtype(na_value=np.nan)


def reason_series(reasons: Reasons) -> Column:
    """Return reasons as a categorical."""
    return pd.Series(pd.Categorical.from_codes(reasons.astype(np.intp), dtype=REASON_DTYPE))


def code_question(
    instrument: Instrument, question: Question, raw: Raw, absent: Reasons, unfinished: Mask | None = None
) -> Coded:
    """Code the answers to one question.

    Parameters
    ----------
    instrument : Instrument
    question : Question
    raw : mapping of str to array of str, each of shape (respondents,)
        The answers by raw key; ``""`` is none.
    absent : array of int8, shape (respondents,)
        The reason where there is no answer; an answer only counts where it is "skipped" (asked, and page seen).
    unfinished : array of bool, shape (respondents,), or None
        Who left before the end. A platform may store what they typed before it refuses it, so what is outside the
        limits is set aside for them, and a problem for all others.
    """
    result = Coded()
    open_to_answer = absent == SKIPPED
    kept: dict[str, NDArray[np.object_]] = {}
    for key in question_keys(instrument, question):
        values = raw[key]
        unused = (values != "") & ~open_to_answer
        result.set_aside += int(unused.sum())
        kept[key] = np.where(unused, "", values) if unused.any() else values
    if unfinished is not None and unfinished.any():
        absent = _without_refused(question, kept, absent, unfinished, result)
    match question.type:
        case QuestionType.SINGLE | QuestionType.YES_NO | QuestionType.RATING | QuestionType.BATTERY:
            _code_choices(instrument, question, kept, raw, absent, result)
        case QuestionType.MULTIPLE:
            _code_multiple(instrument, question, kept, raw, absent, result)
        case QuestionType.RANKING:
            _code_ranking(question, kept, raw, absent, result)
        case QuestionType.NUMBER | QuestionType.DATE | QuestionType.TEXT | QuestionType.LONG_TEXT | QuestionType.HIDDEN:
            _code_typed(instrument, question, kept, raw, absent, result)
    return result


def _without_refused(
    question: Question, kept: dict[str, NDArray[np.object_]], absent: Reasons, unfinished: Mask, result: Coded
) -> Reasons:
    """Set aside what the platform did not let pass, and return the reasons with the interview as broken off there."""
    variables = question.variables()
    if question.type in TYPED:
        keys = [variables[0].key]
        given = (kept[keys[0]] != "") & unfinished
        refused = _refused(question, variables[0], kept[keys[0]], given)
    elif question.type is QuestionType.MULTIPLE and question.choices is not None:
        keys = [variable.key for variable in variables]
        refused = (np.stack([kept[key] != "" for key in keys]).sum(axis=0) > question.choices) & unfinished
    else:
        return absent
    for key in keys:
        result.set_aside += int(((kept[key] != "") & refused).sum())
        kept[key] = np.where(refused, "", kept[key])
    return np.where(refused, BROKEN_OFF, absent).astype(np.int8)


def _refused(question: Question, variable: Variable, text: NDArray[np.object_], given: Mask) -> Mask:
    refused = np.zeros(len(text), dtype=np.bool_)
    if _typed(question, variable, text, given)[1]:
        one = np.ones(1, dtype=np.bool_)
        for position in np.flatnonzero(given):
            refused[position] = bool(_typed(question, variable, text[[position]], one)[1])
    return refused


def _code_choices(
    instrument: Instrument, question: Question, kept: Raw, raw: Raw, absent: Reasons, result: Coded
) -> None:
    reasons_by_code = dict(_offered(instrument, question))
    for variable in question.variables():
        if variable.kind == "text":
            continue
        levels = _raw_levels(question, variable)
        found = _positions(kept[variable.key], levels)
        reasons = np.where(found >= 0, ANSWERED, absent).astype(np.int8)
        for code, reason in reasons_by_code.items():
            stated = kept[variable.key] == code
            reasons[stated] = reason
            result.stated += int(stated.sum())
        result.problems += _unknown_codes(variable.key, raw[variable.key], (*levels, *reasons_by_code))
        if question.type is QuestionType.RATING:
            numbers = np.array([*(float(level) for level in levels), np.nan])
            result.add(variable, numbers[found], reasons)
        else:
            result.add(variable, pd.Categorical.from_codes(found, dtype=dtype_of(variable)), reasons)
    if question.other and question.type is QuestionType.SINGLE:
        chosen = np.asarray(result.columns[question.code] == "other", dtype=np.bool_)
        why = result.reasons[question.code]
        _add_other(question, kept, chosen, np.where(why == ANSWERED, NOT_ASKED, why).astype(np.int8), result)


def _add_other(question: Question, kept: Raw, chosen: Mask, otherwise: Reasons, result: Coded) -> None:
    """Add the text of "other", which only counts beside the answer it explains."""
    variable = next(each for each in question.variables() if each.key.endswith("[other]"))
    text = kept[variable.key]
    given = text != ""
    result.set_aside += int((given & ~chosen).sum())
    used = given & chosen
    reasons = np.where(used, ANSWERED, np.where(chosen, SKIPPED, otherwise)).astype(np.int8)
    result.add(variable, _texts(text, used), reasons)


def _code_multiple(
    instrument: Instrument, question: Question, kept: Raw, raw: Raw, absent: Reasons, result: Coded
) -> None:
    ticks = [variable for variable in question.variables() if variable.kind == "boolean"]
    for key in question_keys(instrument, question):
        if not (question.other and key.endswith("[other]")):
            result.problems += _unknown_codes(key, raw[key], ("Y",))
    whole = absent.copy()
    stated = np.zeros(len(absent), dtype=np.bool_)
    for code, reason in _offered(instrument, question):
        ticked = kept[f"{question.code}[{code}]"] == "Y"
        whole[ticked] = reason
        stated |= ticked
        result.stated += int(ticked.sum())
    ticked_by = {variable.name: kept[variable.key] == "Y" for variable in ticks}
    number = np.stack(list(ticked_by.values())).sum(axis=0)
    result.set_aside += int(number[stated].sum())
    other = kept[f"{question.code}[other]"] != "" if question.other else np.zeros(len(absent), dtype=np.bool_)
    answered = ((number > 0) | other) & ~stated
    reasons = np.where(answered, ANSWERED, whole).astype(np.int8)
    if question.choices is not None and (over := int((number + other > question.choices).sum())):
        result.problems.append(
            f"{question.code}: {over} respondents ticked more than the {question.choices} answers that may be ticked"
        )
    for variable in ticks:
        values = pd.array(ticked_by[variable.name], dtype="boolean")
        values[~answered] = pd.NA
        result.add(variable, values, reasons)
    if question.other:
        # Nothing typed beside ticks is not an omission: "other" was not chosen.
        _add_other(question, kept, other & answered, np.where(answered, NOT_ASKED, whole).astype(np.int8), result)


def _code_ranking(question: Question, kept: Raw, raw: Raw, absent: Reasons, result: Coded) -> None:
    positions = []
    for variable in question.variables():
        result.problems += _unknown_codes(variable.key, raw[variable.key], variable.codes)
        found = _positions(kept[variable.key], variable.codes)
        reasons = np.where(found >= 0, ANSWERED, absent).astype(np.int8)
        result.add(variable, pd.Categorical.from_codes(found, dtype=dtype_of(variable)), reasons)
        positions.append(found)
    ranks = np.sort(np.stack(positions, axis=1), axis=1)
    if doubled := int(((ranks[:, 1:] == ranks[:, :-1]) & (ranks[:, 1:] >= 0)).any(axis=1).sum()):
        result.problems.append(f"{question.code}: {doubled} respondents gave one answer two ranks")


def _code_typed(
    instrument: Instrument, question: Question, kept: Raw, raw: Raw, absent: Reasons, result: Coded
) -> None:
    (variable,) = question.variables()
    reasons = absent.copy()
    stated = np.zeros(len(absent), dtype=np.bool_)
    if question.reason_key:
        offered = _offered(instrument, question)
        result.problems += _unknown_codes(question.reason_key, raw[question.reason_key], [code for code, _ in offered])
        for code, reason in offered:
            chosen = kept[question.reason_key] == code
            reasons[chosen] = reason
            stated |= chosen
        result.stated += int(stated.sum())
    given = kept[variable.key] != ""
    result.set_aside += int((given & stated).sum())
    used = given & ~stated
    reasons[used] = ANSWERED
    values, problem = _typed(question, variable, kept[variable.key], used)
    result.add(variable, values, reasons)
    if problem:
        result.problems.append(f"{variable.key}: {problem}")


def _typed(question: Question, variable: Variable, text: NDArray[np.object_], used: Mask) -> tuple[Any, str]:
    if variable.kind == "text":
        texts = _texts(text, used)
        pattern = re.compile(question.pattern, re.ASCII)
        unlike = sum(not pattern.fullmatch(each) for each in texts[used]) if question.pattern else 0
        return texts, f"{unlike} answers that do not match the pattern {question.pattern}" if unlike else ""
    if variable.kind == "number":
        right = np.array([bool(NUMBER.fullmatch(each)) for each in text[used]], dtype=np.bool_)
        numbers = np.full(len(text), np.nan)
        if right.all():
            numbers[used] = [float(each) for each in text[used]]
        outside = _outside(numbers[used], question.minimum, question.maximum)
        return numbers, _complaint(int((~right).sum()), "that are not numbers", outside, question)
    stamps = pd.Series(text[used], dtype="str").str.replace(r"^(\d{4}-\d{2}-\d{2})$", r"\1 00:00:00", regex=True)
    parsed = pd.to_datetime(stamps, format="%Y-%m-%d %H:%M:%S", errors="coerce").astype("datetime64[us]")
    dates = np.full(len(text), np.datetime64("NaT", "us"))
    dates[used] = parsed.to_numpy()
    limits = [None if each is None else np.datetime64(str(each), "us") for each in (question.minimum, question.maximum)]
    if limits[1] is not None:
        limits[1] += np.timedelta64(86_399_999_999, "us")
    return dates, _complaint(
        int(parsed.isna().sum()), "that are not dates (YYYY-MM-DD HH:MM:SS)", _outside(dates[used], *limits), question
    )


def _outside(values: NDArray[Any], minimum: Any, maximum: Any) -> int:
    below = values < minimum if minimum is not None else np.zeros(len(values), dtype=np.bool_)
    above = values > maximum if maximum is not None else np.zeros(len(values), dtype=np.bool_)
    return int((below | above).sum())


def _complaint(wrong: int, what: str, outside: int, question: Question) -> str:
    parts = [f"{wrong} answers {what}"] if wrong else []
    if outside:
        least, most = (
            f"{each:g}" if isinstance(each, float) else each for each in (question.minimum, question.maximum)
        )
        limits = [f"below {least}"] * (least is not None) + [f"above {most}"] * (most is not None)
        parts.append(f"{outside} answers {' or '.join(limits)}")
    return ", ".join(parts)


def _offered(instrument: Instrument, question: Question) -> list[tuple[str, int]]:
    """Return the codes with which this question can be left open, and the reason that each states."""
    both = (
        (question.dont_know, instrument.dont_know, DONT_KNOW),
        (question.refused, instrument.refused, REFUSED),
    )
    return [(reason.code, number) for wanted, reason, number in both if wanted and reason]


def _raw_levels(question: Question, variable: Variable) -> Sequence[str]:
    if question.type is QuestionType.RATING:
        return [str(each) for each in range(int(question.minimum or 0), int(question.maximum or 0) + 1)]
    if question.other and question.type is QuestionType.SINGLE:
        return [*variable.codes[:-1], "-oth-"]
    return variable.codes


def _positions(values: NDArray[np.object_], codes: Sequence[str]) -> NDArray[np.intp]:
    place = {code: position for position, code in enumerate(codes)}
    return np.fromiter((place.get(value, -1) for value in values), dtype=np.intp, count=len(values))


def _unknown_codes(key: str, values: NDArray[np.object_], codes: Sequence[str]) -> Iterator[str]:
    unknown = set(values).difference(codes, [""])
    if unknown:
        number = sum(value in unknown for value in values)
        # What does not look like a code may be what somebody typed.
        named = sorted(each for each in unknown if CODE.fullmatch(each))[:SHOWN]
        listing = f" ({', '.join(named)})" if named else ""
        yield f"{key}: {number} answers with codes that the instrument does not have{listing}"


def _texts(text: NDArray[np.object_], used: Mask) -> NDArray[np.object_]:
    result = np.full(len(text), np.nan, dtype=object)
    # Browsers end a line by two characters; halves of surrogate pairs cannot be stored as text anywhere.
    lines = [each.replace("\r\n", "\n") for each in text[used]]
    result[used] = [each.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for each in lines]
    return result
