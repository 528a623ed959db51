"""A report in one language: what it is about, and the pieces that its parts are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trustsurvey.errors import InputError
from trustsurvey.publishing.drawing import Drawing
from trustsurvey.publishing.labels import Labels, escape
from trustsurvey.publishing.release import Release, open_release
from trustsurvey.publishing.rows import ALL, Row, is_shown, records
from trustsurvey.publishing.tables import FLAG, WITHHELD_MARK
from trustsurvey.publishing.words import Words

__all__ = ["Page", "open_page"]


@dataclass(frozen=True, slots=True)
class Page:
    """A report in one language.

    Parameters
    ----------
    release : Release
        The published tables.
    labels : Labels
        In the language of the page.
    folder : Path
        Where the page stands while it is rendered; figures and tables are written below it.
    """

    release: Release
    labels: Labels
    folder: Path = field(default_factory=Path)

    @property
    def words(self) -> Words:
        """The words of the page's language."""
        return self.labels.words

    @property
    def title(self) -> str:
        """The title of the publication."""
        titles = self.release.provenance.get("publication", {}).get("title", {})
        return str(titles.get(self.words.language) or self.words("default_title"))

    @property
    def waves(self) -> list[str]:
        """The waves, in order."""
        return sorted(set(self.release.tables["estimates"]["wave"].unique()) - {ALL})

    @property
    def wave(self) -> str:
        """The latest wave."""
        return self.waves[-1]

    @property
    def measures(self) -> list[str]:
        """The indices, the headline's first."""
        found = self.release.tables["estimates"]["measure"].unique()
        return sorted(found, key=lambda measure: measure != self.headline_measure)

    @property
    def headline_measure(self) -> str:
        """The index of the headline and the map: the study's, or the first one."""
        found = list(self.release.tables["estimates"]["measure"].unique())
        chosen = self.release.provenance.get("publication", {}).get("headline")
        return str(chosen if chosen in found else found[0])

    @property
    def headline_label(self) -> str:
        """The name of that index."""
        return self.labels.measure(self.headline_measure)

    def rows(self, name: str, measure: str | None = None, **keys: str) -> list[Row]:
        """Return rows of a table about an index, by default the headline's."""
        return records(self.release.tables[name], measure=measure or self.headline_measure, **keys)

    def row(self, name: str, measure: str | None = None, **keys: str) -> Row | None:
        """Return the first of such rows, None where there is none."""
        return next(iter(self.rows(name, measure, **keys)), None)

    def points(self, value: object, *, sign: bool = False) -> str:
        """Write a number of the scale 0 to 100."""
        return self.words.number(value, self.release.policy.decimals, sign=sign)

    def value(self, row: Row | None, *, sign: bool = False) -> str:
        """Write an estimate with its mark."""
        if row is None or not is_shown(row):
            return WITHHELD_MARK
        return self.points(row["estimate"], sign=sign) + (FLAG if row["status"] == "flagged" else "")

    def interval(self, row: Row | None, *, sign: bool = False) -> str:
        """Write the interval of an estimate; nothing where it is withheld."""
        if row is None or not is_shown(row):
            return ""
        low, high = (self.points(row[end], sign=sign) for end in ("low", "high"))
        return self.words("interval", low=low, high=high)

    def with_interval(self, row: Row | None) -> str:
        """Write an estimate with its mark and interval."""
        interval = self.interval(row)
        return f"{self.value(row)} ({interval})" if interval else self.value(row)

    def legend(self, rows: Sequence[Row | None]) -> str:
        """Return what the marks of these rows mean; nothing where none has one."""
        publish, number = self.release.policy.publish, self.words.number
        statuses = {row["status"] if row else "withheld" for row in rows}
        said = []
        if "flagged" in statuses:
            limits = {"n": publish.n, "effective": publish.n_effective, "half_width": publish.half_width}
            said.append(self.words("legend_flagged", **{name: number(limit) for name, limit in limits.items()}))
        if "withheld" in statuses:
            said.append(self.words("legend_withheld"))
        return " ".join(said)

    def figure(self, drawing: Drawing, caption: str, name: str) -> str:
        """Write a figure and return the Markdown that shows it."""
        path = self.folder / "figures" / self.words.language / f"{name}.svg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(drawing.svg, encoding="utf-8")
        alt = drawing.alt.replace("\\", "").replace('"', "”")
        return f'![{escape(caption)}]({path.relative_to(self.folder).as_posix()}){{#fig-{name} fig-alt="{alt}"}}\n'


def open_page(results: str | Path, language: str, policy: str | Path | None = None) -> Page:
    """Read a folder of results, apply the disclosure policy and return the page of one language.

    Parameters
    ----------
    results : path
        The folder a study run wrote.
    language : "fr", "nl" or "en"
    policy : path, optional
        See ``open_release``.

    Raises
    ------
    InputError
        The results hold no estimates.
    """
    release = open_release(results, policy or None)
    page = Page(release, Labels.of(release.instrument, language))
    if not page.waves:
        raise InputError(f"the results in {results} hold no estimates; run the study again, with at least one index")
    return page
