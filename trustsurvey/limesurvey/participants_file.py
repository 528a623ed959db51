"""A file of the participants of a closed survey: tokens and coarse strata, and nothing that names a person."""

from __future__ import annotations

import csv
import io
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from trustsurvey.documents.text import read_text
from trustsurvey.errors import InputFileError, Problem

__all__ = ["Participants", "read_participants"]

TOKEN = "token"
LONGEST_TOKEN = 36
LONGEST_VALUE = 100
TOKENS = re.compile(rf"[A-Za-z0-9]{{1,{LONGEST_TOKEN}}}")
SEPARATORS = (",", ";", "\t")
FEWEST_TO_JUDGE = 20

# Of column names without accents, capitals, punctuation and figures, in the languages of the Region.
PERSONAL: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "names": re.compile(
            r"names?|noms?|naam|namen|contact|(?:contact|person|respondent|participant)s?(?:name|naam|nom)?"
            r"|.*(?:full|first|last|sur|family|given|middle|maiden|fore)names?.*"
            r"|.*(?:prenom|voornaam|achternaam|familienaam|nomdefamille|nomcomplet).*"
        ),
        "addresses": re.compile(
            r"mails?|mail?address|mailadres|phone(?:number)?|telephone|tel|telefoon(?:nummer)?|gsm|mobile(?:number)?"
            r"|address|adresse|adres|street|rue|straat|(?:street|home)address|streetname|straatnaam"
            r"|.*(?:email|courriel|adressemail|adressemel|ipaddress).*"
        ),
        "dates of birth": re.compile(
            r"birth|born|dob|ddn|naissance|geboorte|geborenop|neele"
            r"|.*(?:birthda(?:te|y)|dateofbirth|dateborn|datede?naissance|geboortedatum).*"
        ),
        "numbers of persons": re.compile(
            r"nrn|niss|insz|ssn|nationalnumber|numeronational|.*(?:nationalregister|rijksregister|registrenational).*"
        ),
    }
)
CONTENT: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "e-mail addresses": re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+"),
        "dates, as of birth": re.compile(
            r"\d{1,2}[./-]\d{1,2}[./-](?:\d{2}|\d{4})|\d{4}[./-]\d{1,2}[./-]\d{1,2}"
            r"|(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
        ),
        "numbers of persons": re.compile(r"\d{2}\.?\d{2}\.?\d{2}[- ]?\d{3}[. ]?\d{2}"),
    }
)
HTML = re.compile(r"<[A-Za-z/!?]")
COARSE = "keep names, addresses and dates out of the survey platform; give tokens and coarse groups only"


@dataclass(frozen=True, slots=True)
class Participants:
    """Those who are invited to a closed survey.

    Parameters
    ----------
    strata : tuple of str
        Names of the groups they are told apart by.
    groups : mapping of str to tuple of str
        By token, a group for each of the strata. Never part of the printed form.
    lines : mapping of str to int
        Where each token stands in the file.
    """

    strata: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]] = field(repr=False)
    lines: Mapping[str, int] = field(repr=False)


def read_participants(path: str | os.PathLike[str]) -> Participants:
    """Read a CSV file with a column ``token`` and columns of strata, separated by commas, semicolons or tabs.

    Raises
    ------
    MissingFileError
        No such file.
    InputFileError
        It holds problems: all of them, with their lines.
    """
    file, text, problems = read_text(path)
    if problems:
        raise InputFileError(problems)
    lines = _lines(file, text)
    (_, header), *rows = lines
    names = [name.strip() for name in header]
    found = [*_header_problems(file, names, lines[0][0])]
    complete = [(line, [cell.strip() for cell in row]) for line, row in rows if len(row) == len(names)]
    for line, row in rows:
        if len(row) != len(names):
            message = f"the line has {len(row)} fields, the header {len(names)}"
            found.append(Problem(file, line, len(row), message, "give every line a value, or an empty one, a column"))
    if not rows:
        found.append(Problem(file, lines[0][0], 1, "the file names no participants", "give a line for each of them"))
    place = next((place for place, name in enumerate(names) if name.casefold() == TOKEN), None)
    if place is not None:
        found += _token_problems(file, [(line, row[place]) for line, row in complete], place + 1)
    strata = [each for each in range(len(names)) if each != place]
    for each in strata:
        found += _content_problems(file, names[each], each + 1, [(line, row[each]) for line, row in complete])
    if found or place is None:
        raise InputFileError(found)
    groups = {row[place]: tuple(row[each] for each in strata) for _, row in complete}
    return Participants(tuple(names[each] for each in strata), groups, {row[place]: line for line, row in complete})


