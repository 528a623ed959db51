"""Names and numbers that tie a LimeSurvey survey to the instrument and wave it was built from."""

from __future__ import annotations

import hashlib
import re

from trustsurvey.errors import InputError
from trustsurvey.instruments.model import Instrument

__all__ = ["PAGE", "STAMP", "alias", "marker", "page_code", "stamp", "survey_number"]

# Hidden questions that the structure adds; no question of an instrument may be named like them.
STAMP = "tsStamp"
PAGE = "tsPage"

LARGEST_NUMBER = 2_147_483_647
LONGEST_ALIAS = 100


def page_code(page: int) -> str:
    """Return the code of the hidden question that ends a page; pages count from 1."""
    return f"{PAGE}{page}"


def stamp(instrument: Instrument) -> str:
    """Return what every answer carries of its questionnaire: ``name@version;digest``."""
    return f"{instrument.name}@{instrument.version};{instrument.digest}"


def survey_number(instrument: Instrument, wave: str = "") -> int:
    """Return the survey id that an instrument asks for.

    With a wave it depends on name and wave alone, so that another version for the same wave meets the same survey;
    without one it depends on the digest.
    """
    seed = f"{instrument.name} {wave}" if wave else instrument.digest
    return int(hashlib.sha256(seed.encode()).hexdigest()[:15], 16) % LARGEST_NUMBER + 1


def marker(instrument: Instrument, wave: str = "") -> str:
    """Return the words by which a survey of ours is known even when its import broke off half-way.

    The first half tells the instrument and the wave, the second the version.
    """
    return (
        f"trustsurvey {hashlib.sha256(f'{instrument.name} {wave}'.encode()).hexdigest()[:16]} {instrument.digest[:32]}"
    )


def alias(instrument: Instrument, wave: str, language: str) -> str:
    """Return the stable last part of a survey's address in one language; empty where there is no wave."""
    if not wave:
        return ""
    name = re.sub(r"[^\w-]", "-", f"{instrument.name}-{wave}-{language}")
    if len(name) > LONGEST_ALIAS:
        raise InputError(
            f"the address {name} has {len(name)} characters, more than {LONGEST_ALIAS}; give the wave a shorter name"
        )
    return name
