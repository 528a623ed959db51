"""Every mistake is reported where it stands: ¦ in the replacement marks the place of each expected problem."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trustsurvey.errors import Problem

Check = Callable[[str | bytes], list[Problem]]

Q = "      - code: "
LONG = "x" * 201

MISTAKES: dict[str, list[tuple[str, str, list[str]]]] = {
    "header": [
        ("instrument: every-kind", "instrument: ¦Every kind", ["the name 'Every kind' is not made of"]),
        ("version: 1.2.3", "version: ¦1.2", ["not of the form major.minor.patch"]),
        ("version: 1.2.3", "version: ¦1.02.3", ["not of the form major.minor.patch"]),
        ("version: 1.2.3\n", "", ["an instrument file lacks the key version"]),
        ("languages: [fr, en]", "languages: ¦fr", ["languages: expected a list, found 'fr'"]),
        ("languages: [fr, en]", "languages: [fr, en, ¦fr]", ["the language fr is given twice, first on line 3"]),
        ("languages: [fr, en]", "languages: ¦[]", ["no language is named"]),
        (
            "title: {fr: Tout, en: Everything}",
            "title: ¦Everything",
            ["title: expected a text by language, found 'Ever"],
        ),
        ("title: {fr: Tout,", f"title: {{fr: ¦{LONG},", ["the title in fr has 201 characters, more than 200"]),
        ("  author: us", "  author: ¦[us]", ["author: expected a text, found a list"]),
        ("welcome:", "¦welcom:", ["the key welcom is not known here; did you mean welcome?"]),
        (
            "consent: CONSENT",
            "consent: ¦CONSNT",
            ["there is no question CONSNT to give consent; did you mean CONSENT?"],
        ),
        ("dont_know: {code: DK, label: {fr: Ne sait pas, en: Don't know}}\n", "", ["", "", ""]),
    ],
    "consent": [
        ("        mandatory: hard\n", "        mandatory: ¦soft\n", ["CONSENT asks for consent and can be skipped"]),
        (
            "        mandatory: hard\n",
            "        mandatory: hard\n        ¦refused: true\n",
            ["CONSENT asks for consent and offers"],
        ),
        (
            "consent: CONSENT",
            "consent: SAME",
            [
                "SAME asks for consent and is not the first",
                "SAME asks for consent and is a single",
                "SAME asks for consent, so",
            ],
        ),
    ],
    "texts": [
        ("text: {fr: Âge ?, en: Age?}", "text: ¦{fr: Âge ?}", ["text: no translation in en; add the text in en"]),
        ("text: {fr: Âge ?, en: Age?}", "text: {fr: Âge ?, en: Age?, ¦nl: Leeftijd?}", ["nl is no language of this"]),
        ("text: {fr: Âge ?, en: Age?}", "text: {fr: ¦'', en: Age?}", ["the text in fr is empty"]),
        ("text: {fr: Âge ?, en: Age?}", "text: {fr: ¦, en: Age?}", ["the text in fr is empty"]),
        ("text: {fr: Âge ?, en: Age?}", "text: {fr: ¦' Âge ?', en: Age?}", ["begins or ends with a space"]),
        (
            "text: {fr: Âge ?, en: Age?}",
            "text: {fr: Tr¦Ã¨s ?, en: Age?}",
            ["looks like UTF-8 that was read as Windows-1252"],
        ),
        ("text: {fr: Âge ?, en: Age?}", "text: {fr: Tr¦\ufffds ?, en: Age?}", ["was lost in an earlier conversion"]),
        ("text: {fr: Âge ?, en: Age?}", 'text: {fr: ¦"a\\u0007b", en: Age?}', ["the invisible character U+0007"]),
        ("text: {fr: Âge ?, en: Age?}", "text: {fr: ¦[a], en: Age?}", ["fr: expected a text, found a list"]),
        ("        text: {fr: Âge ?, en: Age?}\n", "", ["a number question lacks the key text"]),
        ("          - {fr: Totale, en: Complete}", "          - ¦{en: Complete}", ["ends: no translation in fr"]),
        ("en: is fair}}", "en: ¦''}}", ["the text in en is empty"]),
        (
            "text: {fr: Âge ?, en: Age?}",
            "text:\n          fr: ¦>\n            Âge\n          en: Age",
            ["starts with >-"],
        ),
    ],
    "shape": [
        ("type: number", "type: ¦numbr", ["there is no question type numbr; did you mean number?"]),
        ("type: number", "type: ¦[number]", ["the type of a question is one word"]),
        ("minimum: 16\n", "¦minimun: 16\n", ["the key minimun is not known here; did you mean minimum?"]),
        ("minimum: 16\n", "minimum: ¦sixteen\n", ["minimum: expected a number, found 'sixteen'"]),
        (
            "minimum: 16\n",
            "minimum: ¦'16'\n",
            ["minimum: expected a number, found '16'; write a number without quotes"],
        ),
        ("minimum: 16\n", "minimum: ¦.inf\n", ["minimum: expected a finite number"]),
        ("minimum: 16\n", "minimum: ¦1e999\n", ["minimum: expected a finite number"]),
        ("minimum: 16\n", "minimum: ¦016\n", ["minimum: expected a number, found '016'"]),
        ("minimum: 16\n", "minimum:¦\n", ["minimum: expected a number, found nothing"]),
        ("minimum: 16\n", "minimum: ¦120\n", ["the minimum of AGE is not below its maximum (120 and 110)"]),
        ("minimum: 0\n", "minimum: ¦0.5\n", ["minimum: expected a whole number"]),
        ("minimum: 0\n", "minimum: ¦-1\n", ["a rating starts at 0 or above"]),
        ("maximum: 10\n", "maximum: ¦101\n", ["has more than 101 points"]),
        ("          - {fr: Totale, en: Complete}\n", "", ["the rating TRUST has 1 named ends"]),
        ("minimum: 2020-01-01", "minimum: ¦2020-02-30", ["minimum: expected a date"]),
        (
            "minimum: 2020-01-01",
            "minimum: ¦2027-01-01",
            ["the minimum of WHEN is not below its maximum (2027-01-01 and"],
        ),
        (
            "        refused: true\n        mandatory: soft",
            "        refused: ¦yes\n        mandatory: soft",
            ["refused: expected true or false, found 'yes'"],
        ),
        (
            "mandatory: soft",
            "mandatory: ¦sotf",
            ["mandatory: expected one of no, soft, hard, found 'sotf'; did you mean soft?"],
        ),
        (
            "        concept: overall_trust",
            "        ¦items: []\n        concept: overall_trust",
            ["the key items does not belong to a rating question"],
        ),
        ("        value: web\n", "", ["a hidden question lacks the key value"]),
        (
            "    kind: nominal\n    points:\n      - {code: cost,",
            "    kind: ¦nominl\n    points:\n      - {code: cost,",
            ["kind: expected one of ordinal, nominal"],
        ),
        (
            "concept: respect, trend: true}",
            "concept: respect, ¦trnd: true}",
            ["the key trnd is not known here; did you mean trend?"],
        ),
        (
            "          - {code: fair, text: {fr: est juste, en: is fair}}",
            "          - ¦{code: fair}",
            ["this entry lacks the key text"],
        ),
        (
            "          - {code: fair, text: {fr: est juste, en: is fair}}",
            "          - ¦fair",
            ["expected a mapping of keys and values"],
        ),
        (
            "        choices: 2\n        ask_if: TREAT",
            "        choices: ¦0\n        ask_if: TREAT",
            ["choices is 0, and WHY has 4 answers"],
        ),
        (
            "        choices: 2\n        ask_if: HOW",
            "        choices: ¦4\n        ask_if: HOW",
            ["choices is 4, and RANK has 3 answers"],
        ),
        ("    minimum_answered: 2", "    minimum_answered: ¦two", ["minimum_answered: expected a whole number"]),
        ("  - code: contact\n", "  - ¦just text\n  - code: contact\n", ["a group is a mapping of keys and values"]),
        ("ask_if: answered(NAME)", "ask_if:¦", ["ask_if: expected an expression, found nothing"]),
    ],
    "scales": [
        (
            "        scale: agree\n        randomise",
            "        scale: ¦agre\n        randomise",
            ["there is no scale agre; did you mean agree?"],
        ),
        (
            "        scale: agree\n        randomise",
            "        scale: ¦[1, 2]\n        randomise",
            ["a scale is a name or a mapping"],
        ),
        (
            "  reasons:\n",
            "  ¦spare:\n    kind: nominal\n    points: [{code: a, label: {fr: a, en: a}}]\n  reasons:\n",
            ["no question uses the scale spare"],
        ),
        ("en: Agree}, value: 4}", "en: Agree}, value: ¦1.5}", ["the value 1.5 is out of order; before it comes 2"]),
        ("en: Agree}, value: 4}", "en: Agree}, value: ¦2}", ["the value 2 is out of order"]),
        (
            "          kind: nominal\n",
            "          kind: ordinal\n",
            ["a free-text answer has no place", "cannot be shown at random"],
        ),
        (
            "  reasons:\n",
            "  yes_no:\n    kind: nominal\n    points: ¦[{code: ja, label: {fr: a, en: a}}]\n  reasons:\n",
            ["the scale yes_no has the codes ja"],
        ),
    ],
    "codes": [
        ("code: MORE\n", "code: ¦trust\n", ["the question code trust is given twice, first on line 41"]),
        ("code: MORE\n", "code: ¦LANG\n", ["LANG is a reserved word of the survey platform"]),
        ("code: MORE\n", "code: ¦Answered\n", ["Answered is a word of the routing language"]),
        ("code: MORE\n", "code: ¦GE\n", ["GE is a reserved word of the survey platform"]),
        ("code: MORE\n", "code: ¦Expiry\n", ["Expiry is a reserved word of the survey platform"]),
        ("code: MORE\n", "code: ¦tsPage2\n", ["tsPage2 is the name of a hidden question of ours"]),
        ("  - {code: 2,", "  - {code: ¦01,", ["cannot tell the answer codes 1 and 01 apart", 'no answer code "2"']),
        ("  - {code: fear,", "  - {code: ¦False,", ["takes the answer code False for none"]),
        ("code: MORE\n", "code: ¦M_1\n", ["the question code 'M_1' is not made of letters and digits"]),
        ("code: MORE\n", "code: ¦1M\n", ["the question code '1M' is not made of"]),
        ("code: MORE\n", f"code: ¦{'M' * 21}\n", ["has 21 characters, more than 20"]),
        ("code: WHEN\n", f"code: ¦{'M' * 19}\n", ["has 19 characters, more than 18", "no variable WHEN"]),
        ("code: MORE\n", "code: ¦Agenr\n", ["Agenr is needed for the reason why AGE (line 60) is not answered"]),
        ("code: MORE\n", "code: ¦Weight\n", ["Weight is a column that every frame of answers has"]),
        ("  - {code: fear,", "  - {code: ¦Cost,", ["the answer code Cost is given twice, first on line 25"]),
        ("  - {code: fear,", "  - {code: ¦dk,", ["the answer code dk is that of dont_know"]),
        ("  - {code: fear,", "  - {code: ¦frightful,", ["the answer code frightful has 9 characters, more than 5"]),
        ("  - {code: fear,", "  - {code: ¦f_r,", ["the answer code 'f_r' is not made of letters and digits"]),
        ("  - {code: fear,", "  - {code: ¦time,", ["the survey platform renames the answer code time"]),
        ("  - {code: fear,", "  - {code: ¦Other,", ["the answer code Other is the one of the free-text answer of WHY"]),
        ("code: PNS,", "code: ¦dK,", ["the code dK is given twice, first on line 12"]),
        ("code: PNS,", "code: ¦99,", ["the code '99' is not made of letters and digits, starting with a letter"]),
        ("code: PNS,", "code: ¦other,", ["the code other already means something else"]),
        ("{code: fair,", "{code: ¦time,", ["the survey platform renames the item code time", "TREAT_fair is reversed"]),
        ("  - code: contact\n", "  - code: ¦Opening\n", ["the group code Opening is given twice, first on line 30"]),
        (
            "  - code: goodwill\n",
            "  - code: ¦treat_fair\n",
            ["the name treat_fair is taken, by what stands on line 73"],
        ),
        ("  - code: goodwill\n", "  - code: ¦age_group\n", ["the name age_group is taken, by what stands on line 130"]),
        ("  - code: young_online\n", "  - code: ¦status\n", ["status is a column that every frame of answers has"]),
        ("{code: 25+,", "{code: ¦16-24,", ["the level 16-24 is given twice"]),
        ("{code: 25+,", "{code: ¦25 or more,", ["the level code '25 or more' is not made of"]),
    ],
    "routing": [
        ("answered(NAME)", "¦answered(NAMES)", ["there is no variable NAMES; did you mean NAME?"]),
        ("answered(NAME)", "¦answered(MORE)", ["MORE is this question itself; refer to earlier questions only"]),
        ("answered(NAME)", '¦SAME = "1"', ["SAME is asked later"]),
        (
            "answered(NAME)",
            "¦answered(WHY)",
            ["WHY is a multiple question and no variable by itself; name one of WHY_cost,"],
        ),
        ("answered(NAME)", "¦answered(HELLO)", ["HELLO is an information question and no variable by itself"]),
        ("answered(NAME)", '¦age_group = "25+"', ["age_group is derived from the answers later than this"]),
        ("answered(NAME)", "¦goodwill > 5", ["goodwill is an index"]),
        ("answered(NAME)", 'AGE > 17 and HOW = ¦"wep"', ['HOW has no answer code "wep"; did you mean web?']),
        ("answered(NAME)", 'HOW in ("web", ¦"x", ¦"y")', ['HOW has no answer code "x"', 'HOW has no answer code "y"']),
        (
            "answered(NAME)",
            "TREAT_fair >= ¦2",
            ['TREAT_fair holds codes and 2 is a number; write the code in quotes: "2"'],
        ),
        ("answered(NAME)", 'AGE = ¦"17"', ['AGE holds numbers and "17" is text']),
        ("answered(NAME)", "AGE = ¦200", ["AGE is at least 16 and at most 110, so"]),
        ("answered(NAME)", 'TRUST in (1, ¦"2")', ['TRUST holds numbers and "2" is text']),
        ("answered(NAME)", '¦HOW > "web"', ["the answers to HOW have no order, so > means nothing"]),
        ("answered(NAME)", "¦HOW", ["HOW is no tick of a multiple choice"]),
        ("answered(NAME)", "¦CONSENT", ['compare it, as in CONSENT = "yes"']),
        (
            "answered(NAME)",
            'WHY_cost = ¦"Y"',
            ["WHY_cost is a tick of a multiple choice and is not compared; write WHY_cost"],
        ),
        ("answered(NAME)", 'WHEN > ¦"2020"', ['WHEN holds dates and "2020" is none']),
        ("answered(NAME)", '¦NAME < "x"', ["have no order"]),
        ("answered(NAME)", "NAME = ¦5", ["NAME holds text and 5 is a number"]),
        ("answered(NAME)", 'NAME = ¦"5"', ['cannot compare what is typed with "5" to the letter']),
        ("answered(NAME)", 'NAME in ("rue", ¦"été")', ['cannot compare what is typed with "été" to the letter']),
        ('MODE = "web"', 'MODE = "été"', []),
        ("answered(NAME)", "¦refused(NAME)", ["refused cannot be used with the text NAME"]),
        ("answered(NAME)", "¦refused(AGE)", ["AGE does not offer the answer refused, so this never holds"]),
        ("answered(NAME)", "AGE ¦== 5", ["== is not understood; write ="]),
        ("answered(NAME)", "(AGE > 20¦", ["the expression ends where ) should follow"]),
        ("ask_if: answered(NAME)", "ask_if: >-\n          AGE >\n          x", ["x stands where a value should"]),
        ("TRUST >= 1 or dont_know(TRUST)", "¦AGE >= 16", ["AGE is asked later"]),
    ],
    "derived": [
        ("replaces: [AGE]", "replaces: [¦AGES]", ["there is no variable AGES; did you mean AGE?"]),
        ("replaces: [AGE]", "replaces: [AGE, ¦AGE]", ["AGE is named twice"]),
        ("replaces: [AGE]", "replaces: [AGE, ¦TREAT]", ["TREAT is a battery question"]),
        ("replaces: [AGE]", "replaces: [AGE, ¦TRUST]", ["TRUST is a trend item", "TRUST is replaced by age_group"]),
        (
            'when: \'age_group = "16-24"',
            "when: '¦AGE = 20",
            ["AGE was replaced by age_group before; put young_online before"],
        ),
        ('when: \'age_group = "16-24"', 'when: \'age_group = ¦"16"', ['age_group has no answer code "16"']),
        ('when: \'age_group = "16-24"', 'when: \'¦young_online = "yes"', ["young_online is derived"]),
        ('when: \'age_group = "16-24"', "when: '¦goodwill > 50", ["goodwill is an index"]),
    ],
    "quotas": [
        ("limit: 100", "limit: ¦0", ["the limit of online is 0, so nobody could be interviewed"]),
        ("limit: 100", "limit: ¦many", ["limit: expected a whole number, found 'many'"]),
        ("code: online", "code: ¦on-line", ["the quota 'on-line' is not made of"]),
        ("    limit: 100\n", "", ["a quota lacks the key limit"]),
        ("when: {HOW: [web, paper], TRUST: 5}", "when: ¦{}", ["online names no answers"]),
        ("when: {HOW: [web, paper], TRUST: 5}", "when: ¦web", ["when: expected a mapping, found 'web'"]),
        ("{HOW: [web, paper], TRUST: 5}", "{¦HOE: web}", ["there is no question HOE; did you mean HOW?"]),
        ("{HOW: [web, paper], TRUST: 5}", "{¦age_group: 16-24}", ["name a question and codes of its answers; see AGE"]),
        ("{HOW: [web, paper], TRUST: 5}", "{¦AGE: 18}", ["AGE is a number question, and a quota counts"]),
        ("{HOW: [web, paper], TRUST: 5}", "{HOW: ¦other}", ["HOW has no answer other; its answers are web, paper"]),
        ("{HOW: [web, paper], TRUST: 5}", "{HOW: [web, ¦web]}", ["the answer web is named twice"]),
        ("{HOW: [web, paper], TRUST: 5}", "{HOW: ¦[]}", ["no answer to HOW is named"]),
        ("{HOW: [web, paper], TRUST: 5}", "{TRUST: ¦11}", ["TRUST has no answer 11"]),
        ("message: {fr: Complet, en: Full}", "message: ¦{fr: Complet}", ["message: no translation in en"]),
    ],
    "typed answers": [
        ("{fr: Un âge de 16 à 110,", "{fr: 'Un ¦{1+1} à { 110 }',", ["would evaluate {1+1} here"]),
        ("pattern: '[A-Z]{2}[0-9]+'", "pattern: ¦'[A-Z'", ["is no regular expression"]),
        ("pattern: '[A-Z]{2}[0-9]+'", "pattern: ¦'^[0-9]+$'", ["holds what not every platform understands alike"]),
        ("pattern: '[A-Z]{2}[0-9]+'", "pattern: ¦'[^0-9]+'", ["holds what not every platform understands alike"]),
        ("pattern: '[A-Z]{2}[0-9]+'", "pattern: ¦'é+'", ["holds what not every platform understands alike"]),
        ("pattern: '[A-Z]{2}[0-9]+'", "pattern: ¦'a*+'", ["holds what not every platform understands alike"]),
        ("        pattern: '[A-Z]{2}[0-9]+'\n", "", ["NAME says what is shown for an invalid answer, and no answer"]),
        (
            '        invalid: {fr: "Deux lettres, un nombre", en: "Two letters, a number"}\n',
            "",
            ["NAME has a pattern and no words for an answer that does not match it"],
        ),
        ("en: is fair}", "en: 'is fair ¦| unfair'}", ["what follows | on the other side of the answers to fair"]),
        ("value: web\n", "value: ¦a<b\n", ["would store < in the value of MODE as something else"]),
    ],
    "indices": [
        ("items: [TRUST, TREAT, SAME]", "items: [TRUST, TREAT, ¦SAMO]", ["there is no item SAMO; did you mean SAME?"]),
        ("items: [TRUST, TREAT, SAME]", "items: [TRUST, TREAT, ¦HOW]", ["HOW has no ordinal scale"]),
        (
            "items: [TRUST, TREAT, SAME]",
            "items: [TRUST, TREAT, ¦CONSENT]",
            ["CONSENT is the answer to a yes_no question"],
        ),
        ("items: [TRUST, TREAT, SAME]", "items: [TRUST, TREAT, ¦AGE]", ["AGE is the answer to a number question"]),
        ("items: [TRUST, TREAT, SAME]", "items: [TRUST, TREAT, ¦MORE]", ["MORE is the answer to a long_text question"]),
        ("items: [TRUST, TREAT, SAME]", "items: [TRUST, TREAT, ¦WHY]", ["WHY is a multiple question"]),
        ("items: [TRUST, TREAT, SAME]", "items: [TRUST, TREAT, ¦WHY_cost]", ["WHY_cost is the answer to a multiple"]),
        ("items: [TRUST, TREAT, SAME]", "items: [TRUST, TREAT, ¦age_group]", ["age_group is derived"]),
        ("items: [TRUST, TREAT, SAME]", "items: [TRUST, TREAT, ¦TREAT_fair]", ["TREAT_fair is in the index twice"]),
        ("items: [TRUST, TREAT, SAME]", "items: ¦[]", ["the index goodwill has no items"]),
        (
            "reversed: [TREAT_fair]",
            "reversed: [¦TREAT_fare]",
            ["TREAT_fare is reversed but is no item of goodwill; did you mean TREAT_fair?"],
        ),
        ("reversed: [TREAT_fair]", "reversed: [TREAT_fair, ¦TREAT]", ["TREAT_fair is reversed twice"]),
        ("minimum_answered: 2", "minimum_answered: ¦5", ["minimum_answered is 5, and goodwill has 4 items"]),
        ("minimum_answered: 2", "minimum_answered: ¦0", ["minimum_answered is 0"]),
        ("        concept: overall_trust\n", "", ["TRUST has a trend but no concept"]),
        ("        concept: treatment\n", "        ¦trend: true\n", ["TREAT has a trend but no concept"]),
    ],
}
CASES = [
    pytest.param(*case, id=f"{kind}-{number}") for kind, cases in MISTAKES.items() for number, case in enumerate(cases)
]


@pytest.mark.parametrize(("old", "new", "fragments"), CASES)
def test_every_mistake_is_found_where_it_stands(
    everything: str, problems: Check, old: str, new: str, fragments: list[str]
) -> None:
    assert everything.count(old) >= 1
    content, places = _places(everything.replace(old, new, 1))
    found = problems(content)
    print(*found, sep="\n")
    assert len(found) == len(fragments)
    for fragment in fragments:
        assert any(fragment in f"{problem.message}; {problem.remedy}" for problem in found)
    assert places <= {(problem.line, problem.column) for problem in found}


def _places(marked: str) -> tuple[str, set[tuple[int, int]]]:
    places = set()
    for number, line in enumerate(marked.split("\n"), start=1):
        while "¦" in line:
            places.add((number, line.index("¦") + 1))
            line = line.replace("¦", "", 1)
    return marked.replace("¦", ""), places


def test_answers_that_no_row_of_the_platform_holds_are_refused(problems: Check) -> None:
    """MariaDB holds 366 short texts in a row (tried); 60 questions of seven ticks are more."""
    head = "instrument: wide\nversion: 1.0.0\nlanguages: [en]\ntitle: {en: Wide}\n"
    points = "".join(f"      - {{code: {code}, label: {{en: {code}}}}}\n" for code in "abcdefg")
    scale = f"scales:\n  ticks:\n    kind: nominal\n    points:\n{points}"
    pages = "groups:\n  - code: one\n    title: {en: One}\n    questions:\n"
    rows = [f"      - {{code: Q{n}, type: multiple, text: {{en: Q{n}?}}, scale: ticks}}\n" for n in range(60)]
    assert problems(head + scale + pages + "".join(rows[:50])) == []
    (found,) = problems(head + scale + pages + "".join(rows))
    assert (found.line, "fill 429 columns" in found.message) == (16, True)
