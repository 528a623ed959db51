"""Weight the answers of a study, each wave to its population, and say what that did."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from trustsurvey.errors import InputError
from trustsurvey.fieldwork.responses import STATUSES, Responses
from trustsurvey.study.plan import Weighting
from trustsurvey.weighting.design import SurveyDesign
from trustsurvey.weighting.population.model import Population

__all__ = ["analysed", "fieldwork_table", "margins_table", "weigh", "weights_table"]

DESIGN_WEIGHT = "design_weight"


def analysed(responses: Responses) -> Responses:
    """Return the respondents who are weighted and analysed: those who completed the questionnaire.

    Raises
    ------
    InputError
        Nobody completed it in some wave.
    """
    complete = responses.frame["status"] == "completed"
    counts = responses.frame["wave"][complete].value_counts()
    empty = [str(wave) for wave in responses.frame["wave"].cat.categories if counts.get(wave, 0) == 0]
    if empty:
        raise InputError(
            f"nobody completed the questionnaire in wave {', '.join(empty)}; wait for answers, or take the wave out of "
            "the study file"
        )
    return replace(responses, frame=responses.frame[complete], missing=responses.missing[complete])


def weigh(responses: Responses, population: Population, recipe: Weighting) -> SurveyDesign:
    """Return the design of some respondents, calibrated to the population within every wave.

    Every wave is a simple random sample of its own, so it is a stratum: the design weight is the population over
    the respondents of the wave.
    """
    frame = responses.frame
    size = frame.groupby("wave", observed=True)["wave"].transform("size").astype(float)
    design = SurveyDesign(
        frame.assign(**{DESIGN_WEIGHT: population.total / size}), weights=DESIGN_WEIGHT, strata="wave"
    )
    return design.calibrate(
        population,
        on=[list(margin) for margin in recipe.margins],
        method=recipe.method,
        within="wave",
        bounds=recipe.bounds,
        missing=recipe.missing,
        collapse=recipe.collapse,
    )


def fieldwork_table(responses: Responses, used: Responses) -> pd.DataFrame:
    """Return the counts of every wave and language, from everybody who started to those who are analysed."""
    everybody = responses.frame[["wave", "language", "status"]].assign(
        used=responses.frame.index.isin(used.frame.index)
    )
    rows = []
    for wave in everybody["wave"].cat.categories:
        inside = everybody[everybody["wave"] == wave]
        for language in ("all", *everybody["language"].cat.categories):
            some = inside if language == "all" else inside[inside["language"] == language]
            counts = {status: int((some["status"] == status).sum()) for status in STATUSES}
            rows.append(
                {"wave": wave, "language": language, "started": len(some), **counts, "used": int(some["used"].sum())}
            )
    return pd.DataFrame(rows)


def margins_table(design: SurveyDesign, population: Population) -> pd.DataFrame:
    """Return the margins before and after weighting, as shares of the population of each wave."""
    table = design.diagnostics().margins
    parts = table["level"].str.split(", ", n=1)
    return pd.DataFrame(
        {
            "wave": parts.str[0],
            "margin": table["margin"].str.removeprefix("wave x "),
            "level": parts.str[1].str.replace(", ", " | "),
            **{name: table[name] / population.total for name in ("target", "before", "after")},
        }
    )


def weights_table(design: SurveyDesign) -> pd.DataFrame:
    """Return what weighting did to the weights of every wave, and how well its margins are met."""
    data, weights = design.data, design.weights
    convergence = design.diagnostics().convergence
    rows = []
    for wave in data["wave"].cat.categories:
        inside = (data["wave"] == wave).to_numpy()
        some = weights[inside]
        ratio = some / data[DESIGN_WEIGHT][inside]
        effective = some.sum() ** 2 / (some**2).sum()
        rows.append(
            {
                "wave": wave,
                "n": len(some),
                "kish": len(some) / effective,
                "n_effective": effective,
                "smallest": ratio.min(),
                "largest": ratio.max(),
                "iterations": int(convergence["iterations"].max()),
                "largest_gap": convergence["largest_gap"].max(),
            }
        )
    return pd.DataFrame(rows)
