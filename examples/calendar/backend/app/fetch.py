"""Fetches a feed from an address that a user gave."""

import ipaddress
import socket
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from .feed import FeedError

LONGEST_SECONDS = 10
MOST_BYTES = 5 * 1024 * 1024


class NoRedirect(HTTPRedirectHandler):
    """A redirect could lead to an address that was not checked."""

    def redirect_request(self, *_args, **_kwargs) -> None:
        return None


def fetch(url: str) -> bytes:
    """Content of a public http or https address. Throws `FeedError`."""
    refuse_private(url)
    request = Request(url, headers={"User-Agent": "calendar", "Accept": "text/calendar"})
    try:
        with build_opener(NoRedirect).open(request, timeout=LONGEST_SECONDS) as answer:
            content = answer.read(MOST_BYTES + 1)
    except (URLError, OSError) as error:
        raise FeedError(f"{url} cannot be fetched ({error})") from error
    return check_size(content)


def check_size(content: bytes) -> bytes:
    if len(content) > MOST_BYTES:
        raise FeedError(f"the feed is larger than {MOST_BYTES // 1024 // 1024} MiB")
    return content


def refuse_private(url: str) -> None:
    """Otherwise anybody could read through this program what only its network may reach."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FeedError(f"{url} is not an http or https address")
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or parts.scheme, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise FeedError(f"{parts.hostname} is unknown ({error})") from error
    if not all(ipaddress.ip_address(address[0]).is_global for *_, address in found):
        raise FeedError(f"{parts.hostname} is not a public address")
