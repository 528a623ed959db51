"""The demonstration: four waves of simulated fieldwork in Brussels, then the study as anybody would run it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd

from trustsurvey.errors import InputError
from trustsurvey.fieldwork.sandbox import Sandbox
from trustsurvey.fieldwork.simulate import fill, simulate
from trustsurvey.fieldwork.truth import Rate, Truth
from trustsurvey.progress import Progress, silent
from trustsurvey.publishing.policy import DEFAULT_POLICY
from trustsurvey.resources import share
from trustsurvey.study.fieldwork import close_survey, deploy, open_survey
from trustsurvey.study.plan import Study, read_study
from trustsurvey.study.reporting import report_study
from trustsurvey.study.running import run_study
from trustsurvey.weighting.population.model import Population

__all__ = ["INVITED", "TRUTH", "population_cells", "run_demo", "set_up"]

INVITED = 3000

# What is true of the simulated population: invented, and stated in the report. Latent trust in standard deviations.
TRUTH = Truth(
    waves={"2023": 0.40, "2024": 0.36, "2025": 0.22, "2026": 0.18},
    shifts={
        "origin": {"belgian_belgian_background": 0.20, "belgian_foreign_background": -0.30, "non_belgian": 0.05},
        "age_group": {"16-24": -0.35, "25-34": -0.15, "55-64": 0.10, "65-74": 0.20, "75+": 0.30},
        "district": {"21012": -0.25, "21014": -0.25, "21015": -0.10, "21016": 0.20, "21017": 0.25, "21019": 0.25},
    },
    measures={
        "effectiveness": -0.10,
        "distributive_justice": -0.30,
        "cooperation": 0.60,
        "respect_granted": 0.80,
        "communication": -0.35,
        "visibility": -0.45,
        "safety": 0.15,
    },
    response=Rate(
        0.52,
        {
            "origin": {"belgian_foreign_background": 0.85, "non_belgian": 0.70},
            "age_group": {"16-24": 0.75, "25-34": 0.85, "65-74": 1.15, "75+": 0.95},
        },
    ),
    consent_refused=Rate(0.01),
    break_off=Rate(0.004, {"age_group": {"16-24": 1.5}}),
    dont_know=Rate(0.03, {"origin": {"belgian_foreign_background": 1.2, "non_belgian": 2.0}}),
    refused=Rate(0.01, {"origin": {"belgian_foreign_background": 1.8, "non_belgian": 1.5}}),
    sensitive_refused=Rate(0.01, {"origin": {"belgian_foreign_background": 1.5}}),
    skipped=Rate(0.005),
    languages={"fr": Rate(0.72), "nl": Rate(0.12), "en": Rate(0.08, {"origin": {"non_belgian": 4.0}})},
)


def population_cells(population: Population) -> pd.DataFrame:
    """Return the people that respondents are drawn from: district x age group x sex, with origin independent of these.

    Origin by municipality or by age is not published, so the simulation assumes no relation.
    """
    people = population.margin(["district", "age_group", "sex"]).reset_index(name="count")
    origin = population.margin("origin").reset_index(name="origin_count")
    cells = people.merge(origin, how="cross")
    return cells.assign(count=cells["count"] * cells["origin_count"] / population.total).drop(columns="origin_count")


def set_up(folder: Path) -> Path:
    """Write the study file and its disclosure policy into a folder, where they are not there yet; return the former."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in (share() / "analysis" / "demo" / "study.yaml", DEFAULT_POLICY):
        if not (folder / source.name).exists():
            shutil.copyfile(source, folder / source.name)
    return folder / "study.yaml"


def run_demo(folder: Path, progress: Progress = silent, invited: int = INVITED) -> list[Path]:
    """Set up the demonstration in a folder and run it to the end; what is already there is not done again.

    Parameters
    ----------
    folder : Path
    progress : Progress, optional
    invited : int
        People in the sample of each wave.

    Returns
    -------
    list of Path
        The reports.
    """
    study = read_study(set_up(folder))
    _field(study, invited, _part(progress, 0.0, 0.3))
    run_study(study.file, _part(progress, 0.3, 0.6))
    return report_study(study, study.languages, study.formats, _part(progress, 0.6, 1.0))


def _field(study: Study, invited: int, progress: Progress) -> None:
    """Deploy every wave, let simulated people answer, and close it."""
    cells = population_cells(study.population)
    for number, wave in enumerate(study.waves):
        done = number / len(study.waves)
        progress(f"wave {wave.name}: deploy", done)
        deployment = deploy(study.instrument, wave.name, f"sandbox:{study.folder / 'sandbox.sqlite'}", wave.deployment)
        if deployment.closed:
            continue
        if study.seed is None:
            raise InputError(f"{study.file} names no seed to draw simulated answers from; add seed: 20201218")
        progress(f"wave {wave.name}: {invited} people are invited", done)
        deployment = open_survey(wave.deployment)
        records = simulate(
            study.instrument, cells, TRUTH, wave.name, invited, study.seed + number, f"{wave.name}-03-02 08:00:00"
        )
        fill(Sandbox.of(deployment), deployment, records)
        progress(f"wave {wave.name}: close and fetch", done)
        close_survey(wave.deployment)


def _part(progress: Progress, begin: float, end: float) -> Progress:
    """Return a progress that fills a part of another."""

    def tell(message: str, share: float | None = None) -> None:
        progress(message, None if share is None else begin + (end - begin) * share)

    return tell
