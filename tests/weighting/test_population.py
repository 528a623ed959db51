"""The packaged population against Statbel's published figures; users' own tables, and the ways to get them wrong."""

from __future__ import annotations

import codecs
import contextlib
import copy
import hashlib
import re
from datetime import date
from pathlib import Path

import numpy as np
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

# Statbel, five-year age groups by municipality, 2022: residents aged 15-19, 20-24, and 25 and over.
PUBLISHED_2022 = {
    "21001": (7826, 8251, 78725),
    "21002": (1895, 2075, 24585),
    "21003": (1614, 1596, 16691),
    "21004": (10690, 12862, 128348),
    "21005": (1922, 3068, 36293),
    "21006": (2430, 2489, 29483),
    "21007": (2933, 3248, 39546),
    "21008": (1434, 1413, 17243),
    "21009": (3309, 6415, 66216),
    "21010": (3165, 3015, 35720),
    "21011": (1363, 1335, 14270),
    "21012": (6945, 6310, 60660),
    "21013": (2179, 3066, 36179),
    "21014": (1546, 2045, 18186),
    "21015": (7809, 8422, 86833),
    "21016": (4860, 4940, 61064),
    "21017": (1606, 1585, 17944),
    "21018": (3065, 3539, 42123),
    "21019": (2424, 2358, 29942),
}
# Statbel, region by single year of age, 1 January 2021: residents aged 16-19, and aged 15.
SHARE_16_TO_19 = 53808 / (53808 + 13863)


@pytest.fixture(scope="module")
def brussels() -> Population:
    return load_population("brussels-2022")


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "district": ["021", "021", "022", "022"],
            "sex": ["woman", "man", "woman", "man"],
            "count": [10, 20, 30, 40.5],
        }
    )


class TestBrussels:
    def test_says_what_it_is(self, brussels: Population) -> None:
        assert brussels.name == "brussels-2022"
        assert brussels.reference_date == date(2022, 1, 1)
        assert brussels.variables == ("district", "age_group", "sex", "origin")
        assert brussels.levels("district") == tuple(PUBLISHED_2022)
        assert brussels.levels("age_group") == ("16-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75+")
        assert brussels.levels("sex") == ("woman", "man")
        assert brussels.levels("origin") == ("belgian_belgian_background", "belgian_foreign_background", "non_belgian")
        assert all("Statbel" in source.citation and source.licence for source in brussels.sources)

    def test_caveats_are_in_the_three_languages(self, brussels: Population) -> None:
        assert {tuple(dict(caveat.translations)) for caveat in brussels.caveats} == {("fr", "nl", "en")}
        for language, words in (
            ("fr", ("déduite", "L’origine par commune")),
            ("nl", ("afgeleid", "Herkomst naar gemeente")),
            ("en", ("inferred", "Origin by municipality")),
        ):
            for each in words:
                assert any(each in caveat[language] for caveat in brussels.caveats)
        # The same numbers stand in every language, whatever separates their thousands and decimals.
        for caveat in brussels.caveats:
            assert len({tuple(re.findall(r"\d+", text)) for _, text in caveat.translations}) == 1

    def test_districts_are_the_published_counts(self, brussels: Population) -> None:
        expected = {
            district: adolescents * SHARE_16_TO_19 + twenties + older
            for district, (adolescents, twenties, older) in PUBLISHED_2022.items()
        }
        assert brussels.margin("district").to_dict() == pytest.approx(expected, rel=1e-9)

    def test_youngest_age_group_is_split_by_the_region(self, brussels: Population) -> None:
        youngest = brussels.margin(["age_group", "district"])["16-24"]
        expected = {district: a * SHARE_16_TO_19 + b for district, (a, b, _) in PUBLISHED_2022.items()}
        assert youngest.to_dict() == pytest.approx(expected, rel=1e-9)

    def test_age_groups_are_the_published_counts(self, brussels: Population) -> None:
        counts = brussels.margin("age_group").tolist()
        assert counts[1:] == pytest.approx([208688, 184548, 160981, 125931, 83840, 76063], rel=1e-9)

    def test_sex_by_age_has_the_shares_of_the_region_in_2021(self, brussels: Population) -> None:
        women = brussels.margin(["sex", "age_group"])["woman"] / brussels.margin("age_group")
        assert women["16-24"] == pytest.approx(65484 / 131129, rel=1e-9)
        assert women["35-44"] == pytest.approx(92411 / 186382, rel=1e-9)
        assert women["75+"] == pytest.approx(47821 / 75466, rel=1e-9)

    def test_three_way_cells_keep_the_odds_ratios_of_2015(self, brussels: Population) -> None:
        oldest = brussels.margin(["age_group", "district", "sex"])["75+"]
        fitted = (oldest["21008", "woman"] / oldest["21008", "man"]) / (
            oldest["21014", "woman"] / oldest["21014", "man"]
        )
        assert fitted == pytest.approx((1588 / 819) / (500 / 347), rel=1e-6)

    def test_origin_has_the_published_shares(self, brussels: Population) -> None:
        assert (brussels.margin("origin") / brussels.total).tolist() == pytest.approx([0.243, 0.398, 0.359], rel=1e-9)

    def test_every_margin_has_the_same_total(self, brussels: Population) -> None:
        for variables in ("district", "sex", "origin", ["district", "age_group"], ["sex", "age_group", "district"]):
            assert brussels.margin(variables).sum() == pytest.approx(brussels.total, rel=1e-11)

    def test_origin_by_age_is_not_offered(self, brussels: Population) -> None:
        with pytest.raises(PopulationError, match=r"origin x age_group.*it holds.*district x age_group x sex; origin"):
            brussels.margin(["origin", "age_group"])


