"""A regression formula, read and checked: outcome, terms, offset, and the columns they use."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustsurvey.errors import InputError
from trustsurvey.weighting.estimation.regression.expressions import Expression, read_expression

if TYPE_CHECKING:
    from formulaic.parser.types import Factor, Term

__all__ = ["RegressionFormula", "read_formula"]

_COLOURS = re.compile(r"\x1b\[[0-9;]*m|[⧛⧚]")


@dataclass(frozen=True, slots=True, eq=False)
class RegressionFormula:
    """A formula such as ``trust ~ origin + log(age) + C(wave) + offset(log(days))``.

    Attributes
    ----------
    text : str
    outcome : Expression
    terms : tuple of formulaic's Term
        The right-hand side without the offset; the intercept is the term ``1``.
    uses : tuple
        The columns that each term uses.
    offset : Expression or None
    variables : tuple
        The columns of the right-hand side and the offset.
    factors : tuple
        Those that are categories because they only occur in ``C(...)``.
    stateful : bool
        Whether a term looks at a whole column, as ``center(x)`` does.
    """

    text: str
    outcome: Expression
    terms: tuple[Term, ...]
    uses: tuple[tuple[Hashable, ...], ...]
    offset: Expression | None
    variables: tuple[Hashable, ...]
    factors: tuple[Hashable, ...]
    stateful: bool

    @property
    def has_intercept(self) -> bool:
        """Whether the term ``1`` is in it."""
        return any(not term.factors or str(term) == "1" for term in self.terms)


def read_formula(text: object, columns: Sequence[Hashable]) -> RegressionFormula:
    """Read a formula in the notation of R, on the columns of the data only.

    Raises
    ------
    InputError
        Not a formula with one outcome.
    UnknownNameError
        A column or a function that does not exist.
    """
    if not isinstance(text, str):
        raise InputError(f'a formula is text, as "trust ~ origin + age"; got {type(text).__name__}')
    # Formulaic takes longer to import than everything else here, so it waits until there is a formula.
    from formulaic import Formula
    from formulaic.errors import FormulaicError
    from formulaic.formula import SimpleFormula
    from formulaic.parser.types import Factor, Term

    if re.search(r"(^|[~+\s])\.($|[+\s])", text):
        raise InputError(f'"." in the formula {text!r} would mean all columns, weights too; name those that you mean')
    try:
        parsed = Formula(text)
    except (FormulaicError, RecursionError, SyntaxError, TypeError, ValueError, AttributeError) as error:
        complaint = _COLOURS.sub("", str(error)).split("\n")[0].rstrip(". ")
        raise InputError(f'the formula {text!r} cannot be read: {complaint}; write "outcome ~ term + term"') from None
    left, right = getattr(parsed, "lhs", None), getattr(parsed, "rhs", None)
    if text.count("~") == 1 and not text.split("~")[1].strip():
        raise InputError(f'the formula {text!r} has no terms; "~ 1" is a mean')
    if not isinstance(left, SimpleFormula) or not isinstance(right, SimpleFormula) or len(list(left)) != 1:
        raise InputError(f'the formula {text!r} needs one outcome and "~", as "trust ~ origin + age"')

    def read(factor: Factor) -> Expression:
        python = factor.eval_method.value == "python"
        return read_expression(factor.expr if python else f"`{factor.expr}`", columns)

    if re.search(r"`\s*[01]\s*`", text):
        raise InputError(f"a column 0 or 1 cannot be told from the intercept in {text!r}; rename it by assign")
    outcome_factors = list(next(iter(left)).factors)
    if len(outcome_factors) != 1 or outcome_factors[0].eval_method.value == "literal":
        raise InputError(f"the outcome of the formula {text!r} is one column or expression")
    outcome = read(outcome_factors[0])
    if outcome.stateful:
        raise InputError(f"the outcome {outcome.text!r} looks at the whole column; compute it by assign first")
    terms, uses, offset = [], [], None
    used: dict[Hashable, None] = {}
    only_factors: dict[Hashable, bool] = {}
    called: set[str] = set()
    stateful = False
    for term in right:
        inner = _offset(term)
        if inner is not None:
            if offset is not None:
                raise InputError(f"the formula {text!r} has two offsets; add them up in one")
            offset = read_expression(inner, columns)
            used.update(dict.fromkeys(offset.variables))
            only_factors.update(dict.fromkeys(offset.variables, False))
            continue
        factors: list[Factor] = []
        mine: dict[Hashable, None] = {}
        for factor in term.factors:
            if factor.eval_method.value == "literal":
                if factor.expr != "1":
                    raise InputError(f"the number {factor.expr} in the formula {text!r} is not a term; use I(...)")
                factors.append(factor)
                continue
            expression = read(factor)
            if set(expression.variables) & set(outcome.variables) and expression.text == outcome.text:
                raise InputError(f"{outcome.text.strip('`')!r} is the outcome and a term of the formula {text!r}")
            mine.update(dict.fromkeys(expression.variables))
            for name in expression.variables:
                only_factors[name] = only_factors.get(name, True) and name in expression.factors
            stateful |= expression.stateful
            called.update(expression.functions)
            python = factor.eval_method.value == "python"
            factors.append(Factor(expression.text, eval_method="python") if python else factor)
        terms.append(Term(factors))
        uses.append(tuple(mine))
        used.update(mine)
    if not terms:
        raise InputError(f'the formula {text!r} has no term; "~ 1" is a mean, "~ 0 + origin" leaves out the intercept')
    shadowed = [str(name) for name in used if str(name) in called]
    if shadowed:
        raise InputError(
            f"{shadowed[0]!r} is a column and a function of the formula {text!r}; rename the column by assign"
        )
    as_factors = tuple(name for name, only in only_factors.items() if only)
    return RegressionFormula(text, outcome, tuple(terms), tuple(uses), offset, tuple(used), as_factors, stateful)


def _offset(term: Term) -> str | None:
    """Return what stands in ``offset(...)``, None for any other term."""
    text = str(term)
    if len(term.factors) == 1 and text.startswith("offset(") and text.endswith(")"):
        return text[len("offset(") : -1]
    return None
