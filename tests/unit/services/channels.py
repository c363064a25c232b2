"""Real channels on this machine: a server that takes a webhook's JSON, and one that takes mail."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any


class WebHook(BaseHTTPRequestHandler):
    """Keeps what is posted; answers as its server says."""

    server: Any

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(json.loads(body))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class MailBox(StreamRequestHandler):
    """Takes one mail of one connection, in the few words of SMTP that it needs."""

    server: Any

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            word = line.upper()
            if word.startswith("EHLO"):
                self.say("250 here")
            elif word == "DATA":
                self.say("354 go on")
                self.server.got.append(self.mail())
                self.say("250 taken")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 well")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def mail(self):
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        return message_from_bytes(b"".join(lines), policy=policy.default)


@contextmanager
def webhook(answer: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of a webhook, with a password in it, and what it got."""
    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), WebHook), answer) as (port, got):
        yield f"json://ana:open-sesame@127.0.0.1:{port}/hook", got


@contextmanager
def mailbox() -> Iterator[tuple[str, list[Any]]]:
    """The address of a mail server, and the mails that it got."""
    with _serving(ThreadingTCPServer(("127.0.0.1", 0), MailBox), 0) as (port, got):
        yield f"mailto://127.0.0.1:{port}?from=house@utility.example&to=ravi@utility.example&mode=insecure", got


@contextmanager
def _serving(server: Any, answer: int) -> Iterator[tuple[int, list[Any]]]:
    server.got, server.answer, server.daemon_threads = [], answer, True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], server.got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
