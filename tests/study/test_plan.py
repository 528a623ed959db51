"""Study files: what is read, and every problem at once with its place."""

from pathlib import Path

import pytest

from trustsurvey.demo import set_up
from trustsurvey.errors import MissingFileError, StudyError
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
    assert "'male'" in message("sex:")
    assert "'drop'" in message("missing:")
    assert "around 1" in message("bounds:")
    assert "origin" in message("margins:")
    assert "'de'" in message("languages:")
    assert "'docx'" in message("formats:")


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