def _lines(file: str, text: str) -> list[tuple[int, list[str]]]:
    """Return the records that are not blank, each with the line it starts on."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    records, line = [], 1
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                records.append((line, record))
            line = reader.line_num + 1
    except csv.Error as error:
        remedy = "check the quotation marks from this line on"
        raise InputFileError([Problem(file, line, 1, f"the line cannot be read as CSV ({error})", remedy)]) from None
    if not records:
        raise InputFileError([Problem(file, 1, 1, "the file is empty", "check that it was saved or copied completely")])
    return records


def _header_problems(file: str, names: Sequence[str], line: int) -> Iterator[Problem]:
    known = [name.casefold() for name in names]
    if TOKEN not in known:
        message = f"no column token; available: {', '.join(name for name in names if name) or 'none'}"
        yield Problem(file, line, 1, message, "name the column of the tokens so")
    for place, name in enumerate(names, start=1):
        if not name:
            yield Problem(file, line, place, "the column has no name", "name it, or leave it out")
        elif known.index(name.casefold()) != place - 1:
            yield Problem(file, line, place, f"the column {name!r} stands there twice", "keep one of them")
        for kind, pattern in PERSONAL.items():
            if pattern.fullmatch(_plain(name)):
                yield Problem(file, line, place, f"the column {name!r} seems to hold {kind}", COARSE)
        if len(name) > LONGEST_VALUE:
            yield Problem(file, line, place, f"the name of the column is longer than {LONGEST_VALUE}", "shorten it")


def _token_problems(file: str, tokens: Sequence[tuple[int, str]], column: int) -> Iterator[Problem]:
    # A token opens somebody's questionnaire, so messages name its line and never the token.
    exact: dict[str, int] = {}
    folded: dict[str, int] = {}
    for line, token in tokens:
        if not token:
            yield Problem(file, line, column, "the line has no token", "give each participant one")
        elif not TOKENS.fullmatch(token):
            message = f"the token is longer than {LONGEST_TOKEN}" if token.isalnum() and token.isascii() else ""
            message = message or "the token has other characters than letters (without accents) and digits"
            yield Problem(file, line, column, message, f"use letters and digits, {LONGEST_TOKEN} at most")
        elif token in exact:
            yield Problem(file, line, column, f"the token is that of line {exact[token]}", "give each its own")
        elif token.casefold() in folded:
            message = f"the token differs from that of line {folded[token.casefold()]} in capitals only"
            yield Problem(file, line, column, message, "somebody who types it could take the other's place; change one")
        exact.setdefault(token, line)
        folded.setdefault(token.casefold(), line)


def _content_problems(file: str, name: str, column: int, cells: Sequence[tuple[int, str]]) -> Iterator[Problem]:
    for kind, pattern in CONTENT.items():
        lines = [line for line, cell in cells if pattern.fullmatch(cell)]
        if lines:
            yield Problem(file, lines[0], column, f"the column {name!r} holds {kind}{_times(lines)}", COARSE)
            return
    if long := [line for line, cell in cells if len(cell) > LONGEST_VALUE]:
        message = f"the column {name!r} holds values longer than {LONGEST_VALUE} characters{_times(long)}"
        yield Problem(file, long[0], column, message, "give the name of a group")
    if marked := [line for line, cell in cells if HTML.search(cell)]:
        message = f"the column {name!r} holds HTML{_times(marked)}"
        yield Problem(file, marked[0], column, message, "give the name of a group as plain text")
    times = Counter(cell for _, cell in cells if cell)
    single = sum(count == 1 for count in times.values())
    if len(cells) >= FEWEST_TO_JUDGE and 2 * single > len(cells):
        message = f"most values of the column {name!r} stand there once, so they tell persons and not groups"
        yield Problem(file, cells[0][0], column, message, COARSE)


def _times(lines: Sequence[int]) -> str:
    return f", on {len(lines)} lines, the first line {lines[0]}" if len(lines) > 1 else ""


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in folded if character.isascii() and character.isalpha())
