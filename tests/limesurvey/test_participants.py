"""Participants: what a file may hold, added once whatever fails, told who has not completed."""

import csv
import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from trustsurvey.errors import InputError, InputFileError, MissingFileError, PlatformError
from trustsurvey.fieldwork.platform import Record
from trustsurvey.instruments.model import Instrument
from trustsurvey.limesurvey import participants as module
from trustsurvey.limesurvey.client import StatusError, UncertainError
from trustsurvey.limesurvey.participants import invite, invited, reminders
from trustsurvey.limesurvey.participants_file import Participants, read_participants
from trustsurvey.study import fieldwork


def written(folder: Path, text: str) -> Path:
    path = folder / "tokens.csv"
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_file_gives_tokens_with_their_groups_and_lines(tmp_path: Path, separator: str) -> None:
    text = '\ufeffdistrict,Token,âge\r\nForêt,abc1,16-34\r\n\r\n"Saint, Gilles",abc2,\r\n'
    if separator != ",":
        text = text.replace('"Saint, Gilles"', "Saint-Gilles").replace(",", separator)
    found = read_participants(written(tmp_path, text))
    assert found.strata == ("district", "âge")
    name = "Saint, Gilles" if separator == "," else "Saint-Gilles"
    assert found.groups == {"abc1": ("Forêt", "16-34"), "abc2": (name, "")}
    assert found.lines == {"abc1": 2, "abc2": 4}
    assert "abc1" not in repr(found)


def test_tokens_alone_are_enough(tmp_path: Path) -> None:
    assert read_participants(written(tmp_path, "token\na1\na2\n")).groups == {"a1": (), "a2": ()}


PROBLEMS = """\
token,e-mail,district,district,,born
abc,x,a,b,c,1999-01-31
a b,x,a,b,c,2001-12-01
abc,x,a,b,c,
ABC,x,a,b
,x,a,b,c,
ABc,x,a,b,c,
"""


def test_every_problem_is_named_with_its_line_and_no_token(tmp_path: Path) -> None:
    with pytest.raises(InputFileError) as caught:
        read_participants(written(tmp_path, PROBLEMS))
    found = [(problem.line, problem.column, problem.message) for problem in caught.value.problems]
    assert found == [
        (1, 2, "the column 'e-mail' seems to hold addresses"),
        (1, 4, "the column 'district' stands there twice"),
        (1, 5, "the column has no name"),
        (1, 6, "the column 'born' seems to hold dates of birth"),
        (2, 6, "the column 'born' holds dates, as of birth, on 2 lines, the first line 2"),
        (3, 1, "the token has other characters than letters (without accents) and digits"),
        (4, 1, "the token is that of line 2"),
        (5, 4, "the line has 4 fields, the header 6"),
        (6, 1, "the line has no token"),
        (7, 1, "the token differs from that of line 2 in capitals only"),
    ]
    assert all(problem.remedy for problem in caught.value.problems)


@pytest.mark.parametrize(
    "name", ["Name", "prénom", "Nom de famille", "voornaam", "last_name", "Courriel", "GSM", "birthDate", "naissance"]
)
def test_columns_named_after_persons_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputFileError, match="seems to hold"):
        read_participants(written(tmp_path, f"token,{name}\na1,x\n"))


@pytest.mark.parametrize("name", ["district_name", "francophone", "age", "year_of_birth", "sex", "commune", "mobility"])
def test_columns_of_groups_are_taken(tmp_path: Path, name: str) -> None:
    assert read_participants(written(tmp_path, f"token,{name}\na1,x\n")).strata == (name,)


@pytest.mark.parametrize("cell", ["a.b@example.org", "31/01/1999", "1999-1-31", "19990131", "99.01.31-123.45"])
def test_columns_that_hold_persons_are_refused_without_quoting_them(tmp_path: Path, cell: str) -> None:
    with pytest.raises(InputFileError, match=r"tokens.csv:3:2: the column 'x' holds ") as caught:
        read_participants(written(tmp_path, f"token,x\na1,y\na2,{cell}\n"))
    assert cell not in str(caught.value)


