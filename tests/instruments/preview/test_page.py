"""A respondent fills in the page by hand; a designer looks behind it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from typer.testing import CliRunner

from trustsurvey.cli import app
from trustsurvey.errors import WriteError
from trustsurvey.instruments.expression import parse
from trustsurvey.instruments.model import Instrument
from trustsurvey.instruments.paper.words import direction
from trustsurvey.instruments.preview.content import tree
from trustsurvey.instruments.preview.page import preview_page, write_preview
from trustsurvey.publishing.self_contained import loads


def box(page: Page, code: str) -> Any:
    return page.locator(f".question[data-code='{code}']")


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def stored(page: Page) -> dict[str, str]:
    found: dict[str, str] = page.evaluate("trustsurvey.answers()")
    return found


def speak(page: Page, language: str) -> None:
    page.locator(f".languages button[lang='{language}']").click()


@pytest.mark.parametrize("name", ["everything", "odd", "citizen-trust"])
def test_the_page_is_complete_and_loads_nothing(name: str, instruments: dict[str, Instrument]) -> None:
    page = preview_page(instruments[name])
    assert loads(page) == []
    assert page.count("<script") == page.count("</script>") == 2
    assert "default-src 'none'" in page
    assert "unsafe" not in re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]  # type: ignore[index]


def test_somebody_fills_in_every_type(instruments: dict[str, Instrument], opened: Callable[..., Any]) -> None:
    with opened(instruments["everything"]) as page:
        speak(page, "en")
        expect(page.locator("main")).to_contain_text("Welcome")
        press(page, "Start")
        press(page, "Next")
        expect(page.locator("#summary")).to_contain_text("before going on")
        expect(box(page, "CONSENT").locator(".message")).to_have_text("This question needs an answer.")
        expect(box(page, "TRUST")).to_be_hidden()
        box(page, "CONSENT").get_by_label("Yes", exact=True).check()
        expect(box(page, "CONSENT").locator(".message")).to_be_empty()
        expect(box(page, "HELLO")).to_contain_text("Let us begin")
        press(page, "Next")
        expect(page.locator("#summary")).to_contain_text("or go on without answering")
        box(page, "TRUST").get_by_label("7", exact=True).check()
        expect(page.get_by_role("button", name="Clear the answer").last).to_be_visible()
        press(page, "Next")

        expect(page.get_by_role("heading", level=1)).to_have_text("Contact")
        expect(page.get_by_role("heading", level=1)).to_be_focused()
        box(page, "AGE").get_by_label("Don't know").check()
        expect(box(page, "TREAT")).to_be_hidden()
        box(page, "AGE").locator("input[inputmode=decimal]").fill("15")
        press(page, "Finish")
        expect(box(page, "AGE").locator(".message")).to_have_text("An age from 16 to 110")
        box(page, "AGE").locator("input[inputmode=decimal]").fill("18,5")
        box(page, "WHEN").locator("input[type=date]").fill("2019-05-06")
        press(page, "Finish")
        expect(box(page, "WHEN").locator(".message")).to_have_text("The answer is from 01/01/2020 to 31/12/2026.")
        box(page, "WHEN").locator("input[type=date]").fill("2021-05-06")
        box(page, "TREAT").get_by_role("radiogroup", name="is respectful").get_by_label("Disagree").check()
        box(page, "TREAT").get_by_role("radiogroup", name="is fair").get_by_label("Don't know").check()
        why = box(page, "WHY")
        for answer in ("Cost", "Fear"):
            why.get_by_label(answer, exact=True).check()
        why.get_by_role("textbox").fill("x")
        press(page, "Finish")
        expect(why.locator(".message")).to_have_text("Please keep 2 answers at most.")
        why.get_by_label("Fear", exact=True).uncheck()
        how = box(page, "HOW")
        how.get_by_role("textbox").fill("by letter")
        expect(how.get_by_label("Otherwise", exact=True)).to_be_checked()
        rank = box(page, "RANK").locator("select")
        expect(rank.nth(1)).to_be_disabled()
        rank.nth(0).select_option("fear")
        rank.nth(1).select_option("cost")
        expect(box(page, "NAME")).to_be_hidden()
        rank.nth(0).select_option("")
        expect(rank.nth(0)).to_have_value("cost")
        box(page, "NAME").get_by_role("textbox").fill("12")
        press(page, "Finish")
        expect(box(page, "NAME").locator(".message")).to_have_text("Two letters, a number")
        box(page, "NAME").get_by_role("textbox").fill("AB12")
        box(page, "MORE").get_by_role("textbox").fill("one\ntwo </script>")
        box(page, "SAME").get_by_label("Neither").check()
        expect(page.locator(".question[data-code='MODE']")).to_have_count(0)
        answers = stored(page)
        press(page, "Finish")
        expect(page.locator("main")).to_contain_text("Thank you")
    assert answers == {
        "CONSENT": "yes", "TRUST": "7", "AGE": "18.5", "WHEN": "2021-05-06", "TREAT[respect]": "1", "TREAT[fair]": "DK",
        "WHY[cost]": "Y", "WHY[other]": "x", "HOW": "-oth-", "HOW[other]": "by letter", "RANK[1]": "cost",
        "NAME": "AB12", "MORE": "one\ntwo </script>", "MODE": "web", "SAME": "2",
    }  # fmt: skip


def test_without_consent_it_ends(instruments: dict[str, Instrument], opened: Callable[..., Any]) -> None:
    with opened(instruments["everything"]) as page:
        press(page, "Commencer")
        box(page, "CONSENT").get_by_label("Non", exact=True).check()
        press(page, "Suivant")
        expect(page.locator("main")).to_contain_text("Sans votre accord")
        press(page, "Recommencer")
        assert stored(page) == {}


def test_a_soft_question_reminds_once(instruments: dict[str, Instrument], opened: Callable[..., Any]) -> None:
    with opened(instruments["citizen-trust"]) as page:
        page.evaluate("trustsurvey.put({CONSENT: 'yes'}); trustsurvey.go(2)")
        press(page, "Suivant")
        expect(page.locator("#summary")).to_contain_text("continuer sans répondre")
        expect(page.locator(".question.wrong")).to_have_count(3)
        press(page, "Suivant")
        expect(page.get_by_role("heading", level=1)).to_have_text("Le travail de la police")
        press(page, "Précédent")
        expect(page.get_by_role("heading", level=1)).to_have_text("La confiance dans la police")


def test_a_reason_and_an_answer_exclude_each_other(
    instruments: dict[str, Instrument], opened: Callable[..., Any]
) -> None:
    with opened(instruments["operators"]) as page:
        speak(page, "en")
        page.evaluate("trustsurvey.put({CONSENT: 'yes'}); trustsurvey.go(1)")
        why, age = box(page, "WHY"), box(page, "AGE")
        why.get_by_label("Cost").check()
        why.get_by_label("Don't know").check()
        expect(why.get_by_label("Cost")).not_to_be_checked()
        assert stored(page)["WHY[DK]"] == "Y"
        why.get_by_role("textbox").fill("else")
        expect(why.get_by_label("Don't know")).not_to_be_checked()
        age.get_by_role("textbox").fill("30")
        age.get_by_label("Prefer not to answer").check()
        expect(age.get_by_role("textbox")).to_have_value("")
        answers = stored(page)
    assert {key: answers.get(key) for key in ("WHY[DK]", "WHY[other]", "AGE", "AGENR")} == {
        "WHY[DK]": None, "WHY[other]": "else", "AGE": None, "AGENR": "PNS"
    }  # fmt: skip


def test_languages_keep_the_answers(instruments: dict[str, Instrument], opened: Callable[..., Any]) -> None:
    instrument = instruments["citizen-trust"]
    with opened(instrument) as page:
        page.evaluate("trustsurvey.put({CONSENT: 'yes', GENDER: 'X', AGE: '44'}); trustsurvey.go(1)")
        for language in (*instrument.languages, "fr"):
            speak(page, language)
            assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == [language, "ltr"]
            expect(box(page, "AGE").locator("legend")).to_have_text(instrument.question("AGE").text[language])
            expect(box(page, "AGE").get_by_role("textbox")).to_have_value("44")
            expect(box(page, "GENDER").locator("input[value=X]")).to_be_checked()
            expect(page.locator(f".languages button[lang='{language}']")).to_be_focused()
        assert page.title() == instrument.title["fr"]


def test_every_text_of_every_language_is_shown_as_it_is_written(
    instruments: dict[str, Instrument], opened: Callable[..., Any]
) -> None:
    instrument = instruments["odd"]
    with opened(instrument) as page:
        page.get_by_label("All questions on one page").check()
        for language in instrument.languages:
            speak(page, language)
            shown = page.locator("main").evaluate("main => main.textContent")
            for question in instrument.questions:
                texts = [question.text, *([question.help] if question.help else []), *question.ends]
                texts += [item.text for item in question.items]
                texts += [point.label for point in question.scale.points] if question.scale else []
                for text in texts:
                    assert text[language] in shown
            assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")


def test_arabic_runs_from_right_to_left(instruments: dict[str, Instrument], opened: Callable[..., Any]) -> None:
    with opened(instruments["odd"]) as page:
        speak(page, "ar")
        page.evaluate("trustsurvey.put({CONSENT: 'yes', TRUST: '3'}); trustsurvey.go(1)")
        numbers = page.locator(".rating .option")
        first, last = numbers.first.bounding_box(), numbers.last.bounding_box()
        assert first
        assert last
        assert first["x"] > last["x"]
        words = page.get_by_role("button", name="Next", exact=True)
        assert [words.get_attribute(name) for name in ("lang", "dir")] == ["en", "ltr"]


@pytest.mark.parametrize("name", ["everything", "odd", "citizen-trust"])
def test_narrow_screens_do_not_scroll_sideways(
    name: str, instruments: dict[str, Instrument], opened: Callable[..., Any]
) -> None:
    instrument = instruments[name]
    with opened(instrument, width=360) as page:
        page.get_by_role("button", name=re.compile("Afficher|Show")).click()
        page.evaluate("trustsurvey.put({CONSENT: 'yes'})")
        for number in range(-1, len(instrument.groups) + 1):
            page.evaluate("page => trustsurvey.go(page)", number)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.locator("#panel-all").check()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_identifiers_are_unique_and_fields_are_named(
    instruments: dict[str, Instrument], opened: Callable[..., Any]
) -> None:
    for name in ("everything", "odd", "citizen-trust"):
        with opened(instruments[name]) as page:
            page.locator("#panel-all").check()
            identifiers = page.locator("[id]").evaluate_all("all => all.map(each => each.id)")
            assert len(identifiers) == len(set(identifiers))
            unnamed = page.locator("input, select, textarea").evaluate_all(
                """all => all.filter(each => !each.labels.length && !each.getAttribute('aria-label')
                && !document.getElementById(each.getAttribute('aria-labelledby'))).map(each => each.outerHTML)"""
            )
            assert unnamed == []
            missing = page.locator("[aria-labelledby], [aria-describedby]").evaluate_all(
                """all => all.flatMap(each => `${each.getAttribute('aria-labelledby') || ''}
                ${each.getAttribute('aria-describedby') || ''}`.split(/\\s+/))
                .filter(id => id && !document.getElementById(id))"""
            )
            assert missing == []


def test_the_panel_shows_what_stands_behind(instruments: dict[str, Instrument], opened: Callable[..., Any]) -> None:
    with opened(instruments["everything"]) as page:
        speak(page, "en")
        page.evaluate("trustsurvey.put({CONSENT: 'yes', TRUST: 'DK'}); trustsurvey.go(0)")
        panel = page.locator("#panel")
        for words in ("overall_trust", "trend", "one reminder", "TRUST", "DK"):
            expect(panel).to_contain_text(words)
        panel.locator("#panel-page").select_option("1")
        expect(panel).to_contain_text(
            "Page asked only if you ticked a number from 1 to 10 or “Don't know” at question TRUST."
        )
        expect(panel).to_contain_text('AGE > 17 and WHEN >= "2021-01-01"')
        expect(panel).to_contain_text("not asked now")
        panel.get_by_label("All questions on one page").check()
        expect(box(page, "MODE")).to_contain_text("Hidden question; stores web")
        expect(box(page, "SAME")).to_contain_text("Asked only if the hidden value MODE is “web”.")
        rules = panel.locator("#panel-checks")
        rules.locator("summary").click()
        for check in instruments["everything"].checks:
            for words in (check.code, check.rule, check.message["en"]):
                expect(rules).to_contain_text(words)
        box(page, "AGE").get_by_role("textbox").fill("21")
        expect(rules).to_have_attribute("open", "")
        press(page, "Hide the designer’s panel")
        expect(panel).to_be_hidden()


def test_random_order_can_be_that_of_the_file(instruments: dict[str, Instrument], opened: Callable[..., Any]) -> None:
    instrument = instruments["citizen-trust"]
    codes = [item.code for item in instrument.question("EFFECT").items]
    seen = set()
    with opened(instrument) as page:
        page.evaluate("trustsurvey.put({CONSENT: 'yes'}); trustsurvey.go(3)")
        read = (
            "rows => rows.map(row => row.getAttribute('aria-labelledby').slice('q-EFFECT-'.length, -'--text'.length))"
        )
        for _ in range(12):
            order = box(page, "EFFECT").get_by_role("radiogroup").evaluate_all(read)
            assert sorted(order) == sorted(codes)
            seen.add(tuple(order))
            speak(page, "nl")
            assert box(page, "EFFECT").get_by_role("radiogroup").evaluate_all(read) == order
            speak(page, "fr")
            page.evaluate("trustsurvey.go(99)")
            press(page, "Recommencer")
            page.evaluate("trustsurvey.put({CONSENT: 'yes'}); trustsurvey.go(3)")
        page.get_by_label("Ordre du fichier").check()
        assert box(page, "EFFECT").get_by_role("radiogroup").evaluate_all(read) == codes
    assert len(seen) > 1


def test_a_full_quota_ends_it_with_its_message(instruments: dict[str, Instrument], opened: Callable[..., Any]) -> None:
    with opened(instruments["everything"]) as page:
        page.evaluate(
            """trustsurvey.put({CONSENT: 'yes', TRUST: '5', AGE: '30', WHEN: '2022-01-01', 'TREAT[respect]': '1',
            'TREAT[fair]': '1', 'WHY[cost]': 'Y', HOW: 'web'}); trustsurvey.go(1)"""
        )
        page.locator("#quota-online").check()
        press(page, "Terminer")
        expect(page.locator("main")).to_contain_text("Complet")


def test_a_tree_holds_every_kind_of_condition() -> None:
    found = tree(parse('not (A = "x" or B in (1, 2)) and C and refused(D)'))
    assert found == {
        "kind": "and",
        "parts": [
            {"kind": "not", "part": {"kind": "or", "parts": [
                {"kind": "compare", "name": "A", "sign": "=", "value": "x"},
                {"kind": "in", "name": "B", "values": [1.0, 2.0]},
            ]}},
            {"kind": "holds", "name": "C"},
            {"kind": "state", "name": "D", "state": "refused"},
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("language", "way"),
    [("ar", "rtl"), ("fa", "rtl"), ("he", "rtl"), ("ur", "rtl"), ("ku-Arab", "rtl"), ("fr", "ltr"), ("ur-Latn", "ltr")],
)  # fmt: skip
def test_direction(language: str, way: str) -> None:
    assert direction(language) == way


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    target = tmp_path / "new" / "page.html"
    done = CliRunner().invoke(app, ["preview", "citizen-trust@1.0.0", "-o", str(target)])
    assert done.exit_code == 0, done.output
    assert done.output == f"{target}: citizen-trust@1.0.0, 17 pages in fr, nl, en\n"
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_page_that_cannot_be_written(instruments: dict[str, Instrument], tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="cannot be written"):
        write_preview(instruments["odd"], tmp_path)
