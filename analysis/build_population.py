"""Derive the packaged population ``brussels-2022`` from Statbel's published tables.

Usage: ``python analysis/build_population.py SOURCE_DIR OUTPUT_DIR``

``SOURCE_DIR`` holds five files:

- ``brussels_municipality_age5_2022.csv``: municipality x five-year age group, 2022
- ``brussels_region_age_sex_2006_2021.csv``: region, sex x single year of age; the year 2021 is used
- ``brussels_municipality_age_sex_nationality_2009_2015.csv.gz``: municipality x sex x age; the year 2015 is used
- ``brussels_municipality_sex_2020.csv``: women and men by municipality, all ages, 2020
- ``brussels_origin_shares.csv``: origin of the region's residents, all ages; 1 January 2022 is used

``OUTPUT_DIR`` receives ``population.yaml``, ``district_age_group_sex.csv`` and ``origin.csv``. The same sources give
the same bytes.

1. District x age group: the five-year groups of 2022 are added up to the groups of `AGE_GROUPS`. The group 15-19
   gives up its 15-year-olds by the region's share of them in 2021, the same in every municipality.
2. Age group x sex: the region's 2021 shares of women and men within each age group, times the 2022 size of the group,
   so that this table and the first agree on every age group.
3. District x age group x sex: the 2015 table is fitted to (1) and (2) by iterative proportional fitting (Deming and
   Stephan 1940). Both margins are met; what remains of 2015 are the odds ratios of district and sex within age groups.
4. The share of women by municipality of 2020 (all ages) takes no part: the derivation stops where the fitted share
   (16 and over) is further from it than `LARGEST_SEX_GAP`.
5. Origin: the region's shares (all ages) times the total of (3).

Counts are written with six decimals: estimates need no whole people, and the tables then agree to 1e-11 of the total.

In the region's file ages 0 and 1 are both labelled 1, and 100 stands for 100 and over; neither touches a boundary here.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

# First and last age of each group.
AGE_GROUPS = {
    "16-24": (16, 24),
    "25-34": (25, 34),
    "35-44": (35, 44),
    "45-54": (45, 54),
    "55-64": (55, 64),
    "65-74": (65, 74),
    "75+": (75, 200),
}
SEXES = {"woman": ("F", "Women"), "man": ("M", "Men")}
ORIGINS = ("belgian_belgian_background", "belgian_foreign_background", "non_belgian")
REFERENCE_DATE = "2022-01-01"
LARGEST_SEX_GAP = 0.02

DESCRIPTION = """\
name: brussels-2022
reference_date: 2022-01-01
sources:
  - citation: >-
      Statbel, Population of the Brussels-Capital Region by municipality and five-year age group, 2022.
    licence: CC BY 4.0
  - citation: >-
      Statbel, Population of the Brussels-Capital Region by sex and single year of age, 1 January 2021.
    licence: Statbel, used in derived form
  - citation: >-
      Statbel, Population by municipality, nationality, sex and age, 1 January 2015.
    licence: Statbel open data
  - citation: >-
      Statbel, Population by municipality and sex, 2020 (used to check the result).
    licence: CC0
  - citation: >-
      Statbel, Diversity by origin in Belgium, Brussels-Capital Region, 1 January 2022 (percentages typed from its page;
      Belgians with a Belgian background as 100 minus the other two).
    licence: Statbel, figures cited