def test_a_kind_of_value_on_many_lines_is_said_once(tmp_path: Path) -> None:
    cells = ["good", "<i>bad</i>", "b" * 101, *["<b>bad</b>"] * 40, *["c" * 200] * 50]
    lines = [f"t{number},{cell},good" for number, cell in enumerate(cells)]
    with pytest.raises(InputFileError) as caught:
        read_participants(written(tmp_path, "\n".join(["token,x,y", *lines, ""])))
    assert [(problem.line, problem.column, problem.message) for problem in caught.value.problems] == [
        (3, 2, "the column 'x' holds HTML, on 41 lines, the first line 3"),
        (4, 2, "the column 'x' holds values longer than 100 characters, on 51 lines, the first line 4"),
    ]


def test_columns_that_tell_persons_apart_are_refused(tmp_path: Path) -> None:
    lines = [f"t{number},{number if number % 3 else 'same'},{number % 7}" for number in range(30)]
    with pytest.raises(InputFileError, match="most values of the column 'fine' stand there once"):
        read_participants(written(tmp_path, "\n".join(["token,fine,coarse", *lines, ""])))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        ("token\n", "names no participants"),
        ("code,district\na,b\n", "no column token; available: code, district"),
        ('token,x\na,"b\n', "cannot be read as CSV"),
        ("token\n" + "a" * 37 + "\n", "longer than 36"),
        ("token\nabcé\n", "other characters"),
        ("token,x\na," + "b" * 101 + "\n", "tokens.csv:2:2: the column 'x' holds values longer than 100 characters;"),
        ("token,x\na,b\x00\n", "tokens.csv:2"),
        ("token,x\na,<b>b</b>\n", "tokens.csv:2:2: the column 'x' holds HTML;"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputFileError, match=message):
        read_participants(written(tmp_path, text))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        read_participants(tmp_path / "none.csv")


@dataclass
class Site:
    """The table of participants of one survey, whose every change can lose its way."""

    address: str = "https://surveys.example.org"
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    table: list[dict[str, Any]] | None = None
    changes: int = 0
    lost: dict[int, str] = field(default_factory=dict)
    waited: list[float] = field(default_factory=list)
    alter: Callable[[dict[str, Any]], dict[str, Any]] = dict

    def pause(self, seconds: float) -> None:
        self.waited.append(seconds)

    def read(self, method: str, _: int, *parameters: Any) -> Any:
        match method:
            case "get_summary":
                return [] if self.table is None else {"token_count": str(len(self.table))}
            case "get_survey_properties":
                return {"attributedescriptions": module.json.dumps(self.attributes) if self.attributes else None}
            case "list_participants":
                first, most, unused, columns = parameters
                assert self.table is not None
                rows = [row for row in self.table if row["tid"] >= first and not (unused and row["completed"] != "N")]
                if not rows:
                    raise StatusError(module.NOBODY, "nobody")
                return [{name: row.get(name) for name in ("tid", "token", *columns)} for row in rows[:most]]
        raise AssertionError(method)

    def write(self, method: str, _: int, *parameters: Any) -> Any:
        way = self.lost.get(self.changes)
        self.changes += 1
        for _ in range({None: 1, "before": 0, "after": 1, "twice": 2}[way]):
            getattr(self, method)(*parameters)
        if way is not None:
            raise UncertainError(f"the answer to {method} was lost")

    def set_survey_properties(self, changes: Mapping[str, str]) -> None:
        self.attributes = module.json.loads(changes["attributedescriptions"])

    def activate_tokens(self, numbers: list[int]) -> None:
        if self.table is not None:
            raise UncertainError("the table exists")
        assert [f"attribute_{number}" for number in numbers] == list(self.attributes)
        self.table = []

    def add_participants(self, rows: list[dict[str, Any]], create: bool) -> None:
        assert create is False
        assert self.table is not None
        for row in rows:
            if row["token"] not in {each["token"] for each in self.table}:
                self.add(self.alter(row))

    def add(self, row: dict[str, Any]) -> None:
        assert self.table is not None
        number = max((each["tid"] for each in self.table), default=0) + 1
        self.table.append({"tid": number, "completed": "N", **row})

    def delete_participants(self, numbers: list[int]) -> None:
        assert self.table is not None
        self.table = [row for row in self.table if row["tid"] not in numbers]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(module, "CHUNK", 3)
    monkeypatch.setattr(module, "PAGE", 4)
    return Site()


