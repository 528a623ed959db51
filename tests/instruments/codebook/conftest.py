from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import load_instrument

RELEASE = Path(__file__).parents[3] / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml"


@pytest.fixture(scope="session")
def citizen() -> Instrument:
    return load_instrument(RELEASE)


@pytest.fixture
def every(everything: str, write: Callable[[str | bytes], Path]) -> Instrument:
    """Every question type and every key once."""
    return load_instrument(write(everything))