class TestMargin:
    def test_order_of_variables_and_levels(self, frame: pd.DataFrame) -> None:
        population = Population.from_table(frame.iloc[::-1], name="p")
        margin = population.margin(["sex", "district"])
        assert margin.index.names == ["sex", "district"]
        assert margin.index.tolist() == [("man", "022"), ("man", "021"), ("woman", "022"), ("woman", "021")]
        assert margin.tolist() == [40.5, 20, 30, 10]
        assert population.margin(["district"]).index.name == "district"
        assert population.margin("district").to_dict() == {"022": 70.5, "021": 30}
        assert population.total == 100.5

    def test_comes_from_the_smallest_table(self, frame: pd.DataFrame) -> None:
        # Within the tolerance the two tables differ, so the answer tells which was summed.
        small = pd.DataFrame({"sex": ["woman", "man"], "count": [40 + 1e-8, 60.5]})
        population = Population.from_table(frame, small, name="p")
        assert population.margin("sex")["woman"] == 40 + 1e-8

    def test_unlisted_cells_are_not_invented(self, frame: pd.DataFrame) -> None:
        population = Population.from_table(frame.iloc[:3], name="p")
        assert ("022", "man") not in population.margin(["district", "sex"]).index
        assert population.margin("sex").to_dict() == {"woman": 40, "man": 20}

    def test_changing_a_margin_leaves_the_population_alone(self, frame: pd.DataFrame) -> None:
        population = Population.from_table(frame, name="p")
        checksum = population.checksum
        margin = population.margin(["district", "sex"])
        margin.iloc[0] = 999
        frame.loc[0, "count"] = 999
        assert population.checksum == checksum
        with pytest.raises(ValueError, match="read-only"):
            population.tables[0].iloc[0] = 999

    def test_unknown_variable_lists_the_known(self, frame: pd.DataFrame) -> None:
        population = Population.from_table(frame, name="p")
        with pytest.raises(UnknownNameError, match="'gender'; available: district, sex"):
            population.margin("gender")
        with pytest.raises(UnknownNameError, match="'gender'; available: district, sex"):
            population.levels("gender")

    @pytest.mark.parametrize("variables", [[], ["sex", "sex"]])
    def test_none_or_repeated_variables(self, frame: pd.DataFrame, variables: list[str]) -> None:
        with pytest.raises(PopulationError, match="each once"):
            Population.from_table(frame, name="p").margin(variables)

    @settings(max_examples=25, deadline=None)
    @given(
        counts=st.lists(st.floats(0, 1e7), min_size=24, max_size=24).filter(lambda each: sum(each) > 0),
        permutation=st.permutations(range(24)),
    )
    def test_margins_agree_with_pandas_whatever_the_order_of_rows(
        self, counts: list[float], permutation: list[int]
    ) -> None:
        grid = pd.MultiIndex.from_product([list("abcd"), list("xyz"), list("mw")], names=["a", "b", "c"])
        frame = pd.DataFrame({"n": counts}, index=grid).reset_index()
        population = Population.from_table(frame, count="n", name="p")
        shuffled = Population.from_table(frame.iloc[permutation], count="n", name="p")
        for variables in (["c"], ["b", "a"], ["c", "a", "b"]):
            expected = frame.groupby(variables)["n"].sum()
            for each in (population, shuffled):
                np.testing.assert_allclose(
                    each.margin(variables).reindex(expected.index), expected, rtol=1e-12, atol=1e-9
                )
        assert population.checksum == shuffled.checksum


