"""Made-up records of the registers that come with the package."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import load_instrument

INSTRUMENTS = Path(__file__).parents[2] / "instruments"

Row = Mapping[str, str]
Write = Callable[..., Path]

CHECK = {
    "ZONE": "5340",
    "MONTH": "2026-01-01",
    "MOTIVE": "BEHAV",
    "LEGALBASIS": "APF1",
    "PLACE": "FOOT",
    "AGEBAND": "A1624",
    "SEX": "M",
    "OUTCOME": "NONE",
    "RECEIPT": "GIVEN",
    "DURATION": "D15",
    "BODYCAM": "OFF",
    "COUNT": "12",
}
COMPLAINT = {
    "BODY": "5340",
    "RECEIVED": "2026-01-10",
    "CHANNEL": "ONLIN",
    "SUBJECT": "MANNE",
    "RELATION": "SELF",
    "ADMISSIBLE": "YES",
    "ADMISSION": "2026-01-20",
    "MEDIATION": "NO",
    "INVESTIGATED": "yes",
    "CLOSED": "2026-03-01",
    "OUTCOME": "FOUND",
    "MEASURE": "TALK",
    "RECOMMEND": "no",
    "INFORMED": "2026-03-02",
}


@pytest.fixture(scope="session")
def identity_checks() -> Instrument:
    return load_instrument(INSTRUMENTS / "identity-checks-register" / "draft.yaml")


@pytest.fixture(scope="session")
def complaints() -> Instrument:
    return load_instrument(INSTRUMENTS / "complaints-register" / "draft.yaml")


@pytest.fixture(scope="session")
def check() -> Row:
    """Return one right record of identity checks."""
    return CHECK


@pytest.fixture(scope="session")
def complaint() -> Row:
    """Return one right record of a complaint that was closed as founded."""
    return COMPLAINT


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes records as a CSV file, and returns its path."""

    def writer(records: Sequence[Row], name: str = "zone.csv", delimiter: str = ";") -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(records[0]), delimiter=delimiter, restval="")
            table.writeheader()
            table.writerows(records)
        return path

    return writer
