"""How far a survey on a server is, from its summary and an export of a few columns: answers are not downloaded."""

from __future__ import annotations

import base64
import binascii
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from trustsurvey.errors import PlatformError
from trustsurvey.fieldwork.status import StatusRow, count_respondents
from trustsurvey.instruments.model import Instrument, Quota
from trustsurvey.limesurvey.client import Client, StatusError

__all__ = ["addresses", "status_rows"]

WINDOW = 50_000
TIME, LANGUAGE = "submitdate", "startlanguage"
NO_ANSWERS = "No Data, could not get max id."

Respondent = tuple[str, bool, Mapping[str, str]]


def status_rows(
    client: Client, survey: int, languages: Sequence[str], instrument: Instrument | None
) -> tuple[StatusRow, ...]:
    """Count respondents of a survey by the language they began in, and by quota.

    Parameters
    ----------
    client : Client
    survey : int
    languages : sequence of str
        Those of the survey.
    instrument : Instrument or None
        Where it is known its quotas are counted.

    Raises
    ------
    PlatformError
        The server fails, or left rows out.
    """
    summary = client.read("get_summary", survey, "all")
    if not isinstance(summary, dict):
        # PHP writes an empty mapping as a list: neither answers nor participants yet.
        summary = {}
    quotas = _current(client, survey, instrument.quotas) if instrument is not None else ()
    expected = int(summary.get("full_responses") or 0)
    respondents = _respondents(client, survey, quotas, expected) if expected else iter(())
    everybody, *others = count_respondents(respondents, languages, quotas)
    if everybody.started < expected:
        raise PlatformError(
            f"{client.address} left {expected - everybody.started} of its rows out of an export; run the same command "
            "again"
        )
    if "token_count" in summary:
        invited, screened_out = (int(summary.get(name) or 0) for name in ("token_count", "token_screenout"))
        everybody = everybody._replace(invited=invited, screened_out=screened_out)
    return (everybody, *others)


def addresses(client: Client, survey: int, languages: Sequence[str]) -> dict[str, str]:
    """Return where respondents find a survey in each language, as the server says."""
    found = {}
    for language in languages:
        if client.by_query:
            found[language] = f"{client.address}/index.php?r=survey/index&sid={survey}&lang={language}"
            continue
        alias = client.read("get_language_properties", survey, ["surveyls_alias"], language).get("surveyls_alias")
        found[language] = f"{client.address}/index.php/{alias or f'{survey}?lang={language}'}"
    return found


def _current(client: Client, survey: int, quotas: Sequence[Quota]) -> tuple[Quota, ...]:
    """Return the quotas with the limits they have on the server now."""
    if not quotas:
        return ()
    limits = {str(row["name"]): int(row["limit"]) for row in client.read("list_quotas", survey)}
    return tuple(replace(each, limit=limits.get(each.code, each.limit)) for each in quotas)


def _respondents(client: Client, survey: int, quotas: Sequence[Quota], expected: int) -> Iterator[Respondent]:
    """Give language, completion and the answers that quotas read, of every row."""
    questions = sorted({question for quota in quotas for question, _ in quota.when})
    columns = [TIME, LANGUAGE]
    if questions:
        listed = client.read("get_fieldmap", survey).items()
        places = {str(each["title"]): str(name) for name, each in listed if each.get("title") and not each.get("aid")}
        columns += [places[question] for question in questions if question in places]
    seen, first = 0, 1
    while expected > WINDOW and seen < expected:
        rows = _exported(client, survey, first, first + WINDOW - 1, columns)
        yield from rows
        seen += len(rows)
        first += WINDOW
    yield from _exported(client, survey, first, None, columns)


def _exported(client: Client, survey: int, first: int, last: int | None, columns: Sequence[str]) -> list[Respondent]:
    # As CSV, which does not repeat the name of every column in every row.
    try:
        answer = client.read(
            "export_responses", survey, "csv", None, "all", "code", "short", first, last, list(columns)
        )
    except StatusError as error:
        if error.status == NO_ANSWERS:
            return []
        raise
    try:
        text = base64.b64decode("".join(answer.split()), validate=True).decode("utf-8-sig")
        header, *rows = filter(None, csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))
        if header[:2] != [TIME, LANGUAGE] or any(len(row) != len(columns) for row in (header, *rows)):
            raise ValueError(header)
    except (binascii.Error, ValueError, TypeError, AttributeError, csv.Error):
        raise PlatformError(
            f"{client.address} sent counts that were cut or altered on their way; run the same command again"
        ) from None
    return [(row[1], row[0] != "", dict(zip(header[2:], row[2:], strict=True))) for row in rows]