def people(number: int, strata: tuple[str, ...] = ("district", "age"), group: str = "a") -> Participants:
    tokens = [f"t{each}" for each in range(number)]
    groups = {token: tuple(group for _ in strata) for token in tokens}
    return Participants(strata, groups, {token: line for line, token in enumerate(tokens, start=2)})


def test_participants_are_added_once(site: Site) -> None:
    assert invite(site, 7, people(10), False) == (10, 10)
    assert invite(site, 7, people(10), False) == (0, 10)
    assert invite(site, 7, people(12), False) == (2, 12)
    assert [each["token"] for each in site.table or []] == [f"t{number}" for number in range(12)]
    assert [(each.number, each.token, each.groups) for each in invited(site, 7)][4] == (
        5, "t4", {"district": "a", "age": "a"},
    )  # fmt: skip


@pytest.mark.parametrize("way", ["before", "after", "twice"])
@pytest.mark.parametrize("call", range(6))
def test_a_lost_answer_loses_and_doubles_nobody(site: Site, call: int, way: str) -> None:
    site.lost[call] = way if (call, way) != (1, "twice") else "after"
    for _ in range(2):
        try:
            invite(site, 7, people(10), False)
        except PlatformError:
            continue
        break
    assert [each["token"] for each in site.table or []] == [f"t{number}" for number in range(10)]
    assert invite(site, 7, people(10), False) == (0, 10)


def test_a_server_that_never_answers_is_left(site: Site) -> None:
    site.lost = dict.fromkeys(range(2, 100), "before")
    with pytest.raises(PlatformError, match=r"did not take 10 participants \(lines 2, 3, .* 11\); run the same"):
        invite(site, 7, people(10), False)
    assert len(site.waited) == module.LOSSES


def test_a_participant_that_is_there_twice_is_deleted_once(site: Site) -> None:
    invite(site, 7, people(10), False)
    site.add({"token": "t3", "attribute_1": "a", "attribute_2": "a"})
    site.lost[site.changes] = "after"
    with pytest.raises(UncertainError):
        invite(site, 7, people(10), False)
    assert invite(site, 7, people(10), False) == (0, 10)
    assert [each["tid"] for each in site.table or []] == list(range(1, 11))


def test_two_different_participants_with_one_token_are_left_to_a_person(site: Site) -> None:
    invite(site, 7, people(3), False)
    site.add({"token": "t1", "attribute_1": "b", "attribute_2": "a"})
    with pytest.raises(PlatformError, match="numbers 2 and 4"):
        invite(site, 7, people(3), False)
    assert len(site.table or []) == 4


def test_an_open_survey_stays_open_to_everybody(site: Site) -> None:
    with pytest.raises(InputError, match="shut out all others for good"):
        invite(site, 7, people(3), True)
    assert site.changes == 0


def test_a_closed_survey_takes_more_while_it_is_open(site: Site) -> None:
    invite(site, 7, people(3), False)
    assert invite(site, 7, people(5), True) == (2, 5)


def test_other_strata_are_refused(site: Site) -> None:
    invite(site, 7, people(3), False)
    with pytest.raises(InputError, match="apart by district, age, and the file by district"):
        invite(site, 7, people(4, ("district",)), False)
    with pytest.raises(InputError, match=r"3 participants with other strata than the file \(lines 2, 3, 4\)"):
        invite(site, 7, people(4, group="b"), False)
    assert len(site.table or []) == 3


def test_columns_may_stand_in_another_order(site: Site) -> None:
    invite(site, 7, Participants(("a", "b"), {"t0": ("1", "2")}, {"t0": 2}), False)
    assert invite(site, 7, Participants(("b", "a"), {"t0": ("2", "1"), "t1": ("4", "3")}, {"t0": 2, "t1": 3}), False)
    assert [each.groups for each in invited(site, 7)] == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_what_the_server_changes_is_found(site: Site) -> None:
    site.alter = lambda row: {**row, "attribute_2": "changed"}
    with pytest.raises(PlatformError, match="other strata than the file"):
        invite(site, 7, people(2), False)


