"""Nobody can work out what is withheld: the published tables are attacked with arithmetic."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trustsurvey.publishing.complements import rows_by, withheld_with_complements
from trustsurvey.publishing.disclosure import publish
from trustsurvey.publishing.policy import load_policy
from trustsurvey.publishing.release import make_release, open_release
from trustsurvey.publishing.results import Results, load_results

POLICY = load_policy()


@pytest.fixture(scope="module")
def weighted(results: Path) -> Results:
    """The results, with estimates that add up as those of waves weighted to one population do."""
    found = load_results(results)
    chance = np.random.default_rng(7)
    table = found.tables["estimates"].copy()
    keys = ["measure", "domain", "level"]
    single = table["wave"] != "all"
    table.loc[single, "estimate"] = chance.uniform(30, 70, single.sum())
    means = table[single & (table["domain"] == "district")].groupby(["measure", "wave"])["estimate"].mean()
    whole = single & (table["domain"] == "all")
    table.loc[whole, "estimate"] = [
        means[key] for key in table.loc[whole, ["measure", "wave"]].itertuples(index=False, name=None)
    ]
    pooled = table[single].groupby(keys)["estimate"].mean()
    table.loc[~single, "estimate"] = [
        pooled[key] for key in table.loc[~single, keys].itertuples(index=False, name=None)
    ]
    half_width = (table["high"] - table["low"]) / 2
    table = table.assign(low=table["estimate"] - half_width, high=table["estimate"] + half_width)
    return Results(found.folder, found.instrument, found.provenance, {**found.tables, "estimates": table})


def by_subtraction(published: pd.DataFrame, truth: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return the withheld cells that waves and pooled value of a group give away to within a point."""
    found = []
    for key, rows in published.groupby(["measure", "domain", "level"]):
        values = rows.set_index("wave")["estimate"]
        lacking = values.index[values.isna()]
        if len(lacking) == 1:
            waves = values.drop("all")
            guess = waves.mean() if lacking[0] == "all" else len(waves) * values["all"] - waves.sum()
            true = truth.loc[rows.index[rows["wave"] == lacking[0]], "estimate"].iloc[0]
            if abs(guess - true) < 1:
                found.append((*key, lacking[0]))
    return found


def by_algebra(published: pd.DataFrame, measure: str) -> list[tuple[str, str]]:
    """Return the withheld districts and waves that follow from all sums together, by Gaussian elimination."""
    rows = published[(published["measure"] == measure) & published["domain"].isin(["all", "district"])]
    cells = [(level, wave) for level, wave in zip(rows["level"], rows["wave"], strict=True)]
    levels, waves = (list(dict.fromkeys(each)) for each in zip(*cells, strict=True))
    districts, single = [each for each in levels if each != "all"], [each for each in waves if each != "all"]
    sums = [{("all", wave): -len(districts)} | {(each, wave): 1 for each in districts} for wave in waves]
    sums += [{(level, "all"): -len(single)} | {(level, each): 1 for each in single} for level in levels]
    unknown = [cell for cell, value in zip(cells, rows["estimate"], strict=True) if np.isnan(value)]
    matrix = np.array([[each.get(cell, 0) for cell in unknown] for each in sums], dtype=float)
    _, scale, right = np.linalg.svd(matrix)
    free = right[np.count_nonzero(scale > 1e-9) :]
    return [cell for cell, direction in zip(unknown, free.T, strict=True) if np.abs(direction).max(initial=0) < 1e-9]


def test_a_withheld_wave_does_not_follow_from_the_others_and_the_pooled_value(weighted: Results) -> None:
    truth = weighted.tables["estimates"]
    groups_only = publish(truth, POLICY, sets=rows_by(truth, ["measure", "domain", "wave"]))
    assert len(by_subtraction(groups_only, truth)) >= 3
    released = make_release(weighted, POLICY).tables["estimates"]
    assert by_subtraction(released, truth) == []
    assert (released["status"] != "withheld").sum() > 0.8 * (groups_only["status"] != "withheld").sum()
    assert set(released["status"][groups_only["status"] == "withheld"]) == {"withheld"}


