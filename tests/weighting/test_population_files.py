"""Population files of users' own: tables, descriptions, and the ways to get them wrong."""

from __future__ import annotations

import codecs
import contextlib
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustsurvey.errors import (
    InputFileError,
    MissingFileError,
    PopulationError,
    PopulationFileError,
    TrustSurveyError,
    UnknownNameError,
)
from trustsurvey.instruments.questions import Text
from trustsurvey.weighting.population.files import load_population
from trustsurvey.weighting.population.model import Population, Source


class TestFiles:
    def test_csv_keeps_codes_as_text(self, tmp_path: Path) -> None:
        path = tmp_path / "my-town.csv"
        path.write_text("district,count\n021,10\n22,1.5e1\nNA,3\n\n", encoding="utf-8")
        for given_as in (path, str(path)):
            population = load_population(given_as)
            assert population.name == "my-town"
            assert population.margin("district").to_dict() == {"021": 10, "22": 15, "NA": 3}

    @pytest.mark.parametrize("prefix", [b"", codecs.BOM_UTF8])
    def test_csv_from_spreadsheets(self, tmp_path: Path, prefix: bytes) -> None:
        path = tmp_path / "p.csv"
        path.write_bytes(prefix + '"name","count"\r\n"Bruxelles, Ville",10\r\nForêt,2\r\n'.encode())
        assert load_population(path).margin("name").to_dict() == {"Bruxelles, Ville": 10, "Forêt": 2}

    def test_parquet_is_the_same_as_csv(self, tmp_path: Path, frame: pd.DataFrame) -> None:
        frame.to_parquet(tmp_path / "plain.parquet")
        frame.set_index(["district", "sex"]).to_parquet(tmp_path / "indexed.parquet")
        frame.to_csv(tmp_path / "p.csv", index=False)
        checksums = {
            load_population(tmp_path / name).checksum for name in ("plain.parquet", "indexed.parquet", "p.csv")
        }
        assert checksums == {Population.from_table(frame, name="p").checksum}

    @pytest.mark.parametrize(
        ("content", "line", "column", "message"),
        [
            (b"", 1, 1, "the file is empty"),
            (b" \n\n", 1, 1, "the file is empty"),
            (b"sex,count\n", 1, 0, "no rows"),
            (b"sex,n\nman,1\n", 1, 0, "no column 'count'; the columns are: sex, n"),
            (b"count\n1\n", 1, 0, "no variable"),
            (b"sex,count,count\nman,1,1\n", 1, 0, "more than one column 'count'"),
            (b"sex,sex,count\na,b,1\n", 1, 1, "two columns are named 'sex'"),
            (b",count\na,1\n", 1, 0, "the name of variable 1 is ''"),
            (b"sex;count\nman;1\n", 1, 1, "semicolons"),
            (b"sex,count\nman,-1\n", 2, 2, "negative"),
            (b"sex,count\nman,NaN\n", 2, 2, "'NaN' is not a number"),
            (b"sex,count\nman,inf\n", 2, 2, "'inf' is not a number"),
            (b"sex,count\nman,1_000\n", 2, 2, "not a number"),
            (b'sex,count\nman,"1,000"\n', 2, 2, "not a number"),
            (b"sex,count\nman,1e999\n", 2, 2, "infinite"),
            (b"sex,count\nman,\n", 2, 2, "no count"),
            (b"sex,count\nman,0\n", 1, 2, "add up to 0"),
            (b"sex,count\nwoman,5\n\n ,7\n", 4, 1, "no level"),
            (b"sex,count\nwoman,5\nman,7\nwoman,6\n", 4, 0, "the cell sex=woman is also in line 2"),
            (b"sex,count\nwoman,1e308\nman,1e308\n", 1, 2, "add up to more than a number can hold"),
            (b"sex,count\nwoman,5\nma", 3, 1, "the line has 1 fields, the header 2"),
            (b'sex,count\nwoman,5\n"man,7\n', 3, 1, "cannot be read as CSV"),
            (b"sex,count\nwoman,5\nm\0n,7\n", 3, 2, "the invisible character U+0000"),
            (b"sex,count\nwoman,5\nm\xe9n,7\n", 3, 2, "the byte 0xE9 (in Windows-1252 it would be é) is not UTF-8"),
            ("sex,count\nman,1\n".encode("utf-16"), 1, 1, "written in UTF-16"),
            ("sex,count\nman,1\n".encode("utf-16-le"), 1, 1, "written in UTF-16"),
        ],
    )
    def test_bad_csv(self, tmp_path: Path, content: bytes, line: int, column: int, message: str) -> None:
        path = tmp_path / "p.csv"
        path.write_bytes(content)
        with pytest.raises(PopulationFileError) as caught:
            load_population(path)
        assert isinstance(caught.value, InputFileError)
        assert isinstance(caught.value, PopulationError)
        assert isinstance(caught.value, ValueError)
        (problem,) = caught.value.problems
        assert (problem.file, problem.line, problem.column) == (str(path), line, column)
        assert message in problem.message
        assert problem.remedy

    def test_all_problems_of_a_csv_at_once(self, tmp_path: Path) -> None:
        path = tmp_path / "p.csv"
        path.write_text("sex,count\nwoman,-5\nman\n,7\nother,x\n", encoding="utf-8")
        with pytest.raises(PopulationFileError) as caught:
            load_population(path)
        assert [problem.line for problem in caught.value.problems] == [2, 3, 4, 5]

    def test_rows_that_are_all_malformed_are_not_called_missing(self, tmp_path: Path) -> None:
        path = tmp_path / "p.csv"
        path.write_text("sex,count\nwoman\nman,1,2\n", encoding="utf-8")
        with pytest.raises(PopulationFileError) as caught:
            load_population(path)
        assert [(problem.line, problem.message) for problem in caught.value.problems] == [
            (2, "the line has 1 fields, the header 2"),
            (3, "the line has 3 fields, the header 2"),
        ]

    def test_bad_parquet(self, tmp_path: Path, frame: pd.DataFrame) -> None:
        path = tmp_path / "p.parquet"
        frame.to_parquet(path)
        path.write_bytes(path.read_bytes()[:-20])
        with pytest.raises(PopulationFileError, match="no readable Parquet file"):
            load_population(path)
        frame.assign(sex=[0.5, 1, 2, 3], count=[1, -1, 2, 2]).to_parquet(path)
        with pytest.raises(PopulationFileError) as caught:
            load_population(path)
        places = [(problem.line, problem.column) for problem in caught.value.problems]
        assert places == [(1, 2), (2, 2), (2, 3), (3, 2), (4, 2)]

    def test_names_that_do_not_exist(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(UnknownNameError, match="'brussels-2021'; available: brussels-2022"):
            load_population("brussels-2021")
        with pytest.raises(MissingFileError, match=r"nowhere\.csv does not exist"):
            load_population(tmp_path / "nowhere.csv")
        with pytest.raises(MissingFileError, match=r"nowhere\.yaml does not exist"):
            load_population(str(tmp_path / "nowhere.yaml"))
        with pytest.raises(MissingFileError, match=r"nowhere\.parquet does not exist"):
            load_population(tmp_path / "nowhere.parquet")
        with pytest.raises(PopulationError, match="is a folder"):
            load_population(tmp_path)
        for name in ("folder.csv", "folder.parquet", "folder.yaml"):
            (tmp_path / name).mkdir()
            with pytest.raises(PopulationFileError, match="this is a folder"):
                load_population(tmp_path / name)
        monkeypatch.chdir(tmp_path)
        (tmp_path / "folder").mkdir()
        with pytest.raises(PopulationError, match="folder is a folder; name a file in it"):
            load_population("folder")
        (tmp_path / "table.xlsx").touch()
        with pytest.raises(PopulationError, match=r"table\.xlsx is not a kind of population file"):
            load_population("table.xlsx")
        for name in ("n" * 300, f"{'n' * 300}.csv", "n\0.parquet"):
            with pytest.raises((PopulationError, UnknownNameError)):
                load_population(name)
        with pytest.raises(PopulationError, match=r"available: \.csv, \.parquet, \.yaml, \.yml"):
            load_population(tmp_path / "p.xlsx")
        with pytest.raises(PopulationError, match="from a NoneType"):
            load_population(None)  # type: ignore[arg-type]


FRAGMENTS = (
    *(b"sex", b"man", b"count", b",", b"\n", b"\r", b'"', b"1", b"-", b"nan", b"\xff", b"\0", b"\xef\xbb\xbf"),
    *(b"name", b"tables", b"file", b": ", b"- ", b"[", b"]", b"{", b"? ", b"&a ", b"*a", b"!!x ", b"---\n", b"any.csv"),
)
CAVEATS = """\
  - fr: Sans les étudiants.
    en: Students are not counted.
  - {en: No children.}
"""
DESCRIPTION = f"""\
name: my-town
reference_date: 2024-01-01
sources:
  - citation: Town hall, register
    licence: CC0
caveats:
{CAVEATS}tables:
  - file: tables/district.csv
  - file: origin.csv
"""


class TestDescription:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "tables").mkdir()
        (tmp_path / "tables" / "district.csv").write_text("district,sex,count\n01,w,4\n01,m,6\n02,w,5\n", "utf-8")
        (tmp_path / "origin.csv").write_text("origin,sex,count\na,w,9\nb,m,6\n", "utf-8")
        (tmp_path / "town.yaml").write_text(DESCRIPTION, "utf-8")
        return tmp_path

    def test_reads_everything(self, folder: Path) -> None:
        population = load_population(folder / "town.yaml")
        assert population.name == "my-town"
        assert population.reference_date == date(2024, 1, 1)
        assert population.sources == (Source("Town hall, register", "CC0"),)
        assert population.caveats == (
            Text.of({"fr": "Sans les étudiants.", "en": "Students are not counted."}),
            Text.of({"en": "No children."}),
        )
        assert population.margin("district").to_dict() == {"01": 10, "02": 5}
        assert population.margin("origin").to_dict() == {"a": 9, "b": 6}

    @pytest.mark.parametrize(
        ("old", "new", "line", "column", "message"),
        [
            ("name: my-town\n", "", 1, 1, "lacks the key name"),
            ("name: my-town", "name:", 1, 6, "expected a text, found nothing"),
            ("name: my-town", "name: my-town\nname: other", 2, 1, "the key name is given twice"),
            ("name: my-town", "name: my-town\ntown: other", 2, 1, "the key town is not known here"),
            ("name: my-town", "name: my-town\n[a, b]: other", 2, 1, "where a key should"),
            ("2024-01-01", "1 January", 2, 17, "expected a date, found '1 January'"),
            ("    licence: CC0\n", "", 4, 5, "lacks the key licence"),
            ("  - citation: Town hall, register\n    licence: CC0", "  - Town hall", 4, 5, "expected a mapping"),
            (CAVEATS, "  None.\n", 7, 3, "expected a list"),
            ("  - {en: No children.}", "  - No children.", 9, 5, "expected a text by language"),
            ("  - {en: No children.}", "  - {}", 9, 5, "the caveat has no text"),
            ("en: Students are not counted.", "en:", 8, 8, "the caveat has no text in en"),
            ("en: Students are not counted.", "en: ' '", 8, 9, "the caveat has no text in en"),
            ("en: Students are not counted.", "en: [a]", 8, 9, "expected a text, found a list"),
            ("origin.csv", "origins.csv", 12, 11, "origins.csv"),
            ("origin.csv", "origin.xls", 12, 11, "available: .csv, .parquet"),
            ("  - file: tables/district.csv\n  - file: origin.csv\n", "  []\n", 11, 3, "no table is listed"),
            ("  - file: tables/district.csv\n  - file: origin.csv\n", "  all\n", 11, 3, "expected a list"),
            ("  - file: origin.csv", "  - origin.csv", 12, 5, "this table is a mapping"),
            ("  - file: origin.csv", "  - files: origin.csv", 12, 5, "the key files is not known here"),
            ("caveats:", "caveats: [", 7, 3, "a value is expected here"),
            ("my-town", "my\x07town", 1, 9, "the invisible character U+0007"),
        ],
    )
    def test_bad_description(self, folder: Path, old: str, new: str, line: int, column: int, message: str) -> None:
        path = folder / "town.yaml"
        assert old in DESCRIPTION
        path.write_text(DESCRIPTION.replace(old, new), "utf-8")
        with pytest.raises(PopulationFileError) as caught:
            load_population(path)
        (problem,) = caught.value.problems
        assert message in problem.message + problem.remedy
        assert (problem.file, problem.line, problem.column) == (str(path), line, column)

    @pytest.mark.parametrize("content", ["# nothing\n", "- a\n", "town", DESCRIPTION[:40], ""])
    def test_not_a_description(self, folder: Path, content: str) -> None:
        (folder / "town.yaml").write_text(content, "utf-8")
        with pytest.raises(PopulationFileError):
            load_population(folder / "town.yaml")

    def test_contradictory_tables(self, folder: Path) -> None:
        (folder / "origin.csv").write_text("origin,sex,count\na,w,8\nb,m,7\n", "utf-8")
        with pytest.raises(PopulationFileError) as caught:
            load_population(folder / "town.yaml")
        (problem,) = caught.value.problems
        assert (problem.line, problem.column) == (12, 11)
        assert (
            "tables/district.csv and origin.csv disagree on sex, at sex=w: 9 and 8; sex=m: 6 and 7" in problem.message
        )

    def test_problems_of_description_and_tables_at_once(self, folder: Path) -> None:
        (folder / "town.yaml").write_text(
            DESCRIPTION.replace("2024-01-01", "soon").replace("{en: No children.}", "No children.") + "  - ages.csv\n",
            "utf-8",
        )
        (folder / "origin.csv").write_text("origin,count\na,-8\nb,x\n", "utf-8")
        (folder / "tables" / "district.csv").write_bytes(b"district,count\n\xff,8\n")
        with pytest.raises(PopulationFileError) as caught:
            load_population(folder / "town.yaml")
        places = {(Path(problem.file).name, problem.line) for problem in caught.value.problems}
        assert places == {
            *(("town.yaml", line) for line in (2, 9, 13)),
            *(("origin.csv", 2), ("origin.csv", 3), ("district.csv", 2)),
        }

    def test_folded_citation(self, folder: Path) -> None:
        folded = DESCRIPTION.replace("citation: Town hall, register", "citation: >\n      Town hall,\n      register")
        (folder / "town.yaml").write_text(folded, "utf-8")
        assert load_population(folder / "town.yaml").sources == (Source("Town hall, register", "CC0"),)

    @settings(deadline=None)
    @given(content=st.lists(st.sampled_from(FRAGMENTS), max_size=30).map(b"".join))
    def test_arbitrary_files_give_our_errors_only(
        self, tmp_path_factory: pytest.TempPathFactory, content: bytes
    ) -> None:
        for name in ("any.csv", "any.yaml", "any.parquet"):
            path = tmp_path_factory.getbasetemp() / name
            path.write_bytes(content)
            with contextlib.suppress(TrustSurveyError):
                assert load_population(path).total > 0
