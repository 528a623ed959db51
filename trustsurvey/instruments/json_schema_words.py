"""What editors say of the keys of questionnaire files, to people who design questionnaires."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from trustsurvey.documents.shape import Entry
from trustsurvey.instruments.questions import QuestionType
from trustsurvey.instruments.schema import (
    AcceptedEntry,
    AskedEntry,
    BatteryEntry,
    BlockEntry,
    CheckEntry,
    ClosedEntry,
    DateEntry,
    DerivedEntry,
    EditorialEntry,
    GroupEntry,
    HiddenEntry,
    IndexEntry,
    InstrumentEntry,
    ItemEntry,
    LevelEntry,
    MultipleEntry,
    NonResponseEntry,
    NumberEntry,
    OpenEntry,
    PointEntry,
    QuestionEntry,
    QuotaEntry,
    RankingEntry,
    RatingEntry,
    RecordEntry,
    ScaleEntry,
    SingleEntry,
    TextEntry,
    UseEntry,
)

__all__ = ["TEXT", "TYPES", "WORDS", "meanings_of", "words_of"]

TEXT = (
    "The words in each language of the file, as in {en: How old are you?, fr: Quel âge avez-vous ?}. "
    "Inside { }, words with a comma or a colon stand between quotes."
)

TYPES: Mapping[QuestionType, str] = MappingProxyType(
    {
        QuestionType.SINGLE: "One answer of several.",
        QuestionType.MULTIPLE: "Several answers may be ticked.",
        QuestionType.RATING: "A whole number between two ends that have words, as in 0 to 10.",
        QuestionType.BATTERY: "Several lines that are answered on one scale.",
        QuestionType.YES_NO: "Yes or no.",
        QuestionType.NUMBER: "A number that is typed in.",
        QuestionType.DATE: "A date.",
        QuestionType.TEXT: "One line of text that is typed in.",
        QuestionType.LONG_TEXT: "Several lines of text that are typed in.",
        QuestionType.RANKING: "Answers that are put in order, the most important first.",
        QuestionType.INFORMATION: "Nothing is asked: words to read.",
        QuestionType.HIDDEN: "Nothing is shown: a value that is stored with the answers.",
    }
)

# By entry and key; an entry takes the words of those that it builds on where it has none of its own.
WORDS: Mapping[type[Entry], Mapping[str, str]] = MappingProxyType(
    {
        NonResponseEntry: {
            "code": "How it is stored, as in DK or PNS: 5 letters or digits at most.",
            "label": "What somebody ticks, as in {en: Don't know, fr: Je ne sais pas}.",
        },
        PointEntry: {
            "code": "How the answer is stored, as in HOME or 1: 5 letters or digits at most. "
            "It stays when the words change.",
            "label": "What somebody ticks, as in {en: At home, fr: À la maison}.",
            "value": "The number that the answer counts for in an index; its place (1, 2, 3 ...) unless given.",
        },
        ScaleEntry: {
            "kind": "ordinal where answers mean more and more of something (never, sometimes, often); "
            "nominal where they are only names (bus, train).",
            "points": "The answers in the order in which they are shown, as in - {code: HOME, label: {en: At home}}.",
        },
        ItemEntry: {
            "code": "Short name of the line, as in respect; in the battery TREAT its answers are TREAT_respect.",
            "text": "The line as it is read, as in {en: Treat people with respect}.",
            "concept": "What this line measures, as in treatment; what the battery says unless given.",
            "source": "Literature behind this line, as in Tyler 2006, construct; own wording.",
            "trend": "true: the answers to this line are compared from wave to wave.",
        },
        QuestionEntry: {
            "code": "Short name in capitals, as in KNOWS: 20 letters or digits at most. It never changes while answers "
            "are compared over time.",
            "type": f"What kind of question it is: {', '.join(str(each) for each in QuestionType)}.",
            "text": "What people read, as in {en: How old are you?, fr: Quel âge avez-vous ?}.",
            "help": "Shown in smaller letters below the question, as in {en: In full years}.",
            "ask_if": 'Who is asked, as in KNOWS = "yes" and AGE >= 18; everybody unless given. '
            "Conditions read earlier questions; answered(AGE), dont_know(AGE) and refused(AGE) are conditions too.",
        },
        AskedEntry: {
            "mandatory": "soft: somebody who skips it is reminded once; hard: there is no way on without an answer; "
            "no: it may be left empty.",
            "concept": "What it measures, as in overall_trust; the words that questionnaires share are in "
            "instruments/bank/concepts.yaml.",
            "source": "Literature behind it, as in Tyler 2006, construct; own wording.",
        },
        OpenEntry: {
            "dont_know": 'true: "don\'t know" is offered as an answer.',
            "refused": 'true: "prefer not to answer" is offered as an answer.',
        },
        ClosedEntry: {
            "trend": "true: the answers are compared from wave to wave; diff and release then say what breaks that.",
        },
        SingleEntry: {
            "scale": "The answers: the name of a scale, as in agree5, or a scale of its own, as in "
            "{kind: nominal, points: [{code: HOME, label: {en: At home}}]}.",
            "other": "An answer beside which people write their own, as in {en: Something else}.",
            "randomise": "true: everybody sees the answers in another order.",
        },
        MultipleEntry: {
            "choices": "How many answers may be ticked at most, as in 3; all of them unless given.",
        },
        RatingEntry: {
            "minimum": "The lowest number, as in 0.",
            "maximum": "The highest number, as in 10.",
            "ends": "The words at the two ends, the lowest first, as in [{en: No trust at all}, {en: Complete trust}].",
        },
        BatteryEntry: {
            "scale": "The answers to each line: the name of a scale, as in often5, or a scale of its own, as in "
            "{kind: ordinal, points: [...]}.",
            "items": "The lines, as in - {code: respect, text: {en: Treat people with respect}}.",
            "randomise": "true: everybody sees the lines in another order.",
        },
        NumberEntry: {
            "minimum": "The lowest number that is taken, as in 16.",
            "maximum": "The highest number that is taken, as in 110.",
            "invalid": "What somebody reads whose number is not taken, as in {en: A number from 16 to 110}.",
        },
        DateEntry: {
            "minimum": "The first day that is taken, as in 2026-01-01.",
            "maximum": "The last day that is taken, as in 2026-12-31.",
            "invalid": "What somebody reads whose date is not taken, as in {en: A day of 2026}.",
        },
        TextEntry: {
            "pattern": 'What the whole answer looks like, as in "[A-Z]{2}[0-9]{2}" for two capitals and two digits (a '
            "regular expression); anything unless given.",
            "invalid": "What somebody reads whose answer does not look so, as in {en: Two capitals and two digits}.",
        },
        RankingEntry: {
            "scale": "What is put in order: the name of a scale, or a scale of its own, as in "
            "{kind: nominal, points: [{code: SAFE, label: {en: Safety}}]}.",
            "choices": "How many ranks are asked, as in 3 for a first, second and third; all answers unless given.",
            "randomise": "true: everybody sees the answers in another order before ranking them.",
        },
        HiddenEntry: {
            "code": "Short name in capitals, as in INSTRUMENT: 20 letters or digits at most.",
            "type": "hidden: nothing is shown.",
            "text": "What is stored, in words for whoever reads the data, as in {en: Version of the questionnaire}.",
            "value": "What is stored, as in neighbourhood-officer@1.0.0.",
            "ask_if": "For whom it is stored, as in AGE >= 18; for everybody unless given.",
        },
        GroupEntry: {
            "code": "Short name of the page, as in about_you.",
            "title": "What stands at the top of the page, as in {en: About you}.",
            "description": "Shown below the title of the page, as in {en: Think of the past 12 months}.",
            "ask_if": 'Who sees the page, as in KNOWS = "yes" and AGE >= 18; everybody unless given.',
            "questions": "The questions, in order, as in - {code: AGE, type: number, text: {en: How old are you?}} or "
            "- use: demographics.",
        },
        LevelEntry: {
            "code": "How this group is stored, as in 16-24.",
            "label": "Its words in tables and figures, as in {en: 16 to 24}.",
            "when": "Who belongs to it, as in AGE >= 16 and AGE <= 24. Before not, write who answered: "
            'answered(KNOWS) and not (KNOWS = "yes").',
        },
        DerivedEntry: {
            "code": "Short name of the new variable, as in age_group.",
            "label": "Its words in tables and figures, as in {en: Age group}.",
            "kind": "ordinal where the groups mean more and more of something (ages); nominal, where they are only "
            "names, unless given.",
            "replaces": "Variables that are thrown away once this one is made, as in [AGE]: only the groups are kept.",
            "levels": "The groups, as in - {code: 16-24, label: {en: 16 to 24}, when: AGE >= 16 and AGE <= 24}. "
            "Somebody belongs to the first that fits.",
        },
        IndexEntry: {
            "code": "Short name of the score, as in treatment.",
            "label": "Its words in tables and figures, as in {en: Treatment by the police}.",
            "items": "What is counted, as in [TRUST, TREAT]: ratings and questions on ordinal scales; the code of a "
            "battery stands for all its lines.",
            "reversed": "Those of them in which much is bad, as in [TREAT_down] for the line: talk down to people.",
            "minimum_answered": "How many of them somebody must have answered to get a score, as in 2.",
        },
        QuotaEntry: {
            "code": "Short name of the quota, as in women.",
            "limit": "How many complete interviews are enough, as in 500.",
            "when": "Whose interviews are counted: questions with one answer or several of each, as in {GENDER: F} or "
            "{GENDER: [F, X], KNOWS: yes}.",
            "message": "What somebody reads who is one too many, as in {en: We have enough answers like yours}.",
        },
        EditorialEntry: {
            "item": "What was corrected, as in TREAT: the code of a question, line, scale, page or index; dont_know or "
            "refused.",
            "reason": "What was wrong, as in a missing accent in French; it is kept for good.",
            "since": "Leave it out: release writes the version that was corrected.",
        },
        AcceptedEntry: {
            "warning": "The name at the end of the warning, without brackets, as in double-barrelled.",
            "item": "The code that the warning names, as in TREAT_respect; accepted wherever it is given unless named.",
            "reason": "Why it is fine here, as in understood as one thing in the pretest.",
        },
        RecordEntry: {
            "unit": "What one row of the file stands for, as in {en: A complaint}.",
            "key": "Variables that tell rows apart, as in [ZONE, MONTH]: no two rows agree on all of them.",
        },
        CheckEntry: {
            "code": "Short name of the rule, as in closed_after_received.",
            "rule": "What must hold, as in CLOSED >= RECEIVED, or sum(HITS*) <= TOTAL, where * stands for anything; "
            "count(WHERE*) counts ticks.",
            "when": "For whom it must hold, as in answered(CLOSED); for everybody unless given.",
            "message": "What somebody reads whose answers break it, as in {en: It is closed before it was received}.",
        },
        UseEntry: {
            "use": "Questions of a shared block that bank: names: demographics for all of them, origin.NATNOW for one.",
            "ask_if": 'Who is asked, as in KNOWS = "yes"; everybody whom the block asks unless given.',
        },
        BlockEntry: {
            "block": "Name of the block and of its folder, as in demographics.",
            "version": "Three numbers, as in 1.0.0.",
            "languages": "The languages that its words are in, as in [en, fr].",
            "accepted": "Warnings of check that you have thought about: - {warning: absolute, item: TREAT_help, "
            "reason: understood in the pretest}.",
            "bank": "Blocks that this one uses in turn, each with its version, as in [non-response@1.0.0].",
            "dont_know": "The words for it in every questionnaire that uses the block, as in {code: DK, label: {en: "
            "Don't know}}.",
            "refused": "The words for it in every questionnaire that uses the block, as in {code: PNS, label: {en: "
            "Prefer not to answer}}.",
            "scales": "Answers that questions use by name, as in agree5: {kind: ordinal, points: [...]}.",
            "questions": "The questions, in order, as in - {code: AGE, type: number, text: {en: How old are you?}}.",
            "derived": "Variables that are made from the answers, as in - {code: age_group, label: ..., levels: ...}.",
        },
        InstrumentEntry: {
            "instrument": "Name of the questionnaire and of its folder, as in neighbourhood-officer.",
            "version": "Three numbers, as in 1.0.0; for the next release, trustsurvey diff says which one goes up.",
            "languages": "As in [en, fr]; the first is the one you write in, and all words are needed in each.",
            "title": "What stands at the top, as in {en: Your neighbourhood officer}.",
            "description": "Shown below the title, as in {en: A survey of the Observatory}.",
            "welcome": "What people read first, as in {en: This takes three minutes}.",
            "end": "What people read after the last question, as in {en: Thank you for taking part}.",
            "provenance": "Who made it and for whom, in words of your own, as in {author: Observatory, population: "
            "residents aged 16 and over}.",
            "modes": "How it is put to people, as in [web, paper]; also telephone, face_to_face; [web] unless given.",
            "editorial": "Corrections since the newest release that change no meaning: - {item: TREAT, reason: a "
            "missing accent in French}. Empty it after a release.",
            "accepted": "Warnings of check that you have thought about: - {warning: period, item: KNOWS, reason: the "
            "title of the page says it}.",
            "bank": "Shared blocks that the file uses, each with its version, as in [non-response@1.0.0, "
            "demographics@1.0.0].",
            "record": "Only for a register, whose answers are rows of a file, as in {unit: {en: A complaint}, key: "
            "[NUMBER]}.",
            "consent": "Code of the yes/no question that opens the rest, as in AGREE.",
            "dont_know": "How \"don't know\" is stored and worded everywhere, as in {code: DK, label: {en: Don't "
            "know}}; leave it out with the block non-response.",
            "refused": 'How "prefer not to answer" is stored and worded everywhere, as in {code: PNS, label: {en: '
            "Prefer not to answer}}; leave it out with the block non-response.",
            "scales": "Answers that several questions use by name, as in agree5: {kind: ordinal, points: [...]}.",
            "groups": "The pages, in order, as in - {code: about_you, title: {en: About you}, questions: [...]}.",
            "derived": "Variables that are made from the answers when they are read, as in - {code: age_group, label: "
            "..., levels: ...}.",
            "indices": "Scores from 0 to 100, as in - {code: treatment, label: {en: Treatment}, items: [TREAT], "
            "minimum_answered: 2}.",
            "quotas": "How many interviews of some people are enough, as in - {code: women, limit: 500, when: "
            "{GENDER: F}, message: ...}.",
            "checks": "What must hold between the answers of one person, or within one row, as in - {code: order, "
            "rule: CLOSED >= RECEIVED, message: ...}.",
        },
    }
)


def meanings_of(entry: type[Entry]) -> dict[str, str]:
    """Return what the keys of an entry mean."""
    found: dict[str, str] = {}
    for each in reversed(entry.__mro__):
        if issubclass(each, Entry):
            found |= WORDS.get(each, {})
    return found


def words_of(entry: type[Entry]) -> str:
    """Return what an entry is."""
    return " ".join((entry.__doc__ or "").replace("``", "").split())
