"""Whether the release that a deployment came from is still what it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from trustsurvey.errors import InputError
from trustsurvey.fieldwork.platform import Deployment
from trustsurvey.instruments.versions.ledger import ledger_of, pinned_digest, pinned_problems
from trustsurvey.resources import share

__all__ = ["check_pinned"]


def check_pinned(deployment: Deployment, file: Path) -> None:
    """Refuse a deployment whose release was changed, or was never this questionnaire.

    Looks for ``instruments/<name>/releases/<version>.yaml`` in the folders around the deployment file, in the working
    folder, then among what comes with the package; only a release with a ledger beside it says anything.

    Parameters
    ----------
    deployment : Deployment
    file : Path
        The deployment file.

    Raises
    ------
    InputError
        The release or its ledger was changed, or its digest is not that of the deployment.
    """
    found = next((path for path in _candidates(deployment, file) if ledger_of(path)), None)
    if found is None:
        return
    name = f"{deployment.instrument}@{deployment.version}"
    if problems := pinned_problems(found):
        raise InputError(
            f"{file} was deployed from {name}, which is no longer as it was released; mend that first:\n"
            + "\n".join(str(problem) for problem in problems)
        )
    digest = pinned_digest(found)
    if digest != deployment.digest:
        raise InputError(
            f"{file} describes another questionnaire (digest {deployment.digest[:12]}) than the release {name} "
            f"({digest[:12]}, {found}); a changed questionnaire is a new version: release it and deploy that one; "
            "if the deployment file was edited, use the file that belongs to it"
        )


def _candidates(deployment: Deployment, file: Path) -> Iterator[Path]:
    inside = Path("instruments", deployment.instrument, "releases", f"{deployment.version}.yaml")
    for folder in (*file.resolve().parents, Path.cwd(), share()):
        if (path := folder / inside).is_file():
            yield path
