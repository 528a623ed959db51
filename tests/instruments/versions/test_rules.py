"""One case a rule: a change, the bump it needs, and which series it breaks or ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trustsurvey.instruments.versions.changes import InstrumentChanges

TREAT = {"TREAT_respect", "TREAT_listen", "TREAT_explain"}
OFTEN = {*TREAT, "LIKE", "POLITE", "justice"}
HOW = {"HOW", "HOW_other"}
MEANS = {*HOW, "WHY_web", "WHY_post", "WHY_talk", "RANK_1", "RANK_2"}
EVERY = {"CONSENT", "AGE", "TRUST", *OFTEN, "CONTACT", *MEANS, "MORE", "age_group"}

LIKE = """\
      - code: LIKE
        type: single
        text: {fr: Content ?, en: Pleased?}
        scale: often
        concept: pleasure
        trend: true
"""
INTRO = "      - {code: INTRO, type: information, text: {fr: Pensez à un an, en: Think of one year}}\n"
NEW = "      - {code: NEW, type: long_text, text: {fr: Nouveau ?, en: New?}}\n"
MORE = "      - {code: MORE, type: long_text, text: {fr: Encore ?, en: Anything else?}}\n"
RESPECT = "          - {code: respect, text: {fr: respecte, en: respects}}\n"
LISTEN = "          - {code: listen, text: {fr: écoute, en: listens}}\n"
EXPLAIN = "          - {code: explain, text: {fr: explique, en: explains}}\n"
CONTACT = """\
      - code: CONTACT
        type: yes_no
        text: {fr: Un contact ?, en: Any contact?}
        concept: contact
        dont_know: true
