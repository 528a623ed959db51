"""Propose merges of levels before calibrating."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from trustsurvey.weighting.calibration.collapsing import CollapseProposal, propose
from trustsurvey.weighting.calibration.margins import Margins, read_margins

if TYPE_CHECKING:
    from trustsurvey.weighting.design import SurveyDesign

__all__ = ["propose_collapse"]


def propose_collapse(
    self: SurveyDesign,
    margins: Margins,
    on: Sequence[object] | None = None,
    *,
    minimum: int = 30,
    within: Hashable | None = None,
    ordered: Sequence[Hashable] | None = None,
) -> CollapseProposal:
    """Propose levels to merge where the sample has nobody, or few, before calibrating; nothing is merged by it.

    As few levels disappear as possible. Levels in an order (ordered categories, numbers, text that begins with a
    number such as ``"16-24"``) join a neighbour. Others are put together among themselves where that is enough, and
    join the smallest other level where it is not. A margin of several variables has enough respondents in every cell:
    the merge that leaves fewest lacking comes first, then the next. The level with most respondents gives its name.

    Parameters
    ----------
    margins, on
        As in :meth:`calibrate`.
    minimum : int
        Respondents (not weighted) that each level needs.
    within : str, optional
        They are needed within each level of this column, as in :meth:`calibrate`.
    ordered : list, optional
        The variables whose levels are in an order, instead of those that look like it, as codes of places do; text in
        the margins' order.

    Returns
    -------
    CollapseProposal
        ``.table`` says what joins what and why; ``.collapse`` goes into ``rake(margins, collapse=...)``.

    Raises
    ------
    CalibrationError
        There are fewer respondents than ``minimum`` in all, or the margins are none.
    """
    sample = self._sample
    data, respondents = sample.data, sample.respondents
    if sample.nonrespondents is not None:
        data, respondents = data[~sample.nonrespondents], respondents[~sample.nonrespondents]
    tables, _ = read_margins(margins, on)
    return propose(data, respondents, tables, within=within, minimum=minimum, ordered=ordered)
