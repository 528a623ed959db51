"""What a report finds, part by part, as Markdown in its language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trustsurvey.publishing import answers, figures
from trustsurvey.publishing.labels import Labels, escape
from trustsurvey.publishing.map import district_map
from trustsurvey.publishing.page import Page
from trustsurvey.publishing.rows import ALL, Row, by, is_shown, records
from trustsurvey.publishing.tables import markdown_table
from trustsurvey.publishing.trend import axis_range, trend
from trustsurvey.publishing.words import Words

__all__ = ["Findings"]

FOLLOWED = ("origin", "age_group")  # in the trend
REASONS = ("dont_know", "refused", "skipped")


@dataclass(frozen=True, slots=True)
class Findings:
    """The findings of a page.

    Parameters
    ----------
    page : Page
    """

    page: Page

    @property
    def words(self) -> Words:
        """The words of the page's language."""
        return self.page.words

    @property
    def labels(self) -> Labels:
        """The labels of the page's language."""
        return self.page.labels

    def simulated(self) -> str:
        """Return the warning that the answers are simulated; nothing where they are not."""
        if not self.page.release.provenance.get("simulated"):
            return ""
        return f"::: {{.callout-warning}}\n\n## {self.words('simulated_title')}\n\n{self.words('simulated')}\n\n:::\n"

    def headline(self) -> str:
        """Return the headline's level and its change since the wave before and since the first."""
        page, words = self.page, self.words
        label = escape(page.headline_label)
        level = page.row("estimates", domain=ALL, wave=page.wave)
        if level is None or not is_shown(level):
            return words("headline_withheld", wave=page.wave, measure=label)
        ends = {end: page.points(level[end]) for end in ("estimate", "low", "high")}
        said = [words("headline_level", wave=page.wave, measure=label, n=words.number(level["n"]), **ends)]
        earlier = dict.fromkeys([*page.waves[-2:-1], *page.waves[:-1][:1]])
        changes = [page.row("changes", domain=ALL, wave=page.wave, previous=wave) for wave in earlier]
        said += [self._change(change) for change in changes if change is not None and is_shown(change)]
        return " ".join(said)

    def _change(self, change: Row) -> str:
        """Return a change in words, with the smallest one that could have been detected where none is shown."""
        page, verdict = self.page, _verdict(change)
        none = verdict == "none"
        estimate = page.points(change["estimate"] if none else abs(change["estimate"]), sign=none)
        ends = {end: page.points(change[end], sign=True) for end in ("low", "high")}
        said = self.words(f"change_{verdict}", previous=change["previous"], estimate=estimate, **ends)
        detectable = self.words("change_detectable", detectable=page.points(change["detectable"]))
        return f"{said} {detectable}" if none else said

    def measures(self) -> str:
        """Return all indices of the latest wave with their change."""
        page, words = self.page, self.words
        rows: list[list[str]] = []
        used: list[Row | None] = []
        previous = page.waves[-2] if len(page.waves) > 1 else None
        levels = by(records(page.release.tables["estimates"], domain=ALL, wave=page.wave), "measure")
        latest = {"domain": ALL, "wave": page.wave, "previous": previous or ""}
        changes = by(records(page.release.tables["changes"], **latest), "measure")
        for measure in page.measures:
            level, change = levels.get(measure), changes.get(measure)
            row = [escape(self.labels.measure(measure)), page.value(level), page.interval(level)]
            used.append(level)
            if previous:
                known = change is not None and is_shown(change)
                detectable = page.points(change["detectable"]) if known and change else ""
                verdict = words(f"verdict_{_verdict(change)}") if known and change else ""
                row += [page.value(change, sign=True), page.interval(change, sign=True), detectable, verdict]
                used.append(change)
            rows.append(row)
        headings = [
            "index",
            "value",
            "interval",
            *(["change", "interval", "detectable", "verdict"] if previous else []),
        ]
        columns = [(words(f"column_{name}"), "left" if name in ("index", "verdict") else "right") for name in headings]
        caption = words("measures_caption_first", wave=page.wave)
        if previous:
            caption = words("measures_caption", wave=page.wave, previous=previous)
        text = words("reading", count=words.number(len(page.measures)), wave=page.wave)
        return f"{text}\n\n{markdown_table(columns, rows, caption, 'tbl-measures', page.legend(used))}"

    def trend(self) -> str:
        """Return the trend figure of the headline's index."""
        page = self.page
        shown = (page.release.tables["estimates"], page.headline_measure, FOLLOWED)
        low, high = (self.words.number(limit) for limit in axis_range(*shown))
        text = self.words("trend_text", measure=escape(page.headline_label))
        caption = self.words("trend_caption", measure=page.headline_label, low=low, high=high)
        return f"{text}\n\n{page.figure(trend(*shown, self.labels), caption, 'trend')}"

    def trend_table(self) -> str:
        """Return every index in every wave."""
        page = self.page
        rows: list[list[str]] = []
        used: list[Row | None] = []
        cells = by(records(page.release.tables["estimates"], domain=ALL), "measure", "wave")
        waves = page.waves
        for measure in page.measures:
            found = [cells.get((measure, wave)) for wave in waves]
            used += found
            rows.append([escape(self.labels.measure(measure)), *(page.with_interval(row) for row in found)])
        columns = [(self.words("column_index"), "left"), *((wave, "right") for wave in waves)]
        return markdown_table(columns, rows, self.words("trend_table_caption"), "tbl-trend", page.legend(used))

    def gaps(self) -> str:
        """Return the figures of gaps: of every group on the headline's index, and by origin on every index."""
        page, words = self.page, self.words
        gaps = page.release.tables["gaps"]
        compared = [
            domain for domain in dict.fromkeys(gaps["domain"]) if page.rows("gaps", domain=domain, wave=page.wave)
        ]
        if "origin" not in compared:
            return words("nothing_to_show")
        text = words("gaps_text", measure=escape(page.headline_label), wave=page.wave)
        first = figures.gaps_by_group(gaps, page.headline_measure, page.wave, compared, self.labels)
        second = figures.gaps_by_measure(gaps, page.measures, page.wave, "origin", self.labels)
        captions = (
            words("gaps_caption", measure=page.headline_label, wave=page.wave),
            words("gaps_measures_caption", wave=page.wave),
        )
        shown = [page.figure(first, captions[0], "gaps"), page.figure(second, captions[1], "gaps-measures")]
        return "\n\n".join([text, *shown])

    def gap_tables(self) -> str:
        """Return a tab per grouping with the groups' values and gaps."""
        domains = list(dict.fromkeys(self.page.release.tables["gaps"]["domain"]))
        return _tabs([(self.labels.domain(domain), self._gap_table(domain)) for domain in domains])

    def _gap_table(self, domain: str) -> str:
        page, words, labels = self.page, self.words, self.labels
        estimates = by(page.rows("estimates", domain=domain, wave=page.wave), "level")
        gaps = by(page.rows("gaps", domain=domain, wave=page.wave), "level")
        rows: list[list[str]] = []
        used: list[Row | None] = []
        for code, label in labels.levels(domain) or tuple((code, code) for code in estimates):
            level, gap = estimates.get(code), gaps.get(code)
            if level is None:
                continue
            used += [level] if gap is None else [level, gap]
            difference = words("reference_group") if gap is None else page.value(gap, sign=True)
            numbers = [page.value(level), page.interval(level), words.number(level["n"]), difference]
            rows.append([escape(label), *numbers, page.interval(gap, sign=True)])
        headings = ("group", "value", "interval", "n", "gap", "interval")
        columns = [(words(f"column_{name}"), "left" if name == "group" else "right") for name in headings]
        named = {"measure": page.headline_label, "domain": labels.domain(domain).lower(), "wave": page.wave}
        caption = words("gaps_table_caption", **named)
        return markdown_table(columns, rows, caption, f"tbl-gaps-{domain.replace('_', '-')}", page.legend(used))

    def map(self) -> str:
        """Return the two maps of the municipalities."""
        page = self.page
        if not page.rows("estimates", domain="district"):
            return self.words("nothing_to_show")
        estimates = page.release.tables["estimates"]
        drawing = district_map(estimates, page.headline_measure, [page.wave, ALL], self.labels)
        text = self.words("map_text", measure=escape(page.headline_label), wave=page.wave)
        caption = self.words("map_caption", measure=page.headline_label, wave=page.wave)
        return f"{text}\n\n{page.figure(drawing, caption, 'map')}"

    def district_table(self) -> str:
        """Return the values behind the maps."""
        page, words = self.page, self.words
        by_wave = [by(page.rows("estimates", domain="district", wave=wave), "level") for wave in (page.wave, ALL)]
        rows: list[list[str]] = []
        used: list[Row | None] = []
        for code, label in self.labels.levels("district"):
            cells = [cells.get(code) for cells in by_wave]
            used += cells
            numbers = [[page.with_interval(cell), words.number(cell["n"]) if cell else ""] for cell in cells]
            rows.append([escape(label), *numbers[0], *numbers[1]])
        headings = (page.wave, words("column_n"), words("all_waves"), words("column_n"))
        columns = [(self.labels.domain("district"), "left"), *((heading, "right") for heading in headings)]
        caption = words("map_table_caption", measure=page.headline_label)
        return markdown_table(columns, rows, caption, "tbl-districts", page.legend(used))

    def items(self) -> str:
        """Return a tab per index with the answers to its items."""
        page, items = self.page, self.page.release.tables["items"]
        known = set(items["variable"])
        tabs = []
        for measure in page.measures:
            definition = page.release.instrument.indices.get(measure)
            variables = [item.variable for item in definition.items if item.variable in known] if definition else []
            caption = self.words("items_caption", measure=self.labels.measure(measure), wave=page.wave)
            shown = []
            for number, alike in enumerate(_with_same_answers(variables, self.labels)):
                name = f"items-{measure.replace('_', '-')}" + (f"-{number + 1}" if number else "")
                shown.append(
                    page.figure(answers.distributions(items, alike, page.wave, self.labels, name), caption, name)
                )
            if shown:
                tabs.append((self.labels.measure(measure), "\n\n".join(shown)))
        if not tabs:
            return self.words("nothing_to_show")
        return f"{self.words('items_text', wave=page.wave)}\n\n{_tabs(tabs)}"

    def nonresponse(self) -> str:
        """Return the shares of don't know, refusal and skipping by origin."""
        page, words = self.page, self.words
        table = page.release.tables["nonresponse"]
        cells = by(records(table, variable="any", wave=page.wave), "reason", "origin")
        if not cells:
            return words("nothing_to_show")
        rows: list[list[str]] = []
        used: list[Row | None] = []
        for code in (ALL, *(code for code, _ in self.labels.levels("origin")), "unknown"):
            found = [cells.get((reason, code)) for reason in REASONS]
            if any(found):
                used += found
                rows.append([escape(self.labels.level("origin", code)), *(page.with_interval(cell) for cell in found)])
        columns = [
            (self.labels.domain("origin"), "left"),
            *((words(f"reason_{reason}"), "right") for reason in REASONS),
        ]
        drawing = answers.nonresponse(table, page.wave, REASONS, self.labels)
        figure = page.figure(drawing, words("nonresponse_caption", wave=page.wave), "nonresponse")
        caption = words("nonresponse_table_caption", wave=page.wave)
        below = markdown_table(columns, rows, caption, "tbl-nonresponse", page.legend(used))
        return f"{words('nonresponse_text')}\n\n{figure}\n\n{below}"


def _verdict(change: Row) -> str:
    """Return what the published interval shows, so that a reader comes to the same conclusion."""
    if change["low"] > 0:
        return "rise"
    return "fall" if change["high"] < 0 else "none"


def _tabs(tabs: Sequence[tuple[str, str]]) -> str:
    """Return a tabset; nothing where there is no tab."""
    inside = "\n\n".join(f"## {escape(title)}\n\n{content}" for title, content in tabs)
    return f"::: {{.panel-tabset}}\n\n{inside}\n\n:::\n" if tabs else ""


def _with_same_answers(variables: Sequence[str], labels: Labels) -> list[list[str]]:
    """Return the variables grouped by the answers they offer, in order."""
    groups: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for variable in variables:
        groups.setdefault(labels.answers(variable), []).append(variable)
    return [alike for offered, alike in groups.items() if offered]
