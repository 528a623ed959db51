"""Proposals of levels to merge: as few as possible, by a stated rule, applied only when asked."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trustsurvey as ts
from trustsurvey.errors import CalibrationError, UnknownNameError
from trustsurvey.weighting.calibration.grouping import contiguous_groups, few_groups


def people(**sizes: Mapping[str, int]) -> pd.DataFrame:
    """Make a column a variable, each level as often as said, in an order of its own."""
    columns = {name: np.repeat(list(levels), list(levels.values())) for name, levels in sizes.items()}
    rng = np.random.default_rng(1)
    return pd.DataFrame({name: rng.permutation(values) for name, values in columns.items()})


def test_levels_in_an_order_join_a_neighbour() -> None:
    frame = people(age={"16-24": 12, "25-39": 100, "40-54": 60, "55-69": 25, "70+": 8})
    margins = {"age": {"16-24": 150, "25-39": 300, "40-54": 250, "55-69": 200, "70+": 100}}
    proposal = ts.SurveyDesign(frame).propose_collapse(margins)
    assert proposal.collapse == {"age": {"16-24": "25-39", "70+": "55-69"}}
    assert proposal.table.to_dict("records") == [
        {
            "variable": "age",
            "level": "16-24",
            "joins": "25-39",
            "respondents": 12,
            "respondents_after": 112,
            "share": 0.15,
            "share_after": pytest.approx(0.45),
            "why": "12 respondents",
        },
        {
            "variable": "age",
            "level": "70+",
            "joins": "55-69",
            "respondents": 8,
            "respondents_after": 33,
            "share": 0.1,
            "share_after": pytest.approx(0.3),
            "why": "8 respondents",
        },
    ]
    assert "age: 70+ joins 55-69, 33 respondents together (8 respondents)" in repr(proposal)


def test_nothing_is_applied_unless_asked() -> None:
    frame = people(district={"x": 50, "y": 3, "z": 40})
    margins = {"district": {"x": 50, "y": 20, "z": 25, "absent": 5}}
    design = ts.SurveyDesign(frame)
    proposal = design.propose_collapse(margins)
    assert proposal.collapse == {"district": {"y": "z", "absent": "z"}}
    with pytest.raises(CalibrationError, match="the sample lacks: absent"):
        design.rake(margins)
    raked = design.rake(margins, collapse=proposal.collapse)
    assert raked.weights[frame["district"] != "x"].sum() == pytest.approx(50)
    again = raked.propose_collapse({"district": {"x": 50, "z": 50}}, minimum=40)
    assert again.collapse == {"district": {"y": "z"}}
    assert "the population lacks it" in set(again.table["why"])


def test_enough_everywhere() -> None:
    proposal = ts.SurveyDesign(people(sex={"f": 30, "m": 31})).propose_collapse({"sex": {"f": 0.5, "m": 0.5}})
    assert proposal.collapse == {}
    assert proposal.table.empty
    assert "nothing to merge" in repr(proposal)


def test_small_levels_are_put_together_where_that_is_enough() -> None:
    # 1 + 29 and 2 + 28 lose two levels; each joining a large one would lose four.
    frame = people(origin={"a": 1, "b": 2, "c": 28, "d": 29, "e": 100})
    proposal = ts.SurveyDesign(frame).propose_collapse({"origin": dict.fromkeys("abcde", 20)})
    assert proposal.collapse == {"origin": {"a": "d", "b": "c"}}


def test_order_can_be_said() -> None:
    frame = people(education={"none": 60, "primary": 5, "secondary": 40, "higher": 70})
    margins = {"education": {"none": 10, "primary": 20, "secondary": 40, "higher": 30}}
    design = ts.SurveyDesign(frame)
    assert design.propose_collapse(margins).collapse == {"education": {"primary": "secondary"}}
    ordered = pd.Categorical(frame["education"], ["primary", "none", "secondary", "higher"], ordered=True)
    by_category = ts.SurveyDesign(frame.assign(education=ordered)).propose_collapse(margins)
    assert by_category.collapse == {"education": {"primary": "none"}}
    codes = people(district={"21001": 40, "21002": 5, "21003": 90, "21004": 31})
    district = {"district": dict.fromkeys(["21001", "21002", "21003", "21004"], 25)}
    assert ts.SurveyDesign(codes).propose_collapse(district).collapse == {"district": {"21002": "21001"}}
    assert ts.SurveyDesign(codes).propose_collapse(district, ordered=[]).collapse == {"district": {"21002": "21004"}}
    assert "levels of district are taken to be in an order" in repr(ts.SurveyDesign(codes).propose_collapse(district))
    assert "order" not in repr(ts.SurveyDesign(codes).propose_collapse(district, ordered=[]))


def test_cells_of_two_variables() -> None:
    frame = pd.DataFrame(
        [
            (origin, age)
            for (origin, age), size in {
                ("a", "16-24"): 40, ("a", "25-39"): 80, ("a", "40+"): 90,
                ("b", "16-24"): 4, ("b", "25-39"): 40, ("b", "40+"): 35,
            }.items()
            for _ in range(size)
        ],
        columns=["origin", "age"],
    )  # fmt: skip
    joint = dict.fromkeys(product("ab", ["16-24", "25-39", "40+"]), 10)
    design = ts.SurveyDesign(frame)
    proposal = design.propose_collapse({("origin", "age"): joint, "origin": {"a": 30, "b": 30}})
    assert proposal.collapse == {"age": {"16-24": "25-39"}}
    assert proposal.table["why"].tolist() == ["origin x age b, 16-24: 4 respondents"]
    raked = design.rake({("origin", "age"): joint}, collapse=proposal.collapse)
    assert raked.weights[frame["origin"] == "b"].sum() == pytest.approx(30)


def test_within_waves() -> None:
    frame = people(sex={"f": 100, "m": 100}, age={"16-24": 40, "25-39": 80, "40+": 80})
    frame["wave"] = np.where((frame["age"] == "16-24") & (frame.index % 20 > 0), 1, frame.index % 2 + 1)
    design = ts.SurveyDesign(frame)
    margins = {"age": {"16-24": 10, "25-39": 20, "40+": 30}}
    assert design.propose_collapse(margins, minimum=25).collapse == {}
    proposal = design.propose_collapse(margins, minimum=25, within="wave")
    assert proposal.collapse == {"age": {"16-24": "25-39"}}
    assert proposal.table["why"].str.contains("in wave 2").all()


def test_what_cannot_be_proposed() -> None:
    design = ts.SurveyDesign(people(sex={"f": 10, "m": 11}))
    margins = {"sex": {"f": 0.5, "m": 0.5}}
    with pytest.raises(CalibrationError, match="21 respondents in all, and every level should have 30"):
        design.propose_collapse(margins)
    for minimum in (0, -1, 2.5, True, "few"):
        with pytest.raises(CalibrationError, match="minimum is a whole number"):
            design.propose_collapse(margins, minimum=minimum)  # type: ignore[arg-type]
    with pytest.raises(CalibrationError, match="ordered names no margin variable: age"):
        design.propose_collapse(margins, minimum=5, ordered=["age"])
    with pytest.raises(UnknownNameError, match="no column 'age'"):
        design.propose_collapse({"age": {1: 0.5, 2: 0.5}}, minimum=5)
    with pytest.raises(CalibrationError, match="population or a mapping"):
        design.propose_collapse(None, minimum=5)  # type: ignore[arg-type]
    with pytest.raises(CalibrationError, match="'wave' is missing for everybody, so no level can be within it"):
        design.assign(wave=np.nan).propose_collapse(margins, minimum=5, within="wave")


def partitions(levels: list[int]) -> Any:
    if not levels:
        yield []
        return
    first, *rest = levels
    for smaller in partitions(rest):
        yield [[first], *smaller]
        for number, group in enumerate(smaller):
            yield [*smaller[:number], [first, *group], *smaller[number + 1 :]]


@pytest.mark.parametrize("seed", range(12))
def test_no_grouping_keeps_more_levels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = rng.choice([1, 4, 8, 12, 19, 22, 28, 40, 70], 7).astype(float)

    def fine(levels: Any) -> bool:
        return bool(size[list(levels)].sum() >= 30)

    most = max((len(each) for each in partitions(list(range(7))) if all(map(fine, each))), default=1)
    assert few_groups(size, fine, 30).number == most
    neighbours = [
        each
        for each in partitions(list(range(7)))
        if all(map(fine, each)) and all(max(group) - min(group) == len(group) - 1 for group in each)
    ]
    assert contiguous_groups(7, fine, size).number == max(map(len, neighbours), default=1)
