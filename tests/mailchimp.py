"""A server on loopback that behaves as Mailchimp's documents say, as far as it is called here.

It holds one audience. It refuses more than 500 members in a call, tells of single refusals among them, never
subscribes again whoever left, answers 429 and 503 when told to, and checks the key of every call.
"""

import base64
import json
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

KEY = "0123456789abcdef0123456789abcdef-us6"
LIST_ID = "a1b2c3d4e5"
MOST = 500
COMPLIANCE = (
    "is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed."
)


@dataclass
class Someone:
    email: str
    status: str
    names: dict[str, str] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    changed: str = "2026-01-05T10:00:00+00:00"


class FakeMailchimp:
    """The account: its people by the hash of their address, and what is to go wrong next."""

    def __init__(self) -> None:
        self.people: dict[str, Someone] = {}
        self.tags: dict[int, str] = {}
        self.last_tag = 70
        self.calls: list[tuple[str, str]] = []
        self.sizes: list[int] = []
        self.troubles: deque[tuple[int, dict[str, str]]] = deque()
        self.refused: dict[str, str] = {}
        self.before: Any = None
        self.spoiling = ""  # an address for which a whole call is refused
        self.gibberish = b""  # answered to everything
        account = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                account.handle(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names

            def log_message(self, *told: object) -> None:
                """Be quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/3.0"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def put(self, email: str, status: str = "subscribed", *, changed: str = "") -> Someone:
        """Have somebody in the audience without a call of ours."""
        someone = Someone(email, status)
        someone.changed = changed or someone.changed
        self.people[_hash(email)] = someone
        return someone

    def delete_tags(self) -> None:
        self.tags.clear()
        for someone in self.people.values():
            someone.tags.clear()

    def status_of(self, email: str) -> str | None:
        someone = self.people.get(_hash(email))
        return someone.status if someone else None

    def subscribed(self) -> set[str]:
        return {one.email for one in self.people.values() if one.status == "subscribed"}

    def tagged(self, tag: str = "Mail out") -> set[str]:
        return {one.email for one in self.people.values() if tag in one.tags and one.status == "subscribed"}

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        length = int(request.headers.get("Content-Length") or 0)
        body = json.loads(request.rfile.read(length) or b"null")
        address = urlsplit(request.path)
        self.calls.append((request.command, address.path.removeprefix("/3.0")))
        if self.before is not None:
            self.before(request.command, address.path)
        if self.troubles and (trouble := self.troubles.popleft())[0]:
            _send(request, trouble[0], {"title": "Trouble", "detail": "asked for"}, trouble[1])
            return
        if self.gibberish:
            _write(request, 200, self.gibberish)
            return
        expected = "Basic " + base64.b64encode(f"tradedoor:{KEY}".encode()).decode()
        if request.headers.get("Authorization") != expected:
            detail = "Your API key may be invalid, or you've attempted to access the wrong datacenter."
            _send(request, 401, {"title": "API Key Invalid", "status": 401, "detail": detail})
            return
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        status, answer = self.answer(
            request.command, address.path.removeprefix("/3.0").strip("/").split("/"), query, body
        )
        _send(request, status, answer)

    def answer(  # noqa: PLR0911 - a line a call of theirs
        self, method: str, parts: list[str], query: dict[str, str], body: Any
    ) -> tuple[int, dict[str, Any]]:
        if parts[:2] != ["lists", LIST_ID]:
            return 404, {
                "title": "Resource Not Found",
                "detail": "The requested resource could not be found.",
            }
        match (method, *parts[2:]):
            case ("GET",):
                return 200, {"name": "Harbour customers"}
            case ("POST",):
                return self.batch(body["members"], update=body.get("update_existing", False))
            case ("GET", "members"):
                return self.listed(query)
            case ("GET", "tag-search"):
                found = [{"id": key, "name": tag} for key, tag in self.tags.items() if query["name"] in tag]
                return 200, {"tags": found}
            case ("POST", "segments"):
                self.last_tag += 1
                self.tags[self.last_tag] = body["name"]
                return 200, {"id": self.last_tag, "name": body["name"]}
            case ("POST", "segments", key) if int(key) in self.tags:
                return self.tagging(self.tags[int(key)], body)
            case ("PUT" | "PATCH" | "DELETE", "members", key):
                return self.one(method, key, body)
        return 404, {"title": "Resource Not Found", "detail": "no such call"}

    def batch(self, members: list[dict[str, Any]], *, update: bool) -> tuple[int, dict[str, Any]]:
        self.sizes.append(len(members))
        if len(members) > MOST:
            return 400, {"title": "Invalid Resource", "detail": "Too many members."}
        if self.spoiling in {member["email_address"] for member in members}:
            return 400, {
                "title": "Invalid Resource",
                "detail": "The resource submitted could not be validated.",
            }
        errors = []
        for member in members:
            email = member["email_address"]
            known = self.people.get(_hash(email))
            problem = self.refused.get(email, "")
            if known and known.status in {"unsubscribed", "cleaned"}:
                problem = f"{email} {COMPLIANCE}"
            elif known and known.status != "archived" and not update:
                problem = f"{email} is already a list member."
            if problem:
                errors.append({"email_address": email, "error": problem, "error_code": "ERROR_GENERIC"})
                continue
            someone = known or Someone(email, "")
            someone.status, someone.names = member["status"], member["merge_fields"]
            self.people[_hash(email)] = someone
        return 200, {"errors": errors, "error_count": len(errors)}

    def listed(self, query: dict[str, str]) -> tuple[int, dict[str, Any]]:
        since = query.get("since_last_changed", "")
        found = sorted(
            (one for one in self.people.values() if one.status == query["status"] and one.changed >= since),
            key=lambda one: one.changed,
        )
        start, count = int(query["offset"]), int(query["count"])
        members = [
            {"email_address": one.email, "last_changed": one.changed} for one in found[start : start + count]
        ]
        return 200, {"members": members}

    def tagging(self, tag: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        add, remove = body["members_to_add"], body["members_to_remove"]
        if len(add) > MOST or len(remove) > MOST:
            return 400, {"title": "Invalid Resource", "detail": "Too many members."}
        absent = []
        for email in add:
            someone = self.people.get(_hash(email))
            if someone is None or someone.status != "subscribed":
                absent.append(email)
            else:
                someone.tags.add(tag)
        for email in remove:
            if someone := self.people.get(_hash(email)):
                someone.tags.discard(tag)
        told = "Email address is not subscribed to the list"
        errors = [{"email_addresses": absent, "error": told}] if absent else []
        return 200, {"errors": errors}

    def one(self, method: str, key: str, body: Any) -> tuple[int, dict[str, Any]]:
        someone = self.people.get(key)
        if someone is None or (method == "DELETE" and someone.status == "archived"):
            return 404, {
                "title": "Resource Not Found",
                "detail": "The requested resource could not be found.",
            }
        if method == "DELETE":
            someone.status = "archived"
            return 204, {}
        if "status" in (body or {}):
            someone.status = body["status"]
        someone.names = body.get("merge_fields", someone.names)
        email = body.get("email_address", someone.email)
        if _hash(email) != key:
            if _hash(email) in self.people:
                detail = f"{email} is already a list member."
                return 400, {"title": "Member Exists", "detail": detail}
            del self.people[key]
            self.people[_hash(email)] = someone
        someone.email = email
        return 200, {"id": _hash(email)}


def _hash(email: str) -> str:
    return md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def _send(
    request: BaseHTTPRequestHandler,
    status: int,
    answer: dict[str, Any],
    headers: dict[str, str] | None = None,
) -> None:
    _write(request, status, b"" if status == 204 else json.dumps(answer).encode(), headers)


def _write(
    request: BaseHTTPRequestHandler, status: int, content: bytes, headers: dict[str, str] | None = None
) -> None:
    request.send_response(status)
    request.send_header("Content-Type", "application/json" if status < 400 else "application/problem+json")
    request.send_header("Content-Length", str(len(content)))
    for name, value in (headers or {}).items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(content)


@pytest.fixture
def mailchimp(settings: Any) -> Iterator[FakeMailchimp]:
    """The account of this installation."""
    account = FakeMailchimp()
    settings.TRADEDOOR_MAILCHIMP_KEY = KEY
    settings.TRADEDOOR_MAILCHIMP_URL = account.url
    yield account
    account.close()
