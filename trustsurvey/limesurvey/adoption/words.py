"""Words that LimeSurvey supplies itself and ours must spell out, and words by which a reason not to answer is known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

__all__ = ["DONT_KNOW", "NOT_ON_A_SCALE", "REFUSED", "WORDS", "says"]

# Labels of answers that stand in no structure file, by language, in the order of their codes.
WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "yes_no": {
            "en": ("Yes", "No"),
            "fr": ("Oui", "Non"),
            "nl": ("Ja", "Nee"),
            "de": ("Ja", "Nein"),
            "es": ("Sí", "No"),
            "it": ("Sì", "No"),
            "pt": ("Sim", "Não"),
        },
        "gender": {
            "en": ("Female", "Male"),
            "fr": ("Féminin", "Masculin"),
            "nl": ("Vrouw", "Man"),
            "de": ("Weiblich", "Männlich"),
            "es": ("Femenino", "Masculino"),
            "it": ("Femmina", "Maschio"),
            "pt": ("Feminino", "Masculino"),
        },
        "yes_uncertain_no": {
            "en": ("Yes", "Uncertain", "No"),
            "fr": ("Oui", "Incertain", "Non"),
            "nl": ("Ja", "Onzeker", "Nee"),
            "de": ("Ja", "Unsicher", "Nein"),
            "es": ("Sí", "Dudoso", "No"),
            "it": ("Sì", "Incerto", "No"),
            "pt": ("Sim", "Incerto", "Não"),
        },
        "increase_same_decrease": {
            "en": ("Increase", "Same", "Decrease"),
            "fr": ("Augmenté", "Identique", "Diminué"),
            "nl": ("Toegenomen", "Gelijk", "Afgenomen"),
            "de": ("Zugenommen", "Gleich", "Abgenommen"),
            "es": ("Aumentado", "Igual", "Disminuido"),
            "it": ("Aumentato", "Uguale", "Diminuito"),
            "pt": ("Aumentou", "Igual", "Diminuiu"),
        },
    }
)

DONT_KNOW = (
    r"(i )?(do not|don't|dont|can't|cannot) (know|say)( .*)?",
    r"(je )?(ne )?sai[st] pas|nsp",
    r"(ik )?weet (ik )?(het )?niet",
    r"(das )?(weiß|weiss) (ich )?(es )?nicht|(ich )?(weiß|weiss) (es )?nicht",
    r"no (lo )?s[eé]|no sabe",
    r"non (lo )?so|non sa",
    r"não sei",
)
REFUSED = (
    r"(i )?(would )?(prefer|rather|wish) not (to )?(answer|say|tell|disclose|respond|state)( .*)?",
    r"refused?( to answer)?|(i )?(do not|don't) (want|wish) to (answer|say)",
    r"(je )?préfère ne pas (le )?(répondre|dire|indiquer)|refus(e)?( de répondre)?",
    r"(je )?ne (souhaite|veux|veut) pas répondre",
    r"(dat )?(zeg|antwoord) ik liever niet|(ik )?(zeg|antwoord|wil) (het |dit |dat )?liever niet( zeggen| antwoorden)?",
    r"weigert|(ik )?(wil|wens) niet (te )?antwoorden",
    r"keine angabe|(das )?möchte ich nicht (sagen|beantworten|angeben)|verweigert",
    r"prefiero no (contestar|responder|decirlo)",
    r"preferisco non rispondere",
    r"prefiro não responder",
)


# Answers that stand beside a scale, not on it.
NOT_ON_A_SCALE = (
    r"not applicable|n a|does not apply( to me)?|no opinion|no answer|other|not relevant|unsure|not sure",
    r"(je suis )?sans avis|sans opinion|pas d'avis|non applicable|ne s'applique pas|(pas|non) concernée?|autre",
    r"niet van toepassing|n v t|nvt|geen mening|geen idee|anders?|andere",
    r"nicht zutreffend|trifft nicht zu auf mich|keine meinung|k a|entfällt|sonstiges",
    r"no aplica|no procede|sin opinión|otro",
    r"non applicabile|nessuna opinione|altro",
)


def says(labels: Iterable[str], patterns: Iterable[str]) -> bool:
    """Return whether one of some labels says, in one of our languages, what the patterns describe."""
    plain = (re.sub(r"[().,;:!*…/]|\s+", " ", label.casefold().replace("’", "'")).strip() for label in labels)
    return any(re.fullmatch(pattern, re.sub(" +", " ", label)) for label in plain for pattern in patterns)
