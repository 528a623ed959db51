"""Study files: what is read, and every problem at once with its place."""

from pathlib import Path

import pytest

from trustsurvey.demo import set_up
from trustsurvey.errors import MissingFileError, StudyError
from trustsurvey.study.instruments import instrument_path
from trustsurvey.study.plan import read_study


def problems(folder: Path, text: str) -> dict[int, str]:
    """Return the problems of a study file by line."""
    path = set_up(folder / "demo")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        read_study(path)
    for problem in caught.value.problems:
        assert problem.remedy
        assert problem.column > 0
    return {problem.line: problem.message for problem in caught.value.problems if problem.file == str(path)}


@pytest.fixture
def text(demo_study: Path) -> str:
    return demo_study.read_text(encoding="utf-8")


def test_the_demonstration_is_read_whole(demo_study: Path) -> None:
    study = read_study(demo_study)
    assert study.name == "brussels-demo"
    assert study.simulated
    assert study.seed == 20201218
    assert [wave.name for wave in study.waves] == ["2023", "2024", "2025", "2026"]
    assert study.waves[0].deployment == demo_study.parent / "fieldwork" / "2023.json"
    assert study.weighting.margins == (("district",), ("origin",), ("age_group", "sex"))
    assert study.weighting.bounds == (0.2, 5.0)
    assert study.weighting.missing == "keep"
    assert study.headline == "overall_trust"
    assert study.title["nl"] == "Vertrouwen tussen burgers en politie"
    assert study.languages == ("fr", "nl", "en")
    assert study.formats == ("html", "pdf")
    assert study.policy == demo_study.parent / "disclosure.yaml"
    assert study.policy.is_file()


def test_a_misspelt_key_is_named_with_the_right_one(tmp_path: Path, text: str) -> None:
    found = problems(tmp_path, text.replace("headline:", "headlin:"))
    line = text.splitlines().index("headline: overall_trust") + 1
    assert "headlin" in found[line]


def test_every_wrong_name_is_reported_at_its_line_at_once(tmp_path: Path, text: str) -> None:
    wrong = (
        text.replace("headline: overall_trust", "headline: overal_trust")
        .replace("domains: [origin,", "domains: [orign,")
        .replace("  sex: man", "  sex: male")
        .replace("missing: keep", "missing: drop")
        .replace("bounds: [0.2, 5]", "bounds: [2, 5]")
        .replace("margins: [district, origin,", "margins: [district, [origin, age_group],")
        .replace("languages: [fr, nl, en]", "languages: [fr, de]")
        .replace("formats: [html, pdf]", "formats: [html, docx]")
    )
    found = problems(tmp_path, wrong)
    lines = wrong.splitlines()

    def message(start: str) -> str:
        return found[next(number for number, line in enumerate(lines, 1) if line.strip().startswith(start))]

    assert "'overal_trust'" in message("headline:")
    assert "'orign'" in message("domains:")
    assert not any("domain of the study" in each for each in found.values())
    assert "'male'" in message("sex:")
    assert "'drop'" in message("missing:")
    assert "around 1" in message("bounds:")
    assert "origin" in message("margins:")
    assert "'de'" in message("languages:")
    assert "'docx'" in message("formats:")


def remedies(folder: Path, text: str) -> list[tuple[int, int, str, str]]:
    """Return line, column, message and remedy of every problem of a study file."""
    path = set_up(folder / "other")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        read_study(path)
    return [(each.line, each.column, each.message, each.remedy) for each in caught.value.problems]


def position(text: str, words: str) -> tuple[int, int]:
    """Return line and column of some words of a text."""
    before = text[: text.index(words)]
    return before.count("\n") + 1, len(before.split("\n")[-1]) + 1


