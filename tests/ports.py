"""Ports for what a test starts."""

from __future__ import annotations

import contextlib
import random
import socket

# Between the gateway's RTP ports and those that the kernel lends to outgoing connections (from 32768 on): a port that is opened minutes
# after it was chosen is not taken by then.
FIRST, END = 24576, 32768
_handed_out: set[int] = set()
_of_this_run = random.Random()


def free_port() -> int:
    """A port free for UDP and TCP, and the next one too: the SIP library opens it for TLS. Never the same twice in one process."""
    while True:
        port = _of_this_run.randrange(FIRST, END, 2)
        if port not in _handed_out and _is_free(port) and _is_free(port + 1):
            _handed_out.add(port)
            return port


def _is_free(port: int) -> bool:
    with (
        contextlib.suppress(OSError),
        socket.socket() as tcp,
        socket.socket(type=socket.SOCK_DGRAM) as udp,
    ):
        tcp.bind(("127.0.0.1", port))
        udp.bind(("127.0.0.1", port))
        return True
    return False
