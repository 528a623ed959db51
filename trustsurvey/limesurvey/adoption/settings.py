"""What a survey holds beside its questions' words and answers, and what is said about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from types import MappingProxyType

from trustsurvey.limesurvey.adoption.context import Context
from trustsurvey.limesurvey.adoption.texts import plain
from trustsurvey.limesurvey.structure import Question, Survey

__all__ = ["report_attributes", "report_survey"]

# How a question looks, which the platform decides; named once for the whole survey.
LOOKS = """
add_platform_info answer_width answer_width_bycolumn array_filter_style button_size category_separator
choice_input_columns crop_or_resize cssclass display_columns display_rows display_type dropdown_dates
dropdown_dates_minute_step dropdown_dates_month_style dropdown_prefix dropdown_prepostfix dropdown_separators
dropdown_size fix_height fix_width hide_tip horizontal_scroll input_boxes input_size keep_aspect keep_codes_order
label_input_columns location_city location_country location_defaultcoordinates location_mapheight location_mapservice
location_mapwidth location_mapzoom location_nodefaultfromip location_postal location_state max_buttons_row
multiflexible_step only_pull other_position page_break parent_order printable_help public_statistics question_template
repeat_headings reverse samechoiceheight samelistheight save_as_default scale_export scrolling scrolling_interval
show_comment show_grand_total show_handle show_number show_search show_tick show_title show_totals showpopups
slider_accuracy slider_custom_handle slider_handle slider_layout slider_max slider_middlestart slider_min
slider_orientation slider_rating slider_reset slider_reversed slider_separator slider_showminmax statistics_graphtype
statistics_showgraph statistics_showmap text_input_columns text_input_width time_limit_message_delay
time_limit_message_style time_limit_timer_style time_limit_warning_2_style time_limit_warning_style use_dropdown
value_range visualize width_entry
"""
APPEARANCE = frozenset(LOOKS.split())
# Set by default on questions that do not use them.
# Of these, the pattern is looked at where they are adopted.
TYPED = frozenset("NDSTU")
TIME_LIMIT = "time_limit"
DEFAULTS = MappingProxyType(
    {
        "assessment_value": "1",
        "time_limit_action": "1",
        "commented_checkbox": "checked",
        "slider_separator": "|",
    }
)
NOTHING = frozenset({"", "0", "N", "default", "normal"})
MEANINGS = MappingProxyType(
    {
        "array_filter": "shows only what was answered in",
        "array_filter_exclude": "leaves out what was answered in",
        "assessment_value": "has an assessment value",
        "em_validation_q": "has a rule for its answers",
        "em_validation_q_tip": "has words for when its rule is broken",
        "em_validation_sq": "has a rule for each of its rows",
        "em_validation_sq_tip": "has words for when the rule of a row is broken",
        "equals_num_value": "wants its numbers to add up to",
        "exclude_all_others": "has answers that exclude all others",
        "hidden": "is hidden",
        "max_num_value": "wants its numbers to add up to at most",
        "maximum_chars": "limits the length of its answer to",
        "min_answers": "wants at least so many answers",
        "min_num_value": "wants its numbers to add up to at least",
        "num_value_int_only": "takes whole numbers only",
        "other_comment_mandatory": "wants a text with other",
        "other_numbers_only": "takes numbers only as other",
        "prefix": "has words before its answer",
        "random_group": "is shown in a random place of the group",
        "suffix": "has words after its answer",
        "time_limit": "has a limit of time, in seconds",
    }
)
TEXTS = MappingProxyType(
    {
        "surveyls_url": "the address after the end",
        "surveyls_urldescription": "the words for the address after the end",
        "surveyls_policy_notice": "the privacy notice; word it in a question of consent",
        "surveyls_policy_notice_label": "the label of the privacy notice",
        "surveyls_policy_error": "the words for when the privacy notice is not accepted",
        "surveyls_legal_notice": "the legal notice",
        "surveyls_alias": "the name in its address",
        "surveyls_attributecaptions": "names of participants' attributes",
    }
)
TAKEN_OVER = frozenset(
    {
        "surveyls_title",
        "surveyls_description",
        "surveyls_welcometext",
        "surveyls_endtext",
        "surveyls_dateformat",
        "surveyls_numberformat",
    }
)
# What a deployment decides itself, the same for every survey.
DEPLOYED = """
anonymized format savetimings datestamp usecookie allowregister allowsave allowprev printanswers ipaddr ipanonymize
refurl listpublic publicstatistics publicgraphs tokenanswerspersistence usecaptcha usetokens alloweditaftercompletion
questionindex showsurveypolicynotice assessments navigationdelay nokeyboard allowjumps autoredirect expires startdate
"""


def report_attributes(question: Question, used: Iterable[str], context: Context, looks: Counter[str]) -> None:
    """Say which settings of a question have no counterpart; those of its looks are counted in ``looks``."""
    taken = frozenset(used) | {"relevance", "answer_order"}
    values: dict[str, str] = {}
    for attribute in question.attributes:
        if attribute.name not in taken and attribute.value.strip() not in NOTHING:
            values.setdefault(attribute.name, attribute.value)
    for name, value in values.items():
        if DEFAULTS.get(name) == value or (name.startswith(TIME_LIMIT) and TIME_LIMIT not in values):
            continue
        if name in APPEARANCE:
            looks[name] += 1
        else:
            context.findings.add(question.code, "left out", MEANINGS.get(name, f"the setting {name}"), value)
    if question.validation.strip() and question.type not in TYPED:
        context.findings.add(question.code, "left out", "a pattern that its answer must match", question.validation)
    for default in question.defaults:
        if "hidden" not in taken:
            value = next(iter(default.texts.values()), "")
            context.findings.add(question.code, "left out", "a default answer", value)
    for line in question.subquestions:
        if line.relevance.strip() not in {"", "1"}:
            message = f"{line.code} is shown only under a condition"
            context.findings.add(question.code, "left out", message, line.relevance)


def report_survey(survey: Survey, context: Context, looks: Counter[str]) -> None:
    """Say which settings and texts of the survey itself have no counterpart."""
    findings = context.findings
    for column, texts in survey.texts.items():
        if column in TAKEN_OVER or not any(plain(text).text for text in texts.values()):
            continue
        if column in TEXTS and not context.ours:
            findings.add("survey", "left out", TEXTS[column], "; ".join(text for text in texts.values() if text))
    mails = sorted(column for column in survey.texts if "email" in column)
    if mails:
        findings.add("survey", "left out", "texts of e-mails", ", ".join(mails))
    if not context.ours:
        decided = {name: survey.settings[name] for name in DEPLOYED.split() if survey.settings.get(name)}
        if decided:
            shown = ", ".join(f"{name} {value}" for name, value in decided.items())
            findings.add("survey", "left out", "settings that deploying decides by itself", shown)
    if survey.settings.get("assessments") == "Y":
        findings.add("survey", "left out", "assessments, which add up points; write indices instead")
    if survey.settings.get("attributedescriptions", "").strip() not in {"", "[]", "{}", "a:0:{}"}:
        message = "attributes of participants"
        findings.add("survey", "left out", message, survey.settings["attributedescriptions"])
    for group in survey.groups:
        if group.randomisation:
            name = next(iter(group.names.values()), "")
            findings.add(f"page {plain(name).text}", "left out", "is shown in a random place", group.randomisation)
    if looks:
        named = ", ".join(f"{name} ({count})" for name, count in sorted(looks.items()))
        findings.add("survey", "left out", "settings of looks, with the number of questions that have them", named)