@pytest.mark.parametrize(
    ("right", "wrong", "at", "message", "remedy"),
    [
        ("[district, origin, [age", "[district, distrct, [age", "distrct", "no variable with groups", "mean district?"),
        ("[age_group, sex]]", "[age_group, sx]]", "sx]", "instrument or the population: 'sx'", "did you mean sex?"),
        ("[age_group, sex]]", "[age_group, education]]", "education]", "in the population: 'education'", "district"),
        ("[district, origin, [age", "[district, district, [age", "district, [age", "district is listed twice", "keep"),
        ("[district, origin, [age", "[[sex, age_group], [age", "[age_group", "age_group x sex is listed twice", "keep"),
        ("[age_group, sex]]", "[sex, sex]]", "[sex", "the margin names sex twice", "name each variable once"),
        ("[age_group, sex]]", "[]]", "[]]", "the margin names no variable", "at least one"),
        ("[origin, age_group, sex,", "[origin, origin, sex,", "origin, sex,", "origin is listed twice", "keep one"),
        ("[overall_trust, eff", "[safety, eff", "safety]", "safety is listed twice", "keep one"),
    ],
)
def test_a_wrong_list_is_reported_where_it_is(
    tmp_path: Path, text: str, right: str, wrong: str, at: str, message: str, remedy: str
) -> None:
    assert right in text
    changed = text.replace(right, wrong).replace("headline: overall_trust", "headline: safety")
    found = [each for each in remedies(tmp_path, changed) if "domain of the study" not in each[2]]
    ((line, column, said, advice),) = found
    assert (line, column) == position(changed, at)
    assert message in said
    assert remedy in advice


def test_levels_to_merge_exist(tmp_path: Path, text: str) -> None:
    def collapsed(mapping: str) -> str:
        return text.replace("  missing: keep", f"  collapse:\n    {mapping}\n  missing: keep")

    for mapping in (
        'district: {"21011": "21010", "21008": "21010"}',
        'district: {"21011": "north west", "21010": "north west"}',
        "district: {21011: 21010}",
    ):
        path = set_up(tmp_path / "fine")
        path.write_text(collapsed(mapping), encoding="utf-8")
        assert read_study(path).weighting.collapse
    for mapping, at, message, remedy in (
        ('district: {"21O11": "21010"}', '"21O11"', "no level of district '21O11'", "did you mean 21011?"),
        ('district: {"21011": "2101O"}', '"2101O"', "no level of district '2101O'", "did you mean 2101"),
        ('distrct: {"21011": "21010"}', "distrct", "no margin of the study with the variable 'distrct'", "district"),
        ("district: 21011", "21011", "the levels of district to merge are no mapping", "write a mapping"),
        ('district: {"21011": ["21010"]}', '["21010"]', "merged with something that is no level", "it joins"),
        ('district: {"21011": }', "}\n  missing", "merged with something that is no level", "it joins"),
    ):
        changed = collapsed(mapping)
        ((line, column, said, advice),) = remedies(tmp_path, changed)
        assert line == position(changed, at)[0]
        assert abs(column - position(changed, at)[1]) <= 1
        assert message in said
        assert remedy in advice


def test_a_wrong_name_shows_those_near_it_and_not_every_other(tmp_path: Path, text: str) -> None:
    ((_, _, message, remedy),) = remedies(tmp_path, text.replace("domains: [origin,", "domains: [Orign,"))
    assert message == "there is no variable with groups 'Orign'"
    assert remedy.startswith("did you mean origin? choose among origin, ")
    assert remedy.count(",") < 15
    assert " more" in remedy


def test_a_misspelt_index_or_domain_is_not_offered_to_what_names_the_right_one(tmp_path: Path, text: str) -> None:
    ((_, _, message, remedy),) = remedies(tmp_path, text.replace("[overall_trust,", "[overal_trust,"))
    assert message == "there is no index 'overal_trust'"
    assert remedy.startswith("did you mean overall_trust?")
    found = remedies(
        tmp_path, text.replace("indices: [overall", "indices: [overal").replace("trust\n\ndom", "trst\n\ndom")
    )
    assert [said for _, _, said, _ in found] == [
        "there is no index 'overal_trust'",
        "there is no index of the study 'overall_trst'",
    ]
    assert not any("overal_trust" in advice for _, _, _, advice in found)


