"""The method annex of a report and where its numbers come from, part by part, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from trustsurvey.publishing.disclosure import rounded_count
from trustsurvey.publishing.labels import Labels, escape
from trustsurvey.publishing.page import Page
from trustsurvey.publishing.release import STAGES, Release
from trustsurvey.publishing.rows import ALL, by, records
from trustsurvey.publishing.tables import WITHHELD_MARK, markdown_table, write_tables
from trustsurvey.publishing.words import Words

__all__ = ["Annex"]


@dataclass(frozen=True, slots=True)
class Annex:
    """How the numbers of a page were made.

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

    @property
    def release(self) -> Release:
        """What may be published."""
        return self.page.release

    def reliability(self) -> str:
        """Return Cronbach's alpha by index and wave, of the indices with several items."""
        words, waves = self.words, self.page.waves
        rows = []
        for measure in self.page.measures:
            by_wave = by(self.page.rows("reliability", measure), "wave")
            items = max((int(row["items"]) for row in by_wave.values()), default=0)
            if items > 1:
                alphas = [
                    _or_mark(words.number(by_wave[wave]["alpha"], 2) if wave in by_wave else "") for wave in waves
                ]
                rows.append([escape(self.labels.measure(measure)), words.number(items), *alphas])
        columns = [
            (words("column_index"), "left"),
            (words("column_items"), "right"),
            *((wave, "right") for wave in waves),
        ]
        table = markdown_table(columns, rows, words("reliability_caption"), "tbl-reliability")
        return f"{words('reliability_text')}\n\n{table}"

    def fieldwork(self) -> str:
        """Return how many questionnaires each wave had, from the first screen to the analysis."""
        words, policy = self.words, self.release.policy
        cells = by(records(self.release.tables["fieldwork"], language=ALL), "wave", "stage")
        counts = {key: row["count"] for key, row in cells.items()}
        rows = [[wave, *(self._count(counts.get((wave, stage))) for stage in STAGES)] for wave in self.page.waves]
        columns = [(words("column_wave"), "left"), *((words(f"column_{stage}"), "right") for stage in STAGES)]
        text = words(
            "fieldwork_text", step=words.number(policy.round_counts_to), minimum=words.number(policy.minimum_count)
        )
        return f"{text}\n\n{markdown_table(columns, rows, words('fieldwork_caption'), 'tbl-fieldwork')}"

    def weighting(self) -> str:
        """Return the weighting recipe and what it costs in precision."""
        words = self.words
        recipe, population = self._part("weighting"), self._part("population")
        margins = [[margin] if isinstance(margin, str) else list(margin) for margin in recipe.get("margins", [])]
        said = ", ".join(" × ".join(self.labels.domain(name).lower() for name in margin) for margin in margins)
        named = {
            "method": words.find(f"method_{recipe.get('method')}") or recipe.get("method", ""),
            "population": escape(population.get("name", "")),
            "date": population.get("reference_date", ""),
            "margins": escape(said),
        }
        bounds = recipe.get("bounds")
        if bounds:
            low, high = (words.number(bound, 0 if float(bound).is_integer() else 1) for bound in bounds)
            text = words("weighting_text", **named, low=low, high=high)
        else:
            text = words("weighting_text_unbounded", **named)
        parts = [text]
        if recipe.get("missing") == "keep":
            parts.append(words("missing_keep"))
        parts += [words("kish_text"), self._weights_table()]
        return "\n\n".join(parts)

    def _weights_table(self) -> str:
        words = self.words
        by_wave = by(records(self.release.tables["weights"]), "wave")
        rows = []
        for wave in self.page.waves:
            row = by_wave.get(wave)
            if row:
                kish, low, high = (_or_mark(words.number(row[name], 2)) for name in ("kish", "smallest", "largest"))
                rows.append([wave, self._count(row["n"]), kish, self._count(row["n_effective"]), low, high])
        names = ("n", "kish", "effective", "smallest", "largest")
        columns = [(words("column_wave"), "left"), *((words(f"column_{name}"), "right") for name in names)]
        return markdown_table(columns, rows, words("weights_caption"), "tbl-weights")

    def margins(self) -> str:
        """Return the composition of the latest wave's sample before and after weighting."""
        words, wave = self.words, self.page.wave
        shares = ("target", "before", "after")
        rows = []
        for row in records(self.release.tables["margins"], wave=wave):
            names, codes = row["margin"].split(" x "), row["level"].split(" | ")
            level = " × ".join(self.labels.level(name, code) for name, code in zip(names, codes, strict=False))
            margin = " × ".join(self.labels.domain(name) for name in names)
            rows.append([escape(margin), escape(level), *(_or_mark(self.page.points(row[name])) for name in shares)])
        columns = [(words("column_margin"), "left"), (words("column_group"), "left")]
        columns += [(words(f"column_{name}"), "right") for name in shares]
        table = markdown_table(columns, rows, words("margins_caption", wave=wave), "tbl-margins")
        return f"{words('margins_text', wave=wave)}\n\n{table}"

    def population(self) -> str:
        """Return the caveats on the population figures."""
        caveats = self._part("population").get("caveats", [])
        return f"{self.words('population_text')}\n\n{self._sentences(caveats)}" if caveats else ""

    def conventions(self) -> str:
        """Return how intervals and comparisons are to be read."""
        return self.words("conventions_list")

    def disclosure(self) -> str:
        """Return the disclosure policy in words."""
        policy, number = self.release.policy, self.words.number
        rules = self.words(
            "disclosure_list",
            publish_n=number(policy.publish.n),
            publish_effective=number(policy.publish.n_effective),
            publish_half_width=number(policy.publish.half_width),
            flag_n=number(policy.flag.n),
            flag_effective=number(policy.flag.n_effective),
            flag_half_width=number(policy.flag.half_width),
            minimum=number(policy.minimum_count),
            step=number(policy.round_counts_to),
        )
        return f"{self.words('disclosure_text', policy=escape(policy.name))}\n\n{rules}"

    def provenance(self) -> str:
        """Return what the numbers can be computed from again: software, questionnaires, population."""
        words, found = self.words, self.release.provenance
        package, population = self._part("package"), self._part("population")
        sentences = [
            words(
                "provenance_text",
                study=escape(found.get("study", "")),
                created=str(found.get("created", ""))[:10],
                package=escape(package.get("name", "")),
                version=escape(package.get("version", "")),
            )
        ]
        if package.get("commit"):
            sentences.append(words("provenance_commit", commit=package["commit"]))
        if found.get("seed") is not None:
            sentences.append(words("provenance_seed", seed=found["seed"]))
        rows = [
            [escape(each["name"]), escape(each["version"]), f"`{each['digest']}`"]
            for each in found.get("instruments", [])
        ]
        columns = [(words(f"column_{name}"), "left") for name in ("questionnaire", "version", "digest")]
        parts = [" ".join(sentences), markdown_table(columns, rows, words("instruments_caption"), "tbl-instruments")]
        if population:
            source = words(
                "population_source",
                name=escape(population.get("name", "")),
                date=population.get("reference_date", ""),
                checksum=population.get("checksum", ""),
            )
            parts.append(f"{source}\n\n{self._sentences(population.get('sources', []))}")
        return "\n\n".join(parts)

    def archives(self) -> str:
        """Return the files of raw answers with their checksums."""
        words = self.words
        rows = [
            [
                escape(archive["wave"]),
                escape(segment["file"]),
                f"`{segment['sha256']}`",
            ]
            for archive in self.release.provenance.get("archives", [])
            for segment in archive.get("segments", [])
        ]
        columns = [(words(f"column_{name}"), "left") for name in ("wave", "file", "digest")]
        return markdown_table(columns, rows, words("archives_caption"), "tbl-archives")

    def files(self) -> str:
        """Write the published tables beside the page and return the list of them, with links."""
        words, folder = self.words, "tables"
        write_tables(self.release, self.page.folder / folder)
        rows = [
            [f"[{name}.csv]({folder}/{name}.csv)", words(f"table_{name}"), words.number(len(table))]
            for name, table in self.release.tables.items()
        ]
        columns = [(words("column_file"), "left"), (words("column_content"), "left"), (words("column_rows"), "right")]
        text = words("tables_text", folder=folder)
        return f"{text}\n\n{markdown_table(columns, rows, words('tables_caption'), 'tbl-files')}"

    def _sentences(self, sentences: Sequence[object]) -> str:
        """Return sentences as a list: in the page's language where they are translated, else marked as English."""
        language = self.words.language
        translated = [each.get(language) if isinstance(each, dict) else None for each in sentences]
        lines = [
            escape(own) if own else f"[{escape(each)}]{{lang=en}}"
            for each, own in zip(sentences, translated, strict=True)
        ]
        return "\n".join(f"- {line}" for line in lines)

    def _part(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.release.provenance.get(name) or {}
        return found

    def _count(self, value: Any) -> str:
        """Write a count of the release, or of the provenance, as the policy has it."""
        published = None if value is None or pd.isna(value) else rounded_count(float(value), self.release.policy)
        return WITHHELD_MARK if published is None else self.words.number(published)


def _or_mark(text: str) -> str:
    return text or WITHHELD_MARK
