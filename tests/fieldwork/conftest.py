from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from trustsurvey.fieldwork.platform import Deployment, Record, raw_keys
from trustsurvey.fieldwork.sandbox import Sandbox
from trustsurvey.fieldwork.truth import Rate, Truth
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import load_instrument

# Every question type, routing by group and question, both reasons, "other", consent and two derived variables.
YAML = """
instrument: every-type
version: 1.0.0
languages: [en, fr]
title: {en: Every type, fr: Chaque type}
consent: CONSENT
dont_know: {code: DK, label: {en: Don't know, fr: Ne sait pas}}
refused: {code: PNS, label: {en: Prefer not to say, fr: Préfère ne pas répondre}}
scales:
  agree5:
    kind: ordinal
    points:
      - {code: a1, label: {en: Strongly disagree, fr: Pas du tout d'accord}}
      - {code: a2, label: {en: Disagree, fr: Pas d'accord}}
      - {code: a3, label: {en: Neither, fr: Ni l'un ni l'autre}}
      - {code: a4, label: {en: Agree, fr: D'accord}}
      - {code: a5, label: {en: Strongly agree, fr: Tout à fait d'accord}}
  country:
    kind: nominal
    points:
      - {code: be, label: {en: Belgium, fr: Belgique}}
      - {code: eu, label: {en: Other European, fr: Autre européen}}
      - {code: row, label: {en: Elsewhere, fr: Ailleurs}}
  channel:
    kind: nominal
    points:
      - {code: web, label: {en: Internet, fr: Internet}}
      - {code: tel, label: {en: Telephone, fr: Téléphone}}
      - {code: desk, label: {en: Desk, fr: Guichet}}
groups:
  - code: entry
    title: {en: Entry, fr: Entrée}
    questions:
      - {code: CONSENT, type: yes_no, mandatory: hard, text: {en: May we ask?, fr: Pouvons-nous demander?}}
      - {code: HELLO, type: information, text: {en: Hello, fr: Bonjour}}
      - {code: FORM, type: hidden, value: A, text: {en: Form, fr: Formulaire}}
  - code: trust
    title: {en: Trust, fr: Confiance}
    questions:
      - code: TRUST
        type: rating
        text: {en: How much do you trust?, fr: Quelle confiance?}
        minimum: 0
        maximum: 10
        ends: [{en: not at all, fr: pas du tout}, {en: fully, fr: entièrement}]
        dont_know: true
        refused: true
        trend: true
        concept: overall_trust
      - code: TREAT
        type: battery
        scale: agree5
        text: {en: The police ..., fr: La police ...}
        dont_know: true
        refused: true
        items:
          - {code: respect, text: {en: treat with respect, fr: traite avec respect}, concept: treatment}
          - {code: rude, text: {en: are rude, fr: est impolie}, concept: treatment}
  - code: contact
    title: {en: Contact, fr: Contact}
    questions:
      - {code: CONTACT, type: yes_no, text: {en: Any contact?, fr: Un contact?}, refused: true}
      - code: HOW
        type: multiple
        scale: channel
        text: {en: How?, fr: Comment?}
        other: {en: Other, fr: Autre}
        choices: 3
        dont_know: true
        refused: true
        ask_if: CONTACT = "yes"
      - code: WHEN
        type: date
        text: {en: When?, fr: Quand?}
        minimum: 2024-01-01
        maximum: 2026-12-31
        dont_know: true
        ask_if: HOW_desk
      - {code: WHY, type: long_text, text: {en: Why?, fr: Pourquoi?}, ask_if: answered(WHEN)}
      - code: LASTWAY
        type: single
        scale: channel
        other: {en: Other, fr: Autre}
        text: {en: Which last?, fr: Lequel en dernier?}
        ask_if: CONTACT = "yes" and TRUST < 8
      - {code: RANK, type: ranking, scale: channel, choices: 2, text: {en: Rank, fr: Classez}}
  - code: person
    title: {en: You, fr: Vous}
    questions:
      - {code: AGE, type: number, minimum: 16, maximum: 110, text: {en: Age?, fr: Age?}, refused: true}
      - {code: NATNOW, type: single, scale: country, text: {en: Nationality?, fr: Nationalité?}, refused: true}
      - code: NATFIRST
        type: single
        scale: country
        text: {en: First nationality?, fr: Première nationalité?}
        refused: true
        ask_if: NATNOW = "be"
      - {code: NAME, type: text, text: {en: Any word, fr: Un mot}}
  - code: last
    title: {en: Last, fr: Fin}
    ask_if: AGE >= 65
    questions:
      - {code: PENSION, type: yes_no, text: {en: Retired?, fr: À la retraite?}, dont_know: true}
derived:
  - code: age_group
    label: {en: Age, fr: Age}
    kind: ordinal
    replaces: [AGE]
    levels:
      - {code: young, label: {en: under 35, fr: moins de 35}, when: AGE < 35}
      - {code: middle, label: {en: 35 to 64, fr: 35 à 64}, when: AGE < 65}
      - {code: old, label: {en: 65 and over, fr: 65 et plus}, when: AGE >= 65}
  - code: origin
    label: {en: Origin, fr: Origine}
    replaces: [NATNOW, NATFIRST]
    levels:
      - {code: belgian, label: {en: Belgian, fr: Belge}, when: 'NATNOW = "be" and NATFIRST = "be"'}
      - {code: foreign, label: {en: Became Belgian, fr: Devenu belge}, when: 'NATNOW = "be" and NATFIRST != "be"'}
      - {code: other, label: {en: Not Belgian, fr: Non belge}, when: 'NATNOW in ("eu", "row")'}
indices:
  - code: overall
    label: {en: Overall, fr: Générale}
    items: [TRUST]
    minimum_answered: 1
  - code: justice
    label: {en: Justice, fr: Justice}
    items: [TREAT]
    reversed: [TREAT_rude]
    minimum_answered: 1
"""


