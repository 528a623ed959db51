from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trustsurvey.errors import InputError, UnknownNameError
from trustsurvey.fieldwork.archive import Archive, fetch
from trustsurvey.fieldwork.platform import Deployment, Held, Record
from trustsurvey.fieldwork.responses import Responses, code_responses, import_responses
from trustsurvey.fieldwork.sandbox import Sandbox
from trustsurvey.fieldwork.simulate import Rate, Truth, fill, simulate, true_means
from trustsurvey.fieldwork.truth import trust_items
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.reading import load_instrument
from trustsurvey.weighting.population.files import load_population

COMPLETE = Truth(
    waves={"2026": 0.2},
    shifts={"origin": {"foreign": -0.6, "other": -0.2}, "age_group": {"young": -0.4, "old": 0.3}},
    measures={"justice": 0.3, "TREAT_rude": -0.2},
)
RELEASE = Path(__file__).parents[2] / "instruments" / "citizen-trust" / "releases" / "1.0.0.yaml"


def test_the_same_seed_gives_the_same_answers(instrument: Instrument, cells: pd.DataFrame, truth: Truth) -> None:
    first, again, other = (simulate(instrument, cells, truth, "2026", 400, seed) for seed in (7, 7, 8))
    assert first == again
    assert [each.answers for each in first] != [each.answers for each in other]
    categorical = cells.astype({"origin": "category", "age_group": "category"})
    assert simulate(instrument, categorical, truth, "2026", 400, 7) == first


def test_routing_is_obeyed(instrument: Instrument, cells: pd.DataFrame, truth: Truth) -> None:
    records = simulate(instrument, cells, truth, "2026", 4000, 3)
    seen = dict.fromkeys(("no consent", "HOW", "WHEN", "WHY", "LASTWAY", "NATFIRST", "PENSION"), 0)
    for record in records:
        given = {key for key, value in record.answers.items() if value}
        answers = record.answers
        contact = {"HOW[web]", "HOW[tel]", "HOW[desk]", "HOW[other]", "HOW[DK]", "HOW[PNS]"}
        if answers["CONSENT"] != "yes":
            assert given == {"CONSENT"}
            seen["no consent"] += 1
        if given & contact:
            assert answers["CONTACT"] == "yes"
            assert len(given & contact) <= 3
            assert len(given & {"HOW[DK]", "HOW[PNS]"}) == 0 or len(given & contact) == 1
            seen["HOW"] += 1
        if given & {"WHEN", "WHENNR"}:
            assert answers["HOW[desk]"] == "Y"
            seen["WHEN"] += 1
        if answers["WHY"]:
            assert answers["WHEN"]
            seen["WHY"] += 1
        if answers["LASTWAY"]:
            assert answers["CONTACT"] == "yes"
            assert answers["TRUST"] in [str(each) for each in range(8)]
            assert (answers["LASTWAY"] == "-oth-") == bool(answers["LASTWAY[other]"])
            seen["LASTWAY"] += 1
        if answers["NATFIRST"]:
            assert answers["NATNOW"] == "be"
            seen["NATFIRST"] += 1
        if answers["PENSION"]:
            assert int(answers["AGE"]) >= 65
            seen["PENSION"] += 1
        assert not (answers["AGE"] and answers["AGENR"])
    assert min(seen.values()) > 20
    counts = code_responses(instrument, records, "2026").counts
    assert counts["set_aside"] == 0


def test_what_is_known_of_people_comes_back(instrument: Instrument, cells: pd.DataFrame) -> None:
    for position in range(len(cells)):
        cell = cells.iloc[[position]]
        responses = code_responses(instrument, simulate(instrument, cell, COMPLETE_ANYWHERE, "2026", 60, 1), "2026")
        assert set(responses.frame["origin"]) == set(cell["origin"])
        assert set(responses.frame["age_group"]) == set(cell["age_group"])


COMPLETE_ANYWHERE = Truth(waves={"2026": 0.0})


