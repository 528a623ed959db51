"""The tables of a study: indices by wave and group, gaps, changes, items, non-response."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from trustsurvey.fieldwork.responses import Responses
from trustsurvey.indices.scoring import IndexScores, score
from trustsurvey.instruments.model import IndexDefinition
from trustsurvey.instruments.questions import Variable
from trustsurvey.progress import Progress
from trustsurvey.trends.change import changes, gaps
from trustsurvey.weighting.design import SurveyDesign
from trustsurvey.weighting.estimation.estimates import Estimates
from trustsurvey.weighting.estimation.intervals import wilson_interval

__all__ = ["ALL", "estimate_tables", "score_all", "wave_changes"]

ALL = "all"
ESTIMATE = ["estimate", "se", "low", "high", "n", "n_effective", "deff", "flags"]
REASONS = ("dont_know", "refused", "skipped")


def score_all(design: SurveyDesign, definitions: Iterable[IndexDefinition]) -> tuple[SurveyDesign, list[IndexScores]]:
    """Return the design with a column per index, and the scores."""
    scored = [score(design, definition) for definition in definitions]
    return design.assign(**{each.definition.code: each.scores for each in scored}), scored


def estimate_tables(
    design: SurveyDesign,
    responses: Responses,
    definitions: Sequence[IndexDefinition],
    domains: Sequence[str],
    references: Mapping[str, str],
    progress: Progress,
) -> dict[str, pd.DataFrame]:
    """Estimate everything a report shows.

    Parameters
    ----------
    design : SurveyDesign
        Weighted; its data have a column ``wave``.
    responses : Responses
        The coded answers of the same respondents in the same order, with the reasons for what is missing.
    definitions : sequence of IndexDefinition
    domains : sequence of str
        Variables whose groups are compared.
    references : mapping of domain to level
        The group that the gaps of a variable are measured from; a variable without one has no gaps.
    progress : Progress

    Returns
    -------
    dict of pandas.DataFrame
        ``estimates``, ``changes``, ``gaps``, ``items``, ``nonresponse`` and ``reliability``.
    """
    design, _ = score_all(design, definitions)
    measures = [definition.code for definition in definitions]
    estimates, changed, gapped = [], [], []
    for number, domain in enumerate((ALL, *domains)):
        progress(f"indices by {domain}" if domain != ALL else "indices", number / (len(domains) + 2))
        groups = [] if domain == ALL else [domain]
        by_wave = design.mean(measures, by=["wave", *groups])
        pooled = design.mean(measures, by=groups or None)
        estimates += [_table(by_wave, domain, domain=domain), _table(pooled, domain, domain=domain, wave=ALL)]
        changed += [_table(each, domain, domain=domain) for each in wave_changes(by_wave)]
        if domain in references:
            gapped.append(_table(gaps(by_wave, domain, references[domain]), domain, domain=domain))
    progress("items", (len(domains) + 1) / (len(domains) + 2))
    variables = _items(responses, definitions)
    items = [_table(_shares(design, variable), "level", variable=variable.name) for variable in variables]
    progress("non-response", (len(domains) + 1.2) / (len(domains) + 2))
    comparison = ["p_value", "detectable"]
    return {
        "estimates": _stack(_measured(estimates), ["measure", "domain", "level", "wave", *ESTIMATE]),
        "changes": _stack(
            _measured(changed), ["measure", "domain", "level", "wave", "previous", *ESTIMATE, *comparison, "n_previous"]
        ),
        "gaps": _stack(
            _measured(gapped),
            ["measure", "wave", "domain", "level", "reference", *ESTIMATE, *comparison, "n_reference"],
        ),
        "items": _stack(items, ["variable", "level", "wave", *ESTIMATE]),
        "nonresponse": nonresponse(design, responses, variables),
        "reliability": _reliability(design, definitions),
    }


def wave_changes(by_wave: Estimates) -> list[pd.DataFrame]:
    """Return the change from each wave to the next, and from the first wave to each one after the second."""
    waves = list(dict.fromkeys(by_wave.table["wave"]))
    found = [changes(by_wave).table]
    if len(waves) > 2:
        since = gaps(by_wave, "wave", waves[0]).table
        later = since[since["wave"].isin(waves[2:])]
        found.append(later.rename(columns={"reference": "previous", "n_reference": "n_previous"}))
    return found


def nonresponse(design: SurveyDesign, responses: Responses, variables: Sequence[Variable]) -> pd.DataFrame:
    """Estimate the share of don't know, refusal and skipping among those asked, by wave and origin.

    ``any`` pools the variables: the mean over respondents of the share of their questions that went unanswered.
    Respondents whose origin is not known stand as "unknown".
    """
    reasons = responses.missing[[variable.name for variable in variables]].astype(object)
    asked = reasons != "not_asked"
    if "origin" in design.data:
        known = design.data["origin"].astype(object)
        design = design.assign(origin=known.where(known.notna(), "unknown"))
        groupings: list[tuple[str, list[str]]] = [("origin", ["wave", "origin"]), (ALL, ["wave"])]
    else:
        groupings = [(ALL, ["wave"])]
    rows = []
    for reason in REASONS:
        given = (reasons == reason).where(asked).astype(float)
        given.insert(0, "any", given.mean(axis=1))
        # Under names of their own: the items' names are taken by the answers.
        own = {name: f"not answered: {name}" for name in given.columns}
        shares = design.assign(**{own[name]: given[name] for name in given.columns})
        for level, by in groupings:
            table = _table(shares.mean(list(own.values()), by=by), level, reason=reason)
            table["variable"] = table["variable"].str.removeprefix("not answered: ")
            rows.append(_wilson(table))
    table = _stack(rows, ["variable", "reason", "level", "wave", *ESTIMATE])
    return table.rename(columns={"level": "origin"})


def _wilson(table: pd.DataFrame) -> pd.DataFrame:
    """Return shares with Wilson's interval, which stays between 0 and 1, on p (1 - p) / variance answers."""
    share, se, n_effective = (table[name].to_numpy(dtype=float) for name in ("estimate", "se", "n_effective"))
    effective = np.divide(share * (1 - share), se**2, out=n_effective.copy(), where=se > 0)
    low, high = wilson_interval(share, effective)
    return table.assign(low=low, high=high)


