"""What results look like when they are printed or shown in a notebook."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import trustsurvey as ts
from trustsurvey.weighting.estimation.printing import as_text

RESULTS: dict[str, Callable[[ts.SurveyDesign], object]] = {
    "estimates": lambda design: design.mean("trust", by="origin"),
    "test": lambda design: design.ttest("trust", by="sex"),
    "chi-square": lambda design: design.chisq("sex", "origin"),
    "family": lambda design: ts.adjust_p_values(design.mean("trust", by="origin").pairwise()),
    "regression": lambda design: design.regression("contact ~ origin", "binomial"),
    "term": lambda design: design.regression("trust ~ origin").wald("origin"),
    "diagnostics": lambda design: design.diagnostics("trust"),
}


@pytest.fixture
def people(synthetic: pd.DataFrame) -> ts.SurveyDesign:
    return ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters="psu")


@pytest.mark.parametrize("name", RESULTS)
def test_results_can_be_printed_copied_and_stored(people: ts.SurveyDesign, name: str) -> None:
    result = RESULTS[name](people)
    assert "array(" not in str(result)
    assert "..." not in str(result)
    assert "\n" in str(result)
    for other in (pickle.loads(pickle.dumps(result)), copy.deepcopy(result)):
        assert str(other) == str(result)


def test_estimates_are_printed_as_a_table() -> None:
    frame = pd.DataFrame({"trust": [1.0, 2, 4, 5, 7, 9], "origin": ["a", "a", "b", "b", "b", None]})
    by_origin = ts.SurveyDesign(frame).mean("trust", by="origin")
    assert [line.split() for line in repr(by_origin).splitlines()] == [
        ["mean", "by", "origin:", "95", "%", "intervals,", "5", "degrees", "of", "freedom"],
        ["origin", "estimate", "se", "low", "high", "n", "n_effective", "deff"],
        ["a", "1.50", "0.39", "0.50", "2.50", "2", "3", "0.600"],
        ["b", "5.33", "0.79", "3.31", "7.36", "3", "4", "0.800"],
        ["1", "more", "answered,", "but", "origin", "is", "missing"],
    ]
    alone = ts.SurveyDesign(frame[1:3]).mean("trust", by="origin")
    assert "flags" in repr(alone)
    assert "one respondent" in alone._repr_html_()


def test_calibrations_are_printed_without_respondents(people: ts.SurveyDesign) -> None:
    (calibration,) = people.rake({"sex": {"f": 0.5, "m": 0.5}}, missing="keep").calibrations
    assert re.fullmatch(r"Calibration\(raking to sex: \d iterations, factors 0\.\d+ to \d\.\d+\)", repr(calibration))


def test_what_is_shown_in_a_notebook_is_escaped() -> None:
    frame = pd.DataFrame({"trust": [1.0, 2, 4, 5], "<b>": ["<i>", "<i>", "&", "&"]})
    shown = ts.SurveyDesign(frame).mean("trust", by="<b>")._repr_html_()
    assert "<i>" not in shown
    assert "<b>" not in shown
    assert "&lt;i&gt;" in shown


def test_a_test_says_what_it_is_of(people: ts.SurveyDesign) -> None:
    lines = str(people.ttest("trust", by="sex")).splitlines()
    assert lines[0].startswith("two-sample t test that the mean of trust, sex=")
    assert lines[1].startswith("  t = ")
    assert lines[2].startswith("  estimate ")
    assert "  F = " in str(people.chisq("sex", "origin"))
    assert "  uncorrected chi-square = " in str(people.chisq("sex", "origin", "Chisq"))
    assert "  chi-square = " in str(people.regression("trust ~ origin").wald("origin", "Chisq"))
    shares = dict.fromkeys(people.data["sex"].dropna().unique(), 1 / 2)
    fixed = people.rake({"sex": shares}, missing="keep")
    assert "no result, n = " in str(fixed.goodness_of_fit("sex", shares))


def test_decimals_follow_the_standard_errors() -> None:
    def column(name: str, **values: object) -> list[str]:
        table = pd.DataFrame({"estimate": np.nan, "se": np.nan, **values})
        lines = [line.split() for line in as_text("title", table).splitlines()[1:]]
        return [line[lines[0].index(name)] for line in lines[1:]]

    assert column("estimate", estimate=[6.4652, -0.00004], se=[0.0626, 0.31]) == ["6.465", "0.000"]
    assert column("estimate", estimate=[972_960.4, 2.5], se=[1234.5, 0.0251]) == ["972,960", "2.500"]
    assert column("se", estimate=[56.0, 48.0], se=[1.14, 2.07]) == ["1.14", "2.07"]
    assert column("se", estimate=[0.25], se=[1e-18]) == ["0.0000"]
    assert column("estimate", estimate=[1234.5678], se=[np.nan]) == ["1,235"]
    assert column("estimate", estimate=[np.nan, 0.0], se=[np.nan, 0.0]) == ["NaN", "0"]


def test_long_tables_say_how_much_is_left() -> None:
    table = pd.DataFrame({"test": range(75), "estimate": 1.0, "se": 0.1})
    assert as_text("title", table).splitlines()[-1] == "and 15 more rows in .table"
    frame = pd.DataFrame({"trust": range(24), "group": [f"g{place:02d}" for place in range(12)] * 2})
    family = ts.adjust_p_values(ts.SurveyDesign(frame).mean("trust", by="group").pairwise(), family="groups")
    lines = str(family).splitlines()
    assert lines[0].endswith("tests rejected by holm; the chance of any false rejection is at most 0.05")
    assert "g11 - g00" in lines[2]
    assert lines[-1] == "and 6 more rows in .table"