def test_ages_are_spread_over_their_group(instrument: Instrument, cells: pd.DataFrame) -> None:
    records = simulate(instrument, cells, COMPLETE, "2026", 4000, 2)
    ages = {int(each.answers["AGE"]) for each in records}
    assert ages == set(range(16, 111))


@pytest.fixture(scope="module")
def many(instrument: Instrument, cells: pd.DataFrame) -> pd.DataFrame:
    return code_responses(instrument, simulate(instrument, cells, COMPLETE, "2026", 40_000, 11), "2026").frame


def test_people_are_drawn_as_the_cells_are(cells: pd.DataFrame, many: pd.DataFrame) -> None:
    drawn = many.groupby(["age_group", "origin"], observed=True).size() / len(many)
    wanted = cells.set_index(["age_group", "origin"])["count"] / cells["count"].sum()
    gap = (drawn - wanted).abs() / np.sqrt(wanted * (1 - wanted) / len(many))
    assert gap.max() < 4


@pytest.mark.parametrize("by", [None, "origin", "age_group"])
def test_the_stated_truth_is_recovered(
    instrument: Instrument, cells: pd.DataFrame, many: pd.DataFrame, by: str | None
) -> None:
    frame = many
    position = {f"a{each}": float(each) for each in range(1, 6)}
    respect, rude = (frame[name].astype("str").map(position) for name in ("TREAT_respect", "TREAT_rude"))
    found = pd.DataFrame(
        {
            "overall": frame["TRUST"] * 10,
            "justice": ((respect - 1) * 25 + (5 - rude) * 25) / 2,
            "TRUST": frame["TRUST"],
            "TREAT_rude": rude,
        }
    )
    groups = frame[by].astype("str") if by else pd.Series("all", index=frame.index)
    stated = true_means(instrument, cells, COMPLETE, "2026", by=by).set_index(["measure", "level"])["mean"]
    for measure in found:
        for level, values in found[measure].groupby(groups):
            error = values.std() / np.sqrt(len(values))
            assert abs(values.mean() - stated[measure, level]) < 4 * error, (measure, level)


def test_reversed_items_run_the_other_way(instrument: Instrument, cells: pd.DataFrame) -> None:
    items = trust_items(instrument, COMPLETE)
    assert items["TREAT_respect"].codes == ("a1", "a2", "a3", "a4", "a5")
    assert items["TREAT_rude"].codes == ("a5", "a4", "a3", "a2", "a1")
    assert items["TREAT_rude"].scores.tolist() == [0, 25, 50, 75, 100]
    frame = code_responses(instrument, simulate(instrument, cells, COMPLETE, "2026", 3000, 1), "2026").frame
    respect, rude = (frame[name].cat.codes for name in ("TREAT_respect", "TREAT_rude"))
    assert np.corrcoef(respect, rude)[0, 1] < -0.4
    assert np.corrcoef(respect, frame["TRUST"])[0, 1] > 0.4


def test_a_truth_without_spread_is_a_step(instrument: Instrument, cells: pd.DataFrame) -> None:
    flat = Truth(waves={"2026": 0.6}, person_spread=0.0, item_spread=0.0)
    stated = true_means(instrument, cells, flat, "2026").set_index("measure")["mean"]
    # 5 + 2 * 0.6 rounds to 6; .5 + .2 * .6 = .62 is in the fourth fifth
    assert stated["TRUST"] == 6
    assert stated["justice"] == 75
    frame = code_responses(instrument, simulate(instrument, cells, flat, "2026", 50, 1), "2026").frame
    assert set(frame["TRUST"]) == {6.0}
    assert set(frame["TREAT_rude"]) == {"a2"}


def share(responses: Responses, name: str, reason: str, origin: str | None = None) -> tuple[float, float]:
    """Return the share of a reason among those who were asked, and its standard error."""
    asked = ~responses.missing[name].isin(["not_asked", "broken_off"])
    if origin:
        asked &= responses.frame["origin"] == origin
    found = float((responses.missing.loc[asked, name] == reason).mean())
    return found, float(np.sqrt(max(found * (1 - found), 0.001) / asked.sum()))


