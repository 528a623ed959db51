from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trustsurvey.errors import Problem
from trustsurvey.instruments.reading import check

# Every question type, and every key of a questionnaire once.
EVERYTHING = """\
instrument: every-kind
version: 1.2.3
languages: [fr, en]
title: {fr: Tout, en: Everything}
description: {fr: Chaque genre de question, en: Each kind of question}
welcome: {fr: Bienvenue, en: Welcome}
end: {fr: Merci, en: Thank you}
provenance:
  author: us
  year: 2026
consent: CONSENT
dont_know: {code: DK, label: {fr: Ne sait pas, en: Don't know}}
refused: {code: PNS, label: {fr: Refus, en: Prefer not to answer}}

scales:
  agree:
    kind: ordinal
    points:
      - {code: 1, label: {fr: Non, en: Disagree}}
      - {code: 2, label: {fr: Mitigé, en: Neither}}
      - {code: 3, label: {fr: Oui, en: Agree}, value: 4}
  reasons:
    kind: nominal
    points:
      - {code: cost, label: {fr: Prix, en: Cost}}
      - {code: fear, label: {fr: Peur, en: Fear}}
      - {code: no, label: {fr: Aucune, en: None}}

groups:
  - code: opening
    title: {fr: Accord, en: Consent}
    questions:
      - code: CONSENT
        type: yes_no
        text: {fr: D'accord ?, en: Do you agree?}
        mandatory: hard
      - code: HELLO
        type: information
        text: {fr: Commençons, en: Let us begin}
        help: {fr: Lisez, en: Read this}
      - code: TRUST
        type: rating
        text: {fr: Confiance ?, en: Trust?}
        minimum: 0
        maximum: 10
        ends:
          - {fr: Aucune, en: None}
          - {fr: Totale, en: Complete}
        dont_know: true
        refused: true
        mandatory: soft
        concept: overall_trust
        source: own
        trend: true
  - code: contact
    title: {fr: Contact, en: Contact}
    description: {fr: Vos contacts, en: Your contacts}
    ask_if: TRUST >= 1 or dont_know(TRUST)
    questions:
      - code: AGE
        type: number
        text: {fr: Âge ?, en: Age?}
        minimum: 16
        maximum: 110
        invalid: {fr: Un âge de 16 à 110, en: An age from 16 to 110}
        dont_know: true
      - code: WHEN
        type: date
        text: {fr: Quand ?, en: When?}
        minimum: 2020-01-01
        maximum: "2026-12-31"
        refused: true
      - code: TREAT
        type: battery
        text: {fr: La police..., en: The police...}
        scale: agree
        randomise: true
        dont_know: true
        concept: treatment
        items:
          - {code: respect, text: {fr: respecte, en: is respectful}, concept: respect, trend: true}
          - {code: fair, text: {fr: est juste, en: is fair}}
        ask_if: AGE > 17 and WHEN >= "2021-01-01"
      - code: WHY
        type: multiple
        text: {fr: Pourquoi ?, en: Why?}
        scale: reasons
        other: {fr: Autre, en: Other}
        choices: 2
        ask_if: TREAT_respect <= "2" and not refused(TRUST)
      - code: HOW
        type: single
        text: {fr: Comment ?, en: How?}
        scale:
          kind: nominal
          points:
            - {code: web, label: {fr: En ligne, en: Online}}
            - {code: paper, label: {fr: Papier, en: On paper}}
        other: {fr: Autrement, en: Otherwise}
        randomise: true
        ask_if: WHY_cost or WHY_other = "x"
      - code: RANK
        type: ranking
        text: {fr: Classez, en: Put in order}
        scale: reasons
        choices: 2
        ask_if: HOW in ("web", "other")
      - code: NAME
        type: text
        text: {fr: Votre rue ?, en: Your street?}
        pattern: '[A-Z]{2}[0-9]+'
        invalid: {fr: "Deux lettres, un nombre", en: "Two letters, a number"}
        refused: true
        ask_if: RANK_1 = "cost"
      - code: MORE
        type: long_text
        text: {fr: Encore ?, en: Anything else?}
        ask_if: answered(NAME)
      - code: MODE
        type: hidden
        text: {fr: Mode, en: Mode}
        value: web
      - code: SAME
        type: single
        text: {fr: D'accord ?, en: Agree?}
        scale: agree
        ask_if: MODE = "web"

derived:
  - code: age_group
    label: {fr: Âge, en: Age}
    kind: ordinal
    replaces: [AGE]
    levels:
      - {code: 16-24, label: {fr: Jeunes, en: Young}, when: AGE >= 16 and AGE <= 24}
      - {code: 25+, label: {fr: Autres, en: Others}, when: AGE >= 25}
  - code: young_online
    label: {fr: Jeunes en ligne, en: Young and online}
    levels:
      - {code: yes, label: {fr: Oui, en: Yes}, when: 'age_group = "16-24" and HOW = "web"'}

indices:
  - code: goodwill
    label: {fr: Bienveillance, en: Goodwill}
    items: [TRUST, TREAT, SAME]
    reversed: [TREAT_fair]
    minimum_answered: 2

quotas:
  - code: online
    limit: 100
    when: {HOW: [web, paper], TRUST: 5}
    message: {fr: Complet, en: Full}

modes: [web, paper]
editorial:
  - {item: TRUST, reason: a spelling mistake, since: 1.2.2}
checks:
  - code: not_too_much
    when: HOW = "web"
    rule: count(WHY_c*) <= 1
    message: {fr: Trop, en: Too much}
"""


@pytest.fixture(scope="session")
def everything() -> str:
    return EVERYTHING


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Return a function that writes an instrument file and returns its path."""

    def writer(content: str | bytes) -> Path:
        path = tmp_path / "draft.yaml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return writer


@pytest.fixture
def problems(write: Callable[[str | bytes], Path]) -> Callable[[str | bytes], list[Problem]]:
    """Return a function that writes an instrument file and returns its problems."""
    return lambda content: check(write(content))
