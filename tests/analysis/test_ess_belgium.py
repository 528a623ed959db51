"""The script on ESS answers: on the real file where it is at hand, and always on a made-up one of the same form.

The reference, R 4.2.2 with survey 4.1-1::

    d <- read.csv("ess9_be.csv"); d$t <- ifelse(d$trstplc > 10, NA, d$trstplc)
    s <- svydesign(id = ~psu, strata = ~stratum, weights = ~pspwght, data = d, nest = TRUE)
    svymean(~t, s, na.rm = TRUE)    # 6.542420367957, SE 0.051201381759
    degf(s)                         # 262
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

REPOSITORY = Path(__file__).parents[2]
SCRIPT = REPOSITORY / "analysis" / "ess_belgium.py"
BESIDE = REPOSITORY.parent / "shared" / "data" / "ess9-belgium" / "ess9_be.csv"


@dataclass(frozen=True)
class Result:
    returncode: object
    stdout: str
    stderr: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run the script in this process, as `python analysis/ess_belgium.py PATH` does."""

    def run_script(path: Path) -> Result:
        monkeypatch.setattr(sys, "argv", [str(SCRIPT), str(path)])
        code: object = 0
        try:
            runpy.run_path(str(SCRIPT), run_name="__main__")
        except SystemExit as stop:
            code = stop.code
        printed = capsys.readouterr()
        return Result(code, printed.out, printed.err)

    return run_script


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    rng = np.random.default_rng(9)
    rows = 120
    frame = pd.DataFrame(
        {
            "idno": range(rows),
            "region": rng.choice(["BE10", "BE21", "BE35"], rows),
            "trstplc": rng.choice([*range(11), 77, 88, 99], rows),
            "brncntr": rng.choice([1, 1, 1, 2], rows),
            "facntr": rng.choice([1, 1, 2, 8], rows),
            "mocntr": rng.choice([1, 1, 1, 2], rows),
            "pspwght": rng.gamma(4, 0.25, rows) + 0.1,
            "stratum": np.arange(rows) % 4 + 101,
            "psu": np.arange(rows) // 10 + 2001,
        }
    )
    path = tmp_path / "made_up.csv"
    frame.to_csv(path, index=False)
    return path


def test_published_answers(run: Callable[..., Result]) -> None:
    path = Path(os.environ.get("ESS9_BELGIUM", BESIDE))
    if not path.is_file():
        pytest.skip("the answers of ESS round 9 are not shipped: set ESS9_BELGIUM to the path of ess9_be.csv")
    result = run(path)
    assert result.returncode == 0, result.stderr
    assert "mean 6.542420368, standard error 0.0512013818" in result.stdout
    assert "1766 answers, 262 degrees of freedom" in result.stdout
    assert "5 more answered, but their origin is not known" in result.stdout


def test_made_up_answers(run: Callable[..., Result], made_up: Path) -> None:
    result = run(made_up)
    assert result.returncode == 0, result.stderr
    frame = pd.read_csv(made_up)
    answered = frame[frame["trstplc"] <= 10]
    mean = np.average(answered["trstplc"], weights=answered["pspwght"])
    assert f"mean {mean:.10g}, standard error" in result.stdout
    assert f"{len(answered)} answers" in result.stdout
    for word in ("Brussels", "Flanders", "Wallonia", "BE35", "born abroad", "a parent abroad", "parents too"):
        assert word in result.stdout
    unknown = (answered["brncntr"] == 1) & (answered["facntr"] == 8) & (answered["mocntr"] == 1)
    assert f"{unknown.sum()} more answered, but their origin is not known" in result.stdout


def test_no_such_file(run: Callable[..., Result], tmp_path: Path) -> None:
    result = run(tmp_path / "nowhere.csv")
    assert result.returncode == 2
    assert "no file" in result.stderr
    assert "Traceback" not in result.stderr


def test_wrong_columns(run: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("trstplc,psu\n5,1\n", encoding="utf-8")
    result = run(path)
    assert result.returncode == 2
    assert "lacks columns brncntr, facntr, mocntr, region, pspwght, stratum; it has trstplc, psu" in result.stderr


@pytest.mark.parametrize(("column", "value"), [("trstplc", 55), ("brncntr", 3), ("mocntr", "two")])
def test_codes_that_the_codebook_lacks(run: Callable[..., Result], made_up: Path, column: str, value: object) -> None:
    frame = pd.read_csv(made_up).astype({column: object})
    frame.loc[0, column] = value
    frame.to_csv(made_up, index=False)
    result = run(made_up)
    assert result.returncode == 2
    assert f"{column} holds" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00broken", b"a,b\n1,2,3\n4\n5,6,7,8\n"])
def test_files_that_are_no_table(run: Callable[..., Result], tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(content)
    result = run(path)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_missing_weights(run: Callable[..., Result], made_up: Path) -> None:
    frame = pd.read_csv(made_up)
    frame.loc[0, "pspwght"] = np.nan
    frame.to_csv(made_up, index=False)
    result = run(made_up)
    assert result.returncode == 2
    assert "'pspwght' is missing in 1 of 120 rows" in result.stderr
