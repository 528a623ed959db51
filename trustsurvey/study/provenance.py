"""What made a result: instrument, archive, population, recipe, program."""

from __future__ import annotations

import hashlib
import importlib.metadata
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trustsurvey.fieldwork.archive import Archive
from trustsurvey.publishing.policy import DEFAULT_POLICY
from trustsurvey.study.plan import Study

__all__ = ["inputs_of", "provenance"]


def inputs_of(study: Study, archives: Mapping[str, Archive]) -> dict[str, Any]:
    """Return what the results depend on: where none of it changed, they need not be computed again."""
    return {
        "study": hashlib.sha256(study.file.read_bytes()).hexdigest(),
        "instrument": study.instrument.digest,
        "population": study.population.checksum,
        "archives": {wave: archive.segments[-1].sha256 for wave, archive in archives.items()},
        "policy": hashlib.sha256((study.policy or DEFAULT_POLICY).read_bytes()).hexdigest(),
        "source": _source(),
    }


def provenance(
    study: Study, archives: Mapping[str, Archive], inputs: Mapping[str, Any], choices: tuple[str, ...]
) -> dict[str, Any]:
    """Return the provenance of the results of a study, to be written as JSON beside them.

    Parameters
    ----------
    study : Study
    archives : mapping of wave to Archive
    inputs : mapping
        See ``inputs_of``.
    choices : tuple of str
        What the weighting chose on the way, in sentences.
    """
    recipe, dated = study.weighting, study.population.reference_date
    return {
        "study": study.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "package": {"name": "trustsurvey", "version": importlib.metadata.version("trustsurvey"), "commit": _commit()},
        "inputs": dict(inputs),
        "publication": {"title": dict(study.title.translations), "headline": study.headline},
        "simulated": study.simulated,
        "seed": study.seed,
        "instruments": [
            {"name": study.instrument.name, "version": study.instrument.version, "digest": study.instrument.digest}
        ],
        "archives": [_archived(wave, archive) for wave, archive in archives.items()],
        "population": {
            "name": study.population.name,
            "reference_date": dated.isoformat() if dated else None,
            "checksum": study.population.checksum,
            "sources": [f"{source.citation} ({source.licence})" for source in study.population.sources],
            "caveats": [dict(caveat.translations) for caveat in study.population.caveats],
        },
        "weighting": {
            "method": recipe.method,
            "margins": [list(margin) for margin in recipe.margins],
            "bounds": recipe.bounds,
            "missing": recipe.missing,
            "strata": ["wave"],
            "clusters": [],
            "choices": list(choices),
        },
    }


def _archived(wave: str, archive: Archive) -> dict[str, Any]:
    segments = archive.segments
    return {
        "wave": wave,
        "records": sum(segment.records for segment in segments),
        "respondents": len(archive.records()),
        "segments": [
            {"file": segment.file, "sha256": segment.sha256, "records": segment.records} for segment in segments
        ],
    }


def _source() -> str:
    """Return the SHA-256 of the package's own source files."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _commit() -> str:
    """Return the commit of the checkout the package runs from, marked when it was changed; else an empty string."""
    checkout = Path(__file__).resolve().parents[2]
    if not (checkout / ".git").exists():
        return ""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(checkout), *arguments], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        revision = git("rev-parse", "HEAD")
        changed = git("status", "--porcelain", "--", "trustsurvey", "instruments")
    except OSError:
        return ""
    return f"{revision} (with changes)" if revision and changed else revision
