"""Trust in the police in Belgium, European Social Survey round 9 (2018): python analysis/ess_belgium.py ess9_be.csv.

The answers are those of ESS ERIC (doi:10.21338/NSD-ESS9-2018, CC BY-NC-SA 4.0) and do not come with this project.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

import trustsurvey as ts

MISSING = {
    "trstplc": {77: "refusal", 88: "don't know", 99: "no answer"},
    "brncntr": {7: "refusal", 8: "don't know", 9: "no answer"},
    "facntr": {7: "refusal", 8: "don't know", 9: "no answer"},
    "mocntr": {7: "refusal", 8: "don't know", 9: "no answer"},
}
VALID = {"trstplc": range(11), "brncntr": (1, 2), "facntr": (1, 2), "mocntr": (1, 2)}
# The first three letters of the province (NUTS 2) give the region.
REGIONS = {"BE1": "Brussels", "BE2": "Flanders", "BE3": "Wallonia"}
ORIGINS = ["born here, parents too", "born here, a parent abroad", "born abroad"]
COLUMNS = [*MISSING, "region", "pspwght", "stratum", "psu"]


def read_answers(path: Path) -> pd.DataFrame:
    """Read the columns used, with published missing codes as missing."""
    if not path.is_file():
        raise ValueError(f"no file {path}; download round 9 for Belgium from ess.sikt.no and pass its path")
    try:
        frame = pd.read_csv(path)
    except (ValueError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read as comma-separated UTF-8 text: {error}") from error
    absent = [name for name in COLUMNS if name not in frame.columns]
    if absent:
        raise ValueError(f"{path} lacks columns {', '.join(absent)}; it has {', '.join(map(str, frame.columns))}")
    for name, codes in MISSING.items():
        known = frame[name].isin([*VALID[name], *codes]) | frame[name].isna()
        if not known.all():
            raise ValueError(f"{path}: {name} holds {(~known).sum()} codes that its codebook does not have")
        frame[name] = frame[name].mask(frame[name].isin(list(codes)))
    return frame[COLUMNS]


def with_groups(frame: pd.DataFrame) -> pd.DataFrame:
    """Add region, and origin by own and parents' country of birth; origin stays missing where it cannot be known."""
    parent_abroad = (frame["facntr"] == 2) | (frame["mocntr"] == 2)
    parents_here = (frame["facntr"] == 1) & (frame["mocntr"] == 1)
    born_here = frame["brncntr"] == 1
    origin = pd.Series(pd.NA, index=frame.index, dtype=pd.CategoricalDtype(ORIGINS))
    origin[born_here & parents_here] = ORIGINS[0]
    origin[born_here & parent_abroad] = ORIGINS[1]
    origin[frame["brncntr"] == 2] = ORIGINS[2]
    return frame.assign(origin=origin, country_part=frame["region"].str[:3].map(REGIONS))


def print_table(table: pd.DataFrame) -> None:
    """Print with as many digits as the answers bear."""
    print(table.to_string(index=False, float_format="{:.3f}".format))


def main() -> None:
    """Print trust in the police (0-10) for the country, by region and by origin."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("path", type=Path, help="ess9_be.csv")
    try:
        frame = with_groups(read_answers(parser.parse_args().path))
        design = ts.SurveyDesign(frame, weights="pspwght", strata="stratum", clusters="psu")
        whole = design.mean("trstplc")
        country = whole.table.iloc[0]
        print("Trust in the police, 0 (no trust at all) to 10 (complete trust), Belgium, ESS round 9")
        print(f"mean {country['estimate']:.10g}, standard error {country['se']:.9g}, ", end="")
        print(f"95 % interval {country['low']:.3f} to {country['high']:.3f}, ", end="")
        print(f"{country['n']} answers, {whole.df} degrees of freedom")
        for title, by in {"region": "country_part", "province": "region", "origin": "origin"}.items():
            estimates = design.mean("trstplc", by=by)
            print(f"\nBy {title}")
            print_table(estimates.table.drop(columns=["n_effective", "deff"]).rename(columns={by: title}))
            if estimates.left_out:
                print(f"{estimates.left_out} more answered, but their {title} is not known")
        print("\nDifference by origin")
        gap = design.mean("trstplc", by="origin").difference(ORIGINS[1], ORIGINS[0])
        print_table(gap.table[["difference", "estimate", "se", "low", "high", "p_value"]])
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
