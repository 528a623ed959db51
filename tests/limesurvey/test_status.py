"""How far a survey on a server is, from few calls and few bytes."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from trustsurvey.errors import PlatformError
from trustsurvey.fieldwork.platform import Record, raw_keys
from trustsurvey.fieldwork.sandbox import Sandbox
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.limesurvey import status as module
from trustsurvey.limesurvey.client import StatusError
from trustsurvey.limesurvey.status import addresses, status_rows
from trustsurvey.study import fieldwork
from trustsurvey.study.fieldwork_listing import listed_status

YAML = """
instrument: counted
version: 1.0.0
languages: [fr, en]
title: {en: Counted, fr: Compté}
quotas:
  - {code: safe, limit: 2, when: {SAFE: "yes"}, message: {en: Full, fr: Complet}}
  - {code: old, limit: 4, when: {SAFE: ["yes", "no"], OLD: "yes"}, message: {en: Full, fr: Complet}}
groups:
  - code: all
    title: {en: All, fr: Tout}
    questions:
      - {code: SAFE, type: yes_no, text: {en: Safe?, fr: En sécurité?}}
      - {code: OLD, type: yes_no, text: {en: Old?, fr: Vieux?}}
"""


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Instrument:
    path = tmp_path_factory.mktemp("counted") / "counted.yaml"
    path.write_text(YAML, encoding="utf-8")
    return load_instrument(path)


def record(number: int, safe: str, old: str, completed: bool, language: str = "en") -> Record:
    time = "1980-01-01 00:00:00" if completed else None
    return Record(number, "", time, 1, language, {"SAFE": safe, "OLD": old})


RECORDS = (
    record(1, "yes", "yes", True),
    record(2, "yes", "no", True, "fr"),
    record(3, "no", "yes", True),
    record(4, "yes", "", False),
    record(5, "", "", False),
)
ROWS = [
    ("all", "all", 5, 3, None),
    ("language", "fr", 1, 1, None),
    ("language", "en", 4, 2, None),
    ("quota", "safe", 3, 2, 2),
    ("quota", "old", 2, 2, 4),
]


@dataclass
class Site:
    """A survey as it is counted: what its summary says, and its rows as they are exported."""

    rows: list[list[str]]
    summary: Any = None
    address: str = "https://surveys.example.org"
    by_query: bool = False
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    alter: Callable[[bytes], bytes] = bytes

    def read(self, method: str, _: int, *parameters: Any) -> Any:
        self.asked.append((method, *parameters))
        match method:
            case "get_summary":
                return self.summary if self.summary is not None else {"full_responses": str(len(self.rows))}
            case "list_quotas":
                return [{"name": "safe", "limit": 2}, {"name": "old", "limit": "9"}]
            case "get_fieldmap":
                fields = {"1X1X1": {"title": "SAFE", "aid": ""}, "1X1X2": {"title": "OLD", "aid": ""}}
                return fields | {"1X1X3O": {"title": "OLD", "aid": "other"}, "id": {"title": ""}}
            case "get_language_properties":
                return {"surveyls_alias": "" if parameters[1] == "en" else f"counted-{parameters[1]}"}
            case "export_responses":
                assert parameters[:5] == ("csv", None, "all", "code", "short")
                first, last, columns = parameters[5:]
                names = {"1X1X1": "SAFE", "1X1X2": "OLD"}
                header = [names.get(column, column) for column in columns]
                within = self.rows[first - 1 : last]
                if not within and last is None:
                    raise StatusError(module.NO_ANSWERS, "none")
                lines = [";".join(f'"{cell}"' for cell in row[: len(columns)]) for row in (header, *within)]
                return base64.b64encode(self.alter(("\ufeff" + "\r\n".join([*lines, "", ""])).encode())).decode()
        raise AssertionError(method)


EXPORTED = [
    ["1980-01-01 00:00:00", "en", "yes", "yes"],
    ["1980-01-01 00:00:00", "fr", "no", "yes"],
    ["", "en", "", ""],
]


def short(rows: Any) -> list[tuple[Any, ...]]:
    return [(row.dimension, row.level, row.started, row.completed, row.limit) for row in rows]


def test_rows_are_counted_by_language_and_quota_with_the_limits_of_the_server(counted: Instrument) -> None:
    site = Site(EXPORTED)
    # In the order of the export: questions that quotas read come sorted.
    site.rows = [[time, language, old, safe] for time, language, safe, old in EXPORTED]
    found = status_rows(site, 1, ["fr", "en"], counted)
    assert short(found) == [
        ("all", "all", 3, 2, None),
        ("language", "fr", 1, 1, None),
        ("language", "en", 2, 1, None),
        ("quota", "safe", 1, 1, 2),
        ("quota", "old", 2, 2, 9),
    ]
    assert [call[0] for call in site.asked] == ["get_summary", "list_quotas", "get_fieldmap", "export_responses"]


def test_two_calls_are_enough_without_quotas() -> None:
    site = Site(EXPORTED)
    assert short(status_rows(site, 1, ["fr", "en"], None))[0] == ("all", "all", 3, 2, None)
    assert [call[0] for call in site.asked] == ["get_summary", "export_responses"]
    assert site.asked[1][-1] == ["submitdate", "startlanguage"]


@pytest.mark.parametrize("summary", [[], {}, {"full_responses": "0"}])
def test_nothing_is_exported_where_nobody_began(summary: Any) -> None:
    site = Site([], summary)
    assert short(status_rows(site, 1, ["fr"], None)) == [("all", "all", 0, 0, None), ("language", "fr", 0, 0, None)]
    assert len(site.asked) == 1


def test_a_closed_survey_has_invited_and_screened_out() -> None:
    summary = {"full_responses": "3", "token_count": "9", "token_completed": "3", "token_screenout": "1"}
    everybody = status_rows(Site(EXPORTED, summary), 1, ["fr", "en"], None)[0]
    assert (everybody.invited, everybody.screened_out, everybody.started, everybody.unfinished) == (9, 1, 3, 1)


@pytest.mark.parametrize(("number", "exports"), [(1, 1), (10, 1), (11, 3), (20, 3), (25, 4)])
def test_large_surveys_are_counted_in_windows(monkeypatch: pytest.MonkeyPatch, number: int, exports: int) -> None:
    monkeypatch.setattr(module, "WINDOW", 10)
    site = Site([["", "fr"]] * number)
    assert status_rows(site, 1, ["fr"], None)[0].started == number
    assert len(site.asked) == 1 + exports


@pytest.mark.parametrize(
    "alter",
    [
        lambda content: content[:-30],
        lambda content: content.replace(b'"startlanguage"', b'"start"'),
        lambda content: content.replace(b'";"fr"', b'"'),
        lambda content: content[:0],
        lambda content: content.replace(b'\r\n""', b"\xff"),
    ],
)
def test_cut_or_altered_counts_are_refused(alter: Callable[[bytes], bytes]) -> None:
    with pytest.raises(PlatformError, match="run the same command again"):
        status_rows(Site(EXPORTED, alter=alter), 1, ["fr", "en"], None)


def test_rows_that_are_left_out_are_missed() -> None:
    with pytest.raises(PlatformError, match="left 4 of its rows out"):
        status_rows(Site(EXPORTED, {"full_responses": "7"}), 1, ["fr", "en"], None)


def test_addresses_are_those_the_server_has() -> None:
    site = Site([])
    assert addresses(site, 42, ["fr", "en"]) == {
        "fr": "https://surveys.example.org/index.php/counted-fr",
        "en": "https://surveys.example.org/index.php/42?lang=en",
    }
    assert addresses(Site([], by_query=True), 42, ["fr"]) == {
        "fr": "https://surveys.example.org/index.php?r=survey/index&sid=42&lang=fr"
    }


def test_the_sandbox_gives_the_same_table(counted: Instrument, tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "s.sqlite")
    deployment = sandbox.open(sandbox.deploy(counted, "w"))
    sandbox.save(
        deployment,
        [replace(each, answers={**dict.fromkeys(raw_keys(counted), ""), **each.answers}) for each in RECORDS],
    )
    found = sandbox.status(deployment)
    assert short(found.rows) == ROWS
    assert (found.started, found.completed, found.unfinished, found.invited, found.screened_out) == (
        5,
        3,
        2,
        None,
        None,
    )
    assert found.by_language == {"fr": 1, "en": 4}
    table = found.table
    assert list(table) == [
        *("dimension", "level", "invited", "started", "completed", "unfinished", "screened_out", "limit"),
    ]
    assert table["limit"].dropna().tolist() == [2, 4]
    assert table["started"].sum() == 15


def test_a_status_is_listed_in_columns_with_shares(counted: Instrument) -> None:
    site = Site([[*row[:2], row[3], row[2]] for row in EXPORTED], {"full_responses": 3, "token_count": 8})
    rows = status_rows(site, 1, ["fr", "en"], counted)
    lines = listed_status(fieldwork.FieldworkStatus("open", rows, {"fr": "https://x/counted-fr"}))
    assert [line.split() for line in lines] == [
        ["invited", "started", "completed", "unfinished", "screened", "out", "limit", "progress"],
        ["all", "8", "3", "2", "1", "0", "25", "%", "of", "those", "invited"],
        ["language", "fr", "1", "1", "0", "100", "%", "of", "those", "who", "started"],
        ["language", "en", "2", "1", "1", "50", "%", "of", "those", "who", "started"],
        ["quota", "safe", "1", "1", "0", "2", "50", "%", "of", "the", "limit"],
        ["quota", "old", "2", "2", "0", "9", "22", "%", "of", "the", "limit"],
        ["fr:", "https://x/counted-fr"],
    ]


def test_the_status_of_a_survey_on_a_server(server: Any, counted: Instrument, tmp_path: Path) -> None:
    server.forget(counted)
    file = tmp_path / "w.json"
    deployment = fieldwork.deploy(counted, server.wave, server.address, file)
    place = f"{server.address}/index.php/counted-{server.wave}"
    assert fieldwork.addresses(file) == {"fr": f"{place}-fr", "en": f"{place}-en"}
    assert fieldwork.status(file).state == "deployed"
    fieldwork.open_survey(file)
    assert fieldwork.status(file).started == 0
    server.respond(deployment, counted, *RECORDS)
    found = fieldwork.status(file)
    assert found.state == "open"
    assert short(found.rows) == ROWS
    assert found.addresses == fieldwork.addresses(file)
    fieldwork.close_survey(file)
    assert fieldwork.status(file).state == "closed"
