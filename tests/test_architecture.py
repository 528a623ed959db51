"""The folders are the steps of the work, in order: a module imports from its own step and earlier ones."""

import ast
from pathlib import Path

import pytest

import trustsurvey

PACKAGE = Path(__file__).parents[1] / "trustsurvey"
STEPS = (
    "errors",
    "progress",
    "resources",
    "documents",
    "drawing",
    "instruments",
    "fieldwork",
    "limesurvey",
    "weighting",
    "indices",
    "trends",
    "monitoring",
    "publishing",
    "study",
    "demo",
    "cli",
    "__main__",
)
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def step(dotted: str) -> str | None:
    """Return the step that a dotted module name belongs to, or None outside the package."""
    parts = dotted.split(".")
    return parts[1] if parts[0] == "trustsurvey" and len(parts) > 1 else None


def imports(path: Path) -> set[str]:
    """Return the steps that the source of a module imports from, at any depth of the source."""
    found: set[str | None] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {step(alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} line {node.lineno}: write the whole name of the module"
            if node.module == "trustsurvey":
                found |= {alias.name if alias.name in STEPS else "" for alias in node.names}
            elif node.module:
                found.add(step(node.module))
    return {each for each in found if each is not None}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_from_its_own_step_and_earlier_ones(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert own in STEPS, f"{own} is not one of the steps; give it its place in the order"
    later = {name for name in imports(path) if name not in STEPS[: STEPS.index(own) + 1]}
    assert not later, f"{path.name} imports from later steps, or from the package itself: {sorted(later)}"


def test_completion_offers_the_public_names_only() -> None:
    assert set(dir(trustsurvey)) == {*trustsurvey.__all__, "__version__", "errors"}
    for name in dir(trustsurvey):
        assert getattr(trustsurvey, name).__doc__, f"{name} has no help"


def test_an_upward_import_would_be_found(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("from trustsurvey.publishing.report import render_report\nimport trustsurvey.cli\n")
    assert imports(module) == {"publishing", "cli"}


def test_only_one_module_talks_to_a_network() -> None:
    talkers = {"citric", "http", "requests", "socket", "urllib", "httpx"}
    for path in MODULES:
        if path.relative_to(PACKAGE).as_posix() == "limesurvey/client.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.split(".")[0] for name in names} & talkers, f"{path} imports a network library"
