"""The README's commands and examples do what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

import trustsurvey as ts
from trustsurvey.cli import app
from trustsurvey.demo import TRUTH, population_cells
from trustsurvey.fieldwork.responses import code_responses
from trustsurvey.fieldwork.simulate import simulate
from trustsurvey.resources import share

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
ESS = Path(os.environ.get("ESS9_BELGIUM") or Path(__file__).parents[2] / "shared/data/ess9-belgium/ess9_be.csv")


@pytest.mark.parametrize(
    ("page", "printed"), [("README.md", "belgian_foreign_background"), ("docs/weighting.md", "non_belgian")]
)
def test_the_researchers_examples_run(tmp_path: Path, page: str, printed: str) -> None:
    instrument = ts.load_instrument(share() / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml")
    cells = population_cells(ts.load_population("brussels-2022"))
    records = simulate(instrument, cells, TRUTH, "2026", 1500, seed=1)
    code_responses(instrument, records, "2026").save(tmp_path / "demo" / "responses" / "2026.parquet")
    text = (Path(__file__).parents[1] / page).read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert printed in done.stdout
    assert len([line for line in example.splitlines() if line]) <= 15


@pytest.mark.skipif(not ESS.is_file(), reason="the ESS file may not be shipped; name it in ESS9_BELGIUM")
def test_the_ess_output_is_what_the_script_prints() -> None:
    script = Path(__file__).parents[1] / "analysis" / "ess_belgium.py"
    done = subprocess.run([sys.executable, str(script), str(ESS)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in README


def test_every_command_it_shows_exists() -> None:
    known = {*get_command(app).commands}
    shown = set(re.findall(r"^trustsurvey (\w+)", README, flags=re.MULTILINE))
    assert shown >= {"check", "deploy", "open", "status", "fetch", "close", "run", "report"}
    assert shown <= known
