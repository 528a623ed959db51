"""Exchanges with a real server: recorded once, played back strictly in their order."""

from __future__ import annotations

import hashlib
import json
import lzma
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

LONG = 300
COMPRESSED_FROM = 20_000
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
# Whose server it is, and what else stands on it.
PRIVATE = {
    *("admin", "adminemail", "bounce_email", "bounceaccounthost", "datecreated", "emailnotificationto"),
    *("emailresponseto", "faxto", "googleanalyticsapikey", "gsid", "owner_id"),
}
Answer = dict[str, Any]


def plain(parameter: Any) -> Any:
    """Return a parameter as it is recorded: long ones as a checksum, times as such."""
    if isinstance(parameter, str):
        if len(parameter) > LONG:
            return f"sha256:{hashlib.sha256(parameter.encode()).hexdigest()}"
        return TIME.sub("<time>", parameter)
    if isinstance(parameter, list):
        return [plain(each) for each in parameter]
    if isinstance(parameter, dict):
        return {key: plain(value) for key, value in parameter.items()}
    return parameter


def stated(call: Mapping[str, Any]) -> Answer:
    """Return method and parameters of a call, without account and session."""
    parameters = [] if call["method"] == "get_session_key" else call["params"][1:]
    return {"method": call["method"], "parameters": plain(parameters)}


@dataclass
class Recorder:
    """Passes calls on to a real server and keeps what was said."""

    address: str
    kept: list[Answer] = field(default_factory=list)
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False

    def answer(self, call: Mapping[str, Any]) -> Answer:
        answer = self.session.post(self.address, json=call, timeout=120)
        answer.raise_for_status()
        content: Answer = answer.json()
        said = stated(call)
        result = "session" if said["method"] == "get_session_key" else content["result"]
        if isinstance(result, dict):
            result = {key: value for key, value in result.items() if key not in PRIVATE}
        if said["method"] == "get_session_key" and isinstance(content["result"], dict):
            result = content["result"]
        if said["method"] == "list_surveys" and isinstance(result, list):
            numbers = {each for kept in self.kept for each in kept["parameters"] if isinstance(each, int)}
            content["result"] = result = [row for row in result if int(row["sid"]) in numbers]
        self.kept.append({**said, "result": result, "error": content["error"]})
        return content

    def write(self, path: Path) -> None:
        lines = [json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in self.kept]
        content = ("\n".join(lines) + "\n").encode()
        path.parent.mkdir(exist_ok=True)
        for ending in ("", ".xz"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        if len(content) < COMPRESSED_FROM:
            path.write_bytes(content)
        else:
            # The same lists come again and again, too far apart for gzip.
            path.with_name(path.name + ".xz").write_bytes(lzma.compress(content, preset=9))


def recorded(path: Path) -> list[Answer]:
    """Return the exchanges in a file, or in its compressed form."""
    compressed = path.with_name(path.name + ".xz")
    content = lzma.decompress(compressed.read_bytes()) if compressed.exists() else path.read_bytes()
    return [json.loads(line) for line in content.decode().splitlines()]


@dataclass
class Player:
    """Answers with what was recorded, as long as the calls are those that were recorded."""

    exchanges: list[Answer]
    position: int = 0
    complaint: str = ""

    def answer(self, call: Mapping[str, Any]) -> Answer:
        said = stated(call)
        if self.position >= len(self.exchanges):
            self.complaint = self.complaint or f"{said['method']} after the last recorded call"
            return {"id": call["id"], "result": None, "error": self.complaint}
        expected = self.exchanges[self.position]
        if said != {key: expected[key] for key in ("method", "parameters")}:
            self.complaint = self.complaint or (
                f"call {self.position + 1} is {said['method']}{said['parameters']}, recorded was "
                f"{expected['method']}{expected['parameters']}"
            )
            return {"id": call["id"], "result": None, "error": self.complaint}
        self.position += 1
        return {"id": call["id"], "result": expected["result"], "error": expected["error"]}

    def check(self) -> None:
        """Raise AssertionError unless every recorded call was made, and no other."""
        assert not self.complaint, f"{self.complaint}; record the exchanges again where the change is wanted"
        missing = [each["method"] for each in self.exchanges[self.position :]]
        assert not missing, f"recorded and not called: {missing}; record the exchanges again where that is wanted"
