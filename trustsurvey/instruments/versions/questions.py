"""What changed of each question that both versions hold, and which questions came or went."""

from __future__ import annotations

from trustsurvey.instruments.checks_records import REFERENCE_PERIOD
from trustsurvey.instruments.questions import Question, QuestionType
from trustsurvey.instruments.versions.comparison import Comparison, Weight, same_words
from trustsurvey.instruments.versions.items import compare_items, compare_trend
from trustsurvey.instruments.versions.scales import compare_scales, same_answers

__all__ = ["compare_questions"]

# What is put to respondents with a question beside its words; a change of any breaks its series.
SETTINGS = (
    ("type", "type"),
    ("minimum", "minimum"),
    ("maximum", "maximum"),
    ("choices", "choices"),
    ("randomise", "random order"),
    ("pattern", "pattern"),
    ("dont_know", "don't know offered"),
    ("refused", "refusal offered"),
)
ENDS = ("label of the lowest", "label of the highest")


def compare_questions(comparison: Comparison) -> None:
    """Compare the questions of two versions, one by one; their order and routing are looked at elsewhere."""
    old, new = comparison.old.questions, comparison.new.questions
    for code, question in old.items():
        if code in new:
            _question(comparison, question, new[code])
        else:
            _removed(comparison, question)
    for code, question in new.items():
        if code not in old:
            _added(comparison, question)
    compare_scales(comparison)
    _came_and_went(comparison)


def _question(comparison: Comparison, was: Question, now: Question) -> None:
    series = comparison.of_question(was.code)
    for name, kind in SETTINGS:
        before, after = getattr(was, name), getattr(now, name)
        if before == after:
            continue
        if name == "maximum" and _reaches_later(was, now):
            note = "time goes on; a later one can be given"
            comparison.goes_on(was.code, kind, "minor", series, was=before, now=after, note=note)
        else:
            comparison.breaks(was.code, kind, series, was=before, now=after)
    _mandatory(comparison, was, now, series)
    _words(comparison, was, now, series)
    if QuestionType.BATTERY in {was.type, now.type}:
        compare_items(comparison, was, now)
    else:
        compare_trend(comparison, was.code, was.trend, now.trend, series)
    if was.concept != now.concept:
        kept = comparison.needed(series) == "major"
        note = "what is measured has another name; the series goes on" if kept else ""
        comparison.goes_on(was.code, "concept", "patch", series, was=was.concept, now=now.concept, note=note)
    if was.source != now.source:
        comparison.goes_on(was.code, "source", "patch", series, was=was.source, now=now.source)
    _stored(comparison, was, now)


def _came_and_went(comparison: Comparison) -> None:
    """Write down the variables that a question has in one version only, where nothing else says so."""
    told = {name for change in comparison.changes if change.series in {"ends", "new"} for name in change.concerned}
    for code in comparison.old.questions:
        if code not in comparison.new.questions:
            continue
        old, new = ([each.name for each in version.questions[code].variables()] for version in comparison.versions)
        gone = [name for name in old if name not in new and name not in told]
        came = [name for name in new if name not in old and name not in told]
        if gone:
            comparison.goes_on(
                code, "removed variables", comparison.needed(gone), gone, was=", ".join(gone), series="ends"
            )
        if came:
            comparison.goes_on(code, "new variables", "minor", came, now=", ".join(came), series="new")


def _reaches_later(was: Question, now: Question) -> bool:
    """Return whether a last day, or the last year that records can be of, is a later one."""
    first, last = was.maximum, now.maximum
    if was.type is now.type is QuestionType.DATE:
        return isinstance(first, str) and isinstance(last, str) and first < last
    years = was.concept == now.concept == REFERENCE_PERIOD
    return years and isinstance(first, float) and isinstance(last, float) and first < last