def test_what_is_kept_as_html_is_read_as_text(site: Site) -> None:
    site.alter = lambda row: {**row, "attribute_1": module.html.escape(row["attribute_1"], quote=False)}
    for _ in range(2):
        assert invite(site, 7, people(2, ("x",), "R & D < 2 &eacute;"), False).invited == 2
    assert [each.groups for each in invited(site, 7)] == [{"x": "R & D < 2 &eacute;"}] * 2


def test_what_the_server_refuses_is_found(site: Site) -> None:
    site.alter = lambda row: {**row, "token": f"{row['token']}x"}
    with pytest.raises(PlatformError, match=r"did not take 2 participants \(lines 2, 3\)"):
        invite(site, 7, people(2), False)


def test_reminders_leave_out_who_completed_or_was_screened_out(site: Site) -> None:
    invite(site, 7, people(10, ("district",)), False)
    assert site.table is not None
    for number, state in ((1, "Y"), (2, "Q"), (3, "2026-02-01 10:00")):
        site.table[number]["completed"] = state
    columns, rows = reminders(site, 7, {"fr": "https://x/a-fr", "nl": "https://x/7?lang=nl"})
    assert columns == ["token", "district", "address_fr", "address_nl"]
    assert [row[0] for row in rows] == ["t0", *(f"t{number}" for number in range(4, 10))]
    assert rows[0] == ["t0", "a", "https://x/a-fr?token=t0", "https://x/7?lang=nl&token=t0"]


def test_nobody_is_reminded_of_a_survey_open_to_everybody(site: Site) -> None:
    with pytest.raises(InputError, match="nobody was invited"):
        reminders(site, 7, {})


def test_a_sandbox_has_no_participants(tmp_path: Path, small: Instrument) -> None:
    file = tmp_path / "w.json"
    fieldwork.deploy(small, "w", f"sandbox:{tmp_path / 's.sqlite'}", file)
    with pytest.raises(InputError, match="a sandbox has no participants"):
        fieldwork.invite_participants(file, tmp_path / "none.csv")
    with pytest.raises(InputError, match="a sandbox has no participants"):
        fieldwork.write_reminders(file, tmp_path / "r.csv")


def test_a_closed_survey_on_a_server(
    server: Any, small: Instrument, smaller: Instrument, answered: Callable[..., Record], tmp_path: Path
) -> None:
    server.forget(small)
    file, tokens, output = tmp_path / "w.json", tmp_path / "t.csv", tmp_path / "new" / "r.csv"
    deployment = fieldwork.deploy(small, server.wave, server.address, file)
    tokens.write_text('token,district\nabc1,Forêt & co\nABC2,=1+1\nabc3,"\'quoted\' ""twice"""\n', encoding="utf-8")
    assert fieldwork.invite_participants(file, tokens) == (3, 3)
    assert fieldwork.invite_participants(file, tokens) == (0, 3)
    with pytest.raises(PlatformError, match="holds 3 participants and is not replaced"):
        fieldwork.deploy(smaller, server.wave, server.address, tmp_path / "other.json")
    assert fieldwork.deploy(small, server.wave, server.address, file) == deployment
    fieldwork.open_survey(file)
    server.respond(deployment, small, answered(1))
    found = fieldwork.status(file)
    assert (found.state, found.invited, found.started, found.completed, found.screened_out) == ("open", 3, 1, 1, 0)
    assert fieldwork.write_reminders(file, output) == 3
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    with output.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    place = f"{server.address}/index.php/small-{server.wave}-en?token="
    assert rows == [
        ["token", "district", "address_en"],
        ["abc1", "Forêt & co", f"{place}abc1"],
        ["ABC2", "'=1+1", f"{place}ABC2"],
        ["abc3", "'quoted' \"twice\"", f"{place}abc3"],
    ]


