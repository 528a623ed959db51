# ruff: noqa: ARG001 - every fault is called alike
"""What stands between the client and a server: HTTP on loopback, which can fail in every way at any call."""

from __future__ import annotations

import base64
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HANG = 0.15  # longer than the client waits in these tests
Answer = dict[str, Any]
Backend = Callable[[Mapping[str, Any]], Answer]


@dataclass
class Fault:
    """What goes wrong from one call on, counted from 1; ``late`` when the server has done its work by then."""

    kind: str
    call: int
    late: bool = False
    calls: float = 1

    def strikes(self, call: int) -> bool:
        return self.call <= call < self.call + self.calls


@dataclass
class Wire:
    """A server of HTTP in front of a backend; ``calls`` names the methods that were called."""

    backend: Backend
    fault: Fault | None = None
    calls: list[str] = field(default_factory=list)
    seen: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    address: str = ""

    def begin(self, fault: Fault | None = None) -> None:
        self.calls.clear()
        self.fault = fault

    def work(self, call: Mapping[str, Any]) -> Answer:
        return self.backend(call)


@contextmanager
def served(backend: Backend) -> Iterator[Wire]:
    wire = Wire(backend)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            wire.seen.append((self.path, dict(self.headers), body))
            call = json.loads(body)
            wire.calls.append(call["method"])
            fault = wire.fault
            if fault and fault.strikes(len(wire.calls)):
                FAULTS[fault.kind](self, call, wire.work(call) if fault.late else None)
            else:
                self.give(json.dumps(wire.work(call)).encode())

        def do_GET(self) -> None:
            wire.seen.append((self.path, dict(self.headers), b""))
            self.give(b"<html></html>", kind="text/html")

        def give(
            self,
            content: bytes,
            code: int = 200,
            kind: str = "application/json",
            length: int | None = None,
            **more: str,
        ) -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content) if length is None else length))
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def again(self, call: Mapping[str, Any]) -> Answer:
            return wire.work(call)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            # Whoever hangs up early does so on purpose here.
            pass

    server = Server(("127.0.0.1", 0), Handler)
    wire.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield wire
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


Handler = Any
Call = Mapping[str, Any]


def _hangs(handler: Handler, call: Call, answer: Answer | None) -> None:
    time.sleep(HANG)
    handler.close_connection = True


def _resets(handler: Handler, call: Call, answer: Answer | None) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def _hangs_up(handler: Handler, call: Call, answer: Answer | None) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def _fails(code: int) -> Callable[[Handler, Call, Answer | None], None]:
    def fails(handler: Handler, call: Call, answer: Answer | None) -> None:
        handler.give(b"<html><body>failed</body></html>", code, "text/html")

    return fails


def _page(handler: Handler, call: Call, answer: Answer | None) -> None:
    handler.give(b"<!DOCTYPE html><html><title>Maintenance</title></html>", kind="text/html")


def _xml(handler: Handler, call: Call, answer: Answer | None) -> None:
    handler.give(b'<?xml version="1.0"?><methodResponse><fault></fault></methodResponse>', kind="text/xml")


def _redirects(handler: Handler, call: Call, answer: Answer | None) -> None:
    handler.give(b"", 302, Location="/elsewhere")


def _cut_json(handler: Handler, call: Call, answer: Answer | None) -> None:
    whole = json.dumps(answer or {"id": call["id"], "result": "OK", "error": None})
    handler.give(whole[: len(whole) // 2].encode())


def _cut_body(handler: Handler, call: Call, answer: Answer | None) -> None:
    whole = json.dumps(answer or {"id": call["id"], "result": "OK", "error": None}).encode()
    handler.give(whole[: len(whole) // 2], length=len(whole))
    handler.close_connection = True


def _empty(handler: Handler, call: Call, answer: Answer | None) -> None:
    handler.give(b"")


def _nothing(handler: Handler, call: Call, answer: Answer | None) -> None:
    handler.give(json.dumps({"id": call["id"], "result": None, "error": None}).encode())


def _other_id(handler: Handler, call: Call, answer: Answer | None) -> None:
    whole = answer or {"result": "OK", "error": None}
    handler.give(json.dumps({**whole, "id": call["id"] + 1}).encode())


def _own_error(handler: Handler, call: Call, answer: Answer | None) -> None:
    handler.give(json.dumps({"id": call["id"], "result": None, "error": "CDbException: INSERT ... secret"}).encode())


def _other_shape(handler: Handler, call: Call, answer: Answer | None) -> None:
    handler.give(json.dumps({"id": call["id"], "result": [["?"]], "error": None}).encode())


def _expired(handler: Handler, call: Call, answer: Answer | None) -> None:
    status = {"status": "Invalid session key"}
    handler.give(json.dumps({"id": call["id"], "result": status, "error": None}).encode())


def _twice(which: int) -> Callable[[Handler, Call, Answer | None], None]:
    def twice(handler: Handler, call: Call, answer: Answer | None) -> None:
        both = [answer or handler.again(call), handler.again(call)]
        handler.give(json.dumps(both[which]).encode())

    return twice


def _slow(handler: Handler, call: Call, answer: Answer | None) -> None:
    time.sleep(HANG / 6)
    handler.give(json.dumps(answer or handler.again(call)).encode())


def _damages(change: Callable[[str], str]) -> Callable[[Handler, Call, Answer | None], None]:
    def damages(handler: Handler, call: Call, answer: Answer | None) -> None:
        whole = answer or handler.again(call)
        if call["method"] == "export_responses" and isinstance(whole["result"], str):
            whole = {**whole, "result": change(whole["result"])}
        handler.give(json.dumps(whole).encode())

    return damages


def _altered(text: str) -> str:
    """Change one answer into another that could have been given, which nothing in the export betrays."""
    content = base64.b64decode(text)
    changed = content.replace(b'"yes"', b'"no" ', 1)
    if changed == content:
        changed = content.replace(b'"submitdate"', b'"submitdatX"', 1)
    return base64.b64encode(changed).decode()


FAULTS: dict[str, Callable[[Handler, Call, Answer | None], None]] = {
    "time-out": _hangs,
    "reset": _resets,
    "hung up": _hangs_up,
    "HTTP 500": _fails(500),
    "HTTP 502": _fails(502),
    "HTTP 503": _fails(503),
    "HTTP 404": _fails(404),
    "HTTP 403": _fails(403),
    "redirect": _redirects,
    "web page": _page,
    "XML-RPC": _xml,
    "cut JSON": _cut_json,
    "cut body": _cut_body,
    "empty body": _empty,
    "null result": _nothing,
    "wrong id": _other_id,
    "own error": _own_error,
    "other shape": _other_shape,
    "expired session": _expired,
    "delivered twice, first answer": _twice(0),
    "delivered twice, last answer": _twice(1),
    "slow": _slow,
    "altered export": _damages(_altered),
    "shortened export": _damages(lambda text: text[: len(text) // 8 * 4]),
    "cut export": _damages(lambda text: text[: len(text) * 2 // 3 + 1]),
}