def _mandatory(comparison: Comparison, was: Question, now: Question, series: tuple[str, ...]) -> None:
    if was.mandatory == now.mandatory:
        return
    if "hard" in {was.mandatory, now.mandatory}:
        # People who are forced give other answers, or leave.
        comparison.breaks(was.code, "mandatory", series, was=was.mandatory, now=now.mandatory)
        return
    note = "who skips it is reminded now" if now.mandatory == "soft" else "who skips it is no longer reminded"
    comparison.goes_on(
        was.code, "mandatory", "minor", series, was=was.mandatory, now=now.mandatory, note=f"{note}; watch nonresponse"
    )


def _words(comparison: Comparison, was: Question, now: Question, series: tuple[str, ...]) -> None:
    if QuestionType.INFORMATION in {was.type, now.type}:
        return  # read with the questions after it; see ``instructions``
    code = was.code
    names = (code, *series) if len(series) == 1 else (code,)
    weight: Weight = "breaks"
    concerned = series
    if QuestionType.HIDDEN in {was.type, now.type}:
        weight = "patch"
    elif code in {comparison.old.instrument.consent, comparison.new.instrument.consent}:
        # The words of the consent are no measurement, and everybody who goes on has agreed.
        weight, concerned = "minor", ()
    comparison.words(code, "question text", was.text, now.text, concerned, names, weight)
    comparison.words(code, "help", was.help, now.help, concerned, names, weight)
    if len(was.ends) == len(now.ends):
        for kind, low, high in zip(ENDS, was.ends, now.ends, strict=False):
            comparison.words(code, kind, low, high, series, names)
    elif was.type is now.type:
        comparison.breaks(code, "labels of the ends", series, was=str(len(was.ends)), now=str(len(now.ends)))
    if was.other and now.other:
        comparison.words(code, "other label", was.other, now.other, series, names)
    elif was.other or now.other:
        labels = [each.other.translations[0][1] if each.other else "" for each in (was, now)]
        comparison.breaks(code, "other offered", series, was=labels[0], now=labels[1])
    comparison.words(code, "invalid text", was.invalid, now.invalid, series, weight="patch")


def _stored(comparison: Comparison, was: Question, now: Question) -> None:
    """Compare what a hidden question stores; the version's own name is no change."""
    stamps = tuple(f"{each.instrument.name}@{each.instrument.version}" for each in comparison.versions)
    if was.value != now.value and (was.value, now.value) != stamps:
        comparison.goes_on(was.code, "stored value", "patch", was=was.value, now=now.value)


def _removed(comparison: Comparison, question: Question) -> None:
    if question.type is QuestionType.INFORMATION:
        return  # see ``instructions``
    names = [variable.name for variable in question.variables()]
    others = [each for code, each in comparison.new.questions.items() if code not in comparison.old.questions]
    again = next((each.code for each in others if _same_stimulus(comparison, question, each)), "")
    note = f"the same question as {again}; keep the code to keep the series" if again else ""
    bump = comparison.needed(names)
    text = question.text.translations[0][1]
    comparison.goes_on(question.code, "removed question", bump, names, was=text, series="ends", note=note)


def _added(comparison: Comparison, question: Question) -> None:
    if question.type is QuestionType.INFORMATION:
        return  # see ``instructions``
    names = [variable.name for variable in question.variables()]
    others = [each for code, each in comparison.old.questions.items() if code not in comparison.new.questions]
    again = next((each.code for each in others if _same_stimulus(comparison, each, question)), "")
    note = f"the same question as {again} before; keep the code to keep the series" if again else ""
    text = question.text.translations[0][1]
    comparison.goes_on(question.code, "new question", "minor", names, now=text, series="new", note=note)


def _same_stimulus(comparison: Comparison, was: Question, now: Question) -> bool:
    """Return whether two questions of different codes put the same thing to a respondent."""
    languages = comparison.languages
    return (
        bool(languages)
        and was.type is now.type
        and same_words(was.text, now.text, languages)
        and same_answers(comparison, was.scale, now.scale)
        and len(was.items) == len(now.items)
        and all(same_words(old.text, new.text, languages) for old, new in zip(was.items, now.items, strict=True))
    )
