from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trustsurvey.errors import InputError, MissingFileError, UnknownNameError
from trustsurvey.publishing import Annex, Findings, open_page
from trustsurvey.publishing.page import Page
from trustsurvey.publishing.release import open_release
from trustsurvey.publishing.results import COLUMNS, load_results
from trustsurvey.publishing.tables import markdown_table, to_csv, write_tables
from trustsurvey.publishing.trend import axis_range
from trustsurvey.publishing.words import LANGUAGES, Words, _catalogue

PARTS = (
    "simulated", "headline", "measures", "trend", "trend_table", "gaps", "gap_tables", "map", "district_table", "items",
    "nonresponse",
)  # fmt: skip
ANNEX = (
    "fieldwork",
    "weighting",
    "margins",
    "population",
    "conventions",
    "disclosure",
    "provenance",
    "archives",
    "files",
)


def page_of(results: Path, language: str, folder: Path) -> Page:
    """Return a page that writes into a folder."""
    return replace(open_page(results, language), folder=folder)


def everything(results: Path, language: str, folder: Path) -> dict[str, str]:
    """Return every part of a page, every figure and every table."""
    page = page_of(results, language, folder)
    made = {name: getattr(Findings(page), name)() for name in PARTS} | {
        name: getattr(Annex(page), name)() for name in ANNEX
    }
    written = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return made | {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in written}


def test_what_is_withheld_changes_nothing_that_is_published(make, put, results: Path, tmp_path: Path) -> None:
    """Neither text nor figure nor table depends on a withheld number: other numbers there make the same bytes."""
    release = open_release(results)
    other = make()
    changed = 0
    for name in ("estimates", "changes", "gaps"):
        table = pd.read_parquet(other / "tables" / f"{name}.parquet")
        hidden = (release.tables[name]["status"] == "withheld").to_numpy()
        changed += hidden.sum()
        for column in ("estimate", "low", "high"):
            table.loc[hidden, column] += 1.7
        put(other, **{name: table})
    assert changed > 20
    made = everything(results, "nl", tmp_path / "a")
    assert made == everything(other, "nl", tmp_path / "b")
    assert sum(name.endswith(".svg") for name in made) >= 7


def test_every_text_is_there_in_every_language_with_the_same_places() -> None:
    places = re.compile(r"\{(\w+)\}|@[\w-]+|\d+")
    for key, texts in _catalogue().items():
        assert tuple(texts) == LANGUAGES, key
        assert all(text.strip() for text in texts.values()), key
        found = [[each.group() for each in places.finditer(texts[language])] for language in LANGUAGES]
        assert found[0] == found[1] == found[2], key


@pytest.mark.parametrize(
    ("value", "decimals", "sign", "expected"),
    [
        (1234.56, 1, False, ("1\u00a0234,6", "1\u00a0234,6", "1,234.6")),
        (-0.04, 1, True, ("0,0", "0,0", "0.0")),
        (-2.5, 1, False, ("\u22122,5", "\u22122,5", "\u22122.5")),
        (3, 0, True, ("+3", "+3", "+3")),
        (np.nan, 1, False, ("", "", "")),
        (pd.NA, 0, False, ("", "", "")),
    ],
)
def test_numbers_are_written_as_the_language_has_them(value, decimals, sign, expected) -> None:
    assert tuple(Words(language).number(value, decimals, sign=sign) for language in LANGUAGES) == expected


def test_unknown_words_and_languages_are_errors() -> None:
    with pytest.raises(UnknownNameError, match="no report language 'de'"):
        Words("de")
    with pytest.raises(UnknownNameError, match="no text 'nothing'"):
        Words("fr")("nothing")


def change(page: Page, previous: str = "2025", **numbers: object) -> str:
    """Return the headline of a page in which the latest change is another."""
    table = page.release.tables["changes"]
    latest = (table["measure"] == "overall_trust") & (table["domain"] == "all") & (table["wave"] == "2026")
    latest &= table["previous"] == previous
    changed = table.assign(**{column: table[column].mask(latest, value) for column, value in numbers.items()})
    page.release.tables["changes"] = changed  # type: ignore[index]
    return Findings(page).headline()


def test_no_change_is_never_said_without_what_could_have_been_detected(results: Path) -> None:
    page = open_page(results, "en")
    said = change(page, estimate=0.4, low=-1.2, high=2.0, p_value=0.61, detectable=2.3, status="published")
    assert "no change is shown**: the difference is +0.4 points (95% interval: \u22121.2 to +2.0)" in said
    assert "The smallest change that the survey could have detected is 2.3 points" in said
    assert "a **rise of 1.4 points**" in change(page, estimate=1.4, low=0.2, high=2.6)
    assert "a **fall of 1.4 points**" in change(page, estimate=-1.4, low=-2.6, high=-0.2)


