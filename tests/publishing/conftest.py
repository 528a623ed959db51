"""Made-up results of a study, seeded, in the layout that a study run writes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from trustsurvey.instruments.model import (
    Derived,
    DerivedLevel,
    Group,
    IndexDefinition,
    IndexItem,
    Instrument,
    canonical,
)
from trustsurvey.instruments.questions import Item, Question, QuestionType, Scale, ScalePoint, Text
from trustsurvey.publishing.integrity import RECORD, write_record
from trustsurvey.publishing.policy import DEFAULT_POLICY
from trustsurvey.publishing.report import render_reports

WAVES = ("2023", "2024", "2025", "2026")
SENTINEL = 91.73  # what every cell below the policy's limits holds; it must appear nowhere
ORIGINS = {
    "belgian_belgian_background": (
        "Belge d’origine belge",
        "Belg met Belgische achtergrond",
        "Belgian, Belgian background",
    ),
    "belgian_foreign_background": (
        "Belge d’origine étrangère",
        "Belg met buitenlandse achtergrond",
        "Belgian, foreign background",
    ),
    "non_belgian": ("Non-Belge", "Niet-Belg", "Non-Belgian"),
}
AGES = {code: (f"{code} ans", f"{code} jaar", code) for code in ("16-24", "25-34", "35-44", "45-54", "55-64")}
AGES["65+"] = ("65 ans et plus", "65 jaar en ouder", "65 and over")
SEXES = {"woman": ("Femme", "Vrouw", "Woman"), "man": ("Homme", "Man", "Man")}
NAMES = {
    "Anderlecht": 120, "Auderghem": 34, "Berchem-Sainte-Agathe": 25, "Bruxelles": 184, "Etterbeek": 48, "Evere": 42,
    "Forest": 56, "Ganshoren": 25, "Ixelles": 87, "Jette": 53, "Koekelberg": 22, "Molenbeek-Saint-Jean": 98,
    "Saint-Gilles": 50, "Saint-Josse-ten-Noode": 27, "Schaerbeek": 132, "Uccle": 84, "Watermael-Boitsfort": 25,
    "Woluwe-Saint-Lambert": 58, "Woluwe-Saint-Pierre": 42,
}  # fmt: skip
DISTRICTS = {str(21001 + place): (name, name, name) for place, name in enumerate(NAMES)}
DOMAINS = {"origin": ORIGINS, "age_group": AGES, "sex": SEXES, "district": DISTRICTS}
SHARES = {
    "origin": (0.24, 0.40, 0.36),
    "age_group": (0.14, 0.2, 0.19, 0.17, 0.13, 0.17),
    "sex": (0.51, 0.49),
    "district": tuple(count / sum(NAMES.values()) for count in NAMES.values()),
}
ITEMS = {
    "TREAT": {
        "respect": (
            "La police traite les gens avec respect.",
            "De politie behandelt mensen met respect.",
            "The police treat people with respect.",
        ),
        "listen": (
            "La police prend le temps d’écouter les gens.",
            "De politie neemt de tijd om te luisteren.",
            "The police take the time to listen to people.",
        ),
        "explain": (
            "La police explique ses décisions.",
            "De politie legt haar beslissingen uit.",
            "The police explain their decisions.",
        ),
    },
    "EFFECT": {
        "crime": (
            "La police lutte efficacement contre la criminalité.",
            "De politie bestrijdt criminaliteit doeltreffend.",
            "The police are effective in fighting crime.",
        ),
        "help": (
            "La police arrive vite quand on l’appelle.",
            "De politie is snel ter plaatse als men haar belt.",
            "The police come quickly when called.",
        ),
    },
}
ASKED = {
    "all": 1400,
    "belgian_belgian_background": 320,
    "belgian_foreign_background": 540,
    "non_belgian": 480,
    "unknown": 60,
}
ESTIMATE = ["estimate", "se", "low", "high", "n", "n_effective", "deff", "flags"]


def text(french: str, dutch: str, english: str) -> Text:
    return Text.of({"fr": french, "nl": dutch, "en": english})


def make_instrument() -> Instrument:
    names = (
        ("Pas du tout d’accord", "Helemaal niet akkoord", "Strongly disagree"),
        ("Plutôt pas d’accord", "Eerder niet akkoord", "Disagree"),
        ("Ni l’un ni l’autre", "Niet akkoord, niet oneens", "Neither"),
        ("Plutôt d’accord", "Eerder akkoord", "Agree"),
        ("Tout à fait d’accord", "Helemaal akkoord", "Strongly agree"),
    )
    agree = Scale("agree5", "ordinal", tuple(ScalePoint(str(k), text(*name), k) for k, name in enumerate(names, 1)))
    questions = [
        Question(
            "TRUST",
            QuestionType.RATING,
            text("Faites-vous confiance à la police ?", "Vertrouwt u de politie?", "Do you trust the police?"),
            minimum=0,
            maximum=10,
            ends=(text("pas du tout", "helemaal niet", "not at all"), text("entièrement", "volledig", "completely")),
            concept="overall_trust",
        )
    ]
    for code, items in ITEMS.items():
        lines = tuple(Item(name, text(*wording)) for name, wording in items.items())
        title = text("Êtes-vous d’accord ?", "Bent u het eens?", "Do you agree?")
        questions.append(Question(code, QuestionType.BATTERY, title, scale=agree, items=lines))

    def index(code: str, label: Text, variables: list[str], low: float, high: float) -> IndexDefinition:
        return IndexDefinition(code, label, tuple(IndexItem(name, low, high) for name in variables), 1)

    def derived(code: str, label: Text) -> Derived:
        levels = tuple(DerivedLevel(level, text(*names), f'X = "{level}"') for level, names in DOMAINS[code].items())
        return Derived(code, label, levels)

    return Instrument(
        "little-trust",
        "1.0.0",
        ("fr", "nl", "en"),
        text("Confiance", "Vertrouwen", "Trust"),
        (Group("all", text("Questions", "Vragen", "Questions"), tuple(questions)),),
        derived=tuple(derived(code, text(code, code, code)) for code in DOMAINS),
        index_definitions=(
            index(
                "overall_trust", text("Confiance générale", "Algemeen vertrouwen", "Overall trust"), ["TRUST"], 0, 10
            ),
            index(
                "procedural_justice",
                text("Justice procédurale", "Procedurele rechtvaardigheid", "Procedural justice"),
                [f"TREAT_{name}" for name in ITEMS["TREAT"]],
                1,
                5,
            ),
            index(
                "effectiveness",
                text("Efficacité", "Doeltreffendheid", "Effectiveness"),
                [f"EFFECT_{name}" for name in ITEMS["EFFECT"]],
                1,
                5,
            ),
        ),
    )


def make_results(folder: Path, seed: int = 20261122, respondents: int = 1400) -> Path:
    """Write a folder of results; cells below the limits of the default policy hold SENTINEL."""
    chance = np.random.default_rng(seed)
    instrument = make_instrument()
    measures = list(instrument.indices)
    (folder / "tables").mkdir(parents=True)

    def estimate(centre: float, n: int, spread: float = 24.0) -> dict[str, object]:
        deff = 1.3 + 0.2 * chance.random()
        se = spread / np.sqrt(max(n, 1) / deff)
        value = centre + se * 0.5 * chance.standard_normal()
        low, high = value - 1.96 * se, value + 1.96 * se
        if n / deff < 20 or n < 30:
            value, low, high = SENTINEL, SENTINEL - 9, SENTINEL + 7
        return dict(zip(ESTIMATE, (value, se, low, high, n, n / deff, deff, ""), strict=True))

    estimates, changes, gaps = [], [], []
    effects = {
        "belgian_belgian_background": 5,
        "belgian_foreign_background": -6,
        "non_belgian": 3,
        "16-24": -8,
        "65+": 7,
    }
    for measure, base in zip(measures, (54, 49, 46), strict=True):
        for domain in ("all", *DOMAINS):
            levels = ["all"] if domain == "all" else list(DOMAINS[domain])
            shares = (1.0,) if domain == "all" else SHARES[domain]
            for level, share in zip(levels, shares, strict=True):
                series = []
                place = (int(level) * 7) % 23 - 11 if domain == "district" else 0
                for number, wave in enumerate((*WAVES, "all")):
                    size = round(respondents * share * (4 if wave == "all" else 1) * (0.9 + 0.2 * chance.random()))
                    row = estimate(base + effects.get(level, 0) + place + number % 4, size)
                    series.append({"measure": measure, "domain": domain, "level": level, "wave": wave, **row})
                estimates += series
                for before, after in (*pairwise(series[:4]), (series[0], series[2]), (series[0], series[3])):
                    changes.append(_difference(after, before, {"previous": before["wave"]}, "n_previous"))
    frame = pd.DataFrame(estimates)
    for (_, wave, domain), part in frame[frame["domain"] != "all"].groupby(["measure", "wave", "domain"], sort=False):
        if domain == "district" or wave == "all":
            continue
        rows = part.to_dict("records")
        gaps += [_difference(row, rows[0], {"reference": rows[0]["level"]}, "n_reference") for row in rows[1:]]
    items, nonresponse = [], []
    variables = [each for each in instrument.variables if each.name.startswith(("TRUST", "TREAT", "EFFECT"))]
    for variable in variables:
        levels = list(variable.codes) or [str(number) for number in range(11)]
        for wave in WAVES:
            for level, share in zip(levels, chance.dirichlet(np.full(len(levels), 6.0)), strict=True):
                se = np.sqrt(share * (1 - share) / 900)
                row = (share, se, max(share - 1.96 * se, 0), share + 1.96 * se, 1300, 900.0, 1.44, "")
                items.append(
                    {"variable": variable.name, "level": level, "wave": wave, **dict(zip(ESTIMATE, row, strict=True))}
                )
    for name in ("any", *(variable.name for variable in variables)):
        for reason, usual in (("dont_know", 0.05), ("refused", 0.02), ("skipped", 0.01)):
            for wave in WAVES:
                for origin, n in ASKED.items():
                    share = (
                        0.0
                        if (name, reason, origin) == ("TRUST", "skipped", "non_belgian")
                        else usual * (0.7 + chance.random())
                    )
                    se = np.sqrt(share * (1 - share) / n * 1.4)
                    row = (share, se, max(share - 1.96 * se, 0), share + 1.96 * se, n, n / 1.4, 1.4, "")
                    keys = {"variable": name, "reason": reason, "origin": origin, "wave": wave}
                    nonresponse.append({**keys, **dict(zip(ESTIMATE, row, strict=True))})
    tables = {
        "estimates": frame,
        "changes": pd.DataFrame(changes),
        "gaps": pd.DataFrame(gaps),
        "items": pd.DataFrame(items),
        "nonresponse": pd.DataFrame(nonresponse),
        "reliability": pd.DataFrame(
            [
                (measure, wave, number, 1300, alpha)
                for wave in WAVES
                for measure, number, alpha in zip(measures, (1, 3, 2), (np.nan, 0.8312, 0.7146), strict=True)
            ],
            columns=["measure", "wave", "items", "n", "alpha"],
        ),
        "fieldwork": pd.DataFrame(_fieldwork(respondents)),
        "margins": pd.DataFrame(_margins(chance)),
        "weights": pd.DataFrame(
            [(wave, respondents, 1.412, respondents / 1.412, 0.31, 4.9, 7, 3e-12) for wave in WAVES],
            columns=["wave", "n", "kish", "n_effective", "smallest", "largest", "iterations", "largest_gap"],
        ),
    }
    for name, table in tables.items():
        table.to_parquet(folder / "tables" / f"{name}.parquet")
    (folder / "instrument.json").write_text(canonical(instrument), encoding="utf-8")
    shutil.copyfile(DEFAULT_POLICY, folder / "disclosure.yaml")
    write_record(folder, _provenance(instrument, respondents))
    return folder


def _difference(row: dict, other: dict, keys: dict, count: str) -> dict:
    se = float(np.hypot(row["se"], other["se"]))
    value = row["estimate"] - other["estimate"]
    numbers = {"estimate": value, "se": se, "low": value - 1.96 * se, "high": value + 1.96 * se}
    named = {key: row[key] for key in ("measure", "domain", "level", "wave", "n", "n_effective", "deff", "flags")}
    return {
        **named,
        **keys,
        **numbers,
        "p_value": float(2 * (1 - NormalDist().cdf(abs(value) / se))),
        "detectable": 2.8 * se,
        count: other["n"],
    }


def _fieldwork(respondents: int) -> list[dict[str, object]]:
    rows = []
    for wave in WAVES:
        parts = {"fr": 0.7, "nl": 0.22, "en": 0.08}
        whole = {
            "started": respondents + 130,
            "no_consent": 34,
            "broken_off": 96,
            "completed": respondents,
            "used": respondents,
        }
        rows.append({"wave": wave, "language": "all", **whole})
        rows += [
            {"wave": wave, "language": language, **{stage: round(share * count) for stage, count in whole.items()}}
            for language, share in parts.items()
        ]
    return rows


def _margins(chance: np.random.Generator) -> list[dict[str, object]]:
    rows = []
    for wave in WAVES:
        for domain in ("district", "origin", "age_group"):
            before = chance.dirichlet(np.array(SHARES[domain]) * 500)
            for level, target, share in zip(DOMAINS[domain], SHARES[domain], before, strict=True):
                rows.append(
                    {"wave": wave, "margin": domain, "level": level, "target": target, "before": share, "after": target}
                )
        for age, share in zip(AGES, SHARES["age_group"], strict=True):
            for sex, part in zip(SEXES, SHARES["sex"], strict=True):
                target = share * part
                name = f"{age} | {sex}"
                keys = {"wave": wave, "margin": "age_group x sex", "level": name}
                rows.append({**keys, "target": target, "before": target * 1.05, "after": target})
    return rows


def _provenance(instrument: Instrument, respondents: int) -> dict[str, object]:
    return {
        "study": "made-up",
        "inputs": {"study": "cd" * 32},
        "package": {"name": "trustsurvey", "version": "0.1.0", "commit": "0123456789abcdef0123456789abcdef01234567"},
        "created": "2026-11-22T02:00:00+00:00",
        "instruments": [{"name": instrument.name, "version": instrument.version, "digest": instrument.digest}],
        "archives": [
            {
                "wave": wave,
                "survey": str(1000 + number),
                "records": respondents + 130,
                "respondents": respondents,
                "segments": [
                    {"file": f"{wave}/000001.jsonl", "sha256": f"{number}" * 64, "records": respondents + 130}
                ],
            }
            for number, wave in enumerate(WAVES, 1)
        ],
        "population": {
            "name": "brussels-2022",
            "reference_date": "2022-01-01",
            "checksum": "ab" * 32,
            "sources": ["Statbel, population by statistical sector, 2022."],
            "caveats": [
                {
                    "fr": "Les habitants de 16 ans et plus.",
                    "nl": "De inwoners van 16 jaar en ouder.",
                    "en": "Residents aged 16 and over.",
                },
                "Origin shares are those of all ages.",
            ],
        },
        "weighting": {
            "method": "raking",
            "margins": [["district"], ["origin"], ["age_group", "sex"]],
            "bounds": [0.2, 5.0],
            "missing": "keep",
            "strata": None,
            "clusters": None,
            "choices": ["Unknown origin keeps its share of the sample."],
        },
        "seed": 1,
        "simulated": True,
        "publication": {
            "title": {"fr": "Confiance : essai", "nl": "Vertrouwen: proef", "en": "Trust: a trial"},
            "headline": "overall_trust",
        },
    }


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Write one more folder of the same results."""
    return lambda: make_results(tmp_path_factory.mktemp("study") / "results")


@pytest.fixture(scope="session")
def put() -> Callable[..., None]:
    """Put other tables in the place of some of a folder of results, as if the run had written them."""

    def put(folder: Path, **tables: pd.DataFrame) -> None:
        for name, table in tables.items():
            table.to_parquet(folder / "tables" / f"{name}.parquet")
        write_record(folder, json.loads((folder / RECORD).read_text(encoding="utf-8")))

    return put


@pytest.fixture(scope="session")
def sentinel() -> float:
    return SENTINEL


@pytest.fixture(scope="session")
def source() -> Path:
    """The source of the monitoring report."""
    return Path(__file__).parents[2] / "reports" / "monitoring.qmd"


@pytest.fixture(scope="session")
def report(results: Path, source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the report in three languages, made by the embedded renderer."""
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shutil.which", lambda _: None)
        render_reports(source, results, ["fr", "nl", "en"], output=folder)
    return folder


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of made-up results."""
    return make_results(tmp_path_factory.mktemp("study") / "results")
