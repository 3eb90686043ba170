#!/usr/bin/env python3
"""Receive what a fact-check desk sends to a hook: verify it, and print each line once.

    HOOK_SECRET=whsec_… python3 webhook_receiver.py 8080

The secret is what the desk told when the hook was made. Nothing but Python is needed. Messages
follow Standard Webhooks (standardwebhooks.com), so its libraries verify them as well. Put a server
that speaks TLS in front; on the desk's own network, allow the address by FACTCHECK_HOOKS_PRIVATE.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

SECRET = base64.b64decode(os.environ["HOOK_SECRET"].removeprefix("whsec_"))
TOLERANCE_SECONDS = 300
MOST_BYTES = 4_000_000
# Messages may come more than once, each under its own id, which no other hook or desk uses. Whoever
# stores what he receives keeps the ids there instead.
SEEN = Path(os.environ.get("HOOK_SEEN", "webhook-ids.txt"))


def is_genuine(message_id: str, timestamp: str, signatures: str, body: bytes) -> bool:
    """Say whether the desk has sent this, and has just sent it."""
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(SECRET, signed, hashlib.sha256)).decode()
    # There are several while one secret takes the place of another.
    return any(hmac.compare_digest(expected.encode(), each.encode()) for each in signatures.split())


class Receiver(BaseHTTPRequestHandler):
    """Answer 204 to what was taken; the desk sends everything else again later."""

    timeout = 15

    def do_POST(self) -> None:
        """Take a message."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            return self.answer(413)
        body = self.rfile.read(int(length))
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        message_id, timestamp, signatures = (self.headers.get(name, "") for name in names)
        if not is_genuine(message_id, timestamp, signatures, body):
            return self.answer(401)
        if message_id not in seen:
            line = json.loads(body)["data"]
            print(f"{line['seq']}\t{line['at']}\t{line['act']}\t{line['summary']}", flush=True)
            # Only when it is done with: whoever is stopped before is sent it again.
            seen.add(message_id)
            with SEEN.open("a") as file:
                file.write(f"{message_id}\n")
        return self.answer(204)

    def answer(self, status: int) -> None:
        """Answer with a status and nothing else."""
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Leave the terminal to what was received."""


seen = set(SEEN.read_text().split()) if SEEN.exists() else set()

if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
