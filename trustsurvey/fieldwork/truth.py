"""A stated truth: what simulated people think, and how readily they answer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.instruments.model import IndexItem, Instrument
from trustsurvey.instruments.questions import QuestionType

__all__ = ["Rate", "TrustItem", "Truth", "people_columns", "true_means", "trust_items"]

Floats: TypeAlias = NDArray[np.float64]
People: TypeAlias = Mapping[str, NDArray[np.object_]]

# One standard deviation of latent trust moves an answer by a fifth of its scale.
SCALE_PER_SD = 0.2


@dataclass(frozen=True, slots=True)
class Rate:
    """A probability that differs between groups.

    Parameters
    ----------
    base : float
        The probability where no factor applies.
    factors : mapping of column to mapping of level to float
        Multiply the base; the product is clipped to 0-1.
    """

    base: float
    factors: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def of(self, people: People, size: int) -> Floats:
        """Return the probability of each person."""
        result = np.full(size, float(self.base))
        for column, levels in self.factors.items():
            result *= _by_level(column, levels, people, 1.0)
        return np.asarray(np.clip(result, 0.0, 1.0))


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a simulated population.

    Latent trust is normal with standard deviation ``person_spread`` around the sum of ``waves[wave]`` and the
    ``shifts`` of a person's groups. Each item of an index adds its ``measures`` shift and a normal error of standard
    deviation ``item_spread``; 0 is the middle of the scale, 1 a fifth of its width (2 points of a 0-10 rating), and
    the sum is rounded to the nearest answer, or cut into equal steps on a labelled scale. Reversed items run the other
    way. All other answers are random: equally likely choices, ticks at 0.3, or as ``shares`` states.

    Parameters
    ----------
    waves : mapping of wave to float
        Mean of latent trust, in standard deviations.
    shifts : mapping of column to mapping of level to float
        By columns of the population cells (origin, age_group, district ...).
    measures : mapping of index code or variable to float
    person_spread, item_spread : float
    response : Rate
        Probability that an invited person answers at all.
    consent_refused, break_off, dont_know, refused, skipped : Rate
        Of respondents: refusing consent; leaving after each page; and per question, saying "don't know" or "prefer not
        to answer" where offered, or leaving it empty where that is possible.
    sensitive_refused : Rate
        Refusing the whole block of questions that a derived variable replaces (origin).
    languages : mapping of language to Rate
        Shares, scaled to 1 per person; all languages alike where empty.
    shares : mapping of question to mapping of answer code to float or Rate
        Shares of the answers to a single or yes/no question (scaled to 1) or ticks of a multiple one.
    """

    waves: Mapping[str, float] = field(default_factory=dict)
    shifts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    measures: Mapping[str, float] = field(default_factory=dict)
    person_spread: float = 0.8
    item_spread: float = 0.6
    response: Rate = Rate(1.0)
    consent_refused: Rate = Rate(0.0)
    break_off: Rate = Rate(0.0)
    dont_know: Rate = Rate(0.0)
    refused: Rate = Rate(0.0)
    sensitive_refused: Rate = Rate(0.0)
    skipped: Rate = Rate(0.0)
    languages: Mapping[str, Rate] = field(default_factory=dict)
    shares: Mapping[str, Mapping[str, float | Rate]] = field(default_factory=dict)

    def mean(self, wave: str, people: People, size: int) -> Floats:
        """Return the mean of latent trust of each person's groups in a wave."""
        if wave not in self.waves:
            raise UnknownNameError("wave in the truth", wave, self.waves)
        result = np.full(size, float(self.waves[wave]))
        for column, levels in self.shifts.items():
            result += _by_level(column, levels, people, 0.0)
        return result


@dataclass(frozen=True, slots=True)
class TrustItem:
    """An item of an index: its answers from least to most trust.

    Parameters
    ----------
    codes : tuple of str
        Raw answer codes, in that order.
    limits : array, shape (answers - 1,)
        Latent trust at which one answer turns into the next.
    values : array, shape (answers,)
        The answers as numbers on the item's own scale.
    scores : array, shape (answers,)
        The same on 0-100, with reversed items turned round.
    shift : float
    """

    variable: str
    codes: tuple[str, ...]
    limits: Floats
    values: Floats
    scores: Floats
    shift: float

    def shares(self, mean: Floats, spread: float) -> Floats:
        """Return the share of each answer among people with these means, shape (people, answers)."""
        if spread == 0:
            below = (self.limits[None, :] > (mean + self.shift)[:, None]).astype(float)
        else:
            below = ndtr((self.limits[None, :] - (mean + self.shift)[:, None]) / spread)
        edges = np.hstack([np.zeros((len(mean), 1)), below, np.ones((len(mean), 1))])
        return np.diff(edges, axis=1)


