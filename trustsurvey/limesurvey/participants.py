"""The participants of a closed survey: added once each, read back, and told who has not completed.

The table of participants is apart from the answers: an anonymised survey keeps no token with them, and nothing here
joins the two.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from trustsurvey.errors import InputError, PlatformError
from trustsurvey.limesurvey.client import Client, StatusError, UncertainError
from trustsurvey.limesurvey.participants_file import Participants
from trustsurvey.progress import Progress, silent

__all__ = ["Invited", "Participant", "invite", "invited", "participant_count", "reminders", "strata_of"]

CHUNK = 200
PAGE = 2000
LOSSES = 5
WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)
NOBODY = "No survey participants found."
NOT_COMPLETED = "N"
SHOWN = 10


class Invited(NamedTuple):
    """Participants that a call added, and how many the survey has now."""

    added: int
    invited: int


class Participant(NamedTuple):
    """A row of the table of participants; ``groups`` by name of the strata."""

    number: int
    token: str
    groups: Mapping[str, str]
    completed: bool
    screened_out: bool


def participant_count(client: Client, survey: int) -> int | None:
    """Return how many participants a survey has; None where it is open to everybody."""
    summary = client.read("get_summary", survey, "all")
    count = summary.get("token_count") if isinstance(summary, dict) else None
    return None if count is None else int(count)


def strata_of(client: Client, survey: int) -> dict[str, str]:
    """Return the attribute that holds each of the strata of a closed survey."""
    text = client.read("get_survey_properties", survey, ["attributedescriptions"])["attributedescriptions"]
    try:
        described = json.loads(text) if text else {}
        return {str(each["description"]): str(name) for name, each in dict(described).items()}
    except (ValueError, TypeError, KeyError):
        raise PlatformError(
            f"the attributes of the participants of survey {survey} on {client.address} are not described as "
            "trustsurvey does; add them in LimeSurvey, where the table was made"
        ) from None


def invited(client: Client, survey: int, unfinished: bool = False) -> Iterator[Participant]:
    """Give the participants of a closed survey in the order they were added.

    Parameters
    ----------
    unfinished : bool
        Leave out those who completed or were screened out.
    """
    strata = strata_of(client, survey)
    first = 0
    while True:
        try:
            rows = client.read("list_participants", survey, first, PAGE, unfinished, ["completed", *strata.values()])
        except StatusError as error:
            if error.status == NOBODY:
                return
            raise
        for row in rows:
            yield _participant(row, strata)
        if len(rows) < PAGE:
            return
        first = int(rows[-1]["tid"]) + 1


def invite(
    client: Client, survey: int, participants: Participants, active: bool, progress: Progress = silent
) -> Invited:
    """Make a survey a closed one where it is not yet, and add the participants that are missing.

    Whatever an earlier call left half-way is found by reading back; a token is never there twice.

    Raises
    ------
    InputError
        The survey is open to everybody, or a participant is there with other strata than in the file.
    PlatformError
        The server fails, or did not keep participants as they were sent.
    """
    _make_closed(client, survey, participants.strata, active)
    strata = strata_of(client, survey)
    if set(strata) != set(participants.strata):
        raise InputError(
            f"survey {survey} on {client.address} tells participants apart by {_names(strata)}, and the file by "
            f"{_names(participants.strata)}; give the file the same columns"
        )
    there = _read_back(client, survey)
    _compare(client, participants, there, PlatformError if not there else InputError)
    before, losses = len(there), 0
    while missing := [token for token in participants.groups if token not in there]:
        whole = _add(client, survey, participants, strata, missing, progress)
        if not whole:
            losses += 1
            client.pause(WAITS[min(losses, len(WAITS)) - 1])
        there = _read_back(client, survey)
        _compare(client, participants, there, PlatformError)
        absent = [token for token in missing if token not in there]
        if absent and (whole or losses >= LOSSES):
            raise PlatformError(
                f"{client.address} did not take {len(absent)} participants ({_lines(participants, absent)}); "
                "run the same command again: those who are there are not added twice"
            )
    return Invited(len(there) - before, len(there))


def reminders(client: Client, survey: int, addresses: Mapping[str, str]) -> tuple[list[str], list[list[str]]]:
    """Return the columns and rows of a list of those who have neither completed nor been screened out.

    Each has the token, a column for each of the strata, and ``address_fr`` and the like: where the questionnaire opens
    for this participant.

    Raises
    ------
    InputError
        The survey is open to everybody.
    """
    if participant_count(client, survey) is None:
        raise InputError(
            f"survey {survey} on {client.address} is open to everybody, so nobody was invited who could be reminded"
        )
    columns = ["token", *strata_of(client, survey), *(f"address_{language}" for language in addresses)]
    rows = []
    for each in invited(client, survey, unfinished=True):
        places = (f"{address}{'&' if '?' in address else '?'}token={each.token}" for address in addresses.values())
        rows.append([each.token, *each.groups.values(), *places])
    return columns, rows


def _make_closed(client: Client, survey: int, strata: Sequence[str], active: bool) -> None:
    if participant_count(client, survey) is not None:
        return
    if active:
        raise InputError(
            f"survey {survey} on {client.address} is open to everybody; inviting participants now would shut out all "
            "others for good: deploy another wave and invite them before it opens"
        )
    described = {
        f"attribute_{number}": {
            "description": name,
            "mandatory": "N",
            "encrypted": "N",
            "show_register": "N",
            "cpdbmap": "",
        }
        for number, name in enumerate(strata, start=1)
    }
    try:
        client.write("set_survey_properties", survey, {"attributedescriptions": json.dumps(described)})
    except UncertainError:
        if set(strata_of(client, survey)) != set(strata):
            raise
    if set(strata_of(client, survey)) != set(strata):
        raise PlatformError(
            f"{client.address} did not keep the names of the strata of survey {survey}; give the columns plain names "
            "of letters and digits, and run the same command again"
        )
    try:
        client.write("activate_tokens", survey, list(range(1, len(strata) + 1)))
    except UncertainError:
        if participant_count(client, survey) is None:
            raise
    if participant_count(client, survey) is None:
        raise PlatformError(f"{client.address} did not close survey {survey} to others; run the same command again")


def _add(
    client: Client,
    survey: int,
    participants: Participants,
    strata: Mapping[str, str],
    tokens: Sequence[str],
    progress: Progress,
) -> bool:
    """Send participants some hundreds a call; False as soon as the answer to a call is lost."""
    for start in range(0, len(tokens), CHUNK):
        rows = []
        for token in tokens[start : start + CHUNK]:
            groups = zip(participants.strata, participants.groups[token], strict=True)
            rows.append({"token": token} | {strata[name]: group for name, group in groups})
        try:
            # Its last parameter keeps LimeSurvey from making tokens of its own in place of those given.
            client.write("add_participants", survey, rows, False)
        except UncertainError:
            return False
        progress(f"participants: {start + len(rows)} of {len(tokens)}", (start + len(rows)) / len(tokens))
    return True


def _read_back(client: Client, survey: int) -> dict[str, Participant]:
    """Return the participants by token, after deleting the second of those a call delivered twice has left."""
    there: dict[str, Participant] = {}
    doubled: list[Participant] = []
    for each in invited(client, survey):
        if each.token in there:
            doubled.append(each)
        else:
            there[each.token] = each
    for each in doubled:
        if each.completed or each.screened_out or each.groups != there[each.token].groups:
            raise PlatformError(
                f"survey {survey} on {client.address} has two participants with the same token (numbers "
                f"{there[each.token].number} and {each.number}); delete one of them in LimeSurvey"
            )
    if doubled:
        client.write("delete_participants", survey, [each.number for each in doubled])
    return there


def _compare(
    client: Client, participants: Participants, there: Mapping[str, Participant], kind: type[InputError | PlatformError]
) -> None:
    differing = [
        token
        for token, groups in participants.groups.items()
        if token in there and not _same(groups, [there[token].groups[name] for name in participants.strata])
    ]
    if differing:
        raise kind(
            f"{client.address} holds {len(differing)} participants with other strata than the file "
            f"({_lines(participants, differing)}); nothing was changed there: correct the file, or the participants in "
            "LimeSurvey"
        )


def _same(sent: Sequence[str], kept: Sequence[str]) -> bool:
    return all(group in {wanted, html.unescape(wanted)} for wanted, group in zip(sent, kept, strict=True))


def _participant(row: Mapping[str, Any], strata: Mapping[str, str]) -> Participant:
    # What an account sends that may not write HTML is stored with & and < as HTML writes them.
    groups = {name: html.unescape(str(row.get(attribute) or "")) for name, attribute in strata.items()}
    completed = str(row.get("completed") or NOT_COMPLETED)
    return Participant(
        int(row["tid"]), str(row["token"]), groups, completed not in {NOT_COMPLETED, "Q"}, completed == "Q"
    )


def _lines(participants: Participants, tokens: Sequence[str]) -> str:
    lines = sorted(participants.lines[token] for token in tokens)
    more = f" and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines[:SHOWN]))}{more}"


def _names(names: Sequence[str] | Mapping[str, str]) -> str:
    return ", ".join(names) or "nothing"
