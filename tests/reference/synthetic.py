"""Write synthetic.csv and synthetic_margins.csv: a made-up sample with strata, clusters and missing answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
ROWS = 640


def main() -> None:
    rng = np.random.default_rng(20260101)
    stratum = rng.integers(0, 8, ROWS)
    # Cluster names repeat in every stratum; stratum 7 of `sparse` has a single cluster.
    psu = rng.integers(0, 6, ROWS)
    sparse_psu = np.where(stratum == 7, 0, psu)
    age = rng.choice(["16-24", "25-39", "40-54", "55-69", "70+"], ROWS, p=[0.12, 0.3, 0.28, 0.2, 0.1])
    origin = rng.choice(["belgian", "foreign", "mixed"], ROWS, p=[0.4, 0.35, 0.25])
    district = rng.choice([f"d{number}" for number in range(1, 8)], ROWS)
    sex = rng.choice(["f", "m"], ROWS)
    wave = rng.choice([2024, 2026], ROWS)
    weight = np.round(rng.gamma(4.0, 60.0, ROWS) + 20, 3)
    latent = 5.5 + (origin == "foreign") * -0.8 + (wave == 2026) * 0.3 + rng.normal(0, 1.9, ROWS)
    latent = latent + 0.4 * (stratum - 3.5) / 3.5 + 0.3 * np.sin(7.0 * stratum + psu)
    trust = pd.Series(np.clip(np.round(latent, 2), 0, 10)).mask(rng.random(ROWS) < 0.09)
    contact = pd.Series(rng.random(ROWS) < 0.3).astype("Int64").mask(rng.random(ROWS) < 0.05)
    view = pd.Series(rng.choice(["bad", "fair", "good"], ROWS, p=[0.2, 0.45, 0.35])).mask(rng.random(ROWS) < 0.07)
    frame = pd.DataFrame(
        {
            "stratum": [f"s{number}" for number in stratum],
            "psu": psu + 1,
            "sparse_psu": sparse_psu + 1,
            "clusters_in_stratum": 40 + 5 * stratum,
            "weight": weight,
            "age": age,
            "origin": origin,
            "district": district,
            "sex": sex,
            "wave": wave,
            "trust": trust,
            "contact": contact,
            "view": view,
            "income": np.round(np.exp(rng.normal(7.5, 0.5, ROWS)), 1),
        }
    )
    frame.to_csv(HERE / "synthetic.csv", index=False)
    tables = []
    tilt = frame["weight"] * np.exp(rng.normal(0, 0.25, ROWS)) * (1 + 0.4 * (frame["age"] == "16-24"))
    tilt *= 150_000 / tilt.sum()
    for name in (["sex"], ["age"], ["origin"], ["district"], ["origin", "age"]):
        sums = tilt.groupby([frame[each] for each in name]).sum()
        labels = [level if isinstance(level, str) else ":".join(level) for level in sums.index]
        tables.append(pd.DataFrame({"margin": ":".join(name), "level": labels, "count": sums.to_numpy()}))
    margins = pd.concat(tables)
    margins["count"] = [repr(float(value)) for value in margins["count"]]
    margins.to_csv(HERE / "synthetic_margins.csv", index=False)


if __name__ == "__main__":
    main()
