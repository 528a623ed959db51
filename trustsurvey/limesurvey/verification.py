"""A deployed survey listed back and compared with what it was to be: LimeSurvey's import damages in silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trustsurvey.limesurvey.client import Client, StatusError
from trustsurvey.limesurvey.structure import Question, Quota, Survey

__all__ = ["UNSET", "differences", "edited_questions"]

Row = Mapping[str, Any]

# Settings that would send answers elsewhere, or keep the survey shut.
UNSET: Mapping[str, frozenset[str]] = {
    "emailresponseto": frozenset({""}),
    "emailnotificationto": frozenset({""}),
    "googleanalyticsapikey": frozenset({""}),
    "googleanalyticsstyle": frozenset({"", "0"}),
    "startdate": frozenset({""}),
}
# What a question must not have unless the instrument says so: each changes who is asked, or what is stored.
NEUTRAL: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        ("random_group", "array_filter", "array_filter_exclude", "exclude_all_others", "cssclass"), frozenset({""})
    ),
    **dict.fromkeys(("max_answers", "min_answers", "em_validation_q", "em_validation_sq"), frozenset({""})),
    **dict.fromkeys(("min_num_value_n", "max_num_value_n", "min_num_value", "max_num_value"), frozenset({""})),
    **dict.fromkeys(("date_min", "date_max", "maximum_chars", "time_limit", "input_mask"), frozenset({"", "0"})),
    **dict.fromkeys(("hidden", "random_order", "array_filter_style", "numbers_only"), frozenset({"", "0"})),
    **dict.fromkeys(("num_value_int_only", "other_numbers_only", "other_comment_mandatory"), frozenset({"", "0"})),
    "answer_order": frozenset({"", "normal"}),
}


def differences(client: Client, survey: Survey) -> list[str]:
    """Return how the survey on the server differs from ``survey``, a sentence each; nothing when it is the same.

    Compared are the settings and texts of the survey, and of groups, questions, subquestions, answers and quotas the
    order, codes, texts in every language, routing and attributes. Which answers a quota counts cannot be listed.

    Raises
    ------
    PlatformError
        The server cannot be asked.
    """
    return [*_settings(client, survey), *_groups_and_questions(client, survey), *_quotas(client, survey)]


def _settings(client: Client, survey: Survey) -> Iterator[str]:
    found = client.read("get_survey_properties", survey.number)
    wanted = {**survey.settings, "language": survey.languages[0]}
    for name, value in wanted.items():
        yield from _differs(f"the setting {name}", value, found.get(name))
    for name, unset in UNSET.items():
        if _text(found.get(name)) not in unset:
            yield f"the setting {name} is set, and the instrument does not say so"
    others = sorted(str(found.get("additional_languages") or "").split())
    yield from _differs("the further languages", " ".join(sorted(survey.languages[1:])), " ".join(others))
    for language in survey.languages:
        texts = client.read("get_language_properties", survey.number, list(survey.texts), language)
        for name, translations in survey.texts.items():
            wanted_text = translations.get(language, "")
            if name == "surveyls_alias" and wanted_text and not texts.get(name):
                yield f"the address {wanted_text} ({language}) is that of another survey; give the wave another name"
            else:
                yield from _differs(f"{name} ({language})", wanted_text, texts.get(name))


def _groups_and_questions(client: Client, survey: Survey) -> Iterator[str]:
    positions: dict[int, int] = {}
    for language in survey.languages:
        rows = _listed(client, "list_groups", survey.number, language)
        rows.sort(key=lambda row: int(row["group_order"]))
        positions = {int(row["gid"]): position for position, row in enumerate(rows)}
        yield from _differs("the number of groups", str(len(survey.groups)), str(len(rows)))
        for group, row in zip(survey.groups, rows, strict=False):
            place = f"group {group.names[survey.languages[0]]!r} ({language})"
            yield from _differs(f"{place}: title", group.names.get(language, ""), row.get("group_name"))
            yield from _differs(f"{place}: text", group.descriptions.get(language, ""), row.get("description"))
            yield from _differs(f"{place}: routing", _always(group.relevance), _always(row.get("grelevance")))
            yield from _differs(f"{place}: random order", group.randomisation, row.get("randomization_group"))
    wanted = [(number, question) for number, group in enumerate(survey.groups) for question in group.questions]
    for language in survey.languages:
        listing = _listed(client, "list_questions", survey.number, None, language)
        listing.sort(key=lambda row: (positions.get(int(row["gid"]), -1), int(row["question_order"])))
        below: dict[int, list[Row]] = {}
        for row in listing:
            if int(row["parent_qid"]):
                below.setdefault(int(row["parent_qid"]), []).append(row)
        rows = [row for row in listing if not int(row["parent_qid"])]
        codes = [(positions.get(int(row["gid"]), -1), row["title"]) for row in rows]
        if codes != [(number, question.code) for number, question in wanted]:
            yield from _codes([question.code for _, question in wanted], [str(row["title"]) for row in rows])
            return
        first = language == survey.languages[0]
        for (_, question), row in zip(wanted, rows, strict=True):
            yield from _question(client, question, row, below.get(int(row["qid"]), []), language, first)


def _codes(wanted: list[str], found: list[str], in_order: bool = True) -> Iterator[str]:
    missing, extra = [each for each in wanted if each not in found], [each for each in found if each not in wanted]
    if missing:
        yield f"questions are missing: {', '.join(missing)}"
    if extra:
        yield f"questions are not in the instrument: {', '.join(extra)}"
    if in_order and not missing and not extra:
        yield "the questions are in another order, or on other pages"


def _question(
    client: Client, question: Question, row: Row, below: list[Row], language: str, first: bool
) -> Iterator[str]:
    place = f"{question.code} ({language})"
    yield from _question_texts(question, row, language)
    if first:
        yield from _question_settings(question, row)
    lines = [(each.code, str(each.scale), each.texts.get(language, "")) for each in question.subquestions]
    there = [(str(each["title"]), str(each["scale_id"]), str(each["question"])) for each in below]
    if lines != there:
        lost = [code for code, *_ in lines if code not in {code for code, *_ in there}]
        yield f"{place}: its lines differ" + (f" ({', '.join(lost)} missing)" if lost else "")
    wanted = ["attributes"] if first else []
    wanted += ["attributes_lang"] if any(each.language == language for each in question.attributes) else []
    wanted += ["answeroptions"] if question.answers else []
    if not wanted:
        return
    found = client.read("get_question_properties", int(row["qid"]), wanted, language)
    if question.answers:
        answers = [(each.code, str(each.scale), each.texts.get(language, "")) for each in question.answers]
        if answers != _answers(found.get("answeroptions")):
            yield f"{place}: its answers differ"
    translated = _mapping(found.get("attributes_lang"))
    for attribute in question.attributes:
        if attribute.language == language:
            yield from _differs(f"{place}: {attribute.name}", attribute.value, translated.get(attribute.name))
    if first:
        plain = _mapping(found.get("attributes"))
        named = {each.name: each.value for each in question.attributes if not each.language}
        for name, value in named.items():
            yield from _differs(f"{question.code}: {name}", value, plain.get(name))
        for name, neutral in NEUTRAL.items():
            if name not in named and _text(plain.get(name)) not in neutral:
                yield f"{question.code}: {name} is set, and the instrument does not say so"


def edited_questions(survey: Survey, listing: list[Row]) -> list[str]:
    """Return how questions, as the server lists them in the base language, differ from those of ``survey``."""
    rows = {str(row["title"]): row for row in listing if not int(row["parent_qid"])}
    found = [*_codes([question.code for question in survey.questions], list(rows), in_order=False)]
    for question in survey.questions:
        if question.code in rows:
            found += _question_texts(question, rows[question.code], survey.languages[0])
            found += _question_settings(question, rows[question.code])
    return found


def _question_texts(question: Question, row: Row, language: str) -> Iterator[str]:
    place = f"{question.code} ({language})"
    yield from _differs(f"{place}: text", question.texts.get(language, ""), row.get("question"))
    yield from _differs(f"{place}: help", question.help.get(language, ""), row.get("help"))


def _question_settings(question: Question, row: Row) -> Iterator[str]:
    yield from _differs(f"{question.code}: type", question.type, row.get("type"))
    yield from _differs(f"{question.code}: mandatory", question.mandatory, row.get("mandatory"))
    yield from _differs(f"{question.code}: other", "Y" if question.other else "N", row.get("other"))
    yield from _differs(f"{question.code}: routing", _always(question.relevance), _always(row.get("relevance")))
    yield from _differs(f"{question.code}: pattern", question.validation, row.get("preg"))
    yield from _differs(f"{question.code}: encrypted", "N", row.get("encrypted") or "N")


def _quotas(client: Client, survey: Survey) -> Iterator[str]:
    try:
        rows = {str(row["name"]): row for row in client.read("list_quotas", survey.number)}
    except StatusError as error:
        if error.status != "No quotas found":
            raise
        rows = {}
    for quota in survey.quotas:
        row = rows.pop(quota.name, None)
        if row is None:
            yield f"the quota {quota.name} is missing"
        else:
            yield from _quota(client, quota, row, survey.languages)
    for name in rows:
        yield f"the quota {name} is not in the instrument"


def _quota(client: Client, quota: Quota, row: Row, languages: tuple[str, ...]) -> Iterator[str]:
    yield from _differs(f"quota {quota.name}: limit", str(quota.limit), row.get("limit"))
    yield from _differs(f"quota {quota.name}: action", str(quota.action), row.get("action"))
    yield from _differs(f"quota {quota.name}: active", str(int(quota.active)), row.get("active"))
    for language in languages:
        found = client.read("get_quota_properties", int(row["id"]), ["quotals_message"], language)
        message = found.get("quotals_message") if isinstance(found, dict) else None
        yield from _differs(f"quota {quota.name} ({language}): message", quota.messages.get(language, ""), message)


def _listed(client: Client, method: str, *parameters: Any) -> list[Row]:
    try:
        return list(client.read(method, *parameters))
    except StatusError as error:
        if error.status.endswith("found"):
            return []
        raise


def _answers(found: Any) -> list[tuple[str, str, str]]:
    # PHP writes a mapping whose keys are 0, 1, 2 ... as a list.
    pairs = enumerate(found) if isinstance(found, list) else _mapping(found).items()
    ordered = sorted(pairs, key=lambda pair: int(pair[1]["order"]))
    return [(str(code), str(answer["scale_id"]), str(answer["answer"])) for code, answer in ordered]


def _mapping(found: Any) -> Row:
    return found if isinstance(found, dict) else {}


def _differs(what: str, wanted: str, found: Any) -> Iterator[str]:
    if _text(found) != wanted:
        yield f"{what} differs"


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _always(relevance: Any) -> str:
    return _text(relevance) or "1"