caveats:
  - fr: >-
      La population comprend les habitants de 16\u00a0ans et plus. Elle est estimée à partir de tableaux qui portent sur
      tous les âges.
    nl: >-
      De bevolking bestaat uit de inwoners van 16 jaar en ouder. Ze is geschat op basis van tabellen over alle
      leeftijden.
    en: >-
      The population is the residents aged 16 and over. It is estimated from tables for all ages.
  - fr: >-
      Les effectifs par groupe d’âge de cinq ans sont ceux de 2022\u00a0; l’année a été déduite, car le fichier ne
      l’indique pas. Leur total, 1\u00a0218\u00a0772 habitants de tous âges, est inférieur d’environ 0,3\u00a0% à celui
      du registre de la population, qui compte aussi les personnes sans adresse localisée.
    nl: >-
      De aantallen per leeftijdsgroep van vijf jaar zijn die van 2022; het jaar is afgeleid, want het bestand vermeldt
      het niet. Hun totaal, 1\u00a0218\u00a0772 inwoners van alle leeftijden, ligt ongeveer 0,3\u00a0% lager dan dat van
      het bevolkingsregister, dat ook personen zonder gelokaliseerd adres telt.
    en: >-
      The counts by five-year age group are those of 2022; the year was inferred, as the file does not state it. Their
      total, 1,218,772 residents of all ages, is about 0.3% below that of the population register, which also counts
      people without a located address.
  - fr: >-
      Les habitants de 16 à 19\u00a0ans sont le groupe des 15 à 19\u00a0ans sans les jeunes de 15\u00a0ans. La part des
      jeunes de 15\u00a0ans est celle de la Région en 2021, la même dans toutes les communes.
    nl: >-
      De inwoners van 16 tot 19 jaar zijn de groep van 15 tot 19 jaar zonder de 15-jarigen. Het aandeel 15-jarigen is
      dat van het Gewest in 2021, hetzelfde in elke gemeente.
    en: >-
      Residents aged 16 to 19 are the group aged 15 to 19 without the 15-year-olds. The share of 15-year-olds is that of
      the region in 2021, the same in every municipality.
  - fr: >-
      Dans l’ensemble de la Région, les parts de femmes et d’hommes de chaque groupe d’âge sont celles de 2021.
    nl: >-
      In het hele Gewest zijn de aandelen vrouwen en mannen van elke leeftijdsgroep die van 2021.
    en: >-
      In the region as a whole, the shares of women and men in each age group are those of 2021.
  - fr: >-
      Les effectifs qui croisent commune, groupe d’âge et sexe sont des estimations\u00a0: le tableau de 2015, ajusté
      aux effectifs de 2022 par commune et par âge et à la répartition de la Région par âge et par sexe. Dans chaque
      commune, la part de femmes ainsi estimée s’écarte d’au plus 2 points de pourcentage de celle publiée pour 2020
      (tous âges).
    nl: >-
      De aantallen naar gemeente, leeftijdsgroep en geslacht samen zijn schattingen: de tabel van 2015, aangepast aan de
      aantallen van 2022 naar gemeente en leeftijd en aan de verdeling van het Gewest naar leeftijd en geslacht. Het zo
      geschatte aandeel vrouwen wijkt in elke gemeente hoogstens 2 procentpunten af van het aandeel dat voor 2020 is
      gepubliceerd (alle leeftijden).
    en: >-
      The counts by municipality, age group and sex together are estimates: the table of 2015, adjusted to the counts of
      2022 by municipality and age and to the region’s distribution by age and sex. In every municipality the share of
      women so estimated is within 2 percentage points of the one published for 2020 (all ages).
  - fr: >-
      Les parts par origine sont celles de la Région, tous âges confondus\u00a0: 24,3\u00a0% de Belges d’origine belge,
      39,8\u00a0% de Belges d’origine étrangère et 35,9\u00a0% de non-Belges. Elles sont appliquées aux habitants de
      16\u00a0ans et plus, alors que l’origine varie avec l’âge\u00a0: en 2015, les personnes de nationalité étrangère
      représentaient 33,9\u00a0% de l’ensemble des habitants et 35,5\u00a0% de ceux de 16\u00a0ans et plus.
    nl: >-
      De aandelen naar herkomst zijn die van het Gewest, alle leeftijden samen: 24,3\u00a0% Belgen met Belgische
      achtergrond, 39,8\u00a0% Belgen met buitenlandse achtergrond en 35,9\u00a0% niet-Belgen. Ze zijn toegepast op de
      inwoners van 16 jaar en ouder, hoewel de herkomst verschilt naar leeftijd: in 2015 had 33,9\u00a0% van alle
      inwoners een buitenlandse nationaliteit, en 35,5\u00a0% van de inwoners van 16 jaar en ouder.
    en: >-
      The origin shares are those of the region, all ages together: 24.3% Belgians with a Belgian background, 39.8%
      Belgians with a foreign background and 35.9% non-Belgians. They are applied to residents aged 16 and over, though
      origin differs by age: in 2015, 33.9% of all residents had a foreign nationality, and 35.5% of those aged 16 and
      over.
  - fr: >-
      L’origine par commune et l’origine par âge ne sont pas accessibles au public\u00a0; la pondération ne peut donc
      pas en tenir compte.
    nl: >-
      Herkomst naar gemeente en herkomst naar leeftijd zijn niet openbaar beschikbaar; de weging kan er dus geen
      rekening mee houden.
    en: >-
      Origin by municipality and origin by age are not publicly available, so the weighting cannot account for them.
tables:
  - file: district_age_group_sex.csv
  - file: origin.csv
