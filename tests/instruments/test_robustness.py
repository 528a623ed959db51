"""Whatever a file holds, the answer is an instrument or a list of problems, never another error."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trustsurvey.documents.document import read_document
from trustsurvey.errors import InstrumentError, Problem
from trustsurvey.instruments.model import Instrument, canonical
from trustsurvey.instruments.reading import check, load_instrument

Write = Callable[[str | bytes], Path]


def outcome(path: Path) -> Instrument | tuple[Problem, ...]:
    problems = check(path)
    if not problems:
        return load_instrument(path)
    with pytest.raises(InstrumentError) as caught:
        load_instrument(path)
    assert caught.value.problems == tuple(problems)
    assert all(problem.message and problem.remedy for problem in problems)
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)
    return caught.value.problems


def test_a_file_cut_off_anywhere(everything: str, write: Write) -> None:
    data = everything.encode()
    whole = canonical(load_instrument(write(data)))
    for length in range(0, len(data) - 1, 9):
        result = outcome(write(data[:length]))
        # What is cut off between two questions, levels or indices can pass for a smaller questionnaire.
        assert not isinstance(result, Instrument) or len(canonical(result)) < len(whole)


@pytest.mark.parametrize("seed", range(6))
def test_random_damage(everything: str, write: Write, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(60):
        data = bytearray(everything.encode())
        for _ in range(chance.choice([1, 1, 3, 20])):
            place = chance.randrange(len(data))
            match chance.randrange(4):
                case 0:
                    data[place] = chance.randrange(256)
                case 1:
                    del data[place : place + chance.randrange(1, 40)]
                case 2:
                    data[place:place] = chance.choice("{}[]:,#&*!|>'\"%@`\n\t -?").encode()
                case _:
                    other = chance.randrange(len(data))
                    data[place:place] = data[other : other + chance.randrange(60)]
        outcome(write(bytes(data)))


KEYS = """
instrument version languages title consent dont_know refused scales groups derived indices code kind points label value
questions type text scale items minimum maximum ends ask_if levels when replaces reversed minimum_answered choices other
trend concept mandatory fr en
"""
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 300),
    st.floats(),
    st.text(string.printable, max_size=12),
    st.sampled_from(
        ["A", "single", "rating", "battery", "multiple", "yes_no", "ordinal", "A = 1", "fr", "1.0.0", "{x}"]
    ),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=8),
    max_leaves=40,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=TREES)
def test_any_structure(write: Write, tree: Any) -> None:
    outcome(write(yaml.safe_dump(tree, allow_unicode=True)))


def paths(content: Any, around: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [around] + [path for key, value in inner for path in paths(value, (*around, key))]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_anywhere_in_a_right_file(everything: str, write: Write, data: st.DataObject) -> None:
    content = read_document(write(everything)).plain()
    path = data.draw(st.sampled_from(paths(content)[1:]))
    parent = content
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = data.draw(TREES)
    outcome(write(yaml.safe_dump(content, allow_unicode=True)))
