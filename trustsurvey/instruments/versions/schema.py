"""The shape of the two kinds of ledger: of the releases of an instrument, and of the blocks of the bank."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, PlainValidator

from trustsurvey.documents.shape import Entry
from trustsurvey.documents.values import Listed, Word, Words, listed, one_of

__all__ = ["BankEntry", "BlockPin", "LedgerEntry", "ReleaseEntry"]

Bump = Annotated[Literal["major", "minor", "patch"], PlainValidator(one_of("major", "minor", "patch"))]


class DeclarationEntry(Entry):
    """An editorial declaration that came with a release."""

    item: Word
    reason: Word


class ReleaseEntry(Entry):
    """One release."""

    version: Word
    digest: Word
    sha256: Word
    after: Word = ""
    bump: Bump | None = None
    breaks: Words = []
    editorial: Annotated[list[DeclarationEntry], BeforeValidator(listed)] = []


class LedgerEntry(Entry):
    """The ledger of an instrument; its releases are looked at one by one."""

    instrument: Word
    releases: Listed


class BlockPin(Entry):
    """One version of a block."""

    block: Word
    version: Word
    sha256: Word


class BankEntry(Entry):
    """The ledger of the bank; its blocks are looked at one by one."""

    blocks: Listed