def test_the_headline_says_the_change_since_the_wave_before_and_since_the_first(results: Path) -> None:
    page = open_page(results, "en")
    change(page, estimate=0.4, low=-1.2, high=2.0, detectable=2.3, status="published")
    said = change(page, "2023", estimate=-3.1, low=-4.8, high=-1.3, detectable=2.5, status="published")
    assert "Compared with 2025, **no change is shown**" in said
    assert "Compared with 2023, this is a **fall of 3.1 points** (95% interval: \u22124.8 to \u22121.3)." in said
    assert "2.5 points" not in said
    assert "2024" not in said
    assert re.search(r"\| Overall trust \| [^|]+ \| [^|]+ \| \+0\.4 \|", Findings(page).measures())


def test_a_headline_that_is_withheld_says_so(results: Path) -> None:
    page = open_page(results, "en")
    page.release.tables["estimates"]["estimate"] = np.nan
    assert "cannot be published" in Findings(page).headline()


def test_csv_cells_are_never_formulas(results: Path) -> None:
    release = open_release(results)
    table = pd.DataFrame(
        {"level": ["=1+1", "@x", "+2", "-3", "plain, with comma"], "estimate": [-1.25, 2, 3, np.nan, 5]}
    )
    rows = list(csv.reader(io.StringIO(to_csv(table, release))))
    assert [row[0] for row in rows[1:]] == ["'=1+1", "'@x", "'+2", "'-3", "plain, with comma"]
    assert [row[1] for row in rows[1:]] == ["-1.2", "2.0", "3.0", "", "5.0"]


def test_csv_files_are_described_column_by_column(results: Path, tmp_path: Path) -> None:
    release = open_release(results)
    write_tables(release, tmp_path)
    description = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))
    for resource in description["resources"]:
        fields = resource["schema"]["fields"]
        with (tmp_path / resource["path"]).open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == [field["name"] for field in fields]
        assert all(field["description"] for field in fields), resource["name"]


def test_csv_rows_that_are_withheld_are_blank(results: Path, tmp_path: Path) -> None:
    write_tables(open_release(results), tmp_path)
    table = pd.read_csv(tmp_path / "estimates.csv", dtype=str)
    withheld = table[table["status"] == "withheld"]
    assert len(withheld) > 10
    assert withheld[["estimate", "se", "low", "high", "n", "n_effective", "deff"]].isna().all(axis=None)
    assert table.loc[table["status"] != "withheld", "estimate"].str.fullmatch(r"-?\d+\.\d").all()


def test_markdown_tables_keep_their_text() -> None:
    made = markdown_table([("A", "left"), ("B", "right")], [["x", "1"]], "A [caption] | of *x*", "tbl-x")
    assert made.splitlines()[0] == "::: {#tbl-x}"
    assert r"A \[caption\] \| of \*x\*" in made


def test_figures_are_the_same_at_every_run(results: Path, tmp_path: Path) -> None:
    first, second = (page_of(results, "fr", tmp_path / name) for name in "ab")
    assert Findings(first).map() == Findings(second).map()
    written = [path.read_bytes() for path in sorted(tmp_path.rglob("map.svg"))]
    assert len(written) == 2
    assert written[0] == written[1]


def test_the_caption_of_the_trend_says_what_its_axes_show(results: Path, tmp_path: Path) -> None:
    page = page_of(results, "en", tmp_path)
    estimates = page.release.tables["estimates"]
    low, high = axis_range(estimates, "overall_trust", ("origin", "age_group"))
    assert 0 < low < high < 100
    inside = estimates[
        (estimates["measure"] == "overall_trust")
        & (estimates["wave"] != "all")
        & estimates["domain"].isin(["all", "origin", "age_group"])
    ]
    assert low < inside["low"].min() < low + 11
    assert high - 11 < inside["high"].max() < high
    assert f"the axes show {low:.0f} to {high:.0f}, on a scale from 0 to 100" in Findings(page).trend()
    assert axis_range(estimates.assign(estimate=np.nan), "overall_trust", ()) == (0, 100)


def test_the_figure_of_gaps_shows_every_group(results: Path, tmp_path: Path) -> None:
    page = page_of(results, "en", tmp_path)
    text = Findings(page).gaps().split("#fig-gaps ")[1].split("}")[0]
    assert all(label in text for label in ("Non-Belgian: ", "65 and over: ", "Man: "))


