"""A release: the tables of a study run after the disclosure policy, which is all that a report ever sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trustsurvey.instruments.model import Instrument
from trustsurvey.publishing.complements import Rows, rows_by
from trustsurvey.publishing.disclosure import (
    Policy,
    load_policy,
    publish,
    publish_counts,
    publish_differences,
    rounded_count,
)
from trustsurvey.publishing.results import Results, load_results
from trustsurvey.publishing.rows import ALL

__all__ = ["Release", "make_release", "open_release"]

STAGES = ("started", "no_consent", "broken_off", "completed", "used")


@dataclass(frozen=True, slots=True)
class Release:
    """What may be published.

    Parameters
    ----------
    policy : Policy
    instrument : Instrument
    provenance : mapping
    tables : mapping of str to pandas.DataFrame
        As in the results, with a column ``status`` and blanks where withheld; shares are percentages.
    """

    policy: Policy
    instrument: Instrument
    provenance: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]


def open_release(results: str | Path, policy: str | Path | None = None) -> Release:
    """Read a folder of results and apply a disclosure policy to it.

    Parameters
    ----------
    results : path
        The folder a study run wrote.
    policy : path, optional
        A disclosure policy; by default ``disclosure.yaml`` in the folder.
    """
    found = load_results(results)
    return make_release(found, load_policy(policy or found.folder / "disclosure.yaml"))


def make_release(results: Results, policy: Policy) -> Release:
    """Apply a disclosure policy to every table of some results."""
    tables = results.tables
    estimates = publish(tables["estimates"], policy, sets=_estimate_sets(tables["estimates"]))
    side = {"measure": "measure", "domain": "domain", "level": "level", "wave": "wave"}
    published = {
        "estimates": estimates,
        "changes": publish_differences(
            tables["changes"],
            policy,
            estimates,
            [side, {"measure": "measure", "domain": "domain", "level": "level", "previous": "wave"}],
        ),
        "gaps": publish_differences(
            tables["gaps"],
            policy,
            estimates,
            [side, {"measure": "measure", "domain": "domain", "reference": "level", "wave": "wave"}],
        ),
        "items": publish(
            tables["items"],
            policy,
            share=True,
            sets=rows_by(tables["items"], ["variable", "wave"]),
            sensitive=_names_any(tables["items"]["variable"], policy.extremes, results.instrument),
        ),
        "nonresponse": _nonresponse(tables["nonresponse"], policy),
        "reliability": _reliability(tables["reliability"], policy),
        "fieldwork": _fieldwork(tables["fieldwork"], policy),
        "margins": _margins(tables["margins"], tables["weights"], policy),
        "weights": _weights(tables["weights"], policy),
    }
    return Release(policy, results.instrument, results.provenance, published)


def _names_any(variables: pd.Series, words: tuple[str, ...], instrument: Instrument) -> pd.Series:
    """Return which variables have one of the words in their name or concept."""
    concepts = {variable.name: variable.concept for variable in instrument.variables}
    names = variables.map(lambda name: f"{name} {concepts.get(name, '')}".lower())
    return names.map(lambda name: any(word.lower() in name for word in words)).astype(bool)


def _estimate_sets(table: pd.DataFrame) -> list[Rows]:
    """Return the rows tied by a sum: the groups of a wave and everybody, the waves of a group and all waves pooled.

    Every wave is weighted to one population, so the pooled value is close to the mean of the waves.
    """
    sets = rows_by(table, ["measure", "domain", "level"], wave=ALL)
    for domain in table["domain"].unique():
        grouped = table["domain"].isin([ALL, domain]).to_numpy()
        sets += _rows_among(table, grouped, ["measure", "wave"])
    return sets


def _rows_among(table: pd.DataFrame, wanted: NDArray[np.bool_], keys: list[str]) -> list[Rows]:
    """Return the positions of those of some rows that agree in the keys."""
    positions = np.flatnonzero(wanted)
    return [positions[rows] for rows in rows_by(table[wanted], keys)]


def _nonresponse(table: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    crossed = (table["origin"] != ALL) & any(word in "origin" for word in policy.extremes)
    sets = [
        *rows_by(table, ["variable", "reason", "wave"]),
        *rows_by(table, ["reason", "origin", "wave"], variable="any"),
    ]
    return publish(table, policy, share=True, sets=sets, sensitive=crossed)


def _reliability(table: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    shown = (table["n"] >= policy.publish.n) & table["alpha"].notna()
    step = policy.round_counts_to
    return table.assign(
        n=((table["n"] / step).round() * step).where(shown).astype("Int64"),
        alpha=table["alpha"].astype(float).round(2).where(shown),
        status=_status(shown),
    )


def _fieldwork(table: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    long = table.melt(["wave", "language"], list(STAGES), "stage", "count")
    ended = (long["stage"] != "used").to_numpy()  # everybody who started ended in one of the other ways
    finished = long["stage"].isin(["completed", "used"]).to_numpy()
    sets = rows_by(long, ["wave", "stage"])
    for some in (ended, finished):
        sets += _rows_among(long, some, ["wave", "language"])
    return publish_counts(long, policy, sets=sets)


def _margins(table: pd.DataFrame, weights: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Withhold shares that would show a small count of respondents."""
    respondents = table["wave"].map(weights.set_index("wave")["n"]).astype(float)
    counts = table["before"].astype(float) * respondents
    sets = rows_by(table, ["wave", "margin"]) + _nested_margins(table)
    counted = publish_counts(table.assign(count=counts), policy, sets=sets)
    shown = counted["status"] == "published"
    percent = {name: (100 * table[name].astype(float)).round(policy.decimals) for name in ("target", "before", "after")}
    return table.assign(
        **{name: shares.where(shown) for name, shares in percent.items()},
        status=_status(shown),
    )


def _nested_margins(table: pd.DataFrame) -> list[Rows]:
    """Return each group of a margin with the cells that it is the sum of in a margin that crosses more variables."""
    cells = [
        (margin, dict(zip(margin.split(" x "), level.split(" | "), strict=False)))
        for margin, level in zip(table["margin"], table["level"], strict=True)
    ]
    sets = []
    for rows in rows_by(table, ["wave"]):
        for row in rows:
            group = cells[row][1]
            inside: dict[str, list[int]] = {}
            for other in rows:
                margin, cell = cells[other]
                if len(cell) > len(group) and group.items() <= cell.items():
                    inside.setdefault(margin, []).append(other)
            sets += [np.array([row, *others]) for others in inside.values()]
    return sets


def _weights(table: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    shown = table["n"] >= policy.publish.n
    counts = {
        name: table[name].map(lambda count: rounded_count(count, policy)).astype("Int64").where(shown)
        for name in ("n", "n_effective")
    }
    ratios = {name: table[name].astype(float).round(2).where(shown) for name in ("kish", "smallest", "largest")}
    gap = table["largest_gap"].astype(float).map(lambda value: float(f"{value:.1e}"))
    return table.assign(**counts, **ratios, largest_gap=gap.where(shown), status=_status(shown))


def _status(shown: pd.Series) -> pd.Series:
    return shown.map({True: "published", False: "withheld"}).astype(str)
