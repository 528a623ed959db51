"""Expressions inside a formula, as ``log(income)``: checked before anything is evaluated.

An expression knows the columns of the data and a list of functions, and nothing else: no attribute, no variable of the
caller, no other function can be reached.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd

from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.weighting.encoding import as_numbers, find_column

__all__ = ["FUNCTIONS", "Expression", "evaluate", "read_expression"]

FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "log1p": np.log1p,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "minimum": np.minimum,
    "maximum": np.maximum,
}
# Functions of the formula language itself; those that look at a whole column are not the same on a part of the rows.
_MARKS = ("C", "I")
_STATEFUL = ("center", "scale", "standardize", "poly", "bs", "cr", "cs", "cc")

_BACKTICKS = re.compile(r"`([^`]*)`")
_LARGEST_POWER = 20
_OPERATORS = (
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.BitAnd, ast.BitOr),
    *(ast.UAdd, ast.USub, ast.Invert, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Load),
)


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that is safe to evaluate.

    Attributes
    ----------
    text : str
        As it is read; columns whose name is no identifier stand in backticks.
    variables : tuple
        The columns it uses.
    factors : tuple
        Those of them that it takes as categories, by ``C(...)``.
    stateful : bool
        Whether it looks at a whole column, as ``center(x)`` does.
    functions : tuple of str
        The functions it calls; ``np`` for those of NumPy.
    """

    text: str
    variables: tuple[Hashable, ...]
    factors: tuple[Hashable, ...]
    stateful: bool
    functions: tuple[str, ...] = ()


class _Reader:
    """Walks an expression, collects columns, and refuses what is not known."""

    def __init__(self, text: str, columns: Sequence[Hashable]) -> None:
        self.text = text
        self.names: dict[str, list[Hashable]] = {}
        for name in columns:
            self.names.setdefault(str(name), []).append(name)
        self.variables: dict[Hashable, None] = {}
        self.factors: dict[Hashable, None] = {}
        self.dotted: list[str] = []
        self.stateful = False
        self.functions: dict[str, None] = {}
        self.quoted: dict[str, str] = {}

    def read(self) -> Expression:
        def hide(match: re.Match[str]) -> str:
            alias = f"column_{len(self.quoted)}_"
            self.quoted[alias] = match.group(1)
            return alias

        try:
            tree = ast.parse(_BACKTICKS.sub(hide, self.text).strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise InputError(
                f"{self.text!r} in the formula is not an expression; check its brackets and signs"
            ) from None
        self.walk(tree)
        text = self.text
        for name in self.dotted:
            text = re.sub(rf"(?<![`\w.]){re.escape(name)}(?![`\w.])", f"`{name}`", text)
        return Expression(text, tuple(self.variables), tuple(self.factors), self.stateful, tuple(self.functions))

    def walk(self, node: ast.AST) -> None:
        if isinstance(node, ast.Call):
            self.call(node)
        elif isinstance(node, ast.Name | ast.Attribute):
            self.variables[self.column(node)] = None
        elif isinstance(node, ast.Constant):
            if not isinstance(node.value, int | float | str):
                raise self.refused(node)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            self.power(node)
        elif isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare | ast.Tuple | ast.List):
            for child in ast.iter_child_nodes(node):
                self.walk(child)
        elif not isinstance(node, _OPERATORS):
            raise self.refused(node)

    def call(self, node: ast.Call) -> None:
        name = ast.unparse(node.func)
        plain = name.removeprefix("np.")
        if plain not in FUNCTIONS and name not in (*_MARKS, *_STATEFUL):
            if isinstance(node.func, ast.Name | ast.Attribute):
                raise UnknownNameError("function", name, (*_MARKS, *FUNCTIONS, *_STATEFUL))
            raise self.refused(node)
        self.functions[name.split(".")[0]] = None
        if any(keyword.arg is None for keyword in node.keywords) or not node.args:
            raise InputError(f"{name} in the formula takes a column, as in {name}(age); got {self.text!r}")
        if name == "C":
            if len(node.args) > 1 or node.keywords or not isinstance(node.args[0], ast.Name | ast.Attribute):
                raise InputError(
                    f"C takes one column and nothing else; got {self.text!r}. The first level is the reference, "
                    "another one is chosen by reference={column: level}"
                )
            column = self.column(node.args[0])
            self.factors[column] = self.variables[column] = None
            return
        self.stateful |= name in _STATEFUL
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            self.walk(argument)

    def power(self, node: ast.BinOp) -> None:
        exponent = node.right.operand if isinstance(node.right, ast.UnaryOp) else node.right
        number = isinstance(exponent, ast.Constant) and isinstance(exponent.value, int | float)
        if not number or abs(exponent.value) > _LARGEST_POWER:  # type: ignore[attr-defined]
            raise InputError(f"a power in the formula is a number of at most {_LARGEST_POWER}; got {self.text!r}")
        self.walk(node.left)

    def column(self, node: ast.Name | ast.Attribute) -> Hashable:
        name = ast.unparse(node)
        name = self.quoted.get(name, name)
        if name not in self.names:
            raise UnknownNameError("column", name, self.names)
        if len(self.names[name]) > 1:
            raise InputError(f"there are {len(self.names[name])} columns {name!r}, as text and as a number; rename one")
        if name in ("Intercept", "0", "1"):
            raise InputError(f"a column {name!r} cannot be told from the intercept in a formula; rename it by assign")
        if isinstance(node, ast.Attribute):
            self.dotted.append(name)
        return self.names[name][0]

    def refused(self, node: ast.AST) -> InputError:
        part = ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__
        return InputError(
            f"{part!r} cannot stand in a formula; it takes columns, numbers, + - * / ** comparisons, and the functions "
            f"{', '.join((*_MARKS, *FUNCTIONS, *_STATEFUL))}"
        )


def read_expression(text: str, columns: Sequence[Hashable]) -> Expression:
    """Check an expression against the columns of the data and the functions allowed.

    Raises
    ------
    UnknownNameError
        A column or function that does not exist.
    InputError
        Not an expression, or more than a formula may do.
    """
    return _Reader(text, columns).read()


def evaluate(expression: Expression, data: pd.DataFrame) -> pd.Series:
    """Return the values of an expression that :func:`read_expression` passed, a row for each row of the data.

    Raises
    ------
    InputError
        It cannot be computed from these columns, as the logarithm of categories.
    """
    columns: dict[str, object] = {}

    def hide(match: re.Match[str]) -> str:
        alias = f"column_{len(columns)}_"
        columns[alias] = _operand(data, match.group(1))
        return alias

    code = _BACKTICKS.sub(hide, expression.text).strip()
    columns.update({str(name): _operand(data, name) for name in expression.variables if str(name).isidentifier()})
    functions = {**FUNCTIONS, "I": _same, "C": _same, "np": SimpleNamespace(**FUNCTIONS)}
    try:
        with np.errstate(all="ignore"):
            values = eval(compile(code, "<formula>", "eval"), {"__builtins__": {}, **functions, **columns})
        return pd.Series(values, index=data.index)
    except Exception:  # whatever these columns make of it, with answers in its message
        kinds = ", ".join(f"{name} ({data[name].dtype})" for name in expression.variables)
        raise InputError(f"{expression.text!r} in the formula cannot be computed from {kinds or 'no column'}") from None


def _same(values: object) -> object:
    return values


def _operand(data: pd.DataFrame, name: Hashable) -> pd.Series:
    by_text = {str(each): each for each in data.columns}
    column = find_column(data, by_text.get(str(name), name))
    numbers = as_numbers(column)
    return column if numbers is None else pd.Series(numbers, index=column.index)