@pytest.fixture(scope="session")
def instrument(tmp_path_factory: pytest.TempPathFactory) -> Instrument:
    path = tmp_path_factory.mktemp("instrument") / "1.0.0.yaml"
    path.write_text(YAML, encoding="utf-8")
    return load_instrument(path)


@pytest.fixture(scope="session")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Instrument:
    path = tmp_path_factory.mktemp("instrument") / "1.0.1.yaml"
    text = YAML.replace("version: 1.0.0", "version: 1.0.1").replace("How much do you trust?", "Do you trust?")
    path.write_text(text, encoding="utf-8")
    return load_instrument(path)


@pytest.fixture(scope="session")
def cells() -> pd.DataFrame:
    counts = {("young", "belgian"): 120, ("young", "foreign"): 90, ("young", "other"): 140}
    counts |= {("middle", "belgian"): 180, ("middle", "foreign"): 110, ("middle", "other"): 160}
    counts |= {("old", "belgian"): 130, ("old", "foreign"): 40, ("old", "other"): 30}
    rows = [(*levels, float(count)) for levels, count in counts.items()]
    return pd.DataFrame(rows, columns=["age_group", "origin", "count"])


@pytest.fixture(scope="session")
def truth() -> Truth:
    return Truth(
        waves={"2024": 0.5, "2026": 0.2},
        shifts={"origin": {"foreign": -0.3, "other": -0.1}, "age_group": {"young": -0.4}},
        response=Rate(0.5, {"origin": {"other": 0.6}}),
        consent_refused=Rate(0.03),
        break_off=Rate(0.02),
        dont_know=Rate(0.05, {"origin": {"other": 2.0}}),
        refused=Rate(0.02),
        sensitive_refused=Rate(0.06),
        skipped=Rate(0.03),
        languages={"en": Rate(0.3, {"origin": {"other": 3.0}}), "fr": Rate(0.7)},
        shares={"CONTACT": {"yes": 0.6, "no": 0.4}, "HOW": {"web": 0.5, "desk": 0.4}},
    )


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "field" / "survey.sqlite")


@pytest.fixture
def deployment(sandbox: Sandbox, instrument: Instrument) -> Deployment:
    return sandbox.open(sandbox.deploy(instrument, "2026"))


@pytest.fixture
def record(instrument: Instrument) -> Callable[..., Record]:
    """Make a record from the answers given; everything else is empty."""

    def make(
        identifier: int = 1, answers: dict[str, str] | None = None, submitted: bool = True, last_page: int = 5
    ) -> Record:
        given = {"CONSENT": "yes", "FORM": "A"} | (answers or {})
        unknown = given.keys() - set(raw_keys(instrument))
        assert not unknown, unknown
        whole = {key: given.get(key, "") for key in raw_keys(instrument)}
        return Record(identifier, 1, "2026-02-01 10:00:00" if submitted else None, last_page, "en", whole)

    return make
