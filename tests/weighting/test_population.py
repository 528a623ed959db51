"""The packaged population against Statbel's published figures, its margins, and populations made of frames."""

from __future__ import annotations

import copy
import hashlib
import re
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustsurvey.errors import (
    PopulationError,
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
