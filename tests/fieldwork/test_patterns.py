"""Simulated answers match the pattern of their question."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustsurvey.errors import InputError
from trustsurvey.fieldwork.patterns import matching
from trustsurvey.fieldwork.platform import Record
from trustsurvey.fieldwork.responses import code_responses
from trustsurvey.fieldwork.simulate import simulate
from trustsurvey.fieldwork.truth import Truth
from trustsurvey.instruments.checks_platform import PATTERN
from trustsurvey.instruments.model import Instrument

PIECES = st.sampled_from(["a", "Z", "7", "-", r"\d", r"\.", r"\/", "[A-C]", "[a-z0-9_-]", r"[\d ]", "[+*?|()]"])
TIMES = st.sampled_from(["", "?", "*", "+", "{2}", "{1,}", "{0,3}"])
BRANCHES = st.lists(st.tuples(PIECES, TIMES).map("".join), min_size=1, max_size=4).map("".join)
GROUPS = st.tuples(st.lists(BRANCHES, min_size=1, max_size=3).map("|".join), TIMES).map(lambda p: f"({p[0]}){p[1]}")


@given(st.lists(st.one_of(BRANCHES, GROUPS), min_size=1, max_size=4).map("".join), st.integers(0, 1000))
def test_what_is_made_matches(pattern: str, seed: int) -> None:
    assert PATTERN.fullmatch(pattern)
    assert re.fullmatch(pattern, matching(pattern, np.random.default_rng(seed)), re.ASCII)


@pytest.mark.parametrize("pattern", ["1[0-2][0-9]{2}", "(?:AB|CD)-?[0-9]{1,3}", "[A-Z]+( [A-Z]+)*"])
def test_answers_differ(pattern: str) -> None:
    random = np.random.default_rng(1)
    assert len({matching(pattern, random) for _ in range(50)}) > 10


@pytest.fixture
def patterned(instrument: Instrument) -> Instrument:
    groups = tuple(
        replace(
            group,
            questions=tuple(
                replace(each, pattern="[A-Z]{2}[0-9]", invalid=each.text) if each.code == "NAME" else each
                for each in group.questions
            ),
        )
        for group in instrument.groups
    )
    return replace(instrument, groups=groups)


def test_answers_that_do_not_match_are_refused(patterned: Instrument, record: Callable[..., Record]) -> None:
    right, wrong = record(1, {"NAME": "AB1"}), record(2, {"NAME": "secret word"})
    assert code_responses(patterned, [right], "2026").frame["NAME"].tolist() == ["AB1"]
    with pytest.raises(InputError, match=r"NAME: 1 answers that do not match the pattern \[A-Z\]") as caught:
        code_responses(patterned, [right, wrong], "2026")
    assert "secret" not in str(caught.value)


def test_simulated_people_match(patterned: Instrument, cells: pd.DataFrame, truth: Truth) -> None:
    records = simulate(patterned, cells, truth, "2026", 200, seed=1)
    typed = [each.answers["NAME"] for each in records if each.answers["NAME"]]
    assert len(set(typed)) > 10
    assert all(re.fullmatch("[A-Z]{2}[0-9]", each) for each in typed)