"""


def age_group(age: pd.Series) -> pd.Series:
    """Put single years of age into the groups of `AGE_GROUPS`; missing below 16."""
    lower = [first for first, _ in AGE_GROUPS.values()]
    return pd.cut(age, [*lower, np.inf], right=False, labels=list(AGE_GROUPS)).astype(str).where(age >= lower[0])


def district_by_age(five_year: pd.DataFrame, share_16_to_19: float) -> pd.DataFrame:
    """District (rows) x age group (columns) from five-year groups such as ``[15,20)``."""
    lower = five_year["age_group"].str.extract(r"^\[(\d+),")[0].astype(int)
    frame = five_year.loc[lower >= 15]
    count = frame["population"].astype(float).where(lower != 15, frame["population"] * share_16_to_19)
    group = age_group(lower.loc[frame.index].replace(15, 16))
    table: pd.DataFrame = count.groupby([frame["refnis"].astype(str), group]).sum().unstack()
    return table[list(AGE_GROUPS)]


def fit(seed: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Fit a positive seed (d, s) to row totals (d,) and column totals (s,) with the same sum, to 1e-13 of each."""
    table: np.ndarray = seed.astype(float)
    for _ in range(1000):
        table = table * (columns / table.sum(axis=0))
        table = table * (rows / table.sum(axis=1))[:, None]
        if np.allclose(table.sum(axis=0), columns, rtol=1e-13, atol=0):
            return table
    raise SystemExit("the three-way table did not converge: check that the sources hold no empty cell")


def district_age_group_sex(sources: Path) -> pd.DataFrame:
    """Fitted counts of residents aged 16 and over, a row per cell: district, age_group, sex, count."""
    region = pd.read_csv(sources / "brussels_region_age_sex_2006_2021.csv").query("year == 2021")
    adolescents = region.loc[region["age"].between(15, 19)]
    share_16_to_19 = adolescents.loc[adolescents["age"] >= 16, "population"].sum() / adolescents["population"].sum()
    by_age = district_by_age(pd.read_csv(sources / "brussels_municipality_age5_2022.csv"), share_16_to_19)

    region_sex = region.groupby([age_group(region["age"]), "gender"])["population"].sum().unstack()
    region_sex = region_sex.div(region_sex.sum(axis=1), axis=0)

    seed = pd.read_csv(sources / "brussels_municipality_age_sex_nationality_2009_2015.csv.gz").query("CD_YEAR == 2015")
    keys = [seed["CD_MUNTY_REFNIS"].astype(str).rename("district"), age_group(seed["CD_AGE"]).rename("age"), "CD_SEX"]
    seed = seed.groupby(keys)["MS_POPULATION"].sum().unstack()[[code for code, _ in SEXES.values()]]

    cells = []
    for group in AGE_GROUPS:
        rows = by_age[group]
        columns = region_sex.loc[group, [label for _, label in SEXES.values()]].to_numpy() * rows.sum()
        fitted = fit(seed.xs(group, level="age").loc[rows.index].to_numpy(), rows.to_numpy(), columns)
        cells += [
            (district, group, sex, fitted[row, column])
            for row, district in enumerate(rows.index)
            for column, sex in enumerate(SEXES)
        ]
    table = pd.DataFrame(cells, columns=["district", "age_group", "sex", "count"]).round({"count": 6})
    return table.sort_values("district", kind="stable", ignore_index=True)


def largest_sex_gap(table: pd.DataFrame, sources: Path) -> float:
    """Largest difference, over municipalities, between the fitted share of women and the published one of 2020."""
    fitted = table.groupby(["district", "sex"])["count"].sum().unstack()
    published = pd.read_csv(sources / "brussels_municipality_sex_2020.csv", dtype={"refnis": str}).set_index("refnis")
    gap = fitted["woman"] / fitted.sum(axis=1) - published["women"] / published["total"]
    return float(gap.abs().max())


def origin(total: float, sources: Path) -> pd.DataFrame:
    """Share out a total by the region's origin percentages: origin, count."""
    shares = pd.read_csv(sources / "brussels_origin_shares.csv").query(f"reference_date == '{REFERENCE_DATE}'")
    percent = shares.set_index("origin")["percent"].loc[list(ORIGINS)]
    return (percent / percent.sum() * total).round(6).rename("count").reset_index()


def build(sources: Path, output: Path) -> None:
    """Write the three files of the packaged population."""
    table = district_age_group_sex(sources)
    gap = largest_sex_gap(table, sources)
    if not gap <= LARGEST_SEX_GAP:
        raise SystemExit(f"the share of women differs by {gap:.3f} from the published one in some municipality")
    output.mkdir(parents=True, exist_ok=True)
    table.to_csv(output / "district_age_group_sex.csv", index=False, float_format="%.6f", lineterminator="\n")
    by_origin = origin(table["count"].sum(), sources)
    by_origin.to_csv(output / "origin.csv", index=False, float_format="%.6f", lineterminator="\n")
    (output / "population.yaml").write_text(DESCRIPTION, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Derive the packaged population brussels-2022.")
    parser.add_argument("sources", type=Path, help="folder of the five source files")
    parser.add_argument("output", type=Path, help="folder to write to")
    arguments = parser.parse_args()
    build(arguments.sources, arguments.output)
