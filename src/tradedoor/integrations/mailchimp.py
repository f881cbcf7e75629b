"""Mailchimp's Marketing API 3.0, as far as it is needed here (mailchimp.com/developer/marketing/api).

Only the configured host is asked, never one that an answer names; no redirect is followed (SEC-05).
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import httpx
from django.utils import timezone
from django.utils.translation import gettext as _

from tradedoor.integrations.errors import ComeBack, Refused

MOST_AT_ONCE = 500  # members in one call; their limit
PAGE = 1000  # members in one answer; their limit
SECONDS = 30
LONGEST_WAIT = 3600
TOO_MANY = 429
FAULT_OF_THEIRS = 500
REDIRECT = 300
PROBLEM = 400
NOT_FOUND = 404
# Answers to deleting what is not there, or is archived already.
GONE = frozenset({NOT_FOUND, 405})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as Mailchimp is to know them."""

    email: str
    first_name: str = ""
    last_name: str = ""

    @property
    def fields(self) -> dict[str, str]:
        return {"FNAME": self.first_name, "LNAME": self.last_name}


@dataclass(frozen=True, slots=True)
class Put:
    """What became of a set: the addresses that were refused, in lower case, and why."""

    status: int
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gone:
    """An address that left the audience, or bounced out of it, and when."""

    email: str
    at: str


class Mailchimp:
    """A conversation with one account. Every call raises `ComeBack` or `Refused`."""

    def __init__(self, key: str, url: str) -> None:
        self.http = httpx.Client(
            base_url=url, auth=("tradedoor", key), timeout=SECONDS, follow_redirects=False, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.http.close()

    def audience_name(self, list_id: str) -> str:
        """The audience's name, which proves that the key may use it."""
        answer = self._call("GET", f"/lists/{list_id}", params={"fields": "name"})
        with _read(answer) as body:
            return str(body.get("name", ""))

    def subscribe(self, list_id: str, people: Sequence[Person]) -> Put:
        """Put up to 500 into the audience as subscribed. Whoever left there is refused, and stays away."""
        members = [
            {"email_address": one.email, "status": "subscribed", "merge_fields": one.fields} for one in people
        ]
        answer = self._call(
            "POST",
            f"/lists/{list_id}",
            params={"skip_merge_validation": "true", "skip_duplicate_check": "true"},
            json={"members": members, "update_existing": True},
        )
        with _read(answer) as body:
            refused = body.get("errors", [])
            return Put(
                answer.status_code,
                {str(one.get("email_address", "")).lower(): str(one.get("error", "")) for one in refused},
            )

    def update(self, list_id: str, person: Person) -> int:
        """Change the name of somebody in the audience; whether they are subscribed stays as it is."""
        body = {
            "email_address": person.email,
            "status_if_new": "subscribed",
            "merge_fields": person.fields,
        }
        where = f"/lists/{list_id}/members/{hash_of(person.email)}"
        params = {"skip_merge_validation": "true"}
        return self._call("PUT", where, json=body, params=params).status_code

    def move(self, list_id: str, former: str, email: str) -> int:
        """Give somebody in the audience another address."""
        where = f"/lists/{list_id}/members/{hash_of(former)}"
        return self._call("PATCH", where, json={"email_address": email}).status_code

    def unsubscribe(self, list_id: str, email: str) -> int:
        """Tell that somebody left by a link of ours. Nothing where they are unknown there."""
        where = f"/lists/{list_id}/members/{hash_of(email)}"
        return self._call("PATCH", where, json={"status": "unsubscribed"}, fine=GONE).status_code

    def archive(self, list_id: str, email: str) -> int:
        """Take somebody out, so that they can be put in again. Nothing where they are unknown there."""
        return self._call("DELETE", f"/lists/{list_id}/members/{hash_of(email)}", fine=GONE).status_code

    def tag_id(self, list_id: str, name: str) -> int:
        """The tag of this name, made where there is none."""
        with _read(self._call("GET", f"/lists/{list_id}/tag-search", params={"name": name})) as found:
            for tag in found.get("tags", []):
                if str(tag.get("name", "")).casefold() == name.casefold():
                    return int(tag["id"])
        made = self._call("POST", f"/lists/{list_id}/segments", json={"name": name, "static_segment": []})
        with _read(made) as body:
            return int(body["id"])

    def set_tag(self, list_id: str, tag_id: int, *, add: Sequence[str], remove: Sequence[str]) -> Put:
        """Give and take the tag, up to 500 each."""
        answer = self._call(
            "POST",
            f"/lists/{list_id}/segments/{tag_id}",
            json={"members_to_add": list(add), "members_to_remove": list(remove)},
        )
        with _read(answer) as body:
            problems = {
                str(email).lower(): str(one.get("error", ""))
                for one in body.get("errors", [])
                for email in one.get("email_addresses", [])
            }
            return Put(answer.status_code, problems)

    def gone(self, list_id: str, status: str, *, since: datetime | None, offset: int) -> list[Gone]:
        """A page of those who are `unsubscribed` or `cleaned`, changed since then; shorter than 1,000 at the end."""
        params: dict[str, str | int] = {
            "status": status,
            "count": PAGE,
            "offset": offset,
            "fields": "members.email_address,members.last_changed",
            "sort_field": "last_changed",
            "sort_dir": "ASC",
        }
        if since is not None:
            params["since_last_changed"] = since.isoformat(timespec="seconds")
        answer = self._call("GET", f"/lists/{list_id}/members", params=params)
        with _read(answer) as body:
            return [
                Gone(str(one.get("email_address", "")), str(one.get("last_changed", "")))
                for one in body.get("members", [])
            ]

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: Any = None,
        fine: frozenset[int] = frozenset(),
    ) -> httpx.Response:
        try:
            answer = self.http.request(method, path, params=params, json=json)
        except httpx.HTTPError as error:
            raise ComeBack(_("Mailchimp does not answer.")) from error
        status = answer.status_code
        if status == TOO_MANY:
            raise ComeBack(
                _("Mailchimp wants fewer calls."),
                status=status,
                wait=_wait(answer.headers.get("Retry-After")),
            )
        if status >= FAULT_OF_THEIRS:
            raise ComeBack(_("Mailchimp has a fault of its own."), status=status)
        if status in fine:
            return answer
        if status >= REDIRECT:
            raise Refused(_told(answer), status=status)
        return answer


def hash_of(email: str) -> str:
    """How Mailchimp names a member: the MD5 of the address in lower case. It identifies and protects nothing."""
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def moment_of(told: str) -> datetime:
    """A time as Mailchimp writes it; now, where it wrote none that can be read."""
    return read_moment(told) or timezone.now()


def read_moment(told: str) -> datetime | None:
    """A time as Mailchimp writes it, in UTC where it names no zone; None for what cannot be read."""
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@contextmanager
def _read(answer: httpx.Response) -> Iterator[Any]:
    """What the answer says. Raises `ComeBack` where it is none of Mailchimp's, as from a network that asks to sign in."""
    try:
        yield answer.json()
    except (ValueError, AttributeError, KeyError, TypeError) as no:
        raise ComeBack(_("Mailchimp’s answer cannot be read."), status=answer.status_code) from no


def _told(answer: httpx.Response) -> str:
    """What a problem document says (RFC 9457), else the bare status."""
    try:
        said = answer.json()
        told = f"{said.get('title', '')}: {said.get('detail', '')}"
    except (ValueError, AttributeError):
        told = f"HTTP {answer.status_code}"
    return told[:300]


def _wait(said: str | None) -> int:
    return min(int(said), LONGEST_WAIT) if said and said.isdecimal() else 60
