"""One column of a labelled file: numbers, what they stand for, and which of them are missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from trustsurvey.errors import InputError
from trustsurvey.fieldwork.coding import REASONS
from trustsurvey.fieldwork.labelled_marks import SPSS_DAY, mark
from trustsurvey.fieldwork.labelled_names import LabelledFormat, cut, reason_name
from trustsurvey.instruments.codebook.entries import Entry
from trustsurvey.instruments.codebook.words import Words
from trustsurvey.instruments.questions import QuestionType, ScalePoint

__all__ = ["Column", "Labelling"]

DAY = 86_400.0
STATA_DAY = pd.Timestamp("1960-01-01")


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it is written.

    Parameters
    ----------
    name : str
        That of the frame.
    values : pandas.Series
        Numbers or text; in Stata files a letter stands for a missing value.
    label : str
    value_labels : dict of number or letter to str
    missing : tuple of number or letter
    measure : "nominal", "ordinal" or "scale"
    form : str
        How the package shows it.
    width : int
        Characters that it takes on a screen.
    """

    name: str
    values: pd.Series[Any]
    label: str
    value_labels: dict[float | str, str] = field(default_factory=dict)
    missing: tuple[float | str, ...] = ()
    measure: str = "nominal"
    form: str = ""
    width: int = 8