def test_nothing_withheld_follows_from_all_sums_together(weighted: Results) -> None:
    truth = weighted.tables["estimates"]
    measures = truth["measure"].unique()
    assert any(by_algebra(publish(truth, POLICY), measure) for measure in measures)
    released = make_release(weighted, POLICY).tables["estimates"]
    assert [by_algebra(released, measure) for measure in measures] == [[]] * len(measures)


def test_changes_and_gaps_of_complements_are_withheld(weighted: Results) -> None:
    released = make_release(weighted, POLICY).tables
    hidden = released["estimates"].query("status == 'withheld'")[["measure", "domain", "level", "wave"]]
    for column in ("wave", "previous"):
        touched = released["changes"].merge(hidden.rename(columns={"wave": column}))
        assert len(touched) > 0
        assert set(touched["status"]) == {"withheld"}


def test_a_cell_that_only_several_sets_give_away_is_protected() -> None:
    """Two squares of withheld cells and one between them: each row and column has two, and the one is still known."""
    rows, columns = np.divmod(np.arange(25), 5)
    sets = [np.flatnonzero(axis == number) for axis in (rows, columns) for number in range(5)]
    withheld = np.isin(np.arange(25), [0, 1, 5, 6, 12, 13, 17, 18, 7])
    assert all(withheld[each].sum() != 1 for each in sets)
    protected = withheld_with_complements(withheld, np.arange(25.0), sets)
    assert (protected & withheld).sum() == 9
    matrix = np.array([protected & np.isin(np.arange(25), each) for each in sets], dtype=float)
    _, scale, right = np.linalg.svd(matrix)
    free = right[np.count_nonzero(scale > 1e-9) :]
    assert (np.abs(free[:, protected]).max(axis=0) > 1e-9).all()


def test_what_is_tied_to_nothing_stays_as_it_is() -> None:
    withheld = np.array([True, False, False])
    assert withheld_with_complements(withheld, np.ones(3), []).tolist() == withheld.tolist()
    assert withheld_with_complements(withheld, np.ones(3), [np.array([0])]).tolist() == withheld.tolist()


def test_a_share_of_all_items_does_not_give_one_item_away(make) -> None:
    folder = make()
    table = load_results(folder).tables["nonresponse"]
    assert (table["variable"] == "any").any()
    released = open_release(folder).tables["nonresponse"]
    hidden = released["status"] == "withheld"
    assert hidden.any()
    for keys in (["variable", "reason", "wave"], ["reason", "origin", "wave"]):
        assert 1 not in hidden.groupby([released[key] for key in keys]).sum().tolist()


def test_stages_of_fieldwork_do_not_give_a_small_count_away(results: Path) -> None:
    released = open_release(results).tables["fieldwork"].set_index(["wave", "language", "stage"])
    hidden = (released["status"] == "withheld").unstack("stage")
    assert hidden["no_consent"].any()
    assert not hidden[["started", "completed", "used"]].any(axis=None)
    assert 1 not in hidden.drop(columns="used").sum(axis=1).tolist()


def test_a_margin_does_not_give_a_crossed_one_away(make) -> None:
    folder = make()
    found = load_results(folder)
    table = found.tables["margins"]
    small = (table["level"] == "16-24 | woman") & (table["wave"] == "2026")
    assert small.sum() == 1
    changed = {**found.tables, "margins": table.assign(before=table["before"].mask(small, 0.001))}
    released = make_release(Results(folder, found.instrument, found.provenance, changed), POLICY).tables["margins"]
    hidden = released[(released["status"] == "withheld") & (released["wave"] == "2026")]
    crossed = hidden[hidden["margin"] == "age_group x sex"]["level"].str.split(" | ", regex=False).str[0]
    ages = set(hidden[hidden["margin"] == "age_group"]["level"])
    assert all(count > 1 or age in ages for age, count in crossed.value_counts().items())
    assert len(crossed) > 1
