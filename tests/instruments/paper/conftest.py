from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import load_instrument

TESTS = Path(__file__).parents[2]

ROUTED = """\
instrument: routed
version: 2.0.1
languages: [fr, nl, en]
title: {fr: "# Le titre", nl: "# De titel", en: "# The title"}
welcome: {fr: "$Bonjour$ *tous*", nl: "$Dag$ *allen*", en: "$Hello$ *all*"}
end: {fr: "Merci_ à @tous", nl: "Dank_ u @allen", en: "Thank_ you @all"}
consent: OK
dont_know: {code: DK, label: {fr: Je ne sais pas, nl: Ik weet het niet, en: Don’t know}}
scales:
  often:
    kind: ordinal
    points:
      - {code: "1", label: {fr: "Jamais <b>", nl: "Nooit <b>", en: "Never <b>"}}
      - {code: "2", label: {fr: "Parfois & plus", nl: "Soms & meer", en: "Sometimes & more"}}
      - {code: "3", label: {fr: "Souvent \\\\ #x", nl: "Vaak \\\\ #x", en: "Often \\\\ #x"}}
groups:
  - code: first
    title: {fr: "= Début", nl: "= Begin", en: "= Beginning"}
    questions:
      - {code: OK, type: yes_no, mandatory: hard, text: {fr: "D’accord ?", nl: "Akkoord?", en: "Do you agree?"}}
      - {code: VICTIM, type: yes_no, dont_know: true, text: {fr: "Victime ?", nl: "Slachtoffer?", en: "A victim?"}}
      - {code: REPORT, type: yes_no, ask_if: 'VICTIM = "yes"', text: {fr: "Signalé ?", nl: "Gemeld?", en: "Reported?"}}
      - {code: HOW, type: text, ask_if: 'REPORT = "yes"', text: {fr: "1. Comment ?", nl: "1. Hoe?", en: "1. How?"}}
      - {code: WHYNOT, type: text, ask_if: 'REPORT = "no"',
         text: {fr: "- Pourquoi pas ?", nl: "- Waarom niet?", en: "- Why not?"}}
      - {code: AGE, type: number, minimum: 16, text: {fr: "Âge $x_1$ ?", nl: "Leeftijd $x_1$?", en: "Age $x_1$?"}}
  - code: second
    title: {fr: Suite, nl: Vervolg, en: Next}
    ask_if: AGE >= 18
    questions:
      - {code: SEEN, type: battery, scale: often, text: {fr: Vu ?, nl: Gezien?, en: Seen?}, items: [
          {code: street, text: {fr: "@rue", nl: "@straat", en: "@street"}},
          {code: home, text: {fr: "`maison`", nl: "`huis`", en: "`home`"}}]}
      - {code: WHICH, type: multiple, scale: often, choices: 2, text: {fr: Lesquels ?, nl: Welke?, en: Which?}}
      - {code: MORE, type: long_text, ask_if: 'SEEN_home >= "2" and (WHICH_1 or not VICTIM = "yes")',
         text: {fr: Encore ?, nl: Nog iets?, en: More?}}
      - {code: MODE, type: hidden, value: paper, text: {fr: Mode, nl: Modus, en: Mode}}
      - {code: WEB, type: text, ask_if: 'MODE = "web"', text: {fr: Site ?, nl: Webstek?, en: Site?}}
      - {code: LAST, type: text, ask_if: 'MODE = "paper"', text: {fr: Dernière ?, nl: Laatste?, en: Last?}}
"""


@pytest.fixture(scope="session")
def load(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Instrument]:
    """Return a function that reads an instrument from its text."""

    def load(text: str) -> Instrument:
        path = tmp_path_factory.mktemp("instrument") / "draft.yaml"
        path.write_text(text, encoding="utf-8")
        return load_instrument(path)

    return load


@pytest.fixture(scope="session")
def routed(load: Callable[[str], Instrument]) -> Instrument:
    return load(ROUTED)


@pytest.fixture(scope="session")
def instruments(everything: str, routed: Instrument, load: Callable[[str], Instrument]) -> dict[str, Instrument]:
    """Instruments by name."""
    files = {
        "operators": TESTS / "limesurvey" / "every-kind.yaml",
        "odd": TESTS / "limesurvey" / "browser" / "odd.yaml",
        "citizen-trust": TESTS.parent / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml",
    }
    found = {name: load_instrument(file) for name, file in files.items()}
    return {**found, "everything": load(everything), "routed": routed}
