"""A file that uses shared blocks turned into one that holds their content.

What comes from a block stands, for messages, at the line that uses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path as File
from typing import Any

from trustsurvey.documents.document import Document, Path, Place, read_document
from trustsurvey.documents.shape import shaped
from trustsurvey.documents.values import close_to
from trustsurvey.errors import MissingFileError, Problem, RoutingError
from trustsurvey.instruments.bank import available, places
from trustsurvey.instruments.expression import names, parse
from trustsurvey.instruments.schema import BlockEntry, UseEntry
from trustsurvey.instruments.versions.bank_ledger import block_problems

__all__ = ["Expanded", "with_blocks"]

NAMED = re.compile(r"(?P<name>[a-z][a-z0-9-]*)@(?P<version>[0-9]+\.[0-9]+\.[0-9]+)")
SHARED = ("dont_know", "refused")


@dataclass(frozen=True, slots=True)
class Expanded:
    """A file with what it uses of the bank in place.

    Parameters
    ----------
    document : Document
    problems : tuple of Problem
        What is wrong with blocks and their use.
    unused : tuple of Problem
        Blocks that nothing uses; often because something else is wrong.
    complete : bool
        Whether everything that the file uses is there.
    """

    document: Document
    problems: tuple[Problem, ...] = ()
    unused: tuple[Problem, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class _Block:
    """A block with what it uses in turn; ``anchor`` is the entry of ``bank`` that names it, ``own`` what is its own."""

    name: str
    anchor: Path
    content: dict[str, Any]
    own: frozenset[str]
    languages: tuple[str, ...]

    def questions(self) -> dict[str, dict[str, Any]]:
        return {str(each.get("code")): each for each in self.content.get("questions", []) if isinstance(each, dict)}


def with_blocks(document: Document) -> Expanded:
    """Return a file with what it uses of the bank in place, and what is wrong with that."""
    content = document.content
    if not isinstance(content, dict) or not _uses(content):
        return Expanded(document)
    return _Expansion(document).expanded()


def _uses(content: dict[str, Any]) -> bool:
    return "bank" in content or any("use" in each for _, _, each in _listed_questions(content))


def _listed_questions(content: dict[str, Any]) -> Iterator[tuple[int, int, dict[str, Any]]]:
    groups = content.get("groups")
    for number, group in enumerate(groups if isinstance(groups, list) else ()):
        questions = group.get("questions") if isinstance(group, dict) else None
        for position, question in enumerate(questions if isinstance(questions, list) else ()):
            if isinstance(question, dict):
                yield number, position, question


class _Expansion:
    """Puts the content of blocks in the place of what names them."""

    def __init__(self, document: Document, within: tuple[str, ...] = ()) -> None:
        self.document = document
        self.within = within
        self.content: dict[str, Any] = deepcopy(document.content)
        listed = self.content.get("languages")
        self.languages = tuple(str(each) for each in listed) if isinstance(listed, list) else ()
        self.problems: list[Problem] = []
        self.complete = True
        self.blocks: dict[str, _Block] = {}
        self.used: set[str] = set()
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}

    def expanded(self) -> Expanded:
        self._load()
        moved = self._put_questions()
        for path, place in self.document.values.items():
            if (new := moved(path)) is not None:
                self.values[new] = place
        for path, place in self.document.keys.items():
            if (new := moved(path)) is not None:
                self.keys[new] = place
        self._put_scales()
        self._put_non_response()
        remedy = "delete it from the list, or use its questions or scales"
        unused = tuple(
            self.document.problem(block.anchor, f"nothing of the block {name} is used", remedy)
            for name, block in self.blocks.items()
            if name not in self.used
        )
        document = Document(self.document.file, self.content, self.values, self.keys, self.document.problems)
        return Expanded(document, tuple(self.problems), unused, self.complete)

    def _complain(self, path: Path, message: str, remedy: str) -> None:
        self.problems.append(self.document.problem(path, message, remedy))

    def _load(self) -> None:
        listed = self.content.get("bank", [])
        known = available(self.document.file)
        for number, named in enumerate(listed if isinstance(listed, list) else ()):
            path: Path = ("bank", number)
            match = NAMED.fullmatch(named) if isinstance(named, str) else None
            if match is None:
                remedy = "write its name and its version, as in demographics@1.0.0"
                self._complain(path, "an entry of bank is no block with its version", remedy)
            elif named in self.within:
                self._complain(path, f"the block {named} uses itself", "delete it here, or there")
            elif match["name"] in self.blocks:
                self._complain(path, f"the block {match['name']} is named twice", "keep one version of it")
            elif named not in known:
                remedy = f"{close_to(named, known)} the blocks are {', '.join(sorted(known)) or 'none'}".strip()
                self._complain(path, f"there is no block {named} in the bank", remedy)
            elif (block := self._block(path, match["name"], str(named), known[named])) is not None:
                self.blocks[block.name] = block
                continue
            self.complete = False

    def _block(self, path: Path, name: str, named: str, file: File) -> _Block | None:
        try:
            document = read_document(file)
        except MissingFileError:
            document = Document(str(file))
        problems = [*document.problems, *block_problems(file)]
        if document.content is not None:
            problems += shaped(document, (), BlockEntry, document.content, "a block of the bank")[1]
        own: frozenset[str] = frozenset()
        if not problems:
            own = frozenset([*document.content, *document.content.get("scales", {})])
            inner = _Expansion(_as_groups(document), (*self.within, named)).expanded()
            document, problems = inner.document, list(inner.problems)
        if problems or not isinstance(document.content, dict):
            self._complain(path, f"the block {named} has problems", f"run trustsurvey check {file} and mend it")
            return None
        content = document.content
        content["questions"] = content["groups"][0]["questions"]
        return _Block(name, path, content, own, tuple(str(each) for each in content["languages"]))

    def _put_questions(self) -> Any:
        """Splice the questions of blocks in; return what says where a path of the file has gone."""
        kept: dict[tuple[int, int], int] = {}
        spliced: list[tuple[Path, Any, Path]] = []
        groups = self.content.get("groups")
        for number, group in enumerate(groups if isinstance(groups, list) else ()):
            listed = group.get("questions") if isinstance(group, dict) else None
            if not isinstance(listed, list):
                continue
            questions: list[Any] = []
            for position, question in enumerate(listed):
                path: Path = ("groups", number, "questions", position)
                if not (isinstance(question, dict) and "use" in question):
                    kept[number, position] = len(questions)
                    questions.append(question)
                    continue
                for each in self._used_questions(path, question):
                    spliced.append((("groups", number, "questions", len(questions)), each, path))
                    questions.append(each)
            group["questions"] = questions
        derived = list(self._derived())
        if derived:
            own = self.content.get("derived", [])
            self.content["derived"] = [each for _, each in derived] + (own if isinstance(own, list) else [])
            spliced += [(("derived", place), each, anchor) for place, (anchor, each) in enumerate(derived)]
        for path, content, anchor in spliced:
            self._register(path, content, anchor)

        def moved(path: Path) -> Path | None:
            if path[:1] == ("derived",) and len(path) > 1 and isinstance(path[1], int):
                return ("derived", path[1] + len(derived), *path[2:])
            match path:
                case ("groups", int(number), "questions", int(position), *rest):
                    if (number, position) not in kept:
                        return None
                    return ("groups", number, "questions", kept[number, position], *rest)
            return path

        return moved

    def _used_questions(self, path: Path, content: dict[str, Any]) -> Iterator[dict[str, Any]]:
        entry, problems = shaped(self.document, path, UseEntry, content, "the use of a block")
        self.problems.extend(problems)
        if entry is None or problems:
            self.complete = False
            return
        name, _, code = entry.use.partition(".")
        block = self.blocks.get(name)
        if block is None:
            listed = ", ".join(self.blocks) or "none"
            if self.complete:
                message = f"the block {name} is not in the list bank"
                self._complain((*path, "use"), message, f"add it with its version; the list holds {listed}")
            self.complete = False
            return
        self.used.add(name)
        questions = block.questions()
        if code and code not in questions:
            self.complete = False
            remedy = f"{close_to(code, questions)} its questions are {', '.join(questions) or 'none'}".strip()
            self._complain((*path, "use"), f"the block {name} has no question {code}", remedy)
            return
        for each in [questions[code]] if code else questions.values():
            question = self._translated(each, block, path)
            if entry.ask_if:
                own = question.get("ask_if")
                question["ask_if"] = f"({entry.ask_if}) and ({own})" if own else entry.ask_if
            yield question

    def _derived(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Yield the derived variables of the blocks that are used whose questions are all there."""
        codes = {str(question.get("code")) for _, _, question in _listed_questions(self.content)}
        for name, block in self.blocks.items():
            for derived in block.content.get("derived", []) if name in self.used else ():
                read = set(_read_by(derived))
                if read and all(_question_of(variable, codes) for variable in read):
                    yield block.anchor, self._translated(derived, block, block.anchor)

    def _put_scales(self) -> None:
        """Add the scales of blocks; those that questions name count as used."""
        own = self.content.get("scales", {})
        if not isinstance(own, dict):
            return
        questions = [question for _, _, question in _listed_questions(self.content)]
        wanted = {str(each["scale"]) for each in questions if isinstance(each.get("scale"), str)}
        wanted |= {"yes_no" for each in questions if each.get("type") == "yes_no"}
        added: dict[str, tuple[Any, _Block]] = {}
        for block in self.blocks.values():
            for scale, content in block.content.get("scales", {}).items():
                if scale in own:
                    remedy = f"rename it here, or take {block.name} off the list bank"
                    message = f"the scale {scale} is also one of the block {block.name}"
                    self.problems.append(self.document.problem(("scales", scale), message, remedy, key=True))
                elif scale in added and added[scale][0] != content:
                    message = (
                        f"the scale {scale} is in the blocks {added[scale][1].name} and {block.name}, not the same"
                    )
                    self._complain(block.anchor, message, "use one of the two blocks, or other versions of them")
                else:
                    added.setdefault(scale, (content, block))
                    self.used |= {block.name} if scale in wanted and scale in block.own else set()
        for scale, (content, block) in added.items():
            translated = self._translated(content, block, block.anchor)
            self.content.setdefault("scales", {})[scale] = translated
            self._register(("scales", scale), translated, block.anchor)

    def _put_non_response(self) -> None:
        questions = [question for _, _, question in _listed_questions(self.content)]
        for key in SHARED:
            offered = any(str(question.get(key)).lower() == "true" for question in questions)
            for block in self.blocks.values():
                if offered and key not in self.content and key in block.content:
                    translated = self._translated(block.content[key], block, block.anchor)
                    self.content[key] = translated
                    self._register((key,), translated, block.anchor)
                self.used |= {block.name} if offered and key in block.own else set()

    def _translated(self, content: Any, block: _Block, path: Path) -> Any:
        """Return content of a block in the languages of the file."""
        if missing := [language for language in self.languages if language not in block.languages]:
            message = f"the block {block.name} has no texts in {', '.join(missing)}"
            remedy = "translate the block as a new version of it, or write the questions into the file"
            if not any(each.message == message for each in self.problems):
                self._complain(path, message, remedy)
        return _in_languages(content, self.languages, frozenset(block.languages))

    def _register(self, path: Path, content: Any, anchor: Path) -> None:
        place = replace(self.document.place(anchor), text_column=0)
        for where, _ in places(content, path, place):
            self.values[where] = place
            self.keys[where] = place


def _as_groups(document: Document) -> Document:
    content = dict(document.content)
    content["groups"] = [{"questions": content.get("questions", [])}]
    return replace(document, content=content)


def _in_languages(content: Any, languages: tuple[str, ...], known: frozenset[str]) -> Any:
    if isinstance(content, list):
        return [_in_languages(each, languages, known) for each in content]
    if not isinstance(content, dict):
        return content
    if content and set(content) <= known:
        return {language: content[language] for language in languages if language in content}
    return {key: _in_languages(value, languages, known) for key, value in content.items()}


def _read_by(derived: dict[str, Any]) -> Iterator[str]:
    """Yield the variables that the rules of a derived variable read, and those that it replaces."""
    yield from (str(name) for name in derived.get("replaces", []))
    for level in derived.get("levels", []):
        if isinstance(level, dict) and isinstance(level.get("when"), str):
            try:
                yield from names(parse(level["when"]))
            except RoutingError:
                continue


def _question_of(variable: str, codes: set[str]) -> bool:
    return variable in codes or variable.rpartition("_")[0] in codes
