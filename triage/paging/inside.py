"""Nothing leaves the network: whatever the appliance writes to must have a private address."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

from triage.errors import EngineFailed


async def inside(host: str, port: int) -> None:
    """Raises EngineFailed unless every address of `host` is private or this machine's own (RFC 1918, RFC 4193, RFC 1122)."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise EngineFailed("This host has no address.", advice=host) from None
    addresses = {ipaddress.ip_address(address[0]) for *_, address in found}
    if not addresses or not all(address.is_private or address.is_loopback for address in addresses):
        raise EngineFailed("This host is not inside the network.", advice=host)