def _items(responses: Responses, definitions: Sequence[IndexDefinition]) -> list[Variable]:
    """Return the variables that the indices are made of, each once, in the order of the questionnaire."""
    wanted = {item.variable for definition in definitions for item in definition.items}
    return [variable for variable in responses.instrument.variables if variable.name in wanted]


def _shares(design: SurveyDesign, variable: Variable) -> Estimates:
    """Estimate the distribution of an item's answers by wave; a rating counts by its whole numbers."""
    if variable.kind != "number":
        return design.proportion(variable.name, by="wave")
    numbers = design.data[variable.name]
    low, high = int(variable.minimum or 0), int(variable.maximum or 0)
    levels = [str(number) for number in range(low, high + 1)]
    answers = numbers.round().map(lambda number: str(int(number)), na_action="ignore")
    return design.assign(answer=pd.Categorical(answers, levels, ordered=True)).proportion("answer", by="wave")


def _reliability(design: SurveyDesign, definitions: Sequence[IndexDefinition]) -> pd.DataFrame:
    rows = []
    for wave in design.data["wave"].cat.categories:
        inside = design.domain(design.data["wave"] == wave)
        for definition in definitions:
            found = score(inside, definition).reliability
            rows.append((definition.code, wave, len(definition.items), found.n, found.alpha))
    return pd.DataFrame(rows, columns=["measure", "wave", "items", "n", "alpha"])


def _table(estimates: Estimates | pd.DataFrame, level: str, **keys: str) -> pd.DataFrame:
    """Return the rows of some estimates with constant keys in front and the group in a column named ``level``."""
    table = estimates if isinstance(estimates, pd.DataFrame) else estimates.table
    table = table.assign(level=ALL) if level == ALL else table.rename(columns={level: "level"})
    return table.assign(**keys)


def _measured(tables: list[pd.DataFrame]) -> list[pd.DataFrame]:
    return [table.rename(columns={"variable": "measure"}) for table in tables]


def _stack(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Stack tables in one order of columns, with every key as text."""
    if not tables:
        return pd.DataFrame({column: pd.Series(dtype=object) for column in columns})
    stacked = pd.concat([table.reindex(columns=columns) for table in tables], ignore_index=True)
    numbers = {
        "estimate",
        "se",
        "low",
        "high",
        "n",
        "n_effective",
        "deff",
        "p_value",
        "detectable",
        "n_previous",
        "n_reference",
    }
    return stacked.assign(**{column: stacked[column].astype(str) for column in columns if column not in numbers})
