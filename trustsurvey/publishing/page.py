"""What a report says: each method returns the Markdown of one part, in the report's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from trustsurvey.errors import InputError
from trustsurvey.publishing import figures
from trustsurvey.publishing.drawing import Drawing
from trustsurvey.publishing.labels import ALL, Labels, escape
from trustsurvey.publishing.map import district_map
from trustsurvey.publishing.release import Release, open_release
from trustsurvey.publishing.tables import FLAG, WITHHELD_MARK, markdown_table
from trustsurvey.publishing.words import MarkdownText, Words

__all__ = ["Page", "open_page"]

COMPARED = ("origin", "age_group")  # the groupings that the resolution of 2020 names first get the figures
SIGNIFICANCE = 0.05
REASONS = ("dont_know", "refused", "skipped")


@dataclass(frozen=True, slots=True)
class Page:
    """A report in one language, part by part.

    Parameters
    ----------
    release : Release
        The published tables.
    words : Words
    folder : Path
        Where the page stands while it is rendered; figures are written below it.
    """

    release: Release
    words: Words
    folder: Path = field(default_factory=Path)

    # -- what the page is about

    @property
    def labels(self) -> Labels:
        """The labels of codes in the language of the page."""
        return Labels(self.release.instrument, self.words)

    @property
    def waves(self) -> list[str]:
        """The waves, in order."""
        estimates = self.release.tables["estimates"]
        return sorted(set(estimates["wave"]) - {ALL})

    @property
    def wave(self) -> str:
        """The latest wave."""
        return self.waves[-1]

    @property
    def measures(self) -> list[str]:
        """The indices, the headline's first."""
        found = list(dict.fromkeys(self.release.tables["estimates"]["measure"]))
        return sorted(found, key=lambda measure: measure != self.headline_measure)

    @property
    def headline_measure(self) -> str:
        """The index of the headline and the map: the study's, or the first one."""
        found = list(self.release.tables["estimates"]["measure"])
        chosen = self.release.provenance.get("publication", {}).get("headline")
        return chosen if chosen in found else found[0]

    @property
    def _headline_label(self) -> str:
        return escape(self.labels.measure(self.headline_measure))

    @property
    def title(self) -> str:
        """The title of the publication."""
        titles = self.release.provenance.get("publication", {}).get("title", {})
        return titles.get(self.words.language) or self.words("default_title")

    # -- parts

    def simulated_banner(self) -> str:
        """Return the warning that the answers are simulated; nothing where they are not."""
        if not self.release.provenance.get("simulated"):
            return ""
        return f"::: {{.callout-warning}}\n\n## {self.words('simulated_title')}\n\n{self.words('simulated')}\n\n:::\n"

    def headline(self) -> str:
        """Return the headline's level, its change, and the smallest change that could have been detected."""
        words = self.words
        level = self._row("estimates", domain=ALL, wave=self.wave)
        if level is None or pd.isna(level["estimate"]):
            return words("headline_withheld", wave=self.wave, measure=self._headline_label)
        sentences = [
            words(
                "headline_level",
                wave=self.wave,
                measure=self._headline_label,
                estimate=self._points(level["estimate"]),
                low=self._points(level["low"]),
                high=self._points(level["high"]),
                n=words.number(level["n"]),
            )
        ]
        change = self._row("changes", domain=ALL, wave=self.wave)
        if change is not None and pd.notna(change["estimate"]):
            verdict = _verdict(change)
            none = verdict == "none"
            sentences.append(
                words(
                    f"change_{verdict}",
                    previous=change["previous"],
                    estimate=self._points(change["estimate"] if none else abs(change["estimate"]), sign=none),
                    low=self._points(change["low"], sign=True),
                    high=self._points(change["high"], sign=True),
                )
            )
            sentences.append(words("change_detectable", detectable=self._points(change["detectable"])))
        return " ".join(sentences)

    def measures_table(self) -> str:
        """Return all indices of the latest wave with their change."""
        words = self.words
        rows: list[list[str]] = []
        shown: list[pd.Series | None] = []
        for measure in self.measures:
            level = self._row("estimates", measure, domain=ALL, wave=self.wave)
            change = self._row("changes", measure, domain=ALL, wave=self.wave)
            shown += [level, change]
            found = change is not None and pd.notna(change["estimate"])
            rows.append(
                [
                    escape(self.labels.measure(measure)),
                    self._value(level),
                    self._interval(level),
                    self._value(change, sign=True),
                    self._interval(change, sign=True),
                    self._points(change["detectable"]) if found and change is not None else "",
                    words(f"verdict_{_verdict(change)}") if found and change is not None else "",
                ]
            )
        headings = ("index", "value", "interval", "change", "interval", "detectable", "verdict")
        columns = [(words(f"column_{name}"), "left" if name in ("index", "verdict") else "right") for name in headings]
        previous = self.waves[-2] if len(self.waves) > 1 else None
        if previous is None:
            columns, rows = columns[:3], [row[:3] for row in rows]
            caption = words("measures_caption_first", wave=self.wave)
        else:
            caption = words("measures_caption", wave=self.wave, previous=previous)
        text = words("reading", count=words.number(len(self.measures)), wave=self.wave)
        table = markdown_table(columns, rows, caption, "tbl-measures", self._legend(shown))
        return f"{text}\n\n{table}"

    def trend(self) -> str:
        """Return the trend figure of the headline's index."""
        drawing = figures.trend(self.release.tables["estimates"], self.headline_measure, self._compared(), self.labels)
        text = self.words("trend_text", measure=self._headline_label)
        caption = self.words("trend_caption", measure=self.labels.measure(self.headline_measure))
        return f"{text}\n\n{self._figure(drawing, caption, 'trend')}"

    def trend_table(self) -> str:
        """Return every index in every wave."""
        rows, shown = [], []
        for measure in self.measures:
            found = [self._row("estimates", measure, domain=ALL, wave=wave) for wave in self.waves]
            shown += found
            rows.append([escape(self.labels.measure(measure)), *(self._with_interval(row) for row in found)])
        columns = [(self.words("column_index"), "left"), *((wave, "right") for wave in self.waves)]
        return markdown_table(columns, rows, self.words("trend_table_caption"), "tbl-trend", self._legend(shown))

    def gaps(self) -> str:
        """Return the figures of gaps by origin and age."""
        gaps = self.release.tables["gaps"]
        compared = [domain for domain in COMPARED if len(self._rows("gaps", domain=domain, wave=self.wave))]
        if "origin" not in compared:
            return self.words("nothing_to_show")
        text = self.words("gaps_text", measure=self._headline_label, wave=self.wave)
        first = figures.gaps_by_group(gaps, self.headline_measure, self.wave, compared, self.labels)
        caption = self.words("gaps_caption", measure=self.labels.measure(self.headline_measure), wave=self.wave)
        second = figures.gaps_by_measure(gaps, self.measures, self.wave, "origin", self.labels)
        all_caption = self.words("gaps_measures_caption", wave=self.wave)
        return "\n\n".join(
            [text, self._figure(first, caption, "gaps"), self._figure(second, all_caption, "gaps-measures")]
        )

    def gap_tables(self) -> str:
        """Return a tab per grouping with the groups' values and gaps."""
        domains = list(dict.fromkeys(self.release.tables["gaps"]["domain"]))
        if not domains:
            return ""
        tabs = [f"## {escape(self.labels.domain(domain))}\n\n{self._gap_table(domain)}" for domain in domains]
        return "::: {.panel-tabset}\n\n" + "\n\n".join(tabs) + "\n\n:::\n"

    def _gap_table(self, domain: str) -> str:
        words, labels = self.words, self.labels
        estimates = self._rows("estimates", domain=domain, wave=self.wave).set_index("level")
        gaps = self._rows("gaps", domain=domain, wave=self.wave).set_index("level")
        rows: list[list[str]] = []
        shown: list[pd.Series | None] = []
        for code, label in labels.levels(domain) or [(code, code) for code in estimates.index]:
            if code not in estimates.index:
                continue
            level, gap = estimates.loc[code], gaps.loc[code] if code in gaps.index else None
            shown += [level] if gap is None else [level, gap]
            rows.append(
                [
                    escape(label),
                    self._value(level),
                    self._interval(level),
                    words.number(level["n"]),
                    words("reference_group") if gap is None else self._value(gap, sign=True),
                    self._interval(gap, sign=True),
                ]
            )
        headings = ("group", "value", "interval", "n", "gap", "interval")
        columns = [(words(f"column_{name}"), "left" if name == "group" else "right") for name in headings]
        caption = words(
            "gaps_table_caption",
            measure=labels.measure(self.headline_measure),
            domain=labels.domain(domain).lower(),
            wave=self.wave,
        )
        return markdown_table(columns, rows, caption, f"tbl-gaps-{domain.replace('_', '-')}", self._legend(shown))

    def map(self) -> str:
        """Return the two maps of the municipalities."""
        if self._rows("estimates", domain="district").empty:
            return self.words("nothing_to_show")
        drawing = district_map(self.release.tables["estimates"], self.headline_measure, [self.wave, ALL], self.labels)
        text = self.words("map_text", measure=self._headline_label, wave=self.wave)
        caption = self.words("map_caption", measure=self.labels.measure(self.headline_measure), wave=self.wave)
        return f"{text}\n\n{self._figure(drawing, caption, 'map')}"

    def district_table(self) -> str:
        """Return the values behind the maps."""
        words = self.words
        latest = self._rows("estimates", domain="district", wave=self.wave).set_index("level")
        pooled = self._rows("estimates", domain="district", wave=ALL).set_index("level")
        rows: list[list[str]] = []
        shown: list[pd.Series | None] = []
        for code, label in self.labels.levels("district"):
            cells = [table.loc[code] if code in table.index else None for table in (latest, pooled)]
            shown += cells
            values = [[self._with_interval(cell), "" if cell is None else words.number(cell["n"])] for cell in cells]
            rows.append([escape(label), *values[0], *values[1]])
        number = words("column_n")
        columns = [
            (self.labels.domain("district"), "left"),
            (self.wave, "right"),
            (number, "right"),
            (words("all_waves"), "right"),
            (number, "right"),
        ]
        caption = words("map_table_caption", measure=self.labels.measure(self.headline_measure))
        return markdown_table(columns, rows, caption, "tbl-districts", self._legend(shown))

    def items(self) -> str:
        """Return a tab per index with the answers to its items."""
        items = self.release.tables["items"]
        known = set(items["variable"])
        tabs = []
        for measure in self.measures:
            variables = [item.variable for item in self.release.instrument.indices[measure].items]
            variables = [variable for variable in variables if variable in known]
            label = self.labels.measure(measure)
            parts = []
            for number, alike in enumerate(_with_same_answers(variables, self.labels)):
                name = f"items-{measure.replace('_', '-')}" + (f"-{number + 1}" if number else "")
                drawing = figures.distributions(items, alike, self.wave, self.labels, name)
                caption = self.words("items_caption", measure=label, wave=self.wave)
                parts.append(self._figure(drawing, caption, name))
            if parts:
                tabs.append(f"## {escape(label)}\n\n" + "\n\n".join(parts))
        if not tabs:
            return self.words("nothing_to_show")
        text = self.words("items_text", wave=self.wave)
        return f"{text}\n\n::: {{.panel-tabset}}\n\n" + "\n\n".join(tabs) + "\n\n:::\n"

    def nonresponse(self) -> str:
        """Return the shares of don't know, refusal and skipping by origin."""
        words = self.words
        table = self.release.tables["nonresponse"]
        if table.empty:
            return words("nothing_to_show")
        drawing = figures.nonresponse(table, self.wave, REASONS, self.labels)
        caption = words("nonresponse_caption", wave=self.wave)
        found = table[(table["variable"] == "any") & (table["wave"] == self.wave)].set_index(["reason", "origin"])
        groups = [code for code, _ in self.labels.levels("origin")]
        rows: list[list[str]] = []
        shown: list[pd.Series | None] = []
        for code in (ALL, *groups, "unknown"):
            cells = [found.loc[(reason, code)] if (reason, code) in found.index else None for reason in REASONS]
            if any(cell is not None for cell in cells):
                shown += cells
                rows.append([escape(self.labels.level("origin", code)), *(self._with_interval(cell) for cell in cells)])
        columns = [
            (self.labels.domain("origin"), "left"),
            *((words(f"reason_{reason}"), "right") for reason in REASONS),
        ]
        table_caption = words("nonresponse_table_caption", wave=self.wave)
        below = markdown_table(columns, rows, table_caption, "tbl-nonresponse", self._legend(shown))
        return f"{words('nonresponse_text')}\n\n{self._figure(drawing, caption, 'nonresponse')}\n\n{below}"

    def reliability(self) -> str:
        """Return Cronbach's alpha by index and wave."""
        words = self.words
        table = self.release.tables["reliability"].set_index(["measure", "wave"])
        rows = []
        for measure in self.measures:
            inside = [table.loc[(measure, wave)] if (measure, wave) in table.index else None for wave in self.waves]
            if not any(row is not None and row["items"] > 1 for row in inside):
                continue
            count = next(row["items"] for row in inside if row is not None)
            alphas = [
                WITHHELD_MARK if row is None or pd.isna(row["alpha"]) else words.number(row["alpha"], 2)
                for row in inside
            ]
            rows.append([escape(self.labels.measure(measure)), words.number(count), *alphas])
        columns = [(words("column_index"), "left"), (words("column_items"), "right")]
        columns += [(wave, "right") for wave in self.waves]
        caption = words("reliability_caption")
        return f"{words('reliability_text')}\n\n{markdown_table(columns, rows, caption, 'tbl-reliability')}"

    # -- pieces

    def _figure(self, drawing: Drawing, caption: str, name: str) -> str:
        """Write a figure and return the Markdown that shows it."""
        path = self.folder / "figures" / self.words.language / f"{name}.svg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(drawing.svg, encoding="utf-8")
        alt = drawing.alt.replace("\\", "").replace('"', "”")
        return f'![{escape(caption)}]({path.relative_to(self.folder).as_posix()}){{#fig-{name} fig-alt="{alt}"}}\n'

    def _compared(self) -> Sequence[str]:
        return [domain for domain in COMPARED if (self.release.tables["estimates"]["domain"] == domain).any()]

    def _rows(self, name: str, measure: str | None = None, **keys: str) -> pd.DataFrame:
        table = self.release.tables[name]
        wanted = table["measure"] == (measure or self.headline_measure)
        for column, value in keys.items():
            wanted &= table[column] == value
        return table[wanted]

    def _row(self, name: str, measure: str | None = None, **keys: str) -> pd.Series | None:
        rows = self._rows(name, measure, **keys)
        return rows.iloc[0] if len(rows) else None

    def _points(self, value: Any, *, sign: bool = False) -> str:
        return self.words.number(value, self.release.policy.decimals, sign=sign)

    def _value(self, row: pd.Series | None, *, sign: bool = False) -> str:
        if row is None or pd.isna(row["estimate"]):
            return WITHHELD_MARK
        return self._points(row["estimate"], sign=sign) + (FLAG if row["status"] == "flagged" else "")

    def _interval(self, row: pd.Series | None, *, sign: bool = False) -> str:
        if row is None or pd.isna(row["estimate"]):
            return ""
        low, high = (self._points(row[end], sign=sign) for end in ("low", "high"))
        return self.words("interval", low=low, high=high)

    def _with_interval(self, row: pd.Series | None) -> str:
        interval = self._interval(row)
        return f"{self._value(row)} ({interval})" if interval else self._value(row)

    def _legend(self, rows: Sequence[pd.Series | None]) -> str:
        """Return what the marks in a table mean, where it has any."""
        publish = self.release.policy.publish
        statuses = {"withheld" if row is None else str(row["status"]) for row in rows}
        said = []
        if "flagged" in statuses:
            said.append(
                self.words(
                    "legend_flagged",
                    n=self.words.number(publish.n),
                    effective=self.words.number(publish.n_effective),
                    half_width=self.words.number(publish.half_width),
                )
            )
        if "withheld" in statuses:
            said.append(self.words("legend_withheld"))
        return " ".join(said)


def open_page(results: str | Path, language: str, policy: str | Path | None = None) -> Page:
    """Read a folder of results, apply the disclosure policy and return the page of one language.

    Parameters
    ----------
    results : path
        The folder a study run wrote.
    language : "fr", "nl" or "en"
    policy : path, optional
        See ``open_release``.
    """
    page = Page(open_release(results, policy or None), Words(language))
    if not page.waves:
        raise InputError(f"the results in {results} hold no estimates; run the study again, with at least one index")
    return page


def _verdict(change: pd.Series) -> str:
    if not change["p_value"] < SIGNIFICANCE:
        return "none"
    return "rise" if change["estimate"] > 0 else "fall"


def _with_same_answers(variables: Sequence[str], labels: Labels) -> list[list[str]]:
    """Return the variables grouped by the answers they offer, in order."""
    groups: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for variable in variables:
        groups.setdefault(labels.answers(variable), []).append(variable)
    return [alike for answers, alike in groups.items() if answers]
