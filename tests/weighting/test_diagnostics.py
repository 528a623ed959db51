"""Diagnostics of weights: numbers by hand, what is printed, and figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_allclose

import trustsurvey as ts
from trustsurvey.errors import InputError, UnknownNameError

MARGINS = {"origin": {"a": 50.0, "b": 50.0}, "age": {"old": 60.0, "young": 40.0}}


@pytest.fixture(scope="module")
def survey(synthetic: pd.DataFrame) -> ts.SurveyDesign:
    return ts.SurveyDesign(synthetic, weights="weight", strata="stratum", clusters="psu")


@pytest.fixture(scope="module")
def raked(survey: ts.SurveyDesign, counts: dict[Any, Any]) -> ts.SurveyDesign:
    return survey.rake({name: counts[name] for name in ("district", "age", "sex")}, bounds=(0.7, 1.2))


def test_margins_by_hand(design: ts.SurveyDesign) -> None:
    margins = design.rake(MARGINS).diagnostics().margins
    # Base weights: a 7 of 17, b 10; old 7, young 10.
    assert_allclose(margins["before"], [700 / 17, 1000 / 17, 700 / 17, 1000 / 17])
    assert margins["n"].tolist() == [4, 8, 6, 6]
    assert margins["target"].tolist() == [50, 50, 60, 40]


def test_balance_by_hand(design: ts.SurveyDesign) -> None:
    balance = design.rake(MARGINS).diagnostics().balance
    assert balance["reference"].eq("population").all()
    assert_allclose(balance["target"], [0.5, 0.5, 0.6, 0.4])
    expected = [(7 / 17 - 0.5) / 0.5, (10 / 17 - 0.5) / 0.5]
    expected += [(7 / 17 - 0.6) / np.sqrt(0.24), (10 / 17 - 0.4) / np.sqrt(0.24)]
    assert_allclose(balance["difference_before"], expected)
    assert_allclose(balance["difference_after"], 0, atol=1e-9)


def test_balance_of_covariates(design: ts.SurveyDesign, small: pd.DataFrame) -> None:
    raked = design.assign(high=small["trust"] > 5).rake({"origin": MARGINS["origin"]})
    weights, base = raked.weights, small["w"]
    balance = raked.diagnostics(covariates=["age", "trust", "high"]).balance.set_index(["variable", "level"])
    old = small["age"] == "old"
    row = balance.loc[("age", "old")]
    share = base[old].sum() / base.sum()
    assert row["reference"] == "base weights"
    assert row["difference_before"] == 0
    assert row["difference_after"] == pytest.approx(
        (weights[old].sum() / weights.sum() - share) / np.sqrt(share * (1 - share))
    )
    mean = np.average(small["trust"], weights=base)
    deviation = np.sqrt(np.average((small["trust"] - mean) ** 2, weights=base))
    row = balance.loc[("trust", "mean")]
    assert row["difference_after"] == pytest.approx((np.average(small["trust"], weights=weights) - mean) / deviation)
    assert ("high", "True") in balance.index
    given = {"age": {"old": 30, "young": 70}, "trust": 6.0}
    balance = raked.diagnostics(covariates=given).balance.set_index(["variable", "level"])
    assert balance.loc[("age", "old"), "difference_before"] == pytest.approx((share - 0.3) / np.sqrt(0.21))
    assert balance.loc[("trust", "mean"), "difference_before"] == pytest.approx((mean - 6) / deviation)
    assert balance.loc[("age", "old"), "reference"] == "population"


def test_balance_of_respondents_against_the_whole_sample(survey: ts.SurveyDesign, synthetic: pd.DataFrame) -> None:
    came = synthetic["age"].isin(["55-69", "70+"]) | (np.arange(len(synthetic)) % 2 == 0)
    adjusted = survey.adjust_nonresponse(came, by="age")
    balance = adjusted.diagnostics(covariates=["age", "income"]).balance
    age = balance[balance["variable"] == "age"]
    assert balance["reference"].eq("whole sample").all()
    assert age["difference_before"].abs().max() > 0.1
    assert_allclose(age["difference_after"], 0, atol=1e-9)
    assert balance["difference_before"].iloc[-1] != 0


def test_balance_within_waves_is_of_shares_within_them(synthetic: pd.DataFrame) -> None:
    shares = {"sex": {"f": 0.6, "m": 0.4}}
    within = ts.SurveyDesign(synthetic).rake(shares, within="wave").diagnostics().balance
    first = ts.SurveyDesign(synthetic[synthetic["wave"] == 2024]).rake(shares).diagnostics().balance
    assert_allclose(within["difference_before"].iloc[:2], first["difference_before"])
    assert within["level"].iloc[0] == "2024, f"


def test_balance_of_a_continuous_total(small: pd.DataFrame) -> None:
    calibrated = ts.SurveyDesign(small).calibrate({"trust": 70.0}, method="linear")
    row = calibrated.diagnostics().balance.iloc[0]
    deviation = small["trust"].std(ddof=0)
    assert row["difference_before"] == pytest.approx((small["trust"].sum() - 70) / 12 / deviation)
    assert row["difference_after"] == pytest.approx(0, abs=1e-12)


def test_kish_effect_by_domain_and_step(raked: ts.SurveyDesign, synthetic: pd.DataFrame) -> None:
    effects = raked.diagnostics(by=["origin", "sex"]).effects
    assert len(effects) == 12
    row = effects[(effects["origin"] == "mixed") & (effects["sex"] == "m") & (effects["step"] == 1)].iloc[0]
    here = raked.weights[(synthetic["origin"] == "mixed") & (synthetic["sex"] == "m")]
    assert row["n"] == len(here)
    assert row["n_effective"] == pytest.approx(here.sum() ** 2 / (here**2).sum())
    assert row["kish"] == pytest.approx(len(here) / row["n_effective"])
    overall = raked.diagnostics()
    assert overall.effects["kish"].iloc[-1] == pytest.approx(overall.kish)
    base = synthetic["weight"]
    assert overall.effects["kish"].iloc[0] == pytest.approx(len(base) * (base**2).sum() / base.sum() ** 2)


def test_means_without_the_largest_weights(raked: ts.SurveyDesign, synthetic: pd.DataFrame) -> None:
    diagnostics = raked.diagnostics(y=["trust", "contact"])
    table = diagnostics.without
    assert table["variable"].tolist() == ["trust"] * 6 + ["contact"] * 6
    answered = synthetic["trust"].notna()
    weights, trust = raked.weights[answered], synthetic["trust"][answered]
    rest = weights.sort_values().index[:-10]
    row = table[table["without"] == "10 weights"].iloc[0]
    assert row["estimate"] == pytest.approx(np.average(trust[rest], weights=weights[rest]))
    assert row["share"] == pytest.approx(1 - weights[rest].sum() / weights.sum())
    se = raked.mean("trust").table["se"].iloc[0]
    assert row["change_in_se"] == pytest.approx(row["change"] / se)
    # One respondent after the other left out.
    changes = [
        np.average(trust.drop(row), weights=weights.drop(row)) - np.average(trust, weights=weights)
        for row in trust.index
    ]
    influence = diagnostics.influence.iloc[0]
    assert influence["largest"] == pytest.approx(np.abs(changes).max() / se)
    assert influence["median"] == pytest.approx(np.median(np.abs(changes)) / se)
    assert influence["above_limit"] == int((np.abs(changes) / se > 2 / np.sqrt(len(trust))).sum())
    assert diagnostics.largest["n"].tolist() == [1, 5, 10, 7, 32]
    assert diagnostics.largest["share"].iloc[0] == pytest.approx(raked.weights.max() / raked.weights.sum())


def test_equal_weights_are_left_out_in_part() -> None:
    """Whose weight is left out among equals does not depend on the order of the rows."""
    data = pd.DataFrame({"w": [3.0, 2, 2, 2, 1, 1], "trust": [9.0, 1, 4, 7, 5, 5]})
    table = ts.SurveyDesign(data, weights="w").diagnostics("trust").without
    rows = table[table["without"] == "5 weights"].iloc[0]
    # The 3 and the three 2 are left out, and half of each 1.
    assert rows["estimate"] == pytest.approx(5)
    assert rows["share"] == pytest.approx(10 / 11)
    one = table[table["without"] == "5 %"].iloc[0]
    assert one["estimate"] == pytest.approx((2 * 12 + 10) / 8)
    shuffled = ts.SurveyDesign(data.iloc[::-1], weights="w").diagnostics("trust").without
    pd.testing.assert_frame_equal(shuffled, table)


def test_bounds_and_histogram(raked: ts.SurveyDesign, synthetic: pd.DataFrame) -> None:
    diagnostics = raked.diagnostics()
    bounds = diagnostics.bounds.iloc[0]
    scaled = raked.calibrations[0].scale[raked.calibrations[0].cell] * synthetic["weight"]
    ratio = raked.weights / scaled
    assert bounds["smallest"] == pytest.approx(ratio.min())
    assert bounds["upper"] == 1.2
    assert bounds["at_upper"] == (ratio > 1.2 - 1e-9).sum() > 0
    assert bounds["at_lower"] == (ratio < 0.7 + 1e-9).sum()
    counts = diagnostics.histogram.groupby("of")["n"].sum()
    assert counts.to_dict() == {"weight": 640, "g_weight": 640}


def test_the_trace_ends_where_convergence_says(raked: ts.SurveyDesign) -> None:
    diagnostics = raked.rake({"origin": {"belgian": 0.4, "foreign": 0.35, "mixed": 0.25}}).diagnostics()
    last = diagnostics.trace.groupby(["calibration", "margin"], sort=False).last().reset_index()
    assert_allclose(last["largest_gap"], diagnostics.convergence["largest_gap"])
    assert last["iteration"].tolist() == diagnostics.convergence["iterations"].tolist()
    assert diagnostics.convergence["calibration"].tolist() == [1, 1, 1, 2]


def test_what_is_printed(raked: ts.SurveyDesign) -> None:
    diagnostics = raked.diagnostics(y="trust", covariates=["origin"], by="wave")
    text = str(diagnostics)
    for expected in (
        "Weights of 640 respondents, which sum to 150,000",
        f"Kish effect {diagnostics.kish:.3f}",
        "0 design weights",
        "1 calibration: raking (district, age, sex)",
        "Kish effect by domain",
        "The 8 levels that were furthest off",
        "Covariates outside the margins",
        "0.7 to 1.2 (0 and 37 respondents at them)",
        "Means without the largest weights",
    ):
        assert expected in text
    assert max(len(line) for line in text.splitlines()) <= 120
    assert "d7" in diagnostics._repr_html_()
    assert repr(diagnostics).startswith("Diagnostics(640 respondents, Kish effect 1.")


def test_nothing_is_escaped_wrongly(small: pd.DataFrame) -> None:
    data = small.assign(origin=small["origin"].replace({"a": "<b>&"}))
    raked = ts.SurveyDesign(data).rake({"origin": {"<b>&": 0.5, "b": 0.5}})
    assert "&lt;b&gt;&amp;" in raked.diagnostics()._repr_html_()


def test_before_any_calibration(design: ts.SurveyDesign) -> None:
    diagnostics = design.diagnostics()
    text = str(diagnostics)
    assert "0 design weights" in text
    assert "Margins" not in text
    assert isinstance(diagnostics.figure("weights"), Figure)
    assert isinstance(diagnostics.figure("influence"), Figure)
    for name in ("margins", "balance", "convergence"):
        with pytest.raises(InputError, match="calibrat"):
            diagnostics.figure(name)


def test_figures(raked: ts.SurveyDesign) -> None:
    twice = raked.rake({"origin": {"belgian": 0.4, "foreign": 0.35, "mixed": 0.25}})
    diagnostics = twice.diagnostics(y=["trust", "contact"], covariates=["view"], by="origin")
    for name in ("margins", "balance", "weights", "influence", "convergence", "effects"):
        figure = diagnostics.figure(name)
        figure.savefig("/dev/null", format="png", dpi=40)
        assert figure.axes
    figure = diagnostics.figure("balance")
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(labels) == 7 + 5 + 2 + 3 + 3
    assert labels[0] == "d1"
    with pytest.raises(UnknownNameError, match="no figure 'love'; available: margins, balance"):
        diagnostics.figure("love")


def test_many_levels_are_cut_and_said(rng: np.random.Generator) -> None:
    data = pd.DataFrame({"zone": [f"zone {number % 90:02d}" for number in range(900)]})
    raked = ts.SurveyDesign(data).rake({"zone": {f"zone {number:02d}": 1 + rng.random() for number in range(90)}})
    figure = raked.diagnostics().figure("margins")
    assert len(figure.axes[0].get_yticks()) == 60
    assert "30 more are not shown" in figure.get_suptitle()


def test_long_labels_stay_apart(rng: np.random.Generator) -> None:
    origins = ["Belge ou Belge d'origine étrangère", "Noord-Afrika, voornamelijk Marokko"]
    schools = ["geen diploma of hoogstens lager onderwijs", "geen diploma of hoogstens hoger onderwijs"]
    data = pd.DataFrame({"origine": rng.choice(origins, 200), "school": rng.choice(schools, 200)})
    data["r"] = rng.random(200) < 0.6
    both = {(origin, school): 50 for origin in origins for school in schools}
    design = ts.SurveyDesign(data).adjust_nonresponse("r", by=["origine", "school"]).rake({("origine", "school"): both})
    diagnostics = design.diagnostics(by=["origine", "school"])
    for name in ("margins", "balance", "effects"):
        figure = diagnostics.figure(name)
        labels = [label.get_text().split("  (n")[0] for label in figure.axes[0].get_yticklabels()]
        assert len(set(labels)) == 4
        assert max(len(label) for label in labels) <= 40
    tables = str(diagnostics).split("\n\n")
    classes = next(table for table in tables if table.startswith("Response rates")).splitlines()[2:]
    assert len({line[:55] for line in classes}) == 4


def test_dollars_are_no_formulas() -> None:
    levels = ["below 10 $", "10 $ to 20 $", r"$\frac$"]
    frame = pd.DataFrame({"in $ or in $": levels * 20, "y": range(60)})
    raked = ts.SurveyDesign(frame).rake({"in $ or in $": dict(zip(levels, [30, 20, 10], strict=True))})
    diagnostics = raked.assign(**{"$y$": range(60)}).diagnostics("$y$", covariates=["$y$"], by="in $ or in $")
    for name in ("margins", "balance", "weights", "influence", "convergence", "effects"):
        diagnostics.figure(name).savefig("/dev/null", format="png", dpi=40)
    labels = diagnostics.figure("balance").axes[0].get_yticklabels()
    assert labels[1].get_text().replace(r"\$", "$") == "10 $ to 20 $"


def test_many_domains_and_covariates_are_cut_in_text(rng: np.random.Generator) -> None:
    data = pd.DataFrame({"zone": [f"z{number % 90:02d}" for number in range(900)], "w": 0.1 + rng.random(900)})
    diagnostics = ts.SurveyDesign(data, weights="w").diagnostics(covariates=["zone"], by="zone")
    text = str(diagnostics)
    assert "The 20 largest of 90 Kish effects by domain" in text
    assert "Covariates outside the margins: the 20 of 90 levels that are furthest off" in text
    worst = diagnostics.effects.nlargest(1, "kish")["zone"].iloc[0]
    lines = text.splitlines()
    assert lines[lines.index("The 20 largest of 90 Kish effects by domain") + 2].split()[0] == worst
    assert diagnostics._repr_html_().count("<tr>") > 180


def test_figures_of_what_is_not_known() -> None:
    design = ts.SurveyDesign(pd.DataFrame({"y": [1.0] * 30, "unknown": [np.nan] * 30}))
    design.diagnostics(covariates={"y": 3}).figure("balance").savefig("/dev/null", format="png", dpi=40)
    with pytest.raises(InputError, match="the domain of nobody is known"):
        design.diagnostics(by="unknown").figure("effects")


def test_extreme_designs_are_shown_too() -> None:
    one = ts.SurveyDesign(pd.DataFrame({"w": [2.0], "trust": [5.0]}), weights="w")
    assert one.diagnostics().kish == pytest.approx(1)
    assert one.diagnostics().largest.empty
    assert "1 respondents" in str(one.diagnostics())
    with pytest.raises(InputError, match="too few"):
        one.diagnostics().figure("influence")
    same = ts.SurveyDesign(pd.DataFrame({"trust": [5.0] * 30})).diagnostics("trust")
    assert same.without["change"].abs().max() < 1e-12
    assert isinstance(same.figure("influence"), Figure)
    nobody = ts.SurveyDesign(pd.DataFrame({"trust": [np.nan] * 30})).diagnostics("trust")
    assert nobody.without["estimate"].isna().all()
    str(nobody)
    negative = pd.DataFrame({"row": ["x"] * 9 + ["y"], "column": ["p"] * 8 + ["q", "p"], "t": range(10)})
    linear = ts.SurveyDesign(negative).calibrate(
        {"row": {"x": 50, "y": 50}, "column": {"p": 40, "q": 60}}, method="linear"
    )
    str(linear.diagnostics("t"))
    linear.diagnostics("t").figure("weights").savefig("/dev/null", format="png", dpi=40)


def test_a_margin_calibrated_twice(design: ts.SurveyDesign) -> None:
    twice = design.rake({"origin": MARGINS["origin"]}).calibrate({"origin": {"a": 40.0, "b": 60.0}}, method="linear")
    diagnostics = twice.diagnostics()
    assert diagnostics.margins["target"].tolist() == [50, 50, 40, 60]
    assert diagnostics.convergence["levels"].tolist() == [2, 2]
    assert_allclose(diagnostics.balance["difference_after"], [-0.2, 0.2, 0, 0], atol=1e-9)
    lines = str(diagnostics).splitlines()
    assert sum(line.startswith("  origin       2") for line in lines) == 2


def test_waves_that_were_weighted_apart(synthetic: pd.DataFrame) -> None:
    shares = {"sex": {"f": 0.6, "m": 0.4}}
    waves = {
        wave: ts.SurveyDesign(synthetic[synthetic["wave"] == wave]).rake(shares).assign(year=wave)
        for wave in (2024, 2026)
    }
    both = ts.combine_waves(waves, unit=None, wave="both").diagnostics(by="both")
    alone = waves[2024].diagnostics()
    assert_allclose(both.balance["difference_before"].iloc[:2], alone.balance["difference_before"])
    assert both.bounds["smallest"].iloc[0] == pytest.approx(alone.bounds["smallest"].iloc[0])
    assert both.effects["kish"].iloc[-2] == pytest.approx(alone.kish)
    assert both.margins["margin"].tolist() == ["both 2024: sex"] * 2 + ["both 2026: sex"] * 2


def test_diagnostics_of_a_domain(raked: ts.SurveyDesign, synthetic: pd.DataFrame) -> None:
    inside = raked.domain(synthetic["wave"] == 2024).diagnostics(y="trust", by="sex")
    here = raked.weights[synthetic["wave"] == 2024]
    assert inside.kish == pytest.approx(len(here) * (here**2).sum() / here.sum() ** 2)
    assert inside.effects.query("step == 1")["n"].sum() == len(here)
    assert (inside.n, inside.total) == (len(here), pytest.approx(here.sum()))
    assert f"Weights of {len(here)} respondents, which sum to {here.sum():,.0f}\n" in str(inside)
    assert "in a domain; steps, margins and g-weights are those of all 640 respondents" in str(inside)
    assert repr(inside).startswith(f"Diagnostics({len(here)} respondents, Kish effect {inside.kish:.3f}")
    overall = raked.domain(synthetic["wave"] == 2024).diagnostics().effects.iloc[-1]
    assert (overall["n"], overall["kish"]) == (len(here), pytest.approx(inside.kish))
    label = inside.figure("weights").axes[0].get_xlabel()
    assert label.startswith(
        f"weight over mean weight: {here.min() / here.mean():.2f} to {here.max() / here.mean():.2f}"
    )


def test_the_only_domain_is_printed_too(design: ts.SurveyDesign) -> None:
    assert "Kish effect by domain" in str(design.assign(region="Brussels").diagnostics(by="region"))
    assert "Kish effect by domain" not in str(design.diagnostics())
    with pytest.raises(InputError, match="by names n, which the table of effects has itself"):
        design.assign(n=1).diagnostics(by="n")


def test_waves_with_non_response_of_their_own(synthetic: pd.DataFrame) -> None:
    answered = synthetic["trust"].notna()
    waves = {
        wave: ts.SurveyDesign(rows).adjust_nonresponse(answered[rows.index], by="sex").assign(year=wave)
        for wave, rows in synthetic.groupby("wave")
    }
    both = ts.combine_waves(waves, unit=None, wave="both").diagnostics(by="both")
    sampled = synthetic.groupby("wave").size().tolist()
    assert both.effects.query("step == 0")["n"].tolist() == sampled
    assert both.effects.query("step == 2")["n"].tolist() == answered.groupby(synthetic["wave"]).sum().tolist()
    alone = [design.diagnostics() for design in waves.values()]
    columns = ["smallest_factor", "largest_factor"]
    assert_allclose(both.steps[columns].iloc[1:], [each.steps[columns].iloc[1] for each in alone])
    assert both.steps["variables"].tolist() == ["", "both 2024: sex", "both 2026: sex"]
    assert both.response["class"].tolist()[0] == "both 2024: sex=f"


def test_bad_input(design: ts.SurveyDesign) -> None:
    raked = design.rake(MARGINS)
    with pytest.raises(UnknownNameError, match="no column 'nowhere'"):
        raked.diagnostics(covariates=["nowhere"])
    with pytest.raises(UnknownNameError, match="no column 'nowhere'"):
        raked.diagnostics("nowhere")
    with pytest.raises(UnknownNameError, match="no column 'nowhere'"):
        raked.diagnostics(by="nowhere")
    with pytest.raises(InputError, match="'age' needs numbers"):
        raked.diagnostics("age")
    with pytest.raises(InputError, match="not in the column: middle; not given: young"):
        raked.diagnostics(covariates={"age": {"old": 0.5, "middle": 0.5}})
    with pytest.raises(InputError, match=r"holds .* not numbers"):
        raked.diagnostics(covariates={"age": 5.0})
    with pytest.raises(InputError, match="a mapping from level"):
        raked.diagnostics(covariates={"age": "half"})
    with pytest.raises(InputError, match="covariates is a list of columns"):
        raked.diagnostics(covariates=5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="infinite in 12 rows"):
        raked.assign(far=np.inf).diagnostics(covariates=["far"])
    with pytest.raises(InputError, match="not all 0"):
        raked.diagnostics(covariates={"age": {"old": 0, "young": 0}})


def test_nothing_is_mutated(small: pd.DataFrame) -> None:
    before = small.copy(deep=True)
    raked = ts.SurveyDesign(small, weights="w").rake(MARGINS)
    weights = raked.weights
    diagnostics = raked.diagnostics("trust", covariates=["age"], by="origin")
    diagnostics.figure("balance")
    str(diagnostics)
    pd.testing.assert_frame_equal(small, before)
    pd.testing.assert_series_equal(raked.weights, weights)
