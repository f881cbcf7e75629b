"""Settings that contradict each other or would leave the door open: refused at start, by name."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import SplitResult

from tradedoor.config.env import SettingError

LOCAL_ENDINGS = (".local", ".lan", ".internal", ".home.arpa", ".localhost")


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def is_private(host: str) -> bool:
    """Whether `host` can only be reached from a local network: by its number, or a name no public DNS has."""
    address = _address(host)
    if address is not None:
        return address.is_private
    return "." not in host or host.endswith(LOCAL_ENDINGS)


def refuse_base_url(base: SplitResult, *, trial: bool) -> None:
    """Raise `SettingError` for an address that is none, or over which passwords would travel in clear."""
    if not base.hostname:
        raise SettingError("TRADEDOOR_BASE_URL", "expected an address with a host name.")
    if base.path not in {"", "/"} or base.query or base.fragment or base.username:
        raise SettingError("TRADEDOOR_BASE_URL", "expected scheme, host and port only.")
    if base.scheme == "https" or is_loopback(base.hostname):
        return
    if not trial:
        raise SettingError(
            "TRADEDOOR_BASE_URL",
            "plain http would send passwords in clear. Use https, or set TRADEDOOR_TRIAL=1 to try out on a "
            "private address.",
        )
    if not is_private(base.hostname):
        raise SettingError(
            "TRADEDOOR_BASE_URL", "TRADEDOOR_TRIAL=1 allows plain http on private addresses only."
        )


def refuse_open_door(base: SplitResult, *, trial: bool, debug: bool, captured: bool) -> None:
    """Raise `SettingError` for what is fine on one's own machine and would be a leak elsewhere."""
    if is_loopback(base.hostname or ""):
        return
    if debug:
        raise SettingError("TRADEDOOR_DEBUG", "must be off unless TRADEDOOR_BASE_URL is loopback.")
    if captured and not trial:
        raise SettingError(
            "TRADEDOOR_MAIL_URL",
            "must be set: without it mail is only captured, which a base URL other than loopback does not allow. "
            "TRADEDOOR_TRIAL=1 lifts this for trying out.",
        )


def refuse_wildcards(hosts: Iterable[str]) -> None:
    """Raise `SettingError` for a host that stands for many (HST-02)."""
    for host in hosts:
        if "*" in host or host.startswith(".") or "/" in host:
            raise SettingError(
                "TRADEDOOR_STORE_HOSTS", "expected whole host names, without wildcards or slashes."
            )


def refuse_sender(sender: str, *, captured: bool, hosts: Iterable[str]) -> None:
    """Raise `SettingError` where mail would leave under an address that is nobody's.

    Not while both base URL and mail server are this very machine: that is somebody trying out with a sink.
    """
    trying_out = all(is_loopback(host) for host in hosts)
    if not captured and not trying_out and sender.rstrip(">").endswith(".example"):
        raise SettingError("TRADEDOOR_MAIL_FROM", "must be set to an address of yours where mail is sent.")


def refuse_short(keys: Iterable[str], *, shortest: int) -> None:
    if any(len(key) < shortest for key in keys):
        raise SettingError(
            "TRADEDOOR_SECRET_KEY_FALLBACKS", f"expected {shortest} characters or more for each."
        )


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
