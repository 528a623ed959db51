from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.instruments.versions.changes import InstrumentChanges
from trustsurvey.instruments.versions.comparing import compare_instruments

# A little of everything that a series can depend on.
SMALL = """\
instrument: small
version: 1.0.0
languages: [fr, en]
title: {fr: La police et vous, en: The police and you}
welcome: {fr: Bienvenue, en: Welcome}
end: {fr: Merci, en: Thank you}
consent: CONSENT
dont_know: {code: DK, label: {fr: Ne sait pas, en: Don't know}}
refused: {code: PNS, label: {fr: Refus, en: Prefer not to answer}}

scales:
  often:
    kind: ordinal
    points:
      - {code: 1, label: {fr: Jamais, en: Never}}
      - {code: 2, label: {fr: Parfois, en: Sometimes}}
      - {code: 3, label: {fr: Toujours, en: Always}}
  means:
    kind: nominal
    points:
      - {code: web, label: {fr: En ligne, en: Online}}
      - {code: post, label: {fr: Par lettre, en: By letter}}
      - {code: talk, label: {fr: De vive voix, en: In person}}

groups:
  - code: opening
    title: {fr: Accord, en: Consent}
    questions:
      - code: CONSENT
        type: yes_no
        text: {fr: D'accord ?, en: Do you agree?}
        mandatory: hard
      - {code: STAMP, type: hidden, text: {fr: Version, en: Version}, value: small@1.0.0}
  - code: you
    title: {fr: Vous, en: You}
    questions:
      - code: AGE
        type: number
        text: {fr: Âge ?, en: Age?}
        minimum: 16
        maximum: 110
        invalid: {fr: De 16 à 110, en: From 16 to 110}
        refused: true
  - code: police
    title: {fr: Police, en: Police}
    description: {fr: Sur votre police locale, en: About your local police}
    questions:
      - code: TRUST
        type: rating
        text: {fr: Quelle confiance ?, en: How much trust?}
        help: {fr: De zéro à dix, en: From zero to ten}
        minimum: 0
        maximum: 10
        ends: [{fr: Aucune, en: None}, {fr: Totale, en: Complete}]
        dont_know: true
        refused: true
        concept: overall_trust
        trend: true
      - {code: INTRO, type: information, text: {fr: Pensez à un an, en: Think of one year}}
      - code: TREAT
        type: battery
        text: {fr: La police..., en: The police...}
        scale: often
        dont_know: true
        concept: treatment
        trend: true
        items:
          - {code: respect, text: {fr: respecte, en: respects}}
          - {code: listen, text: {fr: écoute, en: listens}}
          - {code: explain, text: {fr: explique, en: explains}}
      - code: LIKE
        type: single
        text: {fr: Content ?, en: Pleased?}
        scale: often
        concept: pleasure
        trend: true
  - code: contact
    title: {fr: Contact, en: Contact}
    questions:
      - code: CONTACT
        type: yes_no
        text: {fr: Un contact ?, en: Any contact?}
        concept: contact
        dont_know: true
      - code: HOW
        type: single
        text: {fr: Comment ?, en: How?}
        scale: means
        other: {fr: Autrement, en: Otherwise}
        ask_if: CONTACT = "yes"
        concept: contact
        trend: true
      - code: POLITE
        type: single
        text: {fr: Poliment ?, en: Politely?}
        scale: often
        ask_if: CONTACT = "yes" and AGE >= 18
        concept: treatment
        trend: true
      - code: WHY
        type: multiple
        text: {fr: Pourquoi ?, en: Why?}
        scale: means
        randomise: true
      - code: RANK
        type: ranking
        text: {fr: Classez, en: Put in order}
        scale: means
        choices: 2
      - {code: MORE, type: long_text, text: {fr: Encore ?, en: Anything else?}}

derived:
  - code: age_group
    label: {fr: Âge, en: Age}
    kind: ordinal
    replaces: [AGE]
    levels:
      - {code: young, label: {fr: Jeunes, en: Young}, when: AGE < 25}
      - {code: old, label: {fr: Autres, en: Others}, when: AGE >= 25}

indices:
  - code: justice
    label: {fr: Justice, en: Justice}
    items: [TREAT, LIKE]
    reversed: [LIKE]
    minimum_answered: 2

quotas:
  - code: full
    limit: 100
    when: {CONTACT: "yes"}
    message: {fr: Complet, en: Full}
"""

Edit = tuple[str, str]
Load = Callable[[str], Instrument]


@pytest.fixture(scope="session")
def small() -> str:
    return SMALL


@pytest.fixture(scope="session")
def load(tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Return a function that reads an instrument from its text."""

    def loader(text: str) -> Instrument:
        path: Path = tmp_path_factory.mktemp("instrument") / "draft.yaml"
        path.write_text(text, encoding="utf-8")
        return load_instrument(path)

    return loader


@pytest.fixture(scope="session")
def edited(load: Load) -> Callable[..., Instrument]:
    """Return a function that reads the small instrument with pieces of its text replaced."""

    def edit(*edits: Edit) -> Instrument:
        text = SMALL
        for was, now in edits:
            assert was in text, was
            text = text.replace(was, now, 1)
        return load(text)

    return edit


@pytest.fixture(scope="session")
def compared(load: Load, edited: Callable[..., Instrument]) -> Callable[..., InstrumentChanges]:
    """Return a function that compares the small instrument with an edited copy."""
    before = load(SMALL)
    return lambda *edits: compare_instruments(before, edited(*edits))
