"""Scores from 0 to 100: reversal, the minimum of answers, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trustsurvey as ts
from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.indices.scoring import item_scores
from trustsurvey.instruments.model import IndexDefinition, IndexItem
from trustsurvey.instruments.questions import Text

CODES = ("1", "2", "3", "4", "5")
VALUES = tuple((code, float(code)) for code in CODES)
LABEL = Text.of({"en": "Index"})


def definition(*, minimum_answered: int = 2) -> IndexDefinition:
    return IndexDefinition(
        "fairness",
        LABEL,
        (
            IndexItem("kind", 1, 5, values=VALUES),
            IndexItem("rude", 1, 5, reversed=True, values=VALUES),
            IndexItem("rating", 0, 10),
        ),
        minimum_answered,
    )


def frame(kind: list, rude: list, rating: list) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": pd.Categorical(kind, CODES, ordered=True),
            "rude": pd.Categorical(rude, CODES, ordered=True),
            "rating": np.array(rating, dtype=float),
        }
    )


def test_a_score_is_the_mean_of_rescaled_items_with_reversal() -> None:
    design = ts.SurveyDesign(frame(["5", "1", "3"], ["1", "5", "2"], [10, 0, 5]))
    scores = ts.score(design, definition())
    assert scores.scores.tolist() == pytest.approx([100, 0, (50 + 75 + 50) / 3])
    assert scores.answered.tolist() == [3, 3, 3]


def test_too_few_answers_give_no_score() -> None:
    design = ts.SurveyDesign(frame(["5", None, None], [None, None, "1"], [np.nan, np.nan, 5]))
    scores = ts.score(design, definition())
    assert scores.scores.isna().tolist() == [True, True, False]
    assert scores.scores[2] == pytest.approx(75)
    assert scores.answered.tolist() == [1, 0, 2]


def test_scores_of_respondents_are_not_printed() -> None:
    scores = ts.score(ts.SurveyDesign(frame(["1", None, "2"], [None, None, "3"], [np.nan, np.nan, 5])), definition())
    assert repr(scores) == f"IndexScores({definition().code}: 1 of 3 respondents have a score)"


def test_items_nobody_answered_give_scores_and_reliability_that_are_missing() -> None:
    scores = ts.score(ts.SurveyDesign(frame([None] * 3, [None] * 3, [np.nan] * 3)), definition())
    assert scores.scores.isna().all()
    assert np.isnan(scores.reliability.alpha)


def test_scores_keep_the_index_of_the_data() -> None:
    data = frame(["5", "1"], ["1", "5"], [10, 0]).set_axis(["b", "a"])
    assert ts.score(ts.SurveyDesign(data), definition()).scores.index.tolist() == ["b", "a"]


@given(st.lists(st.sampled_from([*CODES, None]), min_size=2, max_size=20))
@settings(max_examples=30, deadline=None)
def test_reversing_an_item_mirrors_it(answers: list) -> None:
    data = frame(answers, answers, [5] * len(answers))
    forward = item_scores(data, IndexItem("kind", 1, 5, values=VALUES))
    backward = item_scores(data, IndexItem("kind", 1, 5, reversed=True, values=VALUES))
    np.testing.assert_allclose(forward + backward, np.where(data["kind"].isna(), np.nan, 100))


def test_an_answer_outside_the_range_is_refused_without_being_shown() -> None:
    with pytest.raises(
        InputError, match="'rating' has 1 answers outside its definition; expected numbers from 0 to 10"
    ) as e:
        ts.score(ts.SurveyDesign(frame(["5", "1"], ["1", "5"], [77, 0])), definition())
    assert "77" not in str(e.value)


def test_a_code_outside_the_scale_is_refused() -> None:
    data = frame(["5", "1"], ["1", "5"], [7, 0]).assign(kind=["5", "9"])
    with pytest.raises(InputError, match="expected the codes 1, 2, 3, 4, 5"):
        ts.score(ts.SurveyDesign(data), definition())


def test_a_missing_item_is_named() -> None:
    with pytest.raises(UnknownNameError, match="no item 'rude'"):
        ts.score(ts.SurveyDesign(frame(["5"], ["1"], [7]).drop(columns="rude")), definition())


def test_all_missing_items_are_named_at_once() -> None:
    with pytest.raises(UnknownNameError, match="no items 'kind', 'rude'; available: rating"):
        ts.score(ts.SurveyDesign(frame(["5"], ["1"], [7])[["rating"]]), definition())


def test_what_is_no_design_or_no_definition_is_refused_with_what_to_give() -> None:
    data = frame(["5"], ["1"], [7])
    with pytest.raises(InputError, match=r"takes a survey design, as SurveyDesign\(frame.*got DataFrame"):
        ts.score(data, definition())  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"definition of an index, as instrument.indices.*got str"):
        ts.score(ts.SurveyDesign(data), "fairness")  # type: ignore[arg-type]


def test_sparse_answers_are_those_written_in_full() -> None:
    data = frame(["5", "1", "3"], ["1", "5", "2"], [10, 0, 5])
    sparse = data.assign(
        rude=pd.arrays.SparseArray(data["rude"].to_numpy(dtype=object), fill_value="1"),
        rating=data["rating"].astype(pd.SparseDtype("float64", 0.0)),
    )
    found = ts.score(ts.SurveyDesign(sparse), definition())
    assert found.scores.tolist() == ts.score(ts.SurveyDesign(data), definition()).scores.tolist()


def test_text_in_a_rating_is_refused() -> None:
    data = frame(["5"], ["1"], [7]).assign(rating=["seven"])
    with pytest.raises(InputError, match="does not hold numbers"):
        ts.score(ts.SurveyDesign(data), definition())


def test_scoring_changes_nothing() -> None:
    data = frame(["5", "1"], ["1", "5"], [10, 0])
    before = data.copy(deep=True)
    design = ts.SurveyDesign(data)
    ts.score(design, definition())
    pd.testing.assert_frame_equal(data, before)
    pd.testing.assert_frame_equal(design.data, before)


@pytest.mark.parametrize("answers", [[[1], [2]], [{1}, {2}], [1 + 1j, 2 + 0j], [10**400, 1]])
def test_answers_that_are_no_codes_and_no_numbers_are_refused(answers: list) -> None:
    codes = frame(["5", "1"], ["1", "5"], [10, 0])
    for name in ("kind", "rating"):
        with pytest.raises(InputError, match=f"item '{name}'"):
            ts.score(ts.SurveyDesign(codes.assign(**{name: pd.Series(answers)})), definition())
