"""Regressions: what they take, what they refuse, and what holds whatever the numbers are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustsurvey import SurveyDesign, adjust_p_values
from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.weighting.estimation.hypotheses import HypothesisTest

REFERENCE = Path(__file__).parent.parent / "reference"
SIDE_EFFECT: list[int] = []


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    frame = pd.read_csv(REFERENCE / "synthetic.csv")
    rng = np.random.default_rng(5)
    frame["view"] = pd.Categorical(frame["view"], ["bad", "fair", "good"], ordered=True)
    frame["foreign"] = frame["origin"] == "foreign"
    frame["count"] = rng.poisson(2, len(frame))
    frame["days"] = rng.integers(1, 30, len(frame))
    frame["two words"] = rng.choice(["p", "q"], len(frame))
    frame["hand.made"] = rng.normal(size=len(frame))
    frame["alone"] = "same"
    frame["negative"] = -1.0
    frame["rich"] = (frame["income"] > 1800).astype(int)
    frame["never"] = np.where(frame["origin"] == "mixed", 0, frame["count"])
    frame["always"] = np.where(frame["origin"] == "mixed", 1, rng.integers(0, 2, len(frame)))
    frame["twice"] = 2 * frame["income"]
    frame["row"] = [f"r{place}" for place in range(len(frame))]
    frame["day"] = pd.Timestamp("2024-01-01")
    return frame


@pytest.fixture(scope="module")
def design(frame: pd.DataFrame) -> SurveyDesign:
    return SurveyDesign(frame, weights="weight", strata="stratum", clusters="psu")


def refused(design: SurveyDesign, formula: Any, *words: str, family: Any = "gaussian", **options: Any) -> None:
    with pytest.raises((InputError, UnknownNameError)) as caught:
        design.regression(formula, family, **options)
    for word in words:
        assert word in str(caught.value)


def test_terms_are_named_by_column_and_level(design: SurveyDesign) -> None:
    fit = design.regression("trust ~ foreign * sex + C(wave) + log(income) + `two words` + hand.made")
    assert fit.table["term"].tolist() == [
        "Intercept",
        "foreign[T.True]",
        "sex[T.m]",
        "C(wave)[T.2026]",
        "log(income)",
        "two words[T.q]",
        "hand.made",
        "foreign[T.True]:sex[T.m]",
    ]
    assert fit.terms[-1] == "foreign:sex"
    assert fit.wald("sex:foreign").p_value == fit.wald("foreign:sex").p_value
    assert list(fit.table) == ["term", "estimate", "se", "low", "high", "t", "p_value"]


def test_reference_level_is_the_first_or_the_one_asked_for(design: SurveyDesign) -> None:
    first = design.regression("trust ~ origin")
    other = design.regression("trust ~ origin", reference={"origin": "mixed"})
    assert other.table["term"].tolist() == ["Intercept", "origin[T.belgian]", "origin[T.foreign]"]
    np.testing.assert_allclose(other.table["estimate"][1], -first.table["estimate"][2])
    wave = design.regression("trust ~ C(wave)", reference={"wave": "2026"})
    assert wave.table["term"][1] == "C(wave)[T.2024]"
    refused(design, "trust ~ origin", "belgian, foreign, mixed", reference={"origin": "none"})
    refused(design, "trust ~ origin", "available: origin", reference={"sex": "f"})
    refused(design, "trust ~ income", "C(income)", reference={"income": 3})


def test_ordered_categories_are_compared_with_their_first(design: SurveyDesign) -> None:
    fit = design.regression("trust ~ view")
    assert fit.table["term"].tolist() == ["Intercept", "view[T.fair]", "view[T.good]"]


def test_missing_answers_do_not_count_and_are_reported(frame: pd.DataFrame, design: SurveyDesign) -> None:
    fit = design.regression("trust ~ contact")
    missing = frame["trust"].isna() | frame["contact"].isna()
    assert (fit.missing, fit.n) == (missing.sum(), (~missing).sum())
    by_domain = design.domain(~missing).regression("trust ~ contact")
    np.testing.assert_allclose(fit.covariance, by_domain.covariance, rtol=1e-12)


def test_a_mean_is_a_regression_on_nothing(design: SurveyDesign) -> None:
    fit, mean = design.regression("trust ~ 1"), design.mean("trust")
    np.testing.assert_allclose(fit.table["estimate"], mean.table["estimate"], rtol=1e-12)
    np.testing.assert_allclose(fit.table["se"], mean.table["se"], rtol=1e-10)
    assert fit.df == mean.df


def test_domain_means_are_a_regression_on_their_indicators(design: SurveyDesign) -> None:
    fit, means = design.regression("trust ~ 0 + origin"), design.mean("trust", by="origin")
    np.testing.assert_allclose(fit.table["estimate"], means.table["estimate"], rtol=1e-12)
    np.testing.assert_allclose(fit.covariance, means.covariance, rtol=1e-9, atol=1e-14)
    change = fit.estimates.difference({"term": "origin[foreign]"}, {"term": "origin[mixed]"})
    expected = means.difference("foreign", "mixed")
    np.testing.assert_allclose(change.table["se"], expected.table["se"], rtol=1e-9)


@pytest.mark.parametrize(
    ("formula", "family"),
    [
        ("trust ~ origin + sex", "gaussian"),
        ("contact ~ origin + sex + C(wave)", "binomial"),
        ("count ~ origin + offset(log(days))", "poisson"),
        ("view ~ origin + sex", "ordinal"),
    ],
)
def test_patterns_give_what_rows_give(design: SurveyDesign, frame: pd.DataFrame, formula: str, family: Any) -> None:
    # center() looks at a whole column, so that every row keeps a pattern of its own.
    rows = design.assign(nothing=np.zeros(len(frame)) + np.arange(len(frame)) % 2)
    coded = rows.regression(f"{formula} + nothing", family)
    plain = rows.regression(f"{formula} + center(nothing)", family)
    assert coded._fitted.model.matrix.pattern is not None or "days" in formula
    assert plain._fitted.model.matrix.pattern is None
    np.testing.assert_allclose(coded.table["estimate"][1:3], plain.table["estimate"][1:3], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(coded.table["se"][1:3], plain.table["se"][1:3], rtol=1e-9)
    assert coded.deviance == pytest.approx(plain.deviance, rel=1e-12)


def test_large_numbers_next_to_an_intercept_cost_no_digits(design: SurveyDesign, frame: pd.DataFrame) -> None:
    far = design.assign(year=frame["wave"] + 1e6, squared=(frame["wave"] + 1e6) * frame["income"])
    near = design.assign(year=frame["wave"] - 2024.0)
    one, other = far.regression("trust ~ year"), near.regression("trust ~ year")
    np.testing.assert_allclose(one.table["estimate"][1], other.table["estimate"][1], rtol=1e-8)
    np.testing.assert_allclose(one.table["se"][1], other.table["se"][1], rtol=1e-8)


def test_ratios_are_exponentiated_coefficients(design: SurveyDesign) -> None:
    fit = design.regression("contact ~ origin", "binomial")
    ratios = fit.exponentiated()
    np.testing.assert_allclose(np.log(ratios["ratio"]), fit.table["estimate"])
    np.testing.assert_allclose(np.log(ratios["high"]), fit.table["high"])
    ordinal = design.regression("view ~ origin", "ordinal").exponentiated()
    assert ordinal["term"].tolist() == ["origin[T.foreign]", "origin[T.mixed]"]
    with pytest.raises(InputError, match="identity"):
        design.regression("trust ~ origin").exponentiated()


def test_binomial_outcomes_are_true_and_false_or_two_categories(design: SurveyDesign, frame: pd.DataFrame) -> None:
    survey = design.assign(answer=np.where(frame["foreign"], "yes", "no"), object=frame["foreign"].astype(object))
    expected = survey.regression("foreign ~ sex", "binomial").table["estimate"]
    for outcome in ("answer", "object", "I(origin == 'foreign')", "{origin == 'foreign'}"):
        fit = survey.regression(f"{outcome} ~ sex", "binomial")
        np.testing.assert_allclose(fit.table["estimate"], expected)
    assert survey.regression("answer ~ sex", "binomial").levels == ("no", "yes")


def test_thresholds_are_in_the_order_of_the_levels(design: SurveyDesign) -> None:
    fit = design.regression("view ~ 1", "ordinal")
    shares = design.proportion("view").table["estimate"].to_numpy()
    expected = np.log(np.cumsum(shares)[:2] / (1 - np.cumsum(shares)[:2]))
    assert fit.table["term"].tolist() == ["bad|fair", "fair|good"]
    np.testing.assert_allclose(fit.table["estimate"], expected, rtol=1e-9)
    assert fit.levels == ("bad", "fair", "good")


def test_predictions_have_intervals_within_their_limits(design: SurveyDesign, frame: pd.DataFrame) -> None:
    rows = frame.head(4).copy()
    rows.loc[rows.index[1], "origin"] = None
    binomial = design.regression("contact ~ origin + income", "binomial").predict(rows)
    assert binomial["estimate"].isna().tolist() == [False, True, False, False]
    known = binomial.dropna()
    assert ((known["low"] > 0) & (known["low"] < known["estimate"]) & (known["high"] < 1)).all()
    ordinal = design.regression("view ~ origin + income", "ordinal").predict(rows)
    assert ordinal["level"].tolist() == ["bad", "fair", "good"] * 4
    np.testing.assert_allclose(ordinal["estimate"].dropna().groupby(level=0).sum(), 1)
    with pytest.raises(UnknownNameError, match="belgian, foreign, mixed"):
        design.regression("trust ~ origin").predict(rows.assign(origin="elsewhere"))
    with pytest.raises(UnknownNameError, match="origin"):
        design.regression("trust ~ origin").predict(rows.drop(columns="origin"))
    with pytest.raises(InputError, match="was a number"):
        design.regression("trust ~ income").predict(rows.assign(income="much"))


def test_predictions_repeat_what_a_column_was_transformed_by(design: SurveyDesign, frame: pd.DataFrame) -> None:
    fit = design.regression("trust ~ poly(income, 2) + C(wave)")
    everyone = fit.predict(frame)
    np.testing.assert_allclose(fit.predict(frame.tail(3))["estimate"], everyone["estimate"].tail(3), rtol=1e-10)
    exposure = design.regression("count ~ sex + offset(log(days))", "poisson")
    double = exposure.predict(frame.assign(days=2 * frame["days"]))
    np.testing.assert_allclose(double["estimate"], 2 * exposure.predict(frame)["estimate"])


def test_marginal_means_of_a_saturated_model_are_domain_means(design: SurveyDesign) -> None:
    fit, means = design.regression("trust ~ origin"), design.mean("trust", by="origin")
    for over in ("sample", "grid"):
        marginal = fit.marginal_means("origin", over=over)
        np.testing.assert_allclose(marginal.table["estimate"], means.table["estimate"], rtol=1e-10)
        np.testing.assert_allclose(marginal.table["se"], means.table["se"], rtol=1e-6)
        np.testing.assert_allclose(marginal.covariance, means.covariance, rtol=1e-6, atol=1e-12)
        assert marginal.table["n"].tolist() == means.table["n"].tolist()
    gap = fit.marginal_means("origin", over="grid").difference("foreign", "belgian")
    np.testing.assert_allclose(gap.table["se"], fit.table["se"][1])


def test_marginal_means_by_two_categories_and_of_levels(design: SurveyDesign) -> None:
    fit = design.regression("view ~ origin * sex + income", "ordinal")
    means = fit.marginal_means(["origin", "sex"])
    assert len(means.table) == 18
    np.testing.assert_allclose(means.table.groupby(["origin", "sex"])["estimate"].sum(), 1)
    linear = fit.marginal_means("origin", over="grid", scale="link")
    assert len(linear.table) == 3
    with pytest.raises(InputError, match="C\\(income\\)"):
        fit.marginal_means("income")
    with pytest.raises(UnknownNameError, match="available: origin, sex"):
        fit.marginal_means("age")
    with pytest.raises(InputError, match="'origin' twice"):
        fit.marginal_means(["origin", "sex", "origin"])


def test_marginal_means_and_predictions_do_not_take_two_columns_for_one(
    frame: pd.DataFrame, design: SurveyDesign
) -> None:
    fit = design.assign(level=frame["origin"]).regression("view ~ level", "ordinal")
    with pytest.raises(InputError, match="by names level"):
        fit.marginal_means("level")
    assert len(fit.marginal_means("level", scale="link").table) == 3
    counted = design.assign(n=frame["origin"]).regression("trust ~ n")
    with pytest.raises(InputError, match="by names n"):
        counted.marginal_means("n", over="grid")
    with pytest.raises(InputError, match="2 columns 'n'"):
        counted.predict(pd.DataFrame([["mixed", "belgian"]], columns=["n", "n"]))


@pytest.mark.parametrize("family", ["gaussian", "binomial", "poisson"])
def test_average_predictions_agree_between_replicates_and_linearisation(design: SurveyDesign, family: Any) -> None:
    outcome = {"gaussian": "trust", "binomial": "contact", "poisson": "count"}[family]
    formula = f"{outcome} ~ origin + sex"
    taylor = design.regression(formula, family).marginal_means("origin")
    jackknife = design.with_replicates("JKn").regression(formula, family).marginal_means("origin")
    np.testing.assert_allclose(jackknife.table["estimate"], taylor.table["estimate"])
    np.testing.assert_allclose(jackknife.table["se"], taylor.table["se"], rtol=0.05)


@pytest.mark.parametrize(
    ("formula", "family"),
    [("trust ~ origin + log(income)", "gaussian"), ("contact ~ origin + sex", "binomial"), ("view ~ sex", "ordinal")],
)
def test_replicates_are_fitted_each_by_each(
    design: SurveyDesign, frame: pd.DataFrame, formula: str, family: Any
) -> None:
    replicated = design.with_replicates("JKn")
    fit = replicated.regression(formula, family)
    one = (frame["stratum"] == "s0") & (frame["psu"] == 1)
    left = frame.loc[~one].copy()
    same = (left["stratum"] == "s0").to_numpy()
    clusters = frame.loc[frame["stratum"] == "s0", "psu"].nunique()
    left["weight"] = np.where(same, left["weight"] * clusters / (clusters - 1), left["weight"])
    expected = SurveyDesign(left, weights="weight").regression(formula, family).table["estimate"].to_numpy()
    estimates = fit._fitted.infer(fit._sample).replicates
    assert estimates is not None
    assert np.abs(estimates - expected).max(axis=1).min() < 1e-9


@pytest.mark.parametrize("formula", ["api00 ~ kind", "api00 ~ kind + enroll"])
def test_replicates_that_lack_a_level_are_left_out_as_in_r(formula: str) -> None:
    schools = pd.read_csv(REFERENCE / "apiclus1.csv")
    schools["kind"] = np.where(schools["dnum"] == 637, "rare", np.where(schools["stype"] == "E", "first", "other"))
    survey = SurveyDesign(schools, weights="pw", clusters="dnum", fpc="fpc").with_replicates("JK1")
    fit = survey.regression(formula)
    assert fit.flags == "1 of 15 replicates have no finite fit and are left out"
    # R 4.2.2, survey 4.1-1: svyglm(formula, as.svrepdesign(clus1, type = "JK1")), which warns.
    expected = [26.97983083, 16.00751476, 26.97983083]
    if "enroll" in formula:
        expected = [20.87573886744, 34.51859883125, 31.09659624541, 0.05048577605]
    np.testing.assert_allclose(fit.table["se"], expected, rtol=1e-8)


def test_tests_of_terms_know_their_terms(design: SurveyDesign) -> None:
    fit = design.regression("trust ~ origin + sex")
    assert fit.wald(["origin", "sex"]).df == 3
    both = fit.wald("sex")
    assert both.statistic == pytest.approx(fit.table["t"].iloc[-1] ** 2)
    assert both.p_value == pytest.approx(fit.table["p_value"].iloc[-1])
    assert fit.rao_scott("origin").table["method"].tolist() == ["Rao-Scott likelihood ratio test of origin"]
    assert np.isnan(fit.rao_scott("origin", "Chisq").df_denominator)
    assert isinstance(both, HypothesisTest)
    for method in (fit.wald, fit.rao_scott):
        with pytest.raises(UnknownNameError, match="available: Intercept, origin, sex"):
            method("age")
    with pytest.raises(InputError, match="nothing is left"):
        fit.rao_scott(["Intercept", "origin", "sex"])
    with pytest.raises(InputError, match="Chisq"):
        fit.wald("sex", "t")  # type: ignore[arg-type]


def test_terms_are_found_as_they_stand_in_the_formula(design: SurveyDesign) -> None:
    fit = design.regression("trust ~ I(income**2) + `two words`:C( wave ) + I(origin=='mixed') + hand.made")
    assert fit.wald("I(income**2)").p_value == fit.wald("I(income ** 2)").p_value
    assert fit.wald("`two words`:C( wave )").p_value == fit.wald("C(wave):two words").p_value
    assert fit.rao_scott(["I(origin=='mixed')", "`hand.made`"]).df == 2


def test_more_coefficients_than_clusters_cannot_be_tested_together(frame: pd.DataFrame) -> None:
    few = SurveyDesign(frame.assign(side=frame["psu"] % 3), weights="weight", clusters="side")
    fit = few.regression("trust ~ age")
    assert (fit.df, fit.flags) == (-2, "no degrees of freedom")
    assert fit.table["low"].isna().all()
    with pytest.raises(InputError, match="fewer clusters"):
        fit.wald("age")


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("trust ~ nowhere", ["no column 'nowhere'", "origin"]),
        ("nowhere ~ origin", ["no column 'nowhere'"]),
        ("trust ~ offset(nowhere) + sex", ["no column 'nowhere'"]),
        ("trust ~ I(SIDE_EFFECT)", ["no column 'SIDE_EFFECT'"]),
        ("trust ~ {SIDE_EFFECT}", ["no column 'SIDE_EFFECT'"]),
        ("trust ~ I(SIDE_EFFECT.append(1))", ["no function"]),
        ("trust ~ open(income)", ["no function 'open'", "log"]),
        ("trust ~ np.load(income)", ["no function 'np.load'"]),
        ("trust ~ I(income.__class__)", ["income.__class__"]),
        ("trust ~ {__import__('os').getcwd()}", ["no function"]),
        ("trust ~ I((lambda: 1)())", ["cannot stand in a formula"]),
        ("trust ~ I([x for x in income])", ["cannot stand in a formula"]),
        ("trust ~ I(9**9**9**9)", ["a power"]),
        ("trust ~ log(**income)", ["log"]),
        ("trust ~ I()", ["takes a column"]),
        ("trust ~ C(origin, Treatment('mixed'))", ["reference="]),
        ("trust ~ origin +", ["cannot be read"]),
        ("trust ~ (origin", ["cannot be read"]),
        ("trust ~ origin ~ sex", ["cannot be read"]),
        ("trust ~ two words", ["cannot be read"]),
        ("trust ~ 3", ["cannot be read"]),
        ("trust", ["one outcome"]),
        ("~ origin", ["one outcome"]),
        ("trust + income ~ origin", ["one outcome"]),
        ("1 ~ origin", ["outcome"]),
        ("trust ~", ["no terms"]),
        ("trust ~ 0", ["no term"]),
        ("trust ~ .", ["all columns"]),
        ("trust ~ origin | sex", ["one outcome"]),
        ("trust ~ trust", ["'trust' is the outcome"]),
        ("poly(income, 2) ~ sex", ["whole column"]),
        ("log(negative) ~ sex", ["not a finite number in 640 rows"]),
        ("trust ~ log(negative)", ["log(negative)", "not a finite number"]),
        ("trust ~ log(origin)", ["cannot be computed", "takes numbers"]),
        ("trust ~ alone", ["'alone'", "same"]),
        ("trust ~ day", ["dates"]),
        ("day ~ sex", ["needs numbers"]),
        ("origin ~ sex", ["needs numbers", "ordinal"]),
        ("trust ~ row", ["coefficients for 586 respondents"]),
        ("trust ~ income + twice", ["twice follows from"]),
        ("trust ~ origin + foreign", ["foreign[T.True] follows from"]),
        ("trust ~ offset(log(negative)) + sex", ["offset", "above 0"]),
    ],
)
def test_formulas_that_cannot_be_used(design: SurveyDesign, formula: str, words: list[str]) -> None:
    refused(design, formula, *words)
    assert SIDE_EFFECT == []


@pytest.mark.parametrize(
    ("formula", "family", "words"),
    [
        ("trust ~ sex", "binomial", ["needs 0 and 1", "rows"]),
        ("origin ~ sex", "binomial", ["has 3", "comparison"]),
        ("alone ~ sex", "binomial", ["has 1"]),
        ("always ~ origin", "binomial", ["no finite estimate: origin[T.mixed]"]),
        ("rich ~ income", "binomial", ["no finite estimate", "income", "separate"]),
        ("negative ~ sex", "poisson", ["negative in 640 rows"]),
        ("sex ~ origin", "poisson", ["needs numbers"]),
        ("never ~ origin", "poisson", ["no finite estimate: origin[T.mixed]", "counts of 0"]),
        ("origin ~ sex", "ordinal", ["no order", "ordered categorical"]),
        ("contact ~ sex", "ordinal", ["three levels", "binomial"]),
        ("foreign ~ sex", "ordinal", ["no order"]),
        ("view ~ 0 + sex", "ordinal", ["thresholds"]),
        ("view ~ I(view == 'bad')", "ordinal", ["no finite estimate"]),
        ("trust ~ sex", "gamma", ["gaussian, binomial, poisson, ordinal"]),
    ],
)
def test_outcomes_that_do_not_suit_the_family(
    design: SurveyDesign, formula: str, family: Any, words: list[str]
) -> None:
    refused(design, formula, *words, family=family)


def test_columns_that_a_formula_would_take_for_something_else(design: SurveyDesign, frame: pd.DataFrame) -> None:
    refused(SurveyDesign(frame.rename(columns={"income": 1})), "trust ~ `1` + sex", "intercept", "rename")
    refused(design.assign(Intercept=frame["income"]), "trust ~ Intercept", "intercept", "rename")
    refused(design.assign(log=frame["income"]), "trust ~ log(log)", "'log' is a column and a function")
    refused(design.assign(np=frame["income"]), "trust ~ np + np.log(income)", "'np' is a column and a function")
    refused(SurveyDesign(frame.assign(**{"7": 1.0}).rename(columns={"income": 7})), "trust ~ `7`", "2 columns '7'")
    assert design.assign(log=frame["income"]).regression("trust ~ log").terms == ("Intercept", "log")


def test_units_of_covariates_do_not_matter_to_a_wald_test(frame: pd.DataFrame) -> None:
    scaled = frame.assign(near=1e9 * frame["income"], far=1e-9 * frame["days"])
    one = SurveyDesign(frame).regression("trust ~ income + days").wald(["income", "days"])
    other = SurveyDesign(scaled).regression("trust ~ near + far").wald(["near", "far"])
    assert (other.statistic, other.p_value) == (pytest.approx(one.statistic, rel=1e-9), pytest.approx(one.p_value))


def test_numbers_that_cannot_be_squared_are_refused(design: SurveyDesign, frame: pd.DataFrame) -> None:
    for factor in (1e200, 1e-200):
        refused(design.assign(far=frame["income"] * factor), "trust ~ far", "far cannot be squared")
    refused(design.assign(far=frame["income"] * 1e200), "far ~ sex", "'far' cannot be squared")


def test_coefficients_and_terms_are_judged_as_a_family(design: SurveyDesign) -> None:
    fit = design.regression("trust ~ origin + sex")
    family = adjust_p_values(fit.estimates, "bonferroni")
    np.testing.assert_allclose(family.table["p_adjusted"], np.minimum(4 * fit.table["p_value"], 1))
    terms = adjust_p_values({name: fit.wald(name) for name in ("origin", "sex")})
    assert terms.tests == ("origin", "sex")
    assert len(fit.marginal_means("origin").pairwise("origin").table) == 3


def test_a_regression_is_printed_as_its_table(design: SurveyDesign) -> None:
    lines = str(design.regression("contact ~ origin", "binomial")).splitlines()
    assert lines[0] == "binomial regression (logit): contact ~ origin"
    assert "origin[T.foreign]" in lines[3]
    assert lines[-1] == "n 619, effective n 504.9, 21 with missing answers, df 38"


def test_no_rows_have_no_predictions(design: SurveyDesign, frame: pd.DataFrame) -> None:
    assert design.regression("trust ~ origin").predict(frame.head(0)).empty
    assert design.regression("view ~ origin", "ordinal").predict(frame.head(0)).empty


def test_links_are_those_of_the_family(design: SurveyDesign) -> None:
    refused(design, "trust ~ sex", "identity", link="log")
    refused(design, "contact ~ sex", "logit, probit", family="binomial", link="cloglog")
    refused(design, 3, "is text")


def test_an_outcome_that_is_always_the_same_has_no_odds(design: SurveyDesign) -> None:
    refused(design.domain("foreign"), "foreign ~ sex", "the same in all", family="binomial")


def test_nothing_is_changed(design: SurveyDesign, frame: pd.DataFrame) -> None:
    before = frame.copy()
    fit = design.regression("trust ~ origin * C(wave) + poly(income, 2)")
    table = fit.table.copy()
    fit.predict(frame)
    fit.marginal_means("origin")
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(fit.table, table)
    with pytest.raises(AttributeError):
        fit.n = 3  # type: ignore[misc]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31), family=st.sampled_from(["gaussian", "binomial", "poisson", "ordinal"]))
def test_order_of_rows_and_scale_of_weights_do_not_matter(seed: int, family: Any) -> None:
    rng = np.random.default_rng(seed)
    rows = 240
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=rows),
            "group": rng.choice(list("abc"), rows),
            "cluster": rng.integers(0, 20, rows),
            "weight": rng.gamma(3.0, 10.0, rows),
            "gaussian": rng.normal(size=rows),
            "binomial": rng.integers(0, 2, rows),
            "poisson": rng.poisson(1.5, rows),
            "ordinal": rng.integers(0, 4, rows),
        }
    )
    formula = f"{family} ~ x + group"

    def fit(each: pd.DataFrame) -> Any:
        return SurveyDesign(each, weights="weight", clusters="cluster").regression(formula, family)

    expected = fit(frame)
    for other in (frame.sample(frac=1, random_state=seed), frame.assign(weight=frame["weight"] * 1000)):
        actual = fit(other)
        np.testing.assert_allclose(actual.table["estimate"], expected.table["estimate"], rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(actual.table["se"], expected.table["se"], rtol=1e-7)
        assert actual.deviance == pytest.approx(expected.deviance, rel=1e-9)
    halves = pd.concat([frame, frame.head(40)])
    halves["weight"] = np.r_[frame["weight"][:40] / 2, frame["weight"][40:], frame["weight"][:40] / 2]
    np.testing.assert_allclose(fit(halves).table["se"], expected.table["se"], rtol=1e-7)


@pytest.mark.parametrize("sampled", [{}, {"strata": "stratum"}, {"strata": "stratum", "clusters": "psu"}])
@pytest.mark.parametrize("raked", [False, True])
def test_designs_from_queries_give_what_rows_give(frame: pd.DataFrame, sampled: dict[str, str], raked: bool) -> None:
    answers = frame[["weight", "stratum", "psu", "origin", "sex", "wave", "contact", "count", "trust"]].assign(
        view=frame["view"].map({"bad": 0, "fair": 1, "good": 2})
    )
    connection = duckdb.connect()
    connection.register("answers", answers)
    keys = ["origin", "sex", "wave", "contact", "count", "view"]
    cells = SurveyDesign.from_query(
        connection, "select * from answers", weights="weight", keys=keys, values="trust", **sampled
    )
    rows = SurveyDesign(answers, weights="weight", **sampled)
    if raked:
        margins = {"sex": {"f": 0.5, "m": 0.5}, "origin": {"belgian": 0.4, "foreign": 0.35, "mixed": 0.25}}
        cells, rows = cells.rake(margins), rows.rake(margins)
    families: list[tuple[str, Any]] = [
        ("contact", "binomial"),
        ("count", "poisson"),
        ("view", "ordinal"),
        ("trust", "gaussian"),
    ]
    for outcome, family in families:
        actual = cells.regression(f"{outcome} ~ origin + C(wave)", family)
        expected = rows.regression(f"{outcome} ~ origin + C(wave)", family)
        np.testing.assert_allclose(actual.table["estimate"], expected.table["estimate"], rtol=1e-9)
        np.testing.assert_allclose(actual.covariance, expected.covariance, rtol=1e-8)
        assert (actual.df, actual.n, actual.missing) == (expected.df, expected.n, expected.missing)
        for name in ("n_effective", "deviance", "dispersion", "aic"):
            assert getattr(actual, name) == pytest.approx(getattr(expected, name), nan_ok=True)
        means = actual.marginal_means("origin")
        np.testing.assert_allclose(means.table["se"], expected.marginal_means("origin").table["se"], rtol=1e-8)
    with pytest.raises(InputError, match="keys"):
        cells.regression("trust ~ origin", "poisson")
    assert cells.regression("trust ~ sex").n == rows.regression("trust ~ sex").n
