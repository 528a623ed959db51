"""Which rows are asked for: those that moved, and of scattered unfinished ones no others."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from trustsurvey.errors import InputError, PlatformError
from trustsurvey.fieldwork.platform import Held
from trustsurvey.limesurvey.rows import Rows

Row = dict[str, Any]


@dataclass
class Server:
    """A table of answers behind the three calls that rows need."""

    rows: dict[int, Row]
    exports: list[tuple[str, int, int | None]] = field(default_factory=list)
    meanwhile: Any = None
    address: str = "https://survey.example"

    def read(self, method: str, _: int, *parameters: Any) -> Any:
        if method == "get_summary":
            completed = sum(bool(row["submitdate"]) for row in self.rows.values())
            return {"full_responses": len(self.rows), "completed_responses": completed}
        if method == "get_survey_properties":
            return {"datestamp": "N"}
        _, _, which, _, _, first, last, columns = parameters
        if columns is None:
            self.exports.append((which, first, last))
            if self.meanwhile:
                self.meanwhile, change = None, self.meanwhile
                change()
        found = [
            row
            for number, row in sorted(self.rows.items())
            if first <= number <= (last or number) and (which == "all" or not row["submitdate"])
        ]
        return base64.b64encode(json.dumps({"responses": found}).encode()).decode()


def row(number: int, completed: bool = True) -> Row:
    time = "1980-01-01 00:00:00" if completed else None
    return {"id": number, "submitdate": time, "lastpage": 3, "startlanguage": "en", "Q": f"answer {number}"}


def held_after(server: Server) -> tuple[Held, list[int]]:
    """Return what is held once everything was given, and the numbers of the rows, as given."""
    given = [found for _, _, rows in Rows(server, 7).moved(Held(), 100) for found in rows]  # type: ignore[arg-type]
    marks = {int(each["id"]): f"{each['submitdate']}|{each['lastpage']}|" for each in given if each["submitdate"]}
    server.exports.clear()
    return Held("x", marks), [int(each["id"]) for each in given]


def asked(server: Server, held: Held) -> list[int]:
    return [int(found["id"]) for _, _, rows in Rows(server, 7).moved(held, 100) for found in rows]  # type: ignore[arg-type]


def test_everything_comes_once_in_batches() -> None:
    server = Server({number: row(number) for number in range(1, 351)})
    _, given = held_after(server)
    assert given == list(range(1, 351))


def test_of_scattered_unfinished_rows_no_others_are_exported() -> None:
    server = Server({number: row(number, number % 20 != 0) for number in range(1, 1001)})
    held, _ = held_after(server)
    assert asked(server, held) == list(range(20, 1001, 20))
    assert server.exports == [("incomplete", 20, 1000)] * 2


def test_a_row_completed_since_the_poll_comes_too() -> None:
    server = Server({number: row(number, number % 20 != 0) for number in range(1, 1001)})
    held, _ = held_after(server)
    server.meanwhile = lambda: server.rows.update({500: row(500)})
    assert sorted(asked(server, held)) == list(range(20, 1001, 20))


def test_a_row_left_out_is_missed() -> None:
    server = Server({number: row(number, number % 20 != 0) for number in range(1, 1001)})
    held, _ = held_after(server)
    server.meanwhile = lambda: server.rows.pop(500)
    with pytest.raises(PlatformError, match="left 1 of its rows out"):
        asked(server, held)


def test_late_completers_of_low_numbers_are_asked_for_alone() -> None:
    server = Server({number: row(number) for number in range(1, 1001)})
    held, _ = held_after(server)
    server.rows |= {3: row(3) | {"lastpage": 4}, 900: row(900) | {"lastpage": 4}}
    assert asked(server, held) == [3, 900]


def test_a_batch_holds_something() -> None:
    with pytest.raises(InputError, match="at least one record"):
        list(Rows(Server({}), 7).moved(Held(), 0))  # type: ignore[arg-type]
