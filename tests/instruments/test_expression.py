from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustsurvey.errors import RoutingError
from trustsurvey.instruments.expression import (
    And,
    Comparison,
    Expression,
    Holds,
    Membership,
    Not,
    Or,
    State,
    conditions,
    names,
    parse,
)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("AGE >= 16", Comparison("AGE", ">=", 16.0)),
        ("AGE>=-16.5", Comparison("AGE", ">=", -16.5)),
        ('CONTACT != "yes"', Comparison("CONTACT", "!=", "yes")),
        ('X in ("a", "b c", 3)', Membership("X", ("a", "b c", 3.0))),
        ("WHY_cost", Holds("WHY_cost")),
        ("answered(X)", State("X", "answered")),
        ("dont_know ( X )", State("X", "dont_know")),
        ("A or B and C", Or((Holds("A"), And((Holds("B"), Holds("C")))))),
        ("(A or B) and C", And((Or((Holds("A"), Holds("B"))), Holds("C")))),
        ("not A and B", And((Not(Holds("A")), Holds("B")))),
        ("not (A and B)", Not(And((Holds("A"), Holds("B"))))),
        ("not not A = 1", Not(Not(Comparison("A", "=", 1.0)))),
        ("A or B or C", Or((Holds("A"), Holds("B"), Holds("C")))),
        ("((A))", Holds("A")),
        ("A\n  and\tB", And((Holds("A"), Holds("B")))),
        ("android or inner", Or((Holds("android"), Holds("inner")))),
        ('A = ""', Comparison("A", "=", "")),
    ],
)
def test_grammar(text: str, tree: Expression) -> None:
    assert parse(text) == tree


def test_names_once_in_order() -> None:
    expression = parse('B = 1 or not (A in ("x") and refused(C)) or B < 3')
    assert names(expression) == ("B", "A", "C")


def test_conditions_know_their_columns() -> None:
    found = list(conditions(parse('A = 1 and B in ("x", "y")')))
    assert isinstance(found[0], Comparison)
    assert isinstance(found[1], Membership)
    assert (found[0].column, found[0].value_column) == (1, 5)
    assert (found[1].column, found[1].value_columns) == (11, (17, 22))


@pytest.mark.parametrize(
    ("text", "column", "complaint", "remedy"),
    [
        ("", 1, "the expression is empty", "write a condition"),
        ("  ", 1, "the expression is empty", "write a condition"),
        ("A =", 4, "the expression ends where a number or a code", "complete the expression"),
        ("A = yes", 5, "yes stands where a value should", 'put a code between double quotes: "yes"'),
        ("A == 1", 3, "== is not understood", "write ="),
        ("A <> 1", 3, "<> is not understood", "write !="),
        ("A && B", 3, "&& is not understood", "write and"),
        ("!A", 1, "! is not understood", "write not"),
        ("A = 'x'", 5, "' is not understood", "double quotes"),
        ('A = "x', 5, '" is not understood', "close the quote"),
        ("A = “x”", 5, "“ is not understood", "straight double quotes"),
        ("A ≥ 3", 3, "≥ is not understood", "write >="),
        ("A = 1.2.3", 5, "1.2.3 is not understood", "a number is written as 16"),
        ("A = 12abc", 5, "12abc is not understood", "a number is written as 16"),
        ("A = ;", 5, "; is not understood", "routing language"),
        ("A AND B", 3, "AND stands where", "write and in small letters"),
        ("A B", 3, "B stands where and, or, or the end should follow", "check the words"),
        ("16 <= A", 1, "16 stands where the name of a variable should follow", "starts with the variable"),
        ("1 < A", 1, "1 stands", "starts with the variable"),
        ("A < 3 < 5", 7, "< stands", "compare one thing at a time"),
        ("(A", 3, "the expression ends where ) should follow", "complete"),
        ("A)", 2, ") stands", "check the words and brackets"),
        ("A in (1, )", 10, ") stands where a number or a code", "check"),
        ('A in "x"', 6, '"x" stands where ( should follow', "check"),
        ("answered", 9, "the expression ends where ( should follow", "complete"),
        ('answered("A")', 10, '"A" stands where the name of a variable', "comparison"),
        ("answered(and)", 10, "and stands where the name", "check"),
        ("and A", 1, "and stands where the name", "check"),
        ("A or", 5, "the expression ends where the name of a variable", "complete"),
        ("(" * 100 + "A" + ")" * 100, 41, "nested too deeply", "fewer brackets"),
        ("not " * 100 + "A", 161, "nested too deeply", "fewer brackets"),
    ],
)
def test_mistakes(text: str, column: int, complaint: str, remedy: str) -> None:
    with pytest.raises(RoutingError) as caught:
        parse(text)
    assert caught.value.column == column
    assert complaint in caught.value.complaint
    assert remedy in caught.value.remedy
    assert f"character {column}" in str(caught.value)


def test_long_chains_need_no_depth() -> None:
    assert len(names(parse(" or ".join(f"(A{n} and B{n})" for n in range(2000))))) == 4000


@given(st.text(string.printable + "≥“”é", max_size=40))
def test_any_text_is_a_tree_or_an_error(text: str) -> None:
    try:
        tree = parse(text)
    except RoutingError as error:
        assert 1 <= error.column <= len(text) + 1  # noqa: PT017
    else:
        assert names(tree)


WORDS = ["A", "B_1", "and", "or", "not", "in", "answered", "(", ")", ",", "=", "!=", "<", "1", "-2.5", '"x"']


def test_any_order_of_words_is_a_tree_or_an_error() -> None:
    chance = random.Random(1)
    trees = 0
    for _ in range(3000):
        text = " ".join(chance.choices(WORDS, k=chance.randrange(1, 8)))
        try:
            parse(text)
        except RoutingError as error:
            assert error.remedy  # noqa: PT017
        else:
            trees += 1
    assert trees > 50