def test_people_leave_questions_open_at_the_stated_rates(
    instrument: Instrument, cells: pd.DataFrame, truth: Truth
) -> None:
    invited = 30_000
    records = simulate(instrument, cells, truth, "2026", invited, 4)
    responses = code_responses(instrument, records, "2026")
    weights = cells["count"] / cells["count"].sum()
    other = float(weights[cells["origin"] == "other"].sum())
    assert abs(len(records) / invited - (0.5 * (1 - other) + 0.3 * other)) < 0.015
    for origin, rate in (("belgian", 0.05), ("foreign", 0.05), ("other", 0.10)):
        # A refusal or an omission at the same question takes a few of the "don't know" away.
        found, error = share(responses, "TRUST", "dont_know", origin)
        assert abs(found - rate * (1 - 0.02)) < 4 * error
    found, error = share(responses, "origin", "refused")
    # The block refused as a whole, or the one or two questions that were put.
    assert 0.06 < found < 0.11
    found, error = share(responses, "CONTACT", "skipped")
    assert abs(found - 0.03 * (1 - 0.02)) < 4 * error
    no_consent = responses.counts["no_consent"] / len(records)
    assert abs(no_consent - 0.03) < 0.007
    left = responses.counts["broken_off"] / (len(records) - responses.counts["no_consent"])
    assert abs(left - (1 - 0.98**4)) < 0.012
    english = responses.frame.groupby("origin", observed=True)["language"].apply(lambda each: (each == "en").mean())
    assert abs(english["belgian"] - 0.3) < 0.03
    assert abs(english["other"] - 0.9 / 1.6) < 0.03
    contact = responses.frame.loc[responses.frame["status"] == "completed", "CONTACT"].value_counts(normalize=True)
    assert abs(contact["yes"] - 0.6) < 0.03


def test_those_who_leave_have_seen_the_pages_before(instrument: Instrument, cells: pd.DataFrame, truth: Truth) -> None:
    records = simulate(instrument, cells, replace(truth, break_off=Rate(0.3)), "2026", 2000, 4)
    frame = code_responses(instrument, records, "2026")
    for record, status in zip(records, frame.frame["status"], strict=True):
        assert (status == "broken_off") == (record.submitted is None)
        assert (record.last_page < 5) == (record.submitted is None)
        if record.last_page < 4:
            assert not record.answers["NAME"]
    left = frame.missing[frame.frame["status"] == "broken_off"]
    assert (left["NAME"].isin(["broken_off", "skipped"]) | left["NAME"].isna()).all()


def test_extremes(instrument: Instrument, cells: pd.DataFrame, truth: Truth) -> None:
    assert simulate(instrument, cells, truth, "2026", 0, 1) == []
    assert simulate(instrument, cells, replace(truth, response=Rate(0.0)), "2026", 500, 1) == []
    refused = simulate(instrument, cells, replace(truth, consent_refused=Rate(1.0)), "2026", 500, 1)
    assert code_responses(instrument, refused, "2026").counts["no_consent"] == len(refused) > 0
    left = simulate(instrument, cells, replace(COMPLETE, break_off=Rate(1.0)), "2026", 500, 1)
    assert code_responses(instrument, left, "2026").counts["broken_off"] == 500
    assert {each.last_page for each in left} == {1}
    assert len(simulate(instrument, cells, COMPLETE, "2026", 1, 1)) == 1
    silent = replace(COMPLETE, dont_know=Rate(1.0), sensitive_refused=Rate(1.0), skipped=Rate(1.0))
    responses = code_responses(instrument, simulate(instrument, cells, silent, "2026", 50, 1), "2026")
    assert (responses.missing["TRUST"] == "dont_know").all()
    assert (responses.missing["origin"] == "refused").all()
    assert (responses.missing["CONTACT"] == "skipped").all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"waves": {"2024": 0.0}}, "no wave in the truth '2026'; available: 2024"),
        ({"shifts": {"region": {"a": 1.0}}}, "no column of the cells 'region'"),
        ({"shifts": {"origin": {"belgain": 1.0}}}, "no level of origin 'belgain'; available: belgian, foreign, other"),
        ({"response": Rate(0.5, {"origin": {"x": 1.0}})}, "no level of origin 'x'"),
        ({"languages": {"de": Rate(1.0)}}, "no language 'de'"),
        ({"shares": {"NOSUCH": {"yes": 1.0}}}, "no question or variable 'NOSUCH'"),
        ({"shares": {"CONTACT": {"maybe": 1.0}}}, "no answer to CONTACT 'maybe'"),
        ({"measures": {"justise": 1.0}}, "no index or variable 'justise'"),
    ],
)
def test_a_truth_about_what_does_not_exist(
    instrument: Instrument, cells: pd.DataFrame, change: dict[str, object], message: str
) -> None:
    with pytest.raises(UnknownNameError) as caught:
        simulate(instrument, cells, replace(COMPLETE, **change), "2026", 10, 1)
    assert message in str(caught.value)


