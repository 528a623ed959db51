"""What changed of the answers that questions offer."""

from __future__ import annotations

from trustsurvey.instruments.questions import Scale, ScalePoint
from trustsurvey.instruments.versions.comparison import Comparison, Weight, same_words, words_in

__all__ = ["compare_scales", "same_answers"]


def compare_scales(comparison: Comparison) -> None:
    """Compare the scales of the questions that both versions hold; one that several share is compared once."""
    pairs: dict[tuple[Scale, Scale], list[str]] = {}
    for code, was in comparison.old.questions.items():
        now = comparison.new.questions.get(code)
        if now is None or was.scale == now.scale:
            continue
        if was.scale is None or now.scale is None:
            if was.type is now.type:
                comparison.breaks(
                    code, "answers", comparison.of_question(code), was=_name(was.scale), now=_name(now.scale)
                )
            continue
        pairs.setdefault((was.scale, now.scale), []).append(code)
    for (before, after), codes in pairs.items():
        _scale(comparison, before, after, codes)
    _non_response(comparison)


def same_answers(comparison: Comparison, was: Scale | None, now: Scale | None) -> bool:
    """Return whether two scales offer the same answers under the same codes."""
    if was is None or now is None:
        return was is now
    return was.codes == now.codes and all(
        same_words(before.label, after.label, comparison.languages)
        for before, after in zip(was.points, now.points, strict=True)
    )


def _scale(comparison: Comparison, was: Scale, now: Scale, codes: list[str]) -> None:
    series = tuple(name for code in codes for name in comparison.of_question(code))
    shared = len(codes) > 1
    item = now.name if shared else codes[0]
    note = f"the answers to {', '.join(codes)}" if shared else ""
    names = (was.name, now.name) if shared else (was.name, now.name, codes[0])
    if was.name != now.name and was.name not in codes and now.name not in codes:
        comparison.goes_on(item, "scale name", "patch", series, was=was.name, now=now.name, note=note)
    if was.kind != now.kind:
        comparison.breaks(item, "scale kind", series, was=was.kind, now=now.kind, note=note)
    old, new = ({point.code: point for point in scale.points} for scale in (was, now))
    if set(old) != set(new):
        comparison.breaks(
            item, "answers", series, was=_listed(comparison, was), now=_listed(comparison, now), note=note
        )
    _order(comparison, item, was, now, codes, series, note)
    values = [[(code, each[code].value) for code in old if code in new] for each in (old, new)]
    if values[0] != values[1] and set(old) == set(new):
        before, after = (", ".join(f"{code} = {value:g}" for code, value in each) for each in values)
        if "ordinal" in {was.kind, now.kind}:
            comparison.breaks(item, "answer values", series, was=before, now=after, note=note)
        elif was.codes == now.codes:
            comparison.goes_on(item, "answer values", "patch", series, was=before, now=after, note=note)
    for code in old:
        if code in new:
            ticks = () if shared else comparison.common([f"{codes[0]}_{code}"])
            labels = old[code].label, new[code].label
            comparison.words(item, "answer label", *labels, series, (*names, *ticks), note=note)


def _order(
    comparison: Comparison, item: str, was: Scale, now: Scale, codes: list[str], series: tuple[str, ...], note: str
) -> None:
    common = [[code for code in scale.codes if code in other.codes] for scale, other in ((was, now), (now, was))]
    if common[0] == common[1]:
        return
    before, after = (", ".join(each) for each in common)
    shuffled = {
        code: comparison.old.questions[code].randomise and comparison.new.questions[code].randomise for code in codes
    }
    fixed = [name for code in codes if not shuffled[code] for name in comparison.of_question(code)]
    # A shuffled ordinal scale still gives its numbers by position; a shuffled nominal one shows no order at all.
    if fixed or "ordinal" in {was.kind, now.kind}:
        comparison.breaks(item, "answer order", fixed or series, was=before, now=after, note=note)
    else:
        comparison.goes_on(item, "answer order", "patch", series, was=before, now=after, note="shown in random order")


def _non_response(comparison: Comparison) -> None:
    for name in ("dont_know", "refused"):
        was, now = getattr(comparison.old.instrument, name), getattr(comparison.new.instrument, name)
        if was == now:
            continue
        if was is None or now is None:
            word = "is worded and coded now" if now else "is neither worded nor coded any more"
            comparison.goes_on(name, "declaration", "patch", note=f"{word}; questions say where it is offered")
            continue
        offered = [
            code
            for code, question in comparison.old.questions.items()
            if getattr(question, name)
            and code in comparison.new.questions
            and getattr(comparison.new.questions[code], name)
        ]
        series = [each for code in offered for each in comparison.of_question(code)]
        if was.code != now.code:
            comparison.goes_on(name, "code", "patch", was=was.code, now=now.code, note="in raw answers only")
        note = "" if offered else "offered nowhere"
        weight: Weight = "breaks" if offered else "patch"
        comparison.words(name, "label", was.label, now.label, series, (name,), weight, note)


def _name(scale: Scale | None) -> str:
    return scale.name if scale else ""


def _listed(comparison: Comparison, scale: Scale) -> str:
    return ", ".join(_point(comparison, point) for point in scale.points)


def _point(comparison: Comparison, point: ScalePoint) -> str:
    language = comparison.languages[0] if comparison.languages else ""
    return f"{point.code} {words_in(point.label, language)}".strip()
