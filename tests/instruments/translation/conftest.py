from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trustsurvey.instruments.reading import check

# Every style of text that a designer writes, with comments in every place.
STYLES = """\
# A survey.
instrument: styles
version: 1.0.0
languages: [fr, nl]  # two
title:
  fr: Un titre   # said aloud
  nl: "Een titel"
welcome:
  fr: >-
    Bienvenue dans une enquête dont le premier texte est si long qu’il ne tient pas sur une ligne, ce qui fait que
    son auteur l’a plié.

  # between
  nl: |-
    Welkom.
    Tot ziens.
end: {fr: 'Merci', nl: "Dank u"}
dont_know: {code: DK, label: {fr: Je ne sais pas, nl: Ik weet het niet}}

scales:
  often:
    kind: ordinal
    points:
      - {code: 1, label: {fr: Jamais, nl: Nooit}}   # lowest
      - code: 2
        label:
          fr: Souvent
          nl: 'Vaak'
          # last
groups:
  - code: page
    title: {fr: Page, nl: Pagina}
    questions:

      # The first.
      - code: A
        type: battery
        text: {fr: "À quelle fréquence ?", nl: Hoe vaak?}
        scale: often
        dont_know: true
        items:
          - {code: one, text: {fr: Elle écoute, nl: Ze luistert}}
          - code: two
            text: {fr: Elle explique,
                   nl: Ze legt uit}
      - code: B
        type: rating
        text:
          fr: Combien ?
          nl: Hoeveel?
        minimum: 0
        maximum: 10
        ends: [{fr: Rien, nl: Niets}, {fr: Tout, nl: Alles}]
        ask_if: A_one = "2"
indices:
  - {code: listens, label: {fr: Écoute, nl: Luisteren}, items: [A], minimum_answered: 1}
"""


@pytest.fixture
def styles(tmp_path: Path) -> Path:
    """Return a questionnaire file written in every style."""
    path = tmp_path / "draft.yaml"
    path.write_text(STYLES, encoding="utf-8")
    assert check(path) == []
    return path


@pytest.fixture
def differing(styles: Path) -> Callable[[Path], list[str]]:
    """Return a function that lists the lines of a file that differ from the questionnaire as it was, new ones only."""
    before = styles.read_text(encoding="utf-8").splitlines()
    return lambda path: [line for line in path.read_text(encoding="utf-8").splitlines() if line not in before]
