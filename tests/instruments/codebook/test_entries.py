from __future__ import annotations

from trustsurvey.fieldwork.responses import code_responses
from trustsurvey.instruments.codebook.entries import entries, replaced
from trustsurvey.instruments.model import Instrument


def test_the_entries_are_the_columns_of_the_coded_answers(citizen: Instrument, every: Instrument) -> None:
    for instrument in (citizen, every):
        frame = code_responses(instrument, [], "2026").missing
        assert [entry.name for entry in entries(instrument)] == list(frame.columns)


def test_what_is_replaced_has_no_entry_and_names_its_stand_in(citizen: Instrument) -> None:
    gone = replaced(citizen)
    assert gone["NATMOTHER"] == ("origin",)
    assert gone["AGE"] == ("age_group",)
    assert not gone.keys() & {entry.name for entry in entries(citizen)}


def test_an_entry_knows_why_it_may_be_empty(citizen: Instrument) -> None:
    reasons = {entry.name: entry.reasons for entry in entries(citizen)}
    assert reasons["CONSENT"] == ("broken_off",)
    assert reasons["INSTRUMENT"] == ("not_asked", "broken_off")
    assert reasons["TRUST"] == ("not_asked", "dont_know", "refused", "skipped", "broken_off")
    assert reasons["origin"] == ("not_asked", "dont_know", "refused", "skipped", "broken_off")
    assert "dont_know" not in reasons["age_group"]


def test_an_entry_knows_its_item_index_and_direction(citizen: Instrument) -> None:
    found = {entry.name: entry for entry in entries(citizen)}
    down = found["TREAT_down"]
    assert down.item is not None
    assert [(use.index.code, use.reversed) for use in down.uses] == [("procedural_justice", True)]
    assert found["OBEY_nochoice"].source == "Tankebe 2009, construct; own wording"
    assert found["OBEY_nochoice"].uses == ()


def test_routing_of_page_and_question_are_both_known(every: Instrument) -> None:
    found = {entry.name: entry for entry in entries(every)}
    assert found["TREAT_fair"].conditions == (
        "TRUST >= 1 or dont_know(TRUST)",
        'AGE > 17 and WHEN >= "2021-01-01"',
    )
