"""How an instrument is named: by its file, its folder, its name, or its name and version."""

from pathlib import Path

import pytest

from trustsurvey.errors import MissingFileError
from trustsurvey.resources import share
from trustsurvey.study.instruments import instrument_path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    releases = tmp_path / "instruments" / "mine" / "releases"
    releases.mkdir(parents=True)
    (releases / "1.0.0.yaml").touch()
    (tmp_path / "instruments" / "mine" / "draft.yaml").touch()
    (tmp_path / "instruments" / "empty").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("instruments/mine/draft.yaml", "draft.yaml"),
        ("instruments/mine", "draft.yaml"),
        ("mine", "draft.yaml"),
        ("mine@1.0.0", "releases/1.0.0.yaml"),
    ],
)
def test_an_instrument_of_the_project_has_several_names(project: Path, name: str, file: str) -> None:
    assert instrument_path(name, project) == project / "instruments" / "mine" / file


def test_those_of_the_package_are_found_anywhere(tmp_path: Path) -> None:
    ours = share() / "instruments" / "citizen-trust"
    assert instrument_path("citizen-trust@1.0.0", tmp_path) == ours / "releases" / "1.0.0.yaml"
    assert instrument_path("citizen-trust", tmp_path) == ours / "draft.yaml"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mine@1.0.1", "did you mean mine@1.0.0"),
        ("nothing-like-it", "citizen-trust@1.0.0"),
        ("instruments/empty", "a folder without a draft.yaml"),
    ],
)
def test_what_does_not_exist_is_answered_with_what_does(project: Path, name: str, message: str) -> None:
    with pytest.raises(MissingFileError, match=message):
        instrument_path(name, project)
