from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trustsurvey.errors import InputError, MissingFileError, StudyError
from trustsurvey.publishing.complements import rows_by
from trustsurvey.publishing.disclosure import publish, publish_counts, publish_differences, rounded_count
from trustsurvey.publishing.policy import DEFAULT_POLICY, load_policy

POLICY = load_policy()


def cell(
    estimate: float = 50.0, n: float = 200, effective: float | None = None, half_width: float = 3.0, **keys: str
) -> dict:
    numbers = {
        "estimate": estimate,
        "se": half_width / 1.96,
        "low": estimate - half_width,
        "high": estimate + half_width,
    }
    effective = n / 1.2 if effective is None else effective
    return {**keys, **numbers, "n": n, "n_effective": effective, "deff": 1.2, "flags": ""}


def table(*cells: dict) -> pd.DataFrame:
    return pd.DataFrame(list(cells))


@pytest.mark.parametrize(
    ("n", "effective", "half_width", "status"),
    [
        (50, 30, 15, "published"),
        (49, 30, 15, "flagged"),
        (50, 29.9, 15, "flagged"),
        (50, 30, 15.1, "flagged"),
        (30, 20, 20, "flagged"),
        (29, 20, 20, "withheld"),
        (30, 19.9, 20, "withheld"),
        (30, 20, 20.1, "withheld"),
        (5000, 10, 1, "withheld"),
    ],
)
def test_each_limit_decides_by_itself(n: float, effective: float, half_width: float, status: str) -> None:
    assert publish(table(cell(n=n, effective=effective, half_width=half_width)), POLICY)["status"].tolist() == [status]


@pytest.mark.parametrize(
    "broken",
    [
        cell(n=0, estimate=np.nan),
        cell(n=1, half_width=np.nan),
        cell(n=200, estimate=np.nan),
        cell(n=np.nan),
        cell(n=200, effective=np.nan),
        cell(n=200, half_width=np.inf),
    ],
    ids=["empty", "one respondent", "all missing", "no n", "no effective n", "infinite interval"],
)
def test_what_cannot_be_judged_is_withheld(broken: dict) -> None:
    published = publish(table(broken, cell()), POLICY)
    assert published["status"].tolist() == ["withheld", "published"]


def test_an_empty_table_stays_empty() -> None:
    published = publish(table(cell()).iloc[:0], POLICY, sets=[])
    assert published.empty
    assert "status" in published.columns


def test_withheld_rows_hold_no_number() -> None:
    published = publish(table(cell(n=12, measure="m")), POLICY)
    assert published.loc[0, "measure"] == "m"
    assert published.drop(columns=["measure", "flags", "status"]).isna().all(axis=None)


def test_numbers_are_rounded_as_the_policy_says() -> None:
    row = publish(table(cell(estimate=51.2345, n=203, half_width=2.001)), POLICY).iloc[0]
    assert (row["estimate"], row["low"], row["high"], row["n"]) == (51.2, 49.2, 53.2, 205)
    assert np.signbit(publish(table(cell(estimate=-0.04)), POLICY)["estimate"]).tolist() == [False]


def test_a_second_group_goes_with_the_only_one_withheld() -> None:
    cells = [cell(n=12, wave="1", level="a"), cell(n=80, wave="1", level="b"), cell(n=90, wave="1", level="c")]
    two_withheld = [cell(n=12, wave="2", level="a"), cell(n=13, wave="2", level="b"), cell(n=90, wave="2", level="c")]
    alone = [cell(n=12, wave="3", level="a")]
    whole = table(*cells, *two_withheld, *alone)
    published = publish(whole, POLICY, sets=rows_by(whole, ["wave"]))
    assert published["status"].tolist() == [
        *("withheld", "withheld", "published"),
        *("withheld", "withheld", "published"),
        "withheld",
    ]


@pytest.mark.parametrize(("share", "shown"), [(0.0, False), (0.0002, False), (1.0, False), (0.01, True)])
def test_extremes_are_withheld_only_where_sensitive(share: float, shown: bool) -> None:
    row = cell(estimate=share, half_width=0.01)
    assert publish(table(row), POLICY, share=True)["status"].tolist() == ["published"]
    assert publish(table(row), POLICY, share=True, sensitive=True)["status"].tolist() == [
        "published" if shown else "withheld"
    ]


