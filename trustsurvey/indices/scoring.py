"""Scores from 0 to 100: the mean of a respondent's answered items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.indices.reliability import Reliability, reliability
from trustsurvey.instruments.model import IndexDefinition, IndexItem
from trustsurvey.weighting.design import SurveyDesign
from trustsurvey.weighting.encoding import dense

__all__ = ["IndexScores", "item_scores", "score"]


@dataclass(frozen=True, slots=True)
class IndexScores:
    """The scores of an index; printed without them.

    Parameters
    ----------
    definition : IndexDefinition
    scores : pandas.Series, shape (n,)
        From 0 to 100, indexed as the design's data; NaN under the stated minimum of answered items.
    answered : pandas.Series, shape (n,)
        How many of the items each respondent answered.
    reliability : Reliability
    """

    definition: IndexDefinition
    scores: pd.Series[float]
    answered: pd.Series[int]
    reliability: Reliability

    def __repr__(self) -> str:
        scored = int(self.scores.notna().sum())
        return f"IndexScores({self.definition.code}: {scored} of {len(self.scores)} respondents have a score)"


def item_scores(frame: pd.DataFrame, item: IndexItem) -> NDArray[np.float64]:
    """Return an item's answers rescaled to 0-100 in the direction of its index, shape (n,); NaN where unanswered.

    Raises
    ------
    UnknownNameError
        The frame lacks the item.
    InputError
        The frame holds answers outside the item's codes or range.
    """
    if item.variable not in frame.columns:
        raise UnknownNameError("item", item.variable, frame.columns)
    answers = dense(frame[item.variable])
    if pd.api.types.is_complex_dtype(answers.dtype):
        raise InputError(f"item {item.variable!r} holds complex numbers; code the answers first")
    if item.values:
        try:
            numbers = answers.astype(object).map(dict(item.values)).to_numpy(dtype=np.float64)
        except TypeError:
            raise InputError(f"item {item.variable!r} holds lists or the like; code the answers first") from None
        strange = answers.notna().to_numpy() & np.isnan(numbers)
        expected = f"the codes {', '.join(code for code, _ in item.values)}"
    else:
        try:
            numbers = answers.to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError, OverflowError):
            raise InputError(f"item {item.variable!r} does not hold numbers; code the answers first") from None
        strange = (numbers < item.minimum) | (numbers > item.maximum)
        expected = f"numbers from {item.minimum:g} to {item.maximum:g}"
    if strange.any():
        raise InputError(
            f"item {item.variable!r} has {int(strange.sum())} answers outside its definition; "
            f"expected {expected}: check that the data belong to this version of the instrument"
        )
    rescaled = np.asarray(100 * (numbers - item.minimum) / (item.maximum - item.minimum), dtype=np.float64)
    return 100 - rescaled if item.reversed else rescaled


def score(design: SurveyDesign, definition: IndexDefinition) -> IndexScores:
    """Score every respondent of a design on an index.

    Each item is rescaled to 0-100 and reversed where the definition says so; the score is the plain mean of the
    answered items, and missing where fewer than ``minimum_answered`` were answered.

    Parameters
    ----------
    design : SurveyDesign
        Its data hold the items in the instrument's own codes; its weights serve the reliability only.
    definition : IndexDefinition

    Returns
    -------
    IndexScores

    Raises
    ------
    UnknownNameError
        The data lack some of the items; the message names all of them.
    InputError
        This is no design or no definition, or ``item_scores`` refuses the answers.

    See Also
    --------
    R: ``psych::scoreItems(keys, items, totals = FALSE)`` on items rescaled to 0-100.
    """
    if not isinstance(design, SurveyDesign):
        raise InputError(
            f"score takes a survey design, as SurveyDesign(frame, weights=...) makes one; got {type(design).__name__}"
        )
    if not isinstance(definition, IndexDefinition):
        raise InputError(
            f'score takes the definition of an index, as instrument.indices["code"]; got {type(definition).__name__}'
        )
    frame = design.data
    lacking = [item.variable for item in definition.items if item.variable not in frame.columns]
    if lacking:
        raise UnknownNameError("item" if len(lacking) == 1 else "items", lacking, frame.columns)
    items = pd.DataFrame({item.variable: item_scores(frame, item) for item in definition.items}, index=frame.index)
    answered = items.notna().sum(axis=1)
    scores = items.mean(axis=1).where(answered >= definition.minimum_answered)
    return IndexScores(
        definition,
        scores.rename(definition.code),
        answered.rename(definition.code),
        reliability(design, items),
    )
