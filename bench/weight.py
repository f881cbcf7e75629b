"""What dashboard and sign-in page weigh on the wire, against ui.md section 7."""

import gzip
import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.test import Client

from bench.figures import Report
from bench.rows import World, browser

GROUP = "Page weight, gzip, kB (1,024 bytes)"
LINKED = re.compile(r"<link[^>]+href=\"([^\"]+)\"[^>]*>|<script[^>]+src=\"([^\"]+)\"")
# The font of Latin letters; that of further ones is fetched only by a page that shows such a letter.
IN_CSS = re.compile(rb"url\(\"?([^\")]+\.woff2)\"?\)[^}]*unicode-range: U\+0000-00FF")
KB = 1024


def measure(world: World, report: Report) -> None:
    world.grow(100)
    pages = (
        ("dashboard", world.staff_client(), f"/stores/{world.store.slug}/dashboard/", 22),
        ("store sign-in", browser(), f"/s/{world.store.slug}/login/", 4),
        ("staff sign-in", browser(), "/login/", 4),
    )
    for name, client, address, most_js in pages:
        weighed(name, client, address, most_js, report)


def weighed(name: str, client: Client, address: str, most_js: int, report: Report) -> None:
    html = body_of(client, address)
    parts: dict[str, float] = {"html": size_of(html), "css": 0, "js": 0, "font": 0}
    fonts: set[str] = set()
    requests = 1
    for linked in {one or other for one, other in LINKED.findall(html.decode())}:
        path = urlsplit(urljoin(address, linked)).path
        kind = {".css": "css", ".js": "js", ".woff2": "font"}.get(Path(path).suffix)
        if kind == "font":
            fonts.add(path)
        elif kind:
            body = body_of(client, path)
            requests += 1
            parts[kind] += size_of(body)
            fonts |= {urlsplit(urljoin(path, found.decode())).path for found in IN_CSS.findall(body)}
    parts["font"] = sum(len(body_of(client, path)) for path in fonts) / KB
    marks = {"html": 15, "css": 12, "js": most_js, "font": 48}
    for kind, most in marks.items():
        report.add(f"{name}: {kind}", f"{parts[kind]:.1f}", f"≤ {most}", holds=parts[kind] <= most)
    first = sum(parts.values())
    report.add(f"{name}: first visit", f"{first:.1f}", "≤ 110", holds=first <= 110)
    report.add(f"{name}: page, styles, scripts, font: requests", str(requests + len(fonts)), "≤ 10")


def body_of(client: Client, path: str) -> bytes:
    """The body as it is before it is packed."""
    if path.startswith(settings.STATIC_URL):
        return (Path(settings.STATIC_ROOT) / path.removeprefix(settings.STATIC_URL)).read_bytes()
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code}")
    return b"".join(answer) if answer.streaming else answer.content


def size_of(body: bytes) -> float:
    return len(gzip.compress(body, compresslevel=6)) / KB
