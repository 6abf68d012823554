"""How often something may be tried: counted in the shared cache, for a while."""

import ipaddress

from django.core.cache import cache
from django.utils.crypto import salted_hmac


def network(address: str) -> str:
    """The /24 of an IPv4 address, the /48 of an IPv6 one; as written when it is neither."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    prefix = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False))


def may_try(what: str, who: str, *, limit: int, seconds: int) -> bool:
    """Whether `who` may try `what` once more: at most `limit` times in `seconds` from the first on.

    Counts this time. The cache sees a keyed hash of both, never an address.
    """
    digest = salted_hmac("blog.attempts", f"{what}|{who}", algorithm="sha256").hexdigest()
    key = f"attempts:{digest[:32]}"
    if cache.add(key, 1, seconds):
        return True
    try:
        return cache.incr(key) <= limit
    except ValueError:  # it ended between the two
        return cache.add(key, 1, seconds) or limit > 1
