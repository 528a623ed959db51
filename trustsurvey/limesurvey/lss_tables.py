"""A LimeSurvey structure file as tables of rows, read without trusting it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

from trustsurvey.errors import InputError, MissingFileError

__all__ = ["EMBEDDED", "Row", "Tables", "read_bytes", "tables_of"]

Row = Mapping[str, str]

LARGEST = 64_000_000
# The element in which ``build`` keeps the instrument; LimeSurvey ignores it.
EMBEDDED = "trustsurvey"
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:[0-8]|1[124-9]|2[0-9]|3[01]);")
# Those of LimeSurvey 1 have decimals.
VERSION = re.compile(r"([0-9]{1,9})(?:\.[0-9]+)?")
DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
OTHER_DOCUMENTS = {
    "Group": "a group of questions",
    "Question": "a single question",
    "Label set": "a label set",
    "Responses": "answers",
}


@dataclass(frozen=True, slots=True)
class Tables:
    """What a structure file holds.

    Parameters
    ----------
    version : int
        Version of LimeSurvey's database: below 200 LimeSurvey 1 and 2, below 400 LimeSurvey 3, then 4 and later; 0
        where the file does not tell it as a number.
    languages : tuple of str
        As the head of the file names them.
    tables : mapping of str to tuple of Row
        The rows by table; a field that a row lacks is absent, an empty one is ``""``.
    embedded : str
        The instrument that ``build`` put in, ``""`` in any other file.
    repairs : tuple of str
        What had to be put right to read the file.
    """

    version: int
    languages: tuple[str, ...]
    tables: Mapping[str, tuple[Row, ...]]
    embedded: str = ""
    repairs: tuple[str, ...] = ()

    def rows(self, table: str) -> tuple[Row, ...]:
        """Return the rows of a table, none where the file lacks it."""
        return self.tables.get(table, ())


def read_bytes(path: Path) -> bytes:
    """Return what a file holds.

    Raises
    ------
    MissingFileError
        The file does not exist.
    InputError
        It cannot be read, or is larger than any survey structure.
    """
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder; name a file in it")
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path} is larger than {LARGEST // 1_000_000} MB; check that it is a survey structure")
        return path.read_bytes()
    except FileNotFoundError:
        raise MissingFileError(f"the file {path} does not exist; check the path") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}); check the path and its rights") from error


def tables_of(data: bytes, file: str) -> Tables:
    """Return the tables of a structure file (.lss), or of the one inside a survey archive (.lsa).

    Parameters
    ----------
    data : bytes
    file : str
        Its name in messages.

    Raises
    ------
    InputError
        It is no LimeSurvey survey structure, or is damaged.
    """
    if data.startswith(b"PK\x03\x04"):
        data = _from_archive(data, file)
    text, repairs = _text(data, file)
    root = _parsed(text, file)
    if root.tag != "document" or root.find("LimeSurveyDocType") is None:
        raise InputError(f"{file} is XML, but no LimeSurvey structure; export the survey as a structure file (.lss)")
    kind = (root.findtext("LimeSurveyDocType") or "").strip()
    if kind != "Survey":
        what = OTHER_DOCUMENTS.get(kind, f"{kind or 'something'!r}")
        raise InputError(f"{file} holds {what}, not a survey; export the whole survey as a structure file (.lss)")
    version = VERSION.fullmatch((root.findtext("DBVersion") or "").strip())
    languages = tuple(
        (each.text or "").strip() for each in root.iterfind("languages/language") if (each.text or "").strip()
    )
    tables = {
        block.tag: tuple({field.tag: "".join(field.itertext()) for field in row} for row in block.iterfind("rows/row"))
        for block in root
        if block.tag != EMBEDDED and (block.find("rows") is not None or block.find("fields") is not None)
    }
    for block in root:
        if block.tag not in tables and block.tag.startswith("theme") and len(block):
            tables[block.tag] = tuple({each.tag: "" for each in theme} for theme in block)
    embedded = (root.findtext(EMBEDDED) or "").strip()
    return Tables(int(version[1]) if version else 0, languages, tables, embedded, tuple(repairs))


def _from_archive(data: bytes, file: str) -> bytes:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            inside = [each for each in archive.infolist() if each.filename.lower().endswith(".lss")]
            if len(inside) != 1:
                raise InputError(f"{file} is an archive with {len(inside)} structure files; unpack it and name one")
            if inside[0].file_size > LARGEST:
                raise InputError(f"{file} holds a structure larger than {LARGEST // 1_000_000} MB; check it")
            return archive.read(inside[0])
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise InputError(f"{file} is a damaged archive ({error}); export the survey again") from error


def _text(data: bytes, file: str) -> tuple[str, list[str]]:
    repairs: list[str] = []
    declared = DECLARED.search(data[:200])
    encoding = declared[1].decode() if declared else "utf-8"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif data.startswith(b"\xef\xbb\xbf"):
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        text = _mixed(data) if encoding.lower().startswith("utf-8") else data.decode(encoding, errors="replace")
        repairs.append(
            f"the file is not {encoding} throughout (first on line {line}); the rest was read as Windows-1252"
        )
    except LookupError:
        raise InputError(f"{file} says that it is written in {encoding}, which is unknown; save it as UTF-8") from None
    if (removed := len(NOT_XML.findall(text))) > 0:
        text = NOT_XML.sub("", text)
        repairs.append(f"{removed} control characters, which XML does not allow, were taken out")
    return text, repairs


def _mixed(data: bytes) -> str:
    text = data.decode("utf-8", errors="surrogateescape")
    return re.sub(
        "[\udc80-\udcff]", lambda found: bytes([ord(found[0]) - 0xDC00]).decode("cp1252", errors="replace"), text
    )


class _Builder(ET.TreeBuilder):
    """Builds the tree and refuses a document type, with which entities could grow or reach out."""

    def doctype(self, name: str, *_: object) -> NoReturn:
        raise _DocumentTypeError(name)


class _DocumentTypeError(Exception):
    """The file declares a document type."""


def _parsed(text: str, file: str) -> ET.Element[Any]:
    parser = ET.XMLParser(target=_Builder())
    try:
        # The declaration names an encoding that text no longer has.
        parser.feed(re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1))
        return parser.close()
    except _DocumentTypeError as error:
        if str(error).lower() == "html":
            raise InputError(f"{file} is a web page, perhaps of a log-in; export the survey again") from None
        raise InputError(
            f"{file} declares a document type (<!DOCTYPE), which no LimeSurvey export does; "
            "take it out if you trust the file"
        ) from None
    except ET.ParseError as error:
        if not text.strip():
            raise InputError(f"{file} is empty; export the survey again") from None
        line, column = error.position
        if not text.lstrip().startswith("<"):
            remedy = "export the survey as a structure file (.lss), not as tab-separated text or a spreadsheet"
            raise InputError(f"{file} is not XML; {remedy}") from None
        reason = str(error).split(":", 1)[0]
        raise InputError(
            f"{file}:{line}:{column + 1}: the file is damaged ({reason}); export the survey again"
        ) from None