def test_cells_that_cannot_be_used(instrument: Instrument, cells: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="no column 'count'"):
        simulate(instrument, cells.drop(columns="count"), COMPLETE, "2026", 10, 1)
    for bad in (cells.assign(count=0.0), cells.assign(count=-1.0), cells.assign(count="x"), cells.iloc[:0]):
        with pytest.raises(InputError, match="total above 0"):
            simulate(instrument, bad, COMPLETE_ANYWHERE, "2026", 10, 1)
    odd = cells.assign(origin="martian")
    with pytest.raises(InputError, match=r"no answers to .* give origin = martian"):
        simulate(instrument, odd, COMPLETE_ANYWHERE, "2026", 10, 1)
    with pytest.raises(InputError, match="0 or more"):
        simulate(instrument, cells, COMPLETE, "2026", -1, 1)
    with pytest.raises(InputError, match="not a time"):
        simulate(instrument, cells, COMPLETE, "2026", 10, 1, start="tomorrow")
    with pytest.raises(UnknownNameError, match="no column of the cells 'region'"):
        true_means(instrument, cells, COMPLETE, "2026", by="region")


def test_columns_the_instrument_does_not_ask_only_shift(instrument: Instrument, cells: pd.DataFrame) -> None:
    wider = cells.assign(region="south")
    truth = replace(COMPLETE, shifts={"region": {"south": 2.5}})
    frame = code_responses(instrument, simulate(instrument, wider, truth, "2026", 300, 1), "2026").frame
    assert frame["TRUST"].mean() > 8
    assert "region" not in frame


def test_an_instrument_of_the_simplest_kind(instrument: Instrument, cells: pd.DataFrame) -> None:
    trust = instrument.groups[1]
    battery = replace(trust.questions[1], ask_if="TRUST > 4", dont_know=False)
    plain = replace(
        instrument,
        consent="",
        groups=(replace(trust, questions=(trust.questions[0], battery)),),
        derived=(),
        index_definitions=(),
    )
    truth = Truth(waves={"2026": 0.0}, skipped=Rate(0.2))
    responses = code_responses(plain, simulate(plain, cells, truth, "2026", 500, 1), "2026")
    assert list(responses.missing.columns) == ["TRUST", "TREAT_respect", "TREAT_rude"]
    assert set(responses.frame["status"]) == {"completed"}
    unasked = responses.missing["TREAT_rude"] == "not_asked"
    assert (unasked == ~(responses.frame["TRUST"] > 4)).all()