def test_an_open_survey_on_a_server_is_not_closed_to_others(server: Any, small: Instrument, tmp_path: Path) -> None:
    server.forget(small)
    file, tokens = tmp_path / "w.json", tmp_path / "t.csv"
    tokens.write_text("token\nabc1\n", encoding="utf-8")
    fieldwork.deploy(small, server.wave, server.address, file)
    fieldwork.open_survey(file)
    with pytest.raises(InputError, match="is open to everybody"):
        fieldwork.invite_participants(file, tokens)
    assert fieldwork.status(file).invited is None
    with pytest.raises(InputError, match="nobody was invited"):
        fieldwork.write_reminders(file, tmp_path / "r.csv")


@pytest.fixture
def closed(
    bed: Any, small: Instrument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], tuple[Any, Path]]:
    """Deploy a survey on the fake server, which has tables of participants here, and take away what was there."""
    monkeypatch.setattr(module, "CHUNK", 3)
    monkeypatch.setattr(module, "PAGE", 4)
    monkeypatch.setattr(module, "WAITS", (0.0,))
    file = tmp_path / "w.json"
    deployment = fieldwork.deploy(small, "w", bed.wire.address, file)
    settings = bed.fake.surveys[deployment.survey].settings
    summary = bed.fake.get_summary

    def start() -> tuple[Any, Path]:
        site = Site()
        settings["attributedescriptions"] = None

        def describe(_: int, changes: dict[str, Any]) -> dict[str, bool]:
            settings.update(changes)
            site.attributes = module.json.loads(changes["attributedescriptions"])
            return dict.fromkeys(changes, True)

        def activate(_: int, attributes: list[int]) -> dict[str, str]:
            if site.table is not None:
                raise RuntimeError("the table exists")
            site.activate_tokens(attributes)
            return {"status": "OK"}

        def listed(number: int, *parameters: Any) -> Any:
            try:
                return site.read("list_participants", number, *parameters)
            except StatusError as error:
                return {"status": error.status}

        def count(number: int, name: str) -> Any:
            found = {} if site.table is None else {"token_count": str(len(site.table)), "token_screenout": "0"}
            return {**dict(summary(number, name)), **found} or []

        bed.fake.get_summary = count
        bed.fake.set_survey_properties = describe
        bed.fake.activate_tokens = activate
        bed.fake.list_participants = listed
        bed.fake.add_participants = lambda _, rows, create: site.add_participants(rows, create) or rows
        bed.fake.delete_participants = lambda _, numbers: site.delete_participants(numbers) or {}
        return site, file

    return start


KINDS = (
    *("reset", "HTTP 500", "HTTP 404", "web page", "cut JSON", "null result", "wrong id", "own error"),
    *("other shape", "expired session", "delivered twice, first answer", "delivered twice, last answer"),
)
SHARE = 1 if os.environ.get("TRUSTSURVEY_EVERY_FAULT") else 12


@pytest.mark.parametrize("late", [False, True])
def test_a_fault_at_any_call_loses_and_doubles_nobody(
    closed: Callable[[], tuple[Any, Path]], bed: Any, faults: Any, tmp_path: Path, late: bool
) -> None:
    tokens = tmp_path / "t.csv"
    tokens.write_text("token,district\n" + "".join(f"t{each},a\n" for each in range(7)), encoding="utf-8")
    site, file = closed()
    bed.wire.begin()
    fieldwork.invite_participants(file, tokens)
    calls = list(bed.wire.calls)
    cases = [(place, kind, call) for place, kind in enumerate(KINDS) for call in range(1, len(calls) + 1)]
    for kind, call in [(kind, call) for place, kind, call in cases if (place + call + late) % SHARE == 0]:
        where = f"{kind} at call {call} ({calls[call - 1]})"
        site, file = closed()
        bed.wire.begin(faults.Fault(kind, call, late))
        with suppress(PlatformError):
            fieldwork.invite_participants(file, tokens)
        bed.wire.begin()
        assert fieldwork.invite_participants(file, tokens).invited == 7, where
        assert sorted(each["token"] for each in site.table) == [f"t{each}" for each in range(7)], where