"""
AT_RANDOM = (
    "        text: {fr: La police..., en: The police...}\n",
    "        text: {fr: La police..., en: The police...}\n        randomise: true\n",
)

CASES = {
    # Wording.
    "question text in one language": ([("How much trust?", "Which trust?")], "major", {"TRUST"}),
    "help": ([("From zero to ten", "From nothing to ten")], "major", {"TRUST"}),
    "help taken away": ([("        help: {fr: De zéro à dix, en: From zero to ten}\n", "")], "major", {"TRUST"}),
    "end of a rating": ([("en: Complete", "en: Full")], "major", {"TRUST"}),
    "stem of a battery": ([("The police...", "The local police...")], "major", {*TREAT, "justice"}),
    "item": ([("en: listens", "en: hears")], "major", {"TREAT_listen", "justice"}),
    "answer label": ([("en: Sometimes", "en: Now and then")], "major", OFTEN),
    "other label": ([("en: Otherwise", "en: Else")], "major", HOW),
    "don't know": (
        [("en: Don't know", "en: No idea")],
        "major",
        {"TRUST", *TREAT, "justice", "CONTACT", *HOW, "POLITE"},
    ),
    "refusal": ([("en: Prefer not to answer", "en: No answer")], "major", {"TRUST", "AGE", "age_group", "POLITE"}),
    "description of a page": (
        [("About your local police", "About the police")],
        "major",
        {"TRUST", *TREAT, "LIKE", "justice"},
    ),
    "text before questions": ([("Think of one year", "Think of two years")], "major", {*TREAT, "LIKE", "justice"}),
    "text before questions taken away": ([(INTRO, "")], "major", {*TREAT, "LIKE", "justice"}),
    "text before questions moved": ([(INTRO, ""), (LIKE, INTRO + LIKE)], "major", {*TREAT, "justice"}),
    "an item of no series": ([("en: Anything else?", "en: More?")], "minor", {"MORE"}),
    "consent": ([("en: Do you agree?", "en: Agreed?")], "minor", set()),
    "title": ([("en: The police and you", "en: Police")], "minor", set()),
    "title of a page": ([("title: {fr: Police, en: Police}", "title: {fr: Police, en: Forces}")], "minor", set()),
    "welcome": ([("en: Welcome", "en: Hello")], "minor", set()),
    "end": ([("en: Thank you", "en: Thanks")], "patch", set()),
    "invalid answer": ([("en: From 16 to 110", "en: Between 16 and 110")], "patch", set()),
    "label of an index": ([("en: Justice", "en: Fairness")], "patch", set()),
    "label of a derived variable": ([("en: Young", "en: Youth")], "patch", set()),
    "message of a quota": ([("en: Full", "en: Enough")], "patch", set()),
    "typography": (
        [("Quelle confiance ?", "Quelle confiance\u202f?"), ("Don't know", "Don’t know."), ("police...", "police…")],
        "patch",
        set(),
    ),
    # Answers.
    "answer added": (
        [("en: Always}}\n", "en: Always}}\n      - {code: 4, label: {fr: Autre, en: Other}}\n")],
        "major",
        OFTEN,
    ),
    "answer removed": ([("      - {code: 2, label: {fr: Parfois, en: Sometimes}}\n", "")], "major", OFTEN),
    "code of an answer": ([("{code: 2,", "{code: 5,")], "major", OFTEN),
    "value of an answer": ([("en: Always}}", "en: Always}, value: 9}")], "major", OFTEN),
    "order of answers": (
        [
            ("      - {code: web, label: {fr: En ligne, en: Online}}\n", ""),
            ("en: By letter}}\n", "en: By letter}}\n      - {code: web, label: {fr: En ligne, en: Online}}\n"),
        ],
        "major",
        {*HOW, "RANK_1", "RANK_2"},  # WHY shows them in random order
    ),
    "lowest of a rating": ([("minimum: 0", "minimum: 1")], "major", {"TRUST"}),
    "type": (
        [
            ("type: number", "type: text"),
            ("        minimum: 16\n        maximum: 110\n", "        pattern: '[a-z]*'\n"),
            ("AGE < 25", 'AGE = "a"'),
            ("AGE >= 25", 'AGE = "b"'),
            (" and AGE >= 18", ' and AGE = "c"'),
        ],
        "major",
        {"AGE", "age_group", "POLITE"},
    ),
    "don't know withdrawn": (
        [("        dont_know: true\n        refused: true\n", "        refused: true\n")],
        "major",
        {"TRUST"},
    ),
    "reminded": (
        [("        concept: overall_trust\n", "        concept: overall_trust\n        mandatory: soft\n")],
        "minor",
        set(),
    ),
    "forced": (
        [("        concept: overall_trust\n", "        concept: overall_trust\n        mandatory: hard\n")],
        "major",
        {"TRUST"},
    ),
    "choices": ([("choices: 2", "choices: 1")], "minor", {"RANK_1", "RANK_2"}),
    "random order": ([AT_RANDOM], "major", {*TREAT, "justice"}),
    "other withdrawn": ([("        other: {fr: Autrement, en: Otherwise}\n", "")], "major", HOW),
    "scale renamed": (
        [
            ("  often:", "  times:"),
            ("scale: often", "scale: times"),
            ("scale: often", "scale: times"),
            ("scale: often", "scale: times"),
        ],
        "patch",
        set(),
    ),
    # Order.
    "lines of a battery change places": (
        [(RESPECT, ""), (LISTEN, LISTEN + RESPECT)],
        "major",
        {"TREAT_respect", "TREAT_listen", "justice"},
    ),
    "neighbours change places": ([(LIKE, ""), (INTRO, LIKE + INTRO)], "major", {*TREAT, "LIKE", "justice"}),
    "a question of no series moves": (
        [
            (MORE, ""),
            (
                "  - code: contact\n",
                f"  - code: last\n    title: {{fr: Fin, en: End}}\n    questions:\n{MORE}  - code: contact\n",
            ),
        ],
        "minor",
        {"MORE"},
    ),
    "page cut in two": (
        [(LIKE, "  - code: second\n    title: {fr: Suite, en: Next}\n    questions:\n" + LIKE)],
        "minor",
        set(),
    ),
    "page renamed": ([("code: police", "code: force")], "patch", set()),
    # What comes and goes.
    "new question": ([(MORE, NEW + MORE)], "minor", set()),
    "new item": (
        [(EXPLAIN, EXPLAIN + "          - {code: help, text: {fr: aide, en: helps}}\n")],
        "major",
        {"justice"},
    ),
    "question of no series removed": ([(MORE, "")], "minor", {"MORE"}),
    "trend item removed": (
        [(LIKE, ""), ("items: [TREAT, LIKE]", "items: [TREAT]"), ("    reversed: [LIKE]\n", "")],
        "major",
        {"LIKE", "justice"},
    ),
    "mark withdrawn": (
        [("        concept: overall_trust\n        trend: true\n", "        concept: overall_trust\n")],
        "major",
        {"TRUST"},
    ),
    "mark given": (
        [
            (
                "        text: {fr: Un contact ?, en: Any contact?}\n",
                "        text: {fr: Un contact ?, en: Any contact?}\n        trend: true\n",
            )
        ],
        "minor",
        set(),
    ),
    "code of a question": ([("code: TRUST", "code: CONFIDENCE")], "major", {"TRUST"}),
    # Routing.
    "routing written otherwise": (
        [('CONTACT = "yes" and AGE >= 18', 'not (AGE < 18 or not CONTACT in ("yes")) and answered(AGE)')],
        "patch",
        set(),
    ),
    "routing that leaves out what is always so": (
        [('ask_if: CONTACT = "yes"\n', 'ask_if: CONTACT = "yes" and CONSENT = "yes"\n')],
        "patch",
        set(),
    ),
    "routing from questions to their page": (
        [("    title: {fr: Vous, en: You}\n", '    title: {fr: Vous, en: You}\n    ask_if: CONSENT = "yes"\n')],
        "patch",
        set(),
    ),
    "routing": ([("AGE >= 18", "AGE > 18")], "major", {"POLITE"}),
    "routing of a page": (
        [("    title: {fr: Contact, en: Contact}\n", "    title: {fr: Contact, en: Contact}\n    ask_if: AGE >= 18\n")],
        "major",
        {"CONTACT", "POLITE", "MORE", *MEANS} - {"POLITE"},
    ),
    "wording of a filter": ([("en: Any contact?", "en: Contact?")], "major", {"CONTACT", *HOW, "POLITE"}),
    "a filter moves": (
        [
            (
                CONTACT,
                "",
            ),
            (
                "      - code: AGE\n",
                CONTACT + "      - code: AGE\n",
            ),
        ],
        "minor",
        {"CONTACT"},
    ),
    # What is computed.
    "rule written otherwise": ([("when: AGE >= 25", "when: not AGE < 25 and answered(AGE)")], "patch", set()),
    "rule that an earlier level makes the same": ([("when: AGE >= 25", "when: AGE >= 16")], "patch", set()),
    "rule": ([("when: AGE < 25", "when: AGE <= 25")], "major", {"age_group"}),
    "kind of a derived variable": (
        [("    kind: ordinal\n    replaces", "    kind: nominal\n    replaces")],
        "major",
        {"age_group"},
    ),
    "what is replaced": ([("    replaces: [AGE]\n", "")], "minor", set()),
    "reversed item": ([("    reversed: [LIKE]\n", "")], "major", {"justice"}),
    "minimum answered": ([("minimum_answered: 2", "minimum_answered: 3")], "major", {"justice"}),
    "order of the items of an index": ([("items: [TREAT, LIKE]", "items: [LIKE, TREAT]")], "patch", set()),
    "index renamed": ([("code: justice", "code: fairness")], "major", {"justice"}),
    # The whole.
    "modes": ([("consent: CONSENT", "modes: [web, paper]\nconsent: CONSENT")], "major", EVERY),
    "order of languages": ([("languages: [fr, en]", "languages: [en, fr]")], "patch", set()),
    "quota": ([("limit: 100", "limit: 90")], "minor", set()),
    "provenance": ([("consent: CONSENT", "provenance: {author: us}\nconsent: CONSENT")], "patch", set()),
    "concept": ([("concept: overall_trust", "concept: trust")], "patch", set()),
    "stored value": ([("value: small@1.0.0", "value: x")], "patch", set()),
    "version": ([("version: 1.0.0", "version: 1.0.1")], "patch", set()),
}


@pytest.mark.parametrize("name", CASES)
def test_a_change_needs_its_bump_and_breaks_its_series(name: str, compared: Callable[..., InstrumentChanges]) -> None:
    edits, bump, broken = CASES[name]
    changes = compared(*edits)
    series = changes.series.set_index("item")["status"]
    assert changes.bump == bump
    assert set(series.index[series.isin(["breaks", "ends"])]) == broken
    assert changes.table.empty == (name == "version")
    for item, status in series.items():
        assert changes.comparable(str(item)) == (status == "continues")
