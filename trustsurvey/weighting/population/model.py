"""The population that a sample is weighted to: counts by district, age, sex and origin, with source and date."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from trustsurvey.errors import PopulationError, UnknownNameError, one_of, shown_value
from trustsurvey.instruments.questions import Text
from trustsurvey.weighting.population.tables import (
    check_cells,
    check_frame,
    combination,
    contradictions,
    levels,
    sum_over,
    table_variables,
)

__all__ = ["Population", "Source"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where counts come from: publisher, title and date in one sentence, and the licence."""

    citation: str
    licence: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Population:
    """Counts of a population in one or more tables that agree with each other.

    Parameters
    ----------
    name : str
        Name, for provenance.
    tables : tuple of Series
        Counts, each series indexed by the variables (Index or MultiIndex, named, levels as strings). A combination of
        levels that a table does not list counts 0. All tables have the same total, and two tables that share variables
        have the same margin of these, to 1e-9 relative.
    reference_date : date, optional
        The day the counts hold for.
    sources : tuple of Source
        Where the counts come from.
    caveats : tuple of Text
        What a reader of weighted results must know, each in one or more languages.

    Raises
    ------
    PopulationError
        A count is missing, negative or not a number; a cell stands twice; tables contradict each other.
    """

    name: str
    tables: tuple[pd.Series[float], ...]
    reference_date: date | None = None
    sources: tuple[Source, ...] = ()
    caveats: tuple[Text, ...] = ()

    def __post_init__(self) -> None:
        complaints = []
        if not isinstance(self.name, str) or not self.name.strip():
            complaints.append("a population needs a name; pass name='...'")
        if not isinstance(self.reference_date, date | None):
            given = shown_value(self.reference_date)
            complaints.append(f"reference_date of a population is a datetime.date; got {given}")
        for field, values, kind in (("sources", self.sources, Source), ("caveats", self.caveats, Text)):
            if not isinstance(values, tuple | list) or not all(isinstance(each, kind) for each in values):
                complaints.append(f"{field} of a population is a tuple of {kind.__name__}; got {shown_value(values)}")
        if not isinstance(self.tables, tuple | list) or not all(isinstance(table, pd.Series) for table in self.tables):
            complaints.append("tables of a population is a tuple of pandas Series; for data frames use from_table")
        elif not self.tables:
            complaints.append("a population needs at least one table of counts")
        if complaints:
            raise PopulationError("\n".join(complaints))
        for position, caveat in enumerate(self.caveats):
            if not caveat.translations or not all(text.strip() for _, text in caveat.translations):
                complaints.append(f"caveat {position + 1} has no text, or none in a language it names; write it")
        tables = []
        for position, table in enumerate(self.tables):
            columns = [table.index.get_level_values(level) for level in range(table.index.nlevels)]
            checked, faults = check_cells(list(table.index.names), columns, table, "count", _row)
            complaints += [
                _sentence(position, None if fault.row is None else _row(fault.row), fault.message, fault.remedy)
                for fault in faults
            ]
            if checked is not None:
                tables.append(checked)
        if complaints:
            raise PopulationError("\n".join(complaints))
        labels = [
            f"table {position + 1} ({combination(table_variables(table))})" for position, table in enumerate(tables)
        ]
        contradicting = [message for _, message in contradictions(tables, labels)]
        if contradicting:
            raise PopulationError("\n".join([*contradicting, "bring the tables to the same counts first"]))
        object.__setattr__(self, "tables", tuple(tables))
        object.__setattr__(self, "sources", tuple(self.sources))
        object.__setattr__(self, "caveats", tuple(self.caveats))

    @classmethod
    def from_table(
        cls,
        *frames: pd.DataFrame,
        count: str = "count",
        name: str,
        reference_date: date | None = None,
        sources: Sequence[Source] = (),
        caveats: Sequence[Text | Mapping[str, str]] = (),
    ) -> Population:
        """Make a population from long tables in memory.

        Parameters
        ----------
        *frames : DataFrame
            One or more tables: a row per cell, a column per variable, a column of counts. Integer levels become
            strings.
        count : str
            The column of counts.
        name, reference_date, sources, caveats
            As in the class; a caveat may also be a mapping of language to text.

        Raises
        ------
        PopulationError
            As in the class; all faults of all frames at once.
        """
        tables, complaints = [], []
        for position, frame in enumerate(frames):
            if not isinstance(frame, pd.DataFrame):
                raise PopulationError(
                    f"from_table reads pandas data frames; argument {position + 1} is a {type(frame).__name__}"
                )
            table, faults = check_frame(frame, count, _row)
            complaints += [
                _sentence(position, None if fault.row is None else _row(fault.row), fault.message, fault.remedy)
                for fault in faults
            ]
            if table is not None:
                tables.append(table)
        if complaints:
            raise PopulationError("\n".join(complaints))
        for field, values in (("sources", sources), ("caveats", caveats)):
            if isinstance(values, str | Mapping) or not isinstance(values, Sequence):
                raise PopulationError(f"{field} of a population are a list; got {shown_value(values)}")
        texts = tuple(Text.of(each) if isinstance(each, Mapping) else each for each in caveats)
        return cls(name, tuple(tables), reference_date, tuple(sources), texts)

    def margin(self, variables: str | Sequence[str]) -> pd.Series[float]:
        """Return the counts by one variable, or by several together.

        Parameters
        ----------
        variables : str or sequence of str
            Which variables, in the order wanted.

        Returns
        -------
        Series
            Counts (float, named "count") of the cells that the population lists, indexed by the variables; levels in
            the order of `levels`. Summed from the smallest table that holds all of the variables.

        Raises
        ------
        UnknownNameError
            The population has no such variable.
        PopulationError
            No table holds all of the variables together, or a variable is asked for twice.
        """
        if not isinstance(variables, str | list | tuple | pd.Index):
            raise PopulationError(
                f"a margin is named by a variable or a list of variables; got {shown_value(variables)}; available: "
                f"{', '.join(self.variables)}"
            )
        names = [variables] if isinstance(variables, str) else list(variables)
        for name in names:
            if not one_of(name, self.variables):
                raise UnknownNameError("population variable", name, self.variables)
        if not names or len(set(names)) < len(names):
            raise PopulationError(
                f"a margin needs one or more variables, each once; got {combination(names) or 'none'}; "
                f"available: {', '.join(self.variables)}"
            )
        holding = [table for table in self.tables if set(names) <= set(table_variables(table))]
        if not holding:
            available = "; ".join(combination(table_variables(table)) for table in self.tables)
            raise PopulationError(
                f"population {self.name!r} does not hold {combination(names)} together; it holds, and any part of "
                f"these: {available}; use margins of these, or a population table that has the combination"
            )
        return sum_over(min(holding, key=len), names, levels(self.tables))

    @property
    def total(self) -> float:
        """Number of persons."""
        return float(self.tables[0].sum())

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of all variables, in order of appearance."""
        return tuple(dict.fromkeys(name for table in self.tables for name in table_variables(table)))

    def levels(self, variable: str) -> tuple[str, ...]:
        """Levels of a variable, in order of appearance."""
        found = levels(self.tables)
        if not one_of(variable, found):
            raise UnknownNameError("population variable", variable, self.variables)
        return found[variable]

    @property
    def checksum(self) -> str:
        """SHA-256 of the reference date and of all counts, whatever the order of rows, columns and tables."""
        tables = []
        for table in self.tables:
            names = sorted(table_variables(table))
            columns = [table.index.get_level_values(name) for name in names]
            cells = sorted([*cell, count] for *cell, count in zip(*columns, table.tolist(), strict=True))
            tables.append([names, cells])
        day = self.reference_date.isoformat() if self.reference_date else None
        content = json.dumps([day, sorted(tables)], ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()

    def __repr__(self) -> str:
        day = f", {self.reference_date.isoformat()}" if self.reference_date else ""
        held = "; ".join(combination(table_variables(table)) for table in self.tables)
        return f"Population({self.name!r}{day}, total {self.total:,.0f}, by {held})"


def _row(row: int) -> str:
    return f"row {row + 1}"


def _sentence(table: int, place: str | None, message: str, remedy: str) -> str:
    where = f"table {table + 1}" + (f", {place}" if place else "")
    return f"{where}: {message}; {remedy}"
