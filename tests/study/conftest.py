"""A small study on the embedded platform: two waves of simulated answers, fielded once for all tests that only read."""

import shutil
from pathlib import Path

import pytest

from trustsurvey.demo import TRUTH, population_cells, set_up
from trustsurvey.fieldwork.sandbox import Sandbox
from trustsurvey.fieldwork.simulate import fill, simulate
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.study.fieldwork import close_survey, deploy, open_survey
from trustsurvey.study.instruments import instrument_path
from trustsurvey.study.running import run_study
from trustsurvey.weighting.population.files import load_population

STUDY = """\
study: small
simulated: true
instrument: citizen-trust@1.0.0
waves:
  - {wave: "2025", deployment: fieldwork/2025.json}
  - {wave: "2026", deployment: fieldwork/2026.json}
population: brussels-2022
weighting:
  margins: [origin, [age_group, sex]]
  missing: keep
indices: [overall_trust, safety]
domains: [origin]
references: {origin: belgian_belgian_background}
publication:
  title: {fr: Petite, nl: Kleine, en: Small}
  languages: [en]
"""


@pytest.fixture(scope="session")
def _fielded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fielded")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    instrument = load_instrument(instrument_path("citizen-trust@1.0.0", Path()))
    cells = population_cells(load_population("brussels-2022"))
    for number, wave in enumerate(("2025", "2026")):
        file = folder / "fieldwork" / f"{wave}.json"
        deploy(instrument, wave, f"sandbox:{folder / 'sandbox.sqlite'}", file)
        deployment = open_survey(file)
        fill(Sandbox.of(deployment), deployment, simulate(instrument, cells, TRUTH, wave, 500, seed=number))
    close_survey(folder / "fieldwork" / "2025.json")
    return folder


@pytest.fixture
def fielded(_fielded: Path, tmp_path: Path) -> Path:
    """A copy of the study: wave 2025 closed and archived, wave 2026 open and not fetched yet."""
    return Path(shutil.copytree(_fielded, tmp_path / "study"))


@pytest.fixture(scope="session")
def finished(_fielded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study after a run; to be read only."""
    folder = Path(shutil.copytree(_fielded, tmp_path_factory.mktemp("finished") / "study"))
    run_study(folder / "study.yaml")
    return folder


@pytest.fixture
def demo_study(tmp_path: Path) -> Path:
    """The study file of the demonstration, with its policy."""
    return set_up(tmp_path / "demo")