def test_a_population_is_looked_for_beside_the_study_file(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.csv").write_text("sex,count\nman,1\n", encoding="utf-8")
    ((_, _, message, _),) = remedies(tmp_path, text.replace("brussels-2022 ", "mine.csv "))
    assert str(tmp_path / "other" / "mine.csv") in message
    assert "does not exist" in message


@pytest.mark.parametrize(("named", "at"), [("citizen-trust@1.0.0", "instrument"), ("brussels-2022", "population")])
def test_a_folder_is_called_a_folder(tmp_path: Path, text: str, named: str, at: str) -> None:
    path = set_up(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "brussels-2022").mkdir()
    path.write_text(text, encoding="utf-8")
    assert read_study(path).population.name == "brussels-2022"
    path.write_text(text.replace(f"{at}: {named}", f"{at}: mine"), encoding="utf-8")
    with pytest.raises(StudyError, match="mine is a folder"):
        read_study(path)


def test_an_instrument_without_indices_is_refused(tmp_path: Path, text: str) -> None:
    source = instrument_path("citizen-trust@1.0.0", tmp_path).read_text(encoding="utf-8")
    path = set_up(tmp_path)
    (tmp_path / "bare.yaml").write_text(source[: source.index("\nindices:")] + "\n", encoding="utf-8")
    start, end = text.index("indices:"), text.index("domains:")
    path.write_text(text[:start].replace("citizen-trust@1.0.0", "bare.yaml") + text[end:], encoding="utf-8")
    with pytest.raises(StudyError, match="the instrument has no indices"):
        read_study(path)


def test_an_unknown_instrument_and_population_are_named_with_what_there_is(tmp_path: Path, text: str) -> None:
    wrong = text.replace("citizen-trust@1.0.0", "citizen-trust@9.9.9").replace("brussels-2022", "brussels-1830")
    messages = " ".join(problems(tmp_path, wrong).values())
    assert "citizen-trust@1.0.0" in messages
    assert "brussels-2022" in messages


def test_the_problems_of_the_instrument_it_names_are_passed_on(tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.yaml").write_text("instrument: broken\nversion: one\n")
    path = set_up(tmp_path)
    path.write_text(text.replace("citizen-trust@1.0.0", "broken.yaml"))
    with pytest.raises(StudyError) as caught:
        read_study(path)
    assert {Path(problem.file).name for problem in caught.value.problems} >= {"study.yaml", "broken.yaml"}


def test_a_wave_listed_twice_is_refused(tmp_path: Path, text: str) -> None:
    found = problems(
        tmp_path, text.replace('{wave: "2024", deployment: fieldwork/2024', '{wave: "2023", deployment: fieldwork/2023')
    )
    assert any("listed twice" in message for message in found.values())


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("seed: 20201218", "seed: -1", "the seed is negative"),
        ("seed: 20201218", "seed: often", "expected a whole number"),
        ("simulated: true", "simulated: false", "only simulated answers have a seed"),
    ],
)
def test_a_seed_is_a_whole_number_of_simulated_answers(
    tmp_path: Path, text: str, before: str, after: str, message: str
) -> None:
    assert before in text
    assert any(message in found for found in problems(tmp_path, text.replace(before, after)).values())


def test_logit_without_bounds_is_refused(tmp_path: Path, text: str) -> None:
    wrong = text.replace("method: raking", "method: logit").replace(
        "  bounds: [0.2, 5]                     # of weight / design weight\n", ""
    )
    assert any("needs bounds" in message for message in problems(tmp_path, wrong).values())


@pytest.mark.parametrize("length", range(0, 1500, 97))
def test_a_truncated_file_is_a_study_error(tmp_path: Path, text: str, length: int) -> None:
    assert problems(tmp_path, text[:length]) is not None


@pytest.mark.parametrize(
    "content", ["", "- a list", "just text", "study: x\nstudy: y\n", "waves: [1, 2]", "weighting: []"]
)
def test_files_that_are_no_study_are_study_errors(tmp_path: Path, content: str) -> None:
    assert problems(tmp_path, content)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"nowhere\.yaml"):
        read_study(tmp_path / "nowhere.yaml")


def test_the_problems_of_the_policy_are_passed_on(tmp_path: Path) -> None:
    path = set_up(tmp_path)
    policy = tmp_path / "disclosure.yaml"
    policy.write_text(policy.read_text().replace("estimates:", "estimate:"))
    with pytest.raises(StudyError) as caught:
        read_study(path)
    assert {Path(problem.file).name for problem in caught.value.problems} == {"study.yaml", "disclosure.yaml"}
    policy.unlink()
    with pytest.raises(StudyError, match="no disclosure policy"):
        read_study(path)


def test_a_wave_that_cannot_name_a_file_is_refused(tmp_path: Path, text: str) -> None:
    found = problems(tmp_path, text.replace('{wave: "2024"', '{wave: "2024, spring/summer"'))
    assert any("cannot name a file" in message for message in found.values())
