"""The page asks whom the package says: hundreds of people who answer at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from trustsurvey.instruments.model import Instrument

SIZE = 300


@pytest.mark.parametrize("name", ["everything", "operators", "odd", "citizen-trust"])
def test_random_people_are_asked_the_same(
    name: str,
    instruments: dict[str, Instrument],
    opened: Callable[..., Any],
    random_answers: Callable[..., list[dict[str, str]]],
    expected: Callable[..., pd.DataFrame],
) -> None:
    instrument = instruments[name]
    people = random_answers(instrument, SIZE, 20261122)
    wanted = expected(instrument, people)
    with opened(instrument) as page:
        found = pd.DataFrame(page.evaluate("people => people.map(each => trustsurvey.asked(each))", people))
    pd.testing.assert_frame_equal(found[list(wanted.columns)], wanted)
    assert set(found.columns) == set(wanted.columns)
    # Nothing would be shown if all were asked, or nobody; R34 is for nobody.
    assert set(wanted.columns[~wanted.any()]) <= {"R34"}
    assert len(wanted.drop_duplicates()) > 5


def test_the_page_shows_what_is_asked(
    instruments: dict[str, Instrument],
    opened: Callable[..., Any],
    random_answers: Callable[..., list[dict[str, str]]],
    expected: Callable[..., pd.DataFrame],
) -> None:
    instrument = instruments["operators"]
    people = random_answers(instrument, 12, 7)
    wanted = expected(instrument, people)
    with opened(instrument) as page:
        for person, asked in zip(people, wanted.to_dict("records"), strict=True):
            page.evaluate("answers => trustsurvey.put(answers)", person)
            for number, group in enumerate(instrument.groups):
                page.evaluate("page => trustsurvey.go(page)", number)
                shown = page.locator(".question:visible").evaluate_all("all => all.map(each => each.dataset.code)")
                visible = [question.code for question in group.questions if question.type not in {"hidden"}]
                names = {
                    code: [variable.name for variable in instrument.question(code).variables()] for code in visible
                }
                assert [code for code in shown if names[code]] == [
                    code for code in visible if names[code] and asked[names[code][0]]
                ]