def test_the_seed_of_simulated_answers_is_stated(results: Path) -> None:
    assert "Seed of the simulated answers: 1." in Annex(open_page(results, "en")).provenance()


def test_results_that_are_not_whole(make, put, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no folder of results .*run the study first"):
        load_results(tmp_path / "none")
    folder = make()
    with pytest.raises(MissingFileError, match=r"instrument\.json is a file; give the folder"):
        load_results(folder / "instrument.json")
    gaps = folder / "tables" / "gaps.parquet"
    gaps.unlink()
    with pytest.raises(MissingFileError, match=r"lacks tables.gaps\.parquet; run the study again"):
        load_results(folder)
    gaps.write_bytes(b"nothing")
    put(folder)
    with pytest.raises(InputError, match=r"gaps\.parquet is not a Parquet file"):
        load_results(folder)
    put(folder, gaps=pd.DataFrame({"measure": ["x"]}))
    with pytest.raises(InputError, match="lacks the columns wave, domain"):
        load_results(folder)


@pytest.mark.parametrize(
    "name", ["instrument.json", "disclosure.yaml", "provenance.json", *(f"tables/{name}.parquet" for name in COLUMNS)]
)
def test_results_altered_after_the_run_are_refused(make, name: str) -> None:
    folder = make()
    file = folder / name
    if name == "provenance.json":
        file.write_text(file.read_text(encoding="utf-8").replace('"simulated": true', '"simulated": false'))
    elif name.endswith(".parquet"):
        table = pd.read_parquet(file)
        table.iloc[:-1].to_parquet(file)
    else:
        file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(
        InputError, match=rf"in the folder of results .*, {name} changed after the run .*; run the study"
    ):
        load_results(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("", "is not JSON"),
        ("[]", "holds no mapping of names to values"),
        ("null", "holds no mapping of names to values"),
        ("{}", "lacks 'inputs'"),
        ('{"inputs": {}}', "lacks 'checksums'"),
        ('{"inputs": [], "checksums": {}}', "'inputs' is not a mapping"),
        ('{"inputs": {}, "checksums": {}}', r"has no checksum of disclosure\.yaml, instrument\.json, provenance\.json"),
        ('{"inputs": {}, "checksums": {}, "archives": {}}', "'archives' is not a list"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_a_damaged_record_is_named(make, content: str, message: str) -> None:
    folder = make()
    (folder / "provenance.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=rf"provenance\.json.* {message}.*; run the study again"):
        load_results(folder)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff\xfe", b'{"name": 1}'])
def test_a_damaged_instrument_is_named(make, put, content: bytes) -> None:
    folder = make()
    (folder / "instrument.json").write_bytes(content)
    put(folder)
    with pytest.raises(InputError, match=r"instrument\.json does not hold an instrument; run the study again"):
        load_results(folder)


@pytest.mark.parametrize("emptied", [name for name in COLUMNS if name != "estimates"])
def test_an_empty_table_stays_empty_in_the_release(make, put, emptied: str) -> None:
    folder = make()
    put(folder, **{emptied: load_results(folder).tables[emptied].iloc[:0]})
    released = open_release(folder).tables
    assert released[emptied].empty
    assert "status" in released[emptied]


def test_a_page_stands_on_estimates_alone(make, put, tmp_path: Path) -> None:
    folder = make()
    tables = load_results(folder).tables
    put(folder, **{name: table.iloc[:0] for name, table in tables.items() if name != "estimates"})
    made = everything(folder, "fr", tmp_path)
    assert "57," in made["headline"]
    assert made["gaps"] == made["items"] == made["nonresponse"] == Words("fr")("nothing_to_show")


def test_results_without_estimates_are_refused(make, put) -> None:
    folder = make()
    put(folder, estimates=load_results(folder).tables["estimates"].iloc[:0])
    with pytest.raises(InputError, match="hold no estimates"):
        open_page(folder, "fr")


def test_one_wave_and_no_groups_make_a_page(make, put, tmp_path: Path) -> None:
    folder = make()
    tables = {name: table[table["wave"] == "2023"] for name, table in load_results(folder).tables.items()}
    put(
        folder,
        **{name: table[table["domain"] == "all"] if "domain" in table else table for name, table in tables.items()},
    )
    made = everything(folder, "en", tmp_path)
    assert "Compared with" not in made["headline"]
    assert made["map"] == "The results hold nothing to show here."
