"""Open the pages in a browser without a window: what loads, what the tables say, what folds."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from trustsurvey.publishing.words import LANGUAGES, Words

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module", params=LANGUAGES)
def opened(request: pytest.FixtureRequest, browser: Browser, report: Path) -> Iterator[tuple[str, Page]]:
    """A page, open; at the end it must have asked for nothing but itself and complained of nothing."""
    language = request.param
    address = (report / f"monitoring-{language}.html").as_uri()
    asked: list[str] = []
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.on("request", lambda sent: asked.append(sent.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    yield language, page
    page.close()
    assert [each for each in asked if each != address and not each.startswith("data:")] == []
    assert complaints == []


def cells(page: Page, identifier: str) -> list[list[str]]:
    """Return the text of a table's body, row by row."""
    script = """table => [...table.tBodies].flatMap(
        body => [...body.rows].map(row => [...row.cells].map(cell => cell.textContent.trim()))
    )"""
    found: list[list[str]] = page.locator(f"#{identifier} table").evaluate(script)
    return found


def published(report: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(report / "tables" / f"{name}.csv", dtype={"wave": str, "level": str})


def test_tables_hold_the_published_numbers(opened: tuple[str, Page], report: Path) -> None:
    language, page = opened
    words = Words(language)
    estimates = published(report, "estimates")
    districts = estimates[(estimates["measure"] == "overall_trust") & (estimates["domain"] == "district")]
    expected = []
    for _, rows in districts.groupby("level", sort=True):
        line = []
        for wave in ("2026", "all"):
            row = rows[rows["wave"] == wave].iloc[0]
            if row["status"] == "withheld":
                line += ["×", ""]
                continue
            mark = "†" if row["status"] == "flagged" else ""
            interval = words("interval", low=words.number(row["low"], 1), high=words.number(row["high"], 1))
            line += [f"{words.number(row['estimate'], 1)}{mark} ({interval})", words.number(row["n"])]
        expected.append(line)
    shown = cells(page, "tbl-districts")
    assert len(shown) == 19
    assert [row[1:] for row in shown] == expected
    assert {"×", ""} <= {cell for row in expected for cell in row}
    assert any("†" in row[0] for row in expected)

    region = estimates[(estimates["domain"] == "all") & (estimates["wave"] == "2026")].set_index("measure")["estimate"]
    assert [row[1] for row in cells(page, "tbl-measures")] == [words.number(value, 1) for value in region]


def test_every_image_shows_and_says_what_it_shows(opened: tuple[str, Page]) -> None:
    _, page = opened
    images = page.locator("figure img")
    assert images.count() >= 7
    for state in images.evaluate_all("images => images.map(image => [image.complete, image.naturalWidth, image.alt])"):
        assert state[0]
        assert state[1] > 0
        assert len(state[2]) > 40


def test_callouts_fold(opened: tuple[str, Page]) -> None:
    _, page = opened
    callout = page.locator("details.callout").first
    table = callout.locator("table")
    expect(table).to_be_hidden()
    callout.locator("summary").click()
    expect(table).to_be_visible()
    callout.locator("summary").click()
    expect(table).to_be_hidden()


def test_tabs_switch_by_mouse_key_and_link(opened: tuple[str, Page]) -> None:
    _, page = opened
    tabset = page.locator(".tabset").first
    tabs, panels = tabset.get_by_role("tab"), tabset.locator(".tab-panel")
    assert tabs.count() == panels.count() >= 3
    expect(panels.nth(0)).to_be_visible()
    tabs.nth(1).click()
    expect(panels.nth(0)).to_be_hidden()
    expect(panels.nth(1)).to_be_visible()
    expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")
    tabs.nth(1).press("ArrowRight")
    expect(panels.nth(2)).to_be_visible()
    page.evaluate("location.hash = '#tbl-gaps-origin'")
    expect(page.locator("#tbl-gaps-origin")).to_be_visible()


def test_links_within_the_page_lead_somewhere(opened: tuple[str, Page]) -> None:
    _, page = opened
    links = page.locator("a[href^='#']").evaluate_all("links => links.map(link => link.getAttribute('href').slice(1))")
    assert len(links) > 20
    identifiers = set(page.locator("[id]").evaluate_all("all => all.map(each => each.id)"))
    assert [link for link in links if link not in identifiers] == []
    everything = page.locator("[id]").evaluate_all("all => all.map(each => each.id)")
    assert len(everything) == len(set(everything))


def test_links_to_tables_lead_to_files(opened: tuple[str, Page], report: Path) -> None:
    _, page = opened
    links = page.locator("#sec-tables ~ div a, #sec-tables ~ p a[href$=json]").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    assert sum(link.endswith(".csv") for link in links) == 9
    assert [link for link in links if not link.startswith("#") and not (report / link).is_file()] == []


@pytest.mark.parametrize("width", [360, 820])
def test_narrow_screens_do_not_scroll_sideways(browser: Browser, report: Path, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto((report / "monitoring-nl.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_headings_go_down_one_level_at_a_time(opened: tuple[str, Page]) -> None:
    _, page = opened
    levels = page.locator("h1, h2, h3, h4, h5").evaluate_all("all => all.map(each => Number(each.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