class TestConstruction:
    def test_integer_levels_become_text(self) -> None:
        frame = pd.DataFrame({"district": [21001, 21002], "count": [1, 2]})
        assert Population.from_table(frame, name="p").levels("district") == ("21001", "21002")

    def test_categorical_levels(self, frame: pd.DataFrame) -> None:
        frame["sex"] = frame["sex"].astype("category")
        assert Population.from_table(frame, name="p").levels("sex") == ("woman", "man")

    def test_series_tables(self, frame: pd.DataFrame) -> None:
        series = frame.set_index(["district", "sex"])["count"]
        caveat = Text.of({"en": "A caveat."})
        direct = Population("p", (series,), date(2022, 1, 1), (Source("Office", "CC0"),), (caveat,))
        assert direct.margin("district").to_dict() == {"021": 30, "022": 70.5}
        assert direct.sources[0].licence == "CC0"
        assert direct.caveats[0]["en"] == "A caveat."

    def test_caveats_of_frames(self, frame: pd.DataFrame) -> None:
        texts = [{"de": "Ohne Studenten.", "en": "Students left out."}, Text.of({"en": "No children."})]
        population = Population.from_table(frame, name="p", caveats=texts)
        assert [caveat["en"] for caveat in population.caveats] == ["Students left out.", "No children."]
        assert population.caveats[0]["de"] == "Ohne Studenten."
        for empty in ({}, {"en": "No children.", "fr": " "}):
            with pytest.raises(PopulationError, match="caveat 2 has no text"):
                Population.from_table(frame, name="p", caveats=[texts[0], empty])

    def test_repr_and_copy(self, frame: pd.DataFrame) -> None:
        population = Population.from_table(frame, name="p", reference_date=date(2022, 1, 1))
        assert repr(population) == "Population('p', 2022-01-01, total 100, by district x sex)"
        assert copy.deepcopy(population).checksum == population.checksum

    def test_checksum_is_of_date_and_counts(self, frame: pd.DataFrame) -> None:
        population = Population.from_table(frame, name="p")
        content = (
            '[null,[[["district","sex"],[["021","man",20.0],["021","woman",10.0],'
            '["022","man",40.5],["022","woman",30.0]]]]]'
        )
        assert population.checksum == hashlib.sha256(content.encode()).hexdigest()
        assert Population.from_table(frame[["sex", "count", "district"]], name="q").checksum == population.checksum
        dated = Population.from_table(frame, name="p", reference_date=date(2022, 1, 1))
        frame.loc[0, "count"] += 1
        assert len({population.checksum, dated.checksum, Population.from_table(frame, name="p").checksum}) == 3

    @pytest.mark.parametrize(
        ("column", "value", "message"),
        [
            ("count", np.nan, "row 2: there is no count"),
            ("count", None, "row 2: there is no count"),
            ("count", -1, "row 2: the count -1.* is negative"),
            ("count", np.inf, "row 2: the count is infinite"),
            ("count", "many", "row 2: the count 'many' is not a number"),
            ("count", True, "row 2: the count True is not a number"),
            ("sex", None, "row 2: column 'sex' has no level here"),
            ("sex", np.nan, "row 2: column 'sex' has no level here"),
            ("sex", " man", "row 2: column 'sex' has spaces around the level ' man'"),
            ("sex", "woman", "row 2: the cell district=021, sex=woman is also in row 1"),
            ("sex", 1.0, r"row 2: column 'sex' holds 1.0 \(float\), not a code"),
        ],
    )
    def test_bad_cells(self, frame: pd.DataFrame, column: str, value: object, message: str) -> None:
        frame = frame.astype({column: object})
        frame.loc[1, column] = value
        with pytest.raises(PopulationError, match=message):
            Population.from_table(frame, name="p")
        variables = ["district", "sex"]
        series = frame.set_index(variables)["count"]
        with pytest.raises(PopulationError, match=message):
            Population("p", (series,))

    def test_all_faults_of_all_frames_at_once(self, frame: pd.DataFrame) -> None:
        frame.loc[0, "count"] = -1
        frame.loc[2, "sex"] = ""
        with pytest.raises(PopulationError) as caught:
            Population.from_table(frame, frame.drop(columns="count"), name="p")
        message = str(caught.value)
        assert "table 1, row 1: the count -1.0 is negative" in message
        assert "table 1, row 3: column 'sex' has no level here" in message
        assert "table 2: there is no column 'count'; the columns are: district, sex" in message
        assert "table 2, row 3: column 'sex' has no level here" in message

    def test_unusable_frames(self, frame: pd.DataFrame) -> None:
        for bad, message in (
            (frame.iloc[:0], "no rows"),
            (frame[["count"]], "no variable beside the counts"),
            (frame.assign(count=0), "add up to 0"),
            (frame.assign(count=1e308), "add up to more than a number can hold"),
            (frame.set_axis(["sex", "sex", "count"], axis=1), "two columns are named 'sex'"),
            (frame.set_axis(["count", "sex", "count"], axis=1), "more than one column 'count'"),
            (frame.set_axis([3, "sex", "count"], axis=1), "the name of variable 1 is 3"),
            (pd.DataFrame(), "no column 'count'"),
        ):
            with pytest.raises(PopulationError, match=message):
                Population.from_table(bad, name="p")

    def test_wrong_kinds_of_argument(self, frame: pd.DataFrame) -> None:
        series = frame.set_index(["district", "sex"])["count"]
        with pytest.raises(PopulationError, match="argument 1 is a dict"):
            Population.from_table({"sex": 1}, name="p")  # type: ignore[arg-type]
        for arguments, message in (
            (("p", ()), "at least one table"),
            (("p", series), "tuple of pandas Series"),
            (("p", (frame,)), "tuple of pandas Series"),
            (("", (series,)), "needs a name"),
            (("p", (series,), "2022-01-01"), "reference_date of a population is a datetime.date; got '2022-01-01'"),
            (("p", (series,), None, ("Statbel",)), "sources of a population is a tuple of Source"),
            (("p", (series,), None, (), "One sentence."), "caveats of a population is a tuple of Text"),
            (("p", (series.reset_index(drop=True),)), "the name of variable 1 is None"),
        ):
            with pytest.raises(PopulationError, match=message):
                Population(*arguments)

    def test_contradictory_totals(self, frame: pd.DataFrame) -> None:
        other = pd.DataFrame({"origin": ["a", "b"], "count": [50, 60]})
        message = r"table 1 \(district x sex\) and table 2 \(origin\) have different totals, 100.5 and 110"
        with pytest.raises(PopulationError, match=message):
            Population.from_table(frame, other, name="p")

    def test_contradictory_margins(self, frame: pd.DataFrame) -> None:
        other = pd.DataFrame({"sex": ["woman", "man"], "age": ["old", "old"], "count": [41, 59.5]})
        with pytest.raises(PopulationError, match=r"disagree on sex, at sex=woman: 40 and 41; sex=man: 60.5 and 59.5"):
            Population.from_table(frame, other, name="p")

    def test_contradictory_levels(self, frame: pd.DataFrame) -> None:
        other = pd.DataFrame({"sex": ["woman", "male"], "count": [40, 60.5]})
        with pytest.raises(PopulationError, match=r"sex=man: 60.5 and 0; sex=male: 0 and 60.5"):
            Population.from_table(frame, other, name="p")

    def test_contradictory_joint_margin(self) -> None:
        # Each variable agrees, the two together do not.
        cells = pd.MultiIndex.from_product([["a", "b"], ["x", "y"]], names=["one", "two"])
        first = pd.Series([10.0, 20, 20, 10], index=cells)
        second = pd.Series([20.0, 10, 10, 20], index=cells)
        with pytest.raises(PopulationError, match="disagree on one x two, at one=a, two=x: 10 and 20"):
            Population("p", (first, second))


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