def test_respondents_save_half_way_and_come_back(
    tmp_path: Path, sandbox: Sandbox, deployment: Deployment, instrument: Instrument, cells: pd.DataFrame, truth: Truth
) -> None:
    records = simulate(instrument, cells, truth, "2026", 300, 1)
    told: list[float | None] = []
    fill(sandbox, deployment, records, together=50, progress=lambda _, share=None: told.append(share))
    assert told[-1] == 1.0
    assert told == sorted(told)
    archive = Archive.create(tmp_path / "raw", deployment, instrument)
    fetch(sandbox, deployment, archive)
    assert [each.answers for each in archive.records()] == [each.answers for each in records]
    assert [each.submitted for each in archive.records()] == [each.submitted for each in records]
    moved = [each.moved for each in archive.records()]
    assert moved != sorted(moved)
    direct = code_responses(instrument, records, "2026")
    pd.testing.assert_frame_equal(import_responses(archive).frame, direct.frame)


def test_an_interrupted_fill_goes_on(
    sandbox: Sandbox, deployment: Deployment, instrument: Instrument, cells: pd.DataFrame, truth: Truth
) -> None:
    records = simulate(instrument, cells, truth, "2026", 300, 1)

    def interrupt_after(share: float) -> Callable[..., None]:
        def tell(_: str, done: float | None = None) -> None:
            if done and done > share:
                raise KeyboardInterrupt

        return tell

    for share_done in (0.2, 0.4, 0.8):
        with pytest.raises(KeyboardInterrupt):
            fill(sandbox, deployment, records, together=20, progress=interrupt_after(share_done))
    fill(sandbox, deployment, records, together=20)
    (held,) = sandbox.fetch(deployment, Held(), 1000)
    assert {each.id: each.answers for each in held.records} == {each.id: each.answers for each in records}
    fill(sandbox, deployment, records)
    assert next(iter(sandbox.fetch(deployment, Held(), 1000))) == held


def test_a_fetch_half_way_through_fieldwork(
    tmp_path: Path,
    sandbox: Sandbox,
    deployment: Deployment,
    instrument: Instrument,
    cells: pd.DataFrame,
    truth: Truth,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = simulate(instrument, cells, truth, "2026", 200, 1)
    archive = Archive.create(tmp_path / "raw", deployment, instrument)
    save = Sandbox.save

    def save_and_fetch(self: Sandbox, deployment: Deployment, part: list[Record]) -> int:
        saved = save(self, deployment, part)
        fetch(sandbox, deployment, archive)
        return saved

    monkeypatch.setattr(Sandbox, "save", save_and_fetch)
    fill(sandbox, deployment, records, together=40)
    responses = import_responses(archive)
    assert responses.counts["superseded"] > 0
    direct = code_responses(instrument, records, "2026")
    pd.testing.assert_frame_equal(responses.frame, direct.frame)
    pd.testing.assert_frame_equal(responses.missing, direct.missing)


@pytest.fixture(scope="module")
def citizen_trust() -> Instrument:
    return load_instrument(RELEASE)


@pytest.fixture(scope="module")
def brussels(citizen_trust: Instrument) -> pd.DataFrame:
    population = load_population("brussels-2022")
    joint = population.margin(["district", "age_group", "sex"]).rename("count").reset_index()
    origin = population.margin("origin").rename("share").reset_index()
    cells = joint.merge(origin, how="cross")
    assert {derived.code for derived in citizen_trust.derived} >= {"district", "age_group", "sex", "origin"}
    return cells.assign(count=cells["count"] * cells["share"] / cells["share"].sum()).drop(columns="share")


def test_the_yearly_questionnaire(
    citizen_trust: Instrument, brussels: pd.DataFrame, timed: Callable[[], float]
) -> None:
    truth = Truth(waves={"2026": 0.0}, dont_know=Rate(0.04), skipped=Rate(0.01))
    records = simulate(citizen_trust, brussels, truth, "2026", 1500, 1)
    assert timed() < 10
    responses = code_responses(citizen_trust, records, "2026")
    assert responses.counts["set_aside"] == 0
    for name in ("district", "age_group", "sex", "origin"):
        levels = set(brussels[name].astype(str))
        assert set(responses.frame[name].dropna()) == levels
        assert responses.frame[name].isna().mean() < 0.05


@pytest.fixture
def timed() -> Callable[[], float]:
    start = time.process_time()
    return lambda: time.process_time() - start
