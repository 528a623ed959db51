"""LimeSurvey as a platform: deploy and verify, open, count, fetch, close."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from trustsurvey.errors import InputError, PlatformError
from trustsurvey.fieldwork.platform import Batch, Counts, Deployment, Held, check_wave
from trustsurvey.fieldwork.status import FieldworkStatus
from trustsurvey.instruments.model import Instrument
from trustsurvey.limesurvey.answers import Reading, moved
from trustsurvey.limesurvey.building import survey_of
from trustsurvey.limesurvey.client import Client, StatusError, UncertainError
from trustsurvey.limesurvey.codes import LARGEST_NUMBER, STAMP, marker, survey_number
from trustsurvey.limesurvey.lss_writing import lss_bytes
from trustsurvey.limesurvey.participants import Invited, invite, participant_count, reminders
from trustsurvey.limesurvey.participants_file import Participants
from trustsurvey.limesurvey.rows import Rows
from trustsurvey.limesurvey.status import addresses, status_rows
from trustsurvey.limesurvey.structure import Survey
from trustsurvey.limesurvey.verification import UNSET, differences, edited_questions
from trustsurvey.progress import Progress, silent

__all__ = ["LimeSurvey"]

UNKNOWN = "Error: Invalid survey ID"
PRIVACY: Mapping[str, frozenset[str]] = {
    "anonymized": frozenset({"Y"}),
    **dict.fromkeys(("ipaddr", "refurl", "savetimings"), frozenset({"N"})),
    **{name: unset for name, unset in UNSET.items() if name != "startdate"},
}
TRIES = 20
WAITS = (2.0, 4.0, 8.0, 16.0)
SHOWN = 12
# Whatever the clocks and time zones of the server and of this machine, this long ago is past.
SURELY_PAST = timedelta(hours=38)


@dataclass(slots=True)
class LimeSurvey:
    """A LimeSurvey server, version 6, through its JSON-RPC interface.

    Parameters
    ----------
    client : Client
    instrument : Instrument or None
        The questionnaire whose answers are fetched; not needed to deploy, open, count or close.
    date_stamp : bool
        Whether a survey that is deployed stores when each respondent last saved.
    """

    client: Client
    instrument: Instrument | None = None
    date_stamp: bool = False
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)
    _listed: list[Mapping[str, Any]] = field(default_factory=list, init=False, repr=False)

    def deploy(self, instrument: Instrument, wave: str) -> Deployment:
        """Import the instrument, list it back and compare; undo the import on any difference.

        The same version for the same wave is found again, not imported twice. What an interrupted import left is
        recognised and replaced.

        Raises
        ------
        PlatformError
            Another version is in the field for this wave, or the server changed the questionnaire on import.
        """
        check_wave(wave)
        number = survey_number(instrument, wave)
        for _ in range(TRIES):
            survey = replace(survey_of(instrument, wave, self.date_stamp), number=number)
            found = self._properties(number)
            if found is not None and not self._ours(found, instrument, wave):
                number = number % LARGEST_NUMBER + 1
                continue
            if found is not None and self._stands(found, survey, instrument, wave):
                self._delete_strays(survey, instrument, wave)
                return self._deployment(instrument, wave, number, found)
            if found is not None:
                self._delete(number)
            if self._import(survey, instrument):
                self._delete_strays(survey, instrument, wave)
                return self._deployment(instrument, wave, number, {})
        raise PlatformError(
            f"{TRIES} survey numbers from {survey_number(instrument, wave)} on are taken on {self.client.address}; "
            "give the wave another name"
        )

    def open(self, deployment: Deployment) -> Deployment:
        """Activate the survey, once its privacy settings and everything else have been read back.

        Raises
        ------
        PlatformError
            It was edited since it was deployed, stores what links answers to persons, or was closed.
        """
        found = self._current(deployment)
        if _closed(found):
            raise InputError(f"{_name(deployment)} was closed and does not open again; deploy another wave")
        wrong = [name for name, values in PRIVACY.items() if str(found.get(name) or "") not in values]
        if wrong:
            raise PlatformError(
                f"survey {deployment.survey} on {self.client.address} does not open: its settings {', '.join(wrong)} "
                "are not those that keep answers apart from persons; deploy it again"
            )
        if self.instrument is None or self.instrument.digest != deployment.digest:
            raise InputError("the instrument of the deployment is needed to open it; use its archive folder")
        self._compare(self._expected(deployment, self.instrument, found))
        if found["active"] != "Y":
            self._carry_out(
                lambda: bool(self._current(deployment)["active"] == "Y"), "activate_survey", deployment.survey
            )
        return replace(deployment, opened=deployment.opened or _now())

    def close(self, deployment: Deployment) -> Deployment:
        """Let the survey expire; closing it twice changes nothing."""
        found = self._current(deployment)
        if found["active"] != "Y":
            raise InputError(f"{_name(deployment)} is not open yet; open it before closing it")
        if not _closed(found):
            past = (datetime.now(UTC) - SURELY_PAST).strftime("%Y-%m-%d %H:%M:%S")
            self._carry_out(
                lambda: _closed(self._current(deployment)),
                *("set_survey_properties", deployment.survey, {"expires": past}),
            )
        return replace(deployment, closed=deployment.closed or _now())

    def counts(self, deployment: Deployment) -> Counts:
        """Count respondents, by one call."""
        return Rows(self.client, deployment.survey).counts()

    def status(self, deployment: Deployment) -> FieldworkStatus:
        """Count respondents by the language they began in and by quota, and say where they find the survey."""
        found = self._current(deployment)
        languages = _languages(found)
        state: Literal["deployed", "open", "closed"] = (
            "deployed" if found["active"] != "Y" else "closed" if _closed(found) else "open"
        )
        rows = status_rows(self.client, deployment.survey, languages, self.instrument)
        return FieldworkStatus(state, rows, addresses(self.client, deployment.survey, languages))

    def addresses(self, deployment: Deployment) -> Mapping[str, str]:
        """Return where respondents find the survey, by language."""
        return addresses(self.client, deployment.survey, _languages(self._current(deployment)))

    def invite(self, deployment: Deployment, participants: Participants, progress: Progress = silent) -> Invited:
        """Add participants to a survey that is not open yet, which closes it to everybody else.

        Those who are there already are not added again. A survey that was closed to others before it opened takes
        further participants while it is open.

        Raises
        ------
        InputError
            The survey is open to everybody, was closed, or holds participants that the file contradicts.
        """
        found = self._current(deployment)
        if _closed(found):
            raise InputError(f"{_name(deployment)} was closed and takes no answers; deploy another wave")
        return invite(self.client, deployment.survey, participants, found["active"] == "Y", progress)

    def reminders(self, deployment: Deployment) -> tuple[list[str], list[list[str]]]:
        """Return columns and rows of those who have not completed; see ``participants.reminders``."""
        return reminders(self.client, deployment.survey, self.addresses(deployment))

    def digest(self, deployment: Deployment) -> str:
        """Return the digest in the hidden stamp of the survey."""
        try:
            rows = self.client.read("list_questions", deployment.survey)
        except StatusError as error:
            raise self._gone(deployment) if error.status == UNKNOWN else error from None
        self._listed = rows
        for row in rows:
            if row.get("title") == STAMP:
                found = self.client.read("get_question_properties", int(row["qid"]), ["attributes"])["attributes"]
                # A question of another type has no equation, and one without attributes is written as a list.
                return str(found.get("equation")).rpartition(";")[2] if isinstance(found, dict) else ""
        return ""

    def edits(self, deployment: Deployment) -> list[str]:
        """Return how the questions that ``digest`` listed differ from the instrument, in the base language."""
        if self.instrument is None or not self._listed:
            return []
        return edited_questions(survey_of(self.instrument, deployment.wave), self._listed)

    def fetch(self, deployment: Deployment, held: Held, size: int) -> Iterator[Batch]:
        """Give the rows that moved: every row is polled for when it last changed, and those that did are exported.

        Raises
        ------
        PlatformError
            The server fails, or the answers are not those to the instrument.
        """
        if self.instrument is None or self.instrument.digest != deployment.digest:
            raise InputError("the instrument of the deployment is needed to fetch its answers; use its archive folder")
        rows, reading = Rows(self.client, deployment.survey, self.pause), Reading.of(self.instrument)
        for last, latest, found in rows.moved(held, size):
            records = [reading.record(row, moved(row, latest)) for row in found]
            yield Batch(tuple(records), str(last))

    def _properties(self, number: int) -> dict[str, Any] | None:
        try:
            found = self.client.read("get_survey_properties", number)
        except StatusError as error:
            if error.status == UNKNOWN:
                return None
            if error.status == "No permission":
                return {}
            raise
        return dict(found)

    def _current(self, deployment: Deployment) -> dict[str, Any]:
        """Return the properties of a deployed survey, after checking that it is the one of the deployment."""
        found = self._properties(deployment.survey)
        if found is None:
            raise self._gone(deployment)
        if deployment.digest[:32] != str(found.get("bounceaccountuser") or "").rpartition(" ")[2]:
            raise InputError(
                f"survey {deployment.survey} on {self.client.address} is not the one that was deployed as "
                f"{_name(deployment)}; use the deployment file that belongs to it"
            )
        return found

    def _gone(self, deployment: Deployment) -> PlatformError:
        return PlatformError(
            f"{self.client.address} has no survey {deployment.survey}; if it was deleted there, what was fetched "
            "is in the archive; otherwise check the address"
        )

    @staticmethod
    def _ours(found: Mapping[str, Any], instrument: Instrument, wave: str) -> bool:
        known = marker(instrument, wave).rpartition(" ")[0]
        return str(found.get("bounceaccountuser") or "").startswith(f"{known} ")

    def _stands(self, found: Mapping[str, Any], survey: Survey, instrument: Instrument, wave: str) -> bool:
        """Say whether a survey of ours is the one wanted; refuse to replace one that is in the field."""
        same = str(found["bounceaccountuser"]) == marker(instrument, wave)
        if found["active"] == "Y":
            if same:
                return True
            raise InputError(
                f"wave {wave!r} is already in the field with another version of {instrument.name} (survey "
                f"{survey.number} on {self.client.address}); a changed questionnaire needs another wave name, so that "
                "its answers stay apart: deploy it under one, and close this survey"
            )
        if not same:
            return False
        try:
            return not differences(self.client, survey)
        except PlatformError:
            # A server cannot list what an interrupted import left incomplete.
            return False

    def _import(self, survey: Survey, instrument: Instrument) -> bool:
        """Import and compare; False when the number was taken meanwhile."""
        content = base64.b64encode(lss_bytes(survey, instrument)).decode()
        try:
            given = self.client.write("import_survey", content, "lss", None, survey.number)
        except UncertainError:
            return self._wait_for(survey)
        if isinstance(given, bool) or not str(given).isdigit():
            raise PlatformError(f"{self.client.address} did not say which survey it made; run the same command again")
        if int(given) != survey.number:
            self._delete(int(given))
            return False
        try:
            self._compare(survey)
        except PlatformError:
            self._delete(survey.number)
            raise
        return True

    def _wait_for(self, survey: Survey) -> bool:
        for wait in WAITS:
            self.pause(wait)
            try:
                if self._properties(survey.number) is not None and not differences(self.client, survey):
                    return True
            except PlatformError:
                continue
        raise PlatformError(
            f"{self.client.address} did not answer while it imported the questionnaire; run the same command again: "
            "what was left half-way is recognised and replaced"
        )

    def _compare(self, survey: Survey) -> None:
        found = differences(self.client, survey)
        if found:
            more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
            raise PlatformError(
                f"survey {survey.number} on {self.client.address} is not what was written:\n"
                + "\n".join([*found[:SHOWN], *more])
                + "\nan account without the right to write HTML, or an edit on the server, does this; deploy it again, "
                "or undo the edit where it takes answers already"
            )

    def _delete_strays(self, survey: Survey, instrument: Instrument, wave: str) -> None:
        """Delete the copy that a call delivered twice leaves under a number of its own."""
        title = survey.texts["surveyls_title"][survey.languages[0]]
        for row in self.client.read("list_surveys"):
            number = int(row["sid"])
            if number == survey.number or row.get("surveyls_title") != title or row.get("active") == "Y":
                continue
            found = self._properties(number)
            if found and str(found.get("bounceaccountuser")) == marker(instrument, wave):
                self._delete(number)

    def _delete(self, number: int) -> None:
        """Delete a survey that holds no answers."""
        found = self._properties(number)
        if found is None:
            return
        if found.get("active") != "N":
            raise PlatformError(f"survey {number} on {self.client.address} is in the field and is not deleted")
        if invited := participant_count(self.client, number):
            raise PlatformError(
                f"survey {number} on {self.client.address} holds {invited} participants and is not replaced; deploy "
                "under another wave name and invite them there, or delete it in LimeSurvey first"
            )
        self._carry_out(lambda: self._properties(number) is None, "delete_survey", number)

    def _carry_out(self, done: Callable[[], bool], *call: Any) -> None:
        """Send a call, which may be delivered twice without harm, until the server shows that it was carried out."""
        for wait in (*WAITS[:2], None):
            try:
                self.client.write(*call)
            except (StatusError, UncertainError) as error:
                # What was carried out already is refused.
                if not done() and (wait is None or isinstance(error, StatusError)):
                    raise
            if done():
                return
            if wait is not None:
                self.pause(wait)
        raise PlatformError(f"{self.client.address} did not carry out {call[0]}; run the same command again")

    def _deployment(self, instrument: Instrument, wave: str, number: int, found: Mapping[str, Any]) -> Deployment:
        opened = _now() if found.get("active") == "Y" else None
        closed = _now() if opened and _closed(found) else None
        return Deployment(
            instrument.name, instrument.version, instrument.digest, wave, self.client.address, number, opened, closed
        )

    def _expected(self, deployment: Deployment, instrument: Instrument, found: Mapping[str, Any]) -> Survey:
        survey = survey_of(instrument, deployment.wave, found.get("datestamp") == "Y")
        return replace(survey, number=deployment.survey)


def _closed(found: Mapping[str, Any]) -> bool:
    expires = str(found.get("expires") or "")
    try:
        return bool(expires) and datetime.fromisoformat(expires).replace(tzinfo=UTC) < datetime.now(UTC)
    except ValueError:
        return False


def _languages(found: Mapping[str, Any]) -> tuple[str, ...]:
    return (str(found["language"]), *str(found.get("additional_languages") or "").split())


def _name(deployment: Deployment) -> str:
    return f"{deployment.instrument} {deployment.version}, wave {deployment.wave!r}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