def test_shares_become_percentages() -> None:
    row = publish(table(cell(estimate=0.1234, half_width=0.02)), POLICY, share=True).iloc[0]
    assert (row["estimate"], row["low"], row["high"]) == (12.3, 10.3, 14.3)


def test_a_share_of_zero_has_no_design_effect_and_is_judged_by_its_n() -> None:
    row = {**cell(estimate=0.0, half_width=0.01), "n_effective": np.nan, "deff": np.nan}
    assert publish(table(row), POLICY, share=True)["status"].tolist() == ["published"]


def test_a_difference_needs_both_sides() -> None:
    estimates = publish(
        table(
            cell(wave="1", level="a"),
            cell(wave="2", level="a"),
            cell(n=40, wave="3", level="a"),
            cell(n=10, wave="4", level="a"),
        ),
        POLICY,
    )
    changes = table(
        *(cell(wave=later, previous=earlier, level="a", estimate=1.0) for earlier, later in ("12", "23", "34", "45"))
    )
    sides = [{"level": "level", "wave": "wave"}, {"level": "level", "previous": "wave"}]
    published = publish_differences(changes, POLICY, estimates, sides)
    assert published["status"].tolist() == ["published", "flagged", "withheld", "withheld"]
    assert published.loc[2:, "estimate"].isna().all()


def test_counts_below_the_minimum_are_withheld_and_others_rounded() -> None:
    counts = pd.DataFrame({"language": ["fr", "nl", "en"], "count": [1001, 52, 9]})
    alone = publish_counts(counts, POLICY)
    assert alone["count"].tolist()[:2] == [1000, 50]
    assert pd.isna(alone.loc[2, "count"])
    together = publish_counts(counts.assign(wave="1"), POLICY, sets=[np.arange(3)])
    assert together["status"].tolist() == ["published", "withheld", "withheld"]
    assert rounded_count(np.nan, POLICY) is None


def test_tables_are_not_changed() -> None:
    before = table(cell(n=12, wave="1"), cell(wave="1"))
    copy = before.copy(deep=True)
    publish(before, POLICY, sets=[np.arange(2)], share=True)
    pd.testing.assert_frame_equal(before, copy)


def test_a_table_without_its_columns_is_refused() -> None:
    with pytest.raises(InputError, match="the table lacks low, n_effective"):
        publish(table(cell()).drop(columns=["low", "n_effective"]), POLICY)


def test_every_problem_of_a_policy_is_reported_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(
        "policy:\n"
        "estimates:\n"
        "  publish: {n: many, n_effective: 30, half_width: 15}\n"
        "  flag: {n: 30, n_effective: 20}\n"
        "  decimal: 1\n"
        "counts: 10\n"
        "extremes: origin\n",
        encoding="utf-8",
    )
    with pytest.raises(StudyError) as caught:
        load_policy(path)
    found = [(problem.line, problem.message) for problem in caught.value.problems]
    assert found == [
        (1, "policy: expected a text, found nothing"),
        (3, "n: expected a whole number, found 'many'"),
        (4, "this entry lacks the key half_width"),
        (5, "the key decimal is not known here"),
        (6, "expected a mapping of keys and values"),
        (7, "extremes: expected a list, found 'origin'"),
    ]
    assert "did you mean decimals?" in str(caught.value)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("n: 30,", "n: 60,", "n is stricter under flag than under publish"),
        ("half_width: 20", "half_width: 10", "half_width is stricter under flag"),
        ("n: 30,", "n: 1,", "n is below 2"),
        ("decimals: 1", "decimals: 9", "decimals is not between 0 and 6"),
        ("minimum: 10", "minimum: 0", "minimum is below 1"),
        ("decimals: 1", "decimals: true", "decimals: expected a whole number, found 'true'"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(tmp_path: Path, before: str, after: str, message: str) -> None:
    path = tmp_path / "policy.yaml"
    text = DEFAULT_POLICY.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(StudyError, match=message):
        load_policy(path)


def test_a_policy_that_is_not_there_or_not_yaml(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no disclosure policy"):
        load_policy(tmp_path / "none.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("policy: [a\n", encoding="utf-8")
    with pytest.raises(StudyError, match=r"broken\.yaml"):
        load_policy(broken)