@dataclass(frozen=True, slots=True)
class Labelling:
    """Turns columns of coded answers into labelled ones.

    Parameters
    ----------
    kind : LabelledFormat
    words : Words
        In the language of the labels.
    spss : bool
        Whether missing values are numbers; letters otherwise.
    """

    kind: LabelledFormat
    words: Words
    spss: bool

    def column(self, entry: Entry, answers: pd.Series[Any], missing: pd.Series[Any]) -> Column:
        """Return a column of numbers.

        Codes that are whole numbers stay what they are; others become their position on the scale, behind the highest
        number where some are numbers.
        """
        variable = entry.variable
        labels: dict[float | str, str] = {}
        measure, form, decimals = "nominal", "", 0
        if variable.levels:
            numbers = level_numbers(variable.levels, variable.kind == "ordinal")
            content = looked_up(answers, numbers)
            labels |= self._labels(variable.levels, numbers)
            measure = variable.kind
        elif variable.kind == "boolean":
            content = answers.astype("Float64").astype(float)
            labels |= {1.0: self.words("ticked"), 0.0: self.words("not_ticked")}
        elif variable.kind == "date":
            content, form = self._days(answers)
            measure = "scale"
        else:
            content = answers.astype(float)
            measure = "scale"
            labels |= self._ends(entry)
            whole = bool((content.dropna() % 1 == 0).all())
            decimals = 0 if whole else 2
        step = DAY if variable.kind == "date" and self.spss else 1.0
        codes = self._codes(entry, content, step)
        reasons = [reason for reason in REASONS if reason in entry.reasons or (missing == reason).any()]
        labels |= {codes[reason]: self._reason(reason) for reason in reasons}
        width = max([4, *(len(f"{each:.{decimals}f}") for each in (content.min(), content.max()) if each == each)])
        return Column(
            entry.name,
            self._with_reasons(content, missing, codes),
            self._label(entry),
            labels,
            tuple(codes[reason] for reason in reasons),
            measure,
            form or (f"F{width + 2}.{decimals}" if self.spss else f"%{width + 2}.{decimals}f"),
            width + 4 if not form else 12,
        )

    def text(self, entry: Entry, answers: pd.Series[Any]) -> Column:
        """Return a column of text, empty where there is none.

        Raises
        ------
        InputError
            A text is longer than the package can hold.
        """
        content = answers.astype(object).where(answers.notna(), "")
        longest = self.kind.longest_text
        if longest and (number := sum(self.kind.length(each) > longest for each in content)):
            raise InputError(
                f"{entry.name} has {number} answers that are longer than the {longest} bytes that {self.kind.name} "
                "holds; write a Stata file (.dta), or leave texts out"
            )
        return Column(entry.name, content, self._label(entry), width=24)

    def why(self, entry: Entry, missing: pd.Series[Any]) -> Column:
        """Return the column that says why a text is missing."""
        numbers = {reason: float(place) for place, reason in enumerate(REASONS, start=1)}
        content = looked_up(missing, numbers)
        reasons = [reason for reason in REASONS if reason in entry.reasons or (missing == reason).any()]
        labels: dict[float | str, str] = {numbers[reason]: self._reason(reason) for reason in reasons}
        label = cut(f"{self.words('missing_reasons')}: {entry.name}", self.kind.longest_label, self.kind)
        return Column(reason_name(entry.name), content, label, labels, form="F4.0" if self.spss else "%4.0f")

    def about(self, name: str, values: pd.Series[Any]) -> Column:
        """Return a column about the respondent: number, wave, language, status."""
        label = cut(self.words(f"column_{name}"), self.kind.longest_label, self.kind)
        if pd.api.types.is_numeric_dtype(values.dtype):
            form = "F10.0" if self.spss else "%10.0f"
            return Column(name, values.astype(float), label, measure="nominal", form=form, width=10)
        return Column(name, values.astype(object).where(values.notna(), ""), label, width=12)

    def _label(self, entry: Entry) -> str:
        """Return the question with the item between brackets; the question gives way where both are too long."""
        own, longest = entry.variable.label[self.words.language], self.kind.longest_label
        question = entry.question.text[self.words.language] if entry.question else own
        if question == own:
            if entry.question and entry.question.type is QuestionType.RANKING:
                own = self.words("rank", number=entry.name.rsplit("_", 1)[1])
            else:
                return cut(own, longest, self.kind)
        part = f" [{' '.join(own.split())}]"
        room = longest - self.kind.length(part)
        # Fewer letters of the question would say nothing.
        return cut(question, room, self.kind) + part if room >= 12 else cut(own, longest, self.kind)

    def _labels(self, levels: tuple[ScalePoint, ...], numbers: dict[str, float]) -> dict[float | str, str]:
        """Return the label of every level; with its code where the number is another and the words do not tell."""
        words = {point.code: " ".join(point.label[self.words.language].split()) for point in levels}
        longest = self.kind.longest_value_label
        labels: dict[float | str, str] = {}
        for point in levels:
            label = words[point.code]
            renumbered = point.code != f"{numbers[point.code]:.0f}"
            unclear = self.kind.length(label) > longest or list(words.values()).count(label) > 1
            if renumbered and unclear:
                tail = mark("", point.code)
                label = cut(label, longest - self.kind.length(tail), self.kind) + tail
            labels[numbers[point.code]] = cut(label, longest, self.kind)
        return labels

    def _reason(self, reason: str) -> str:
        tail = mark("", reason)
        longest = self.kind.longest_value_label - self.kind.length(tail)
        return cut(self.words(f"short_{reason}"), longest, self.kind) + tail

    def _ends(self, entry: Entry) -> dict[float | str, str]:
        question = entry.question
        if question is None or not question.ends or question.minimum is None or question.maximum is None:
            return {}
        ends = ((question.minimum, question.ends[0]), (question.maximum, question.ends[-1]))
        longest = self.kind.longest_value_label
        return {float(number): cut(end[self.words.language], longest, self.kind) for number, end in ends}

    def _days(self, answers: pd.Series[Any]) -> tuple[pd.Series[Any], str]:
        """Return dates as the package counts them, and how it shows them."""
        days = answers.dt.normalize()
        if self.spss:
            return (days - pd.Timestamp(SPSS_DAY)) / pd.Timedelta(seconds=1), "SDATE10"
        return (days - STATA_DAY) / pd.Timedelta(days=1), "%td"

    def _codes(self, entry: Entry, content: pd.Series[Any], step: float) -> dict[str, float | str]:
        """Return the values that stand for reasons: -1 and below, or further down where an answer can be negative."""
        if not self.spss:
            return {reason: "abcde"[place] for place, reason in enumerate(REASONS)}
        minimum = entry.question.minimum if entry.question else None
        possible = [0.0, content.min(), minimum if isinstance(minimum, float | int) else 0.0]
        lowest = float(np.nanmin(np.array(possible, dtype=float)))
        below = 0.0 if lowest >= 0 else 10.0 ** len(f"{-lowest:.0f}")
        return {reason: -(below + place) * step for place, reason in enumerate(REASONS, start=1)}

    def _with_reasons(
        self, content: pd.Series[Any], missing: pd.Series[Any], codes: dict[str, float | str]
    ) -> pd.Series[Any]:
        if not missing.notna().any():
            return content
        found = looked_up(missing, codes)
        return found.where(missing.notna(), content if self.spss else content.astype(object))


def looked_up(column: pd.Series[Any], values: Mapping[str, float | str]) -> pd.Series[Any]:
    """Return what stands for each code of a categorical; missing where the column is."""
    table = [*(values[code] for code in column.cat.categories), np.nan]
    kind: Any = object if any(isinstance(each, str) for each in table) else np.float64
    return pd.Series(np.array(table, dtype=kind)[column.cat.codes.to_numpy()], index=column.index)


def level_numbers(levels: tuple[ScalePoint, ...], ordinal: bool) -> dict[str, float]:
    """Return the number that stands for every level."""
    codes = [point.code for point in levels]
    whole = {code: float(code) for code in codes if code.isdecimal() and code == str(int(code))}
    if len(whole) < len(codes) and (ordinal or not whole):
        return {code: float(place) for place, code in enumerate(codes, start=1)}
    numbers, following = {}, max(whole.values()) + 1
    for code in codes:
        if code in whole:
            numbers[code] = whole[code]
        else:
            numbers[code], following = following, following + 1
    return numbers