def trust_items(instrument: Instrument, truth: Truth) -> dict[str, TrustItem]:
    """Return the items that carry latent trust, by variable: those of the instrument's indices."""
    known = {variable.name for variable in instrument.variables} | set(instrument.indices)
    for name in truth.measures:
        if name not in known:
            raise UnknownNameError("index or variable", name, sorted(known))
    result: dict[str, TrustItem] = {}
    for definition in instrument.index_definitions:
        for item in definition.items:
            if item.variable not in result:
                shift = truth.measures.get(item.variable, truth.measures.get(definition.code, 0.0))
                result[item.variable] = _trust_item(instrument, item, shift)
    return result


def true_means(
    instrument: Instrument, cells: pd.DataFrame, truth: Truth, wave: str, by: str | None = None
) -> pd.DataFrame:
    """Return the population's means under a truth, exactly: indices on 0-100 and their items on their own scales.

    Holds for items asked of everybody, or by routing that does not depend on trust.

    Parameters
    ----------
    instrument : Instrument
    cells : pandas.DataFrame
        Population cells with a column ``count``.
    truth : Truth
    wave : str
    by : str, optional
        A column of ``cells``.

    Returns
    -------
    pandas.DataFrame
        ``measure``, ``level`` ("all" without ``by``), ``mean``.
    """
    people, counts = people_columns(cells)
    mean = truth.mean(wave, people, len(counts))
    spread = math.hypot(truth.person_spread, truth.item_spread)
    items = trust_items(instrument, truth)
    shares = {name: item.shares(mean, spread) for name, item in items.items()}
    by_cell = {
        definition.code: np.mean(
            [shares[each.variable] @ items[each.variable].scores for each in definition.items], axis=0
        )
        for definition in instrument.index_definitions
    }
    by_cell |= {name: shares[name] @ item.values for name, item in items.items()}
    if by is not None and by not in people:
        raise UnknownNameError("column of the cells", by, people)
    groups = people[by] if by is not None else np.full(len(counts), "all", dtype=object)
    rows = [
        (measure, level, float(np.average(values[groups == level], weights=counts[groups == level])))
        for measure, values in by_cell.items()
        for level in dict.fromkeys(groups)
    ]
    return pd.DataFrame(rows, columns=["measure", "level", "mean"])


def people_columns(cells: pd.DataFrame) -> tuple[People, Floats]:
    """Return the cells' columns as text, and their counts."""
    if "count" not in cells.columns:
        raise InputError(f"the cells have no column 'count'; they have {', '.join(map(str, cells.columns))}")
    counts = pd.to_numeric(cells["count"], errors="coerce").to_numpy(dtype=np.float64)
    columns = [name for name in cells.columns if name != "count"]
    incomplete = cells[columns].isna().to_numpy().any()
    if not len(counts) or incomplete or not np.isfinite(counts).all() or (counts < 0).any() or counts.sum() <= 0:
        raise InputError("the cells hold empty labels, or counts that are not numbers from 0 up with a total above 0")
    return {str(name): _labels(cells[name]) for name in columns}, counts


def _labels(column: pd.Series[Any]) -> NDArray[np.object_]:
    result = np.empty(len(column), dtype=object)
    result[:] = [str(each) for each in column]
    return result


def _by_level(column: str, levels: Mapping[str, float], people: People, otherwise: float) -> Floats:
    if column not in people:
        raise UnknownNameError("column of the cells", column, people)
    return np.array([levels.get(level, otherwise) for level in people[column]], dtype=np.float64)


def check_levels(groups: Iterable[Mapping[str, Mapping[str, float]]], people: People) -> None:
    """Refuse levels that no cell has, which would otherwise never apply."""
    for factors in groups:
        for column, levels in factors.items():
            if column not in people:
                raise UnknownNameError("column of the cells", column, people)
            present = sorted(set(people[column]))
            for level in levels:
                if level not in present:
                    raise UnknownNameError(f"level of {column}", level, present)


def _trust_item(instrument: Instrument, item: IndexItem, shift: float) -> TrustItem:
    question = instrument.question(instrument.variable(item.variable).question)
    if question.type is QuestionType.RATING:
        numbers = np.arange(int(item.minimum), int(item.maximum) + 1, dtype=np.float64)
        codes = tuple(str(int(each)) for each in numbers)
        steps = (np.arange(1, len(numbers)) - 0.5) / (len(numbers) - 1)
    else:
        ordered = sorted(item.values, key=lambda each: each[1])
        codes = tuple(code for code, _ in ordered)
        numbers = np.array([value for _, value in ordered], dtype=np.float64)
        steps = np.arange(1, len(numbers)) / len(numbers)
    scores = 100 * (numbers - item.minimum) / (item.maximum - item.minimum)
    if item.reversed:
        codes, numbers, scores = codes[::-1], numbers[::-1], 100 - scores[::-1]
    return TrustItem(item.variable, codes, (steps - 0.5) / SCALE_PER_SD, numbers, scores, shift)
