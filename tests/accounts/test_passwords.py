import os
import threading

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, is_password_usable
from pytest_django import Settings

from tradedoor.accounts import gate, passwords
from tradedoor.accounts.errors import BadPassword, Busy
from tradedoor.accounts.hashers import Argon2Hasher

GOOD = "quiet-lantern-harbour"
ABOUT = ("ann.miller@adventure-works.example", "Ann", "Miller", "Adventure Works", "North Door")


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "twelve chars",
        "éèàùçôîïëüöä",
        "🐟🐠🐡🦐🦑🐙🦀🐚🐳🐬🦭🐋",
        "  blanks at both ends  ",
        "thecorrecthorsebatterystaple",
        "ann likes nine green bicycles",
        "x7" + "abcdefgh!K2mQ9pL",
        "a" + "lantern harbour " * 15,
    ],
)
def test_length_and_words_are_all_a_password_needs(password: str) -> None:
    passwords.require_good_password(password, about=ABOUT)


@pytest.mark.parametrize(
    ("password", "cause"),
    [
        ("", "short"),
        ("eleven char", "short"),
        ("e\u0301" * 11, "short"),
        ("lantern " * 33, "long"),
        ("quiet\x00lantern", "unseen"),
        ("194837265018", "digits"),
        ("passwordpassword", "repeated"),
        ("abcabcabcabcab", "repeated"),
        ("aaaaaaaaaaaaa", "repeated"),
        ("abababbaabab", "repeated"),
        ("qwertyuiopasdf", "run"),
        ("1qaz2wsx3edc", "run"),
        ("abcdefghijklmnop", "run"),
        ("ponmlkjihgfedcb", "run"),
        ("aaaabbbbccccdddd", "run"),
        ("adventureworks1", "name"),
        ("Ann.Miller2024!", "name"),
        ("MillerAnn-1987", "name"),
        ("adventure-works", "name"),
        ("Adv3ntur3W0rks", "name"),
        ("NorthDoor2026", "name"),
        ("tradedoor1234", "name"),
        ("iloveyouforever", "common"),
        ("ILoveYouForever", "common"),
    ],
)
def test_what_is_guessed_first_is_refused_and_says_why(password: str, cause: str) -> None:
    with pytest.raises(BadPassword) as refusal:
        passwords.require_good_password(password, about=ABOUT)

    assert refusal.value.code == "bad_password"
    assert refusal.value.field == "password"
    assert refusal.value.data["cause"] == cause
    assert str(refusal.value)


def test_the_list_holds_tens_of_thousands_that_are_long_enough_for_the_policy() -> None:
    entries = passwords._common().decode().strip("\n").split("\n")

    assert sum(len(entry) >= 12 for entry in entries) > 40_000
    assert entries == sorted(entries, key=str.encode)


def test_the_shortest_length_is_a_setting(settings: Settings) -> None:
    settings.TRADEDOOR_PASSWORD_MIN_LENGTH = 15

    with pytest.raises(BadPassword, match="15"):
        passwords.require_good_password("twelve chars")


def test_a_password_is_the_same_however_its_accents_are_typed() -> None:
    stored = passwords.hash_password("cafe\u0301 au lait noir")

    assert passwords.check_password("café au lait noir", stored).is_right
    assert not passwords.check_password("Café au lait noir", stored).is_right
    assert not passwords.check_password("café au lait noir ", stored).is_right


def test_what_comes_after_the_72nd_byte_matters() -> None:
    stored = passwords.hash_password("x" * 100 + "a")

    assert not passwords.check_password("x" * 100 + "b", stored).is_right


@pytest.mark.parametrize("raw", ["", GOOD, "x" * 100_000, "\ud800 lone surrogate"])
def test_nothing_matches_a_login_without_a_password(raw: str) -> None:
    assert not passwords.check_password(raw, None).is_right
    assert not passwords.check_password(raw, passwords.unusable()).is_right
    assert not is_password_usable(passwords.unusable())


def test_hashes_are_argon2id_at_the_floor_and_rehashed_once_it_is_raised(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["tradedoor.accounts.hashers.Argon2Hasher"]
    stored = passwords.hash_password(GOOD)

    assert stored.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert len(Argon2Hasher().decode(stored)["salt"]) >= 16
    assert passwords.check_password(GOOD, stored) == (True, False)

    settings.TRADEDOOR_ARGON2_MEMORY = 20_000

    assert passwords.check_password(GOOD, stored) == (True, True)


class CountingHasher(MD5PasswordHasher):
    """Counts how often it works."""

    worked = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.worked += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("raw", ["not the password", "", "x" * 300, "\ud800"])
def test_no_match_costs_the_work_of_a_match(settings: Settings, raw: str) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    stored = passwords.hash_password(GOOD)

    def work(known: str | None) -> int:
        CountingHasher.worked = 0
        passwords.check_password(raw, known)
        return CountingHasher.worked

    assert work(stored) == work(None) == work("!") == work(passwords.unusable()) == 1


@pytest.mark.usefixtures("one_slot")
class TestGate:
    @pytest.fixture
    def one_slot(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "cpu_count", lambda: 1)

    def test_no_more_hash_at_once_than_there_are_slots(self) -> None:
        inside = 0
        most = 0

        def hash_once() -> None:
            nonlocal inside, most
            with gate.hashing_slot():
                inside += 1
                most = max(most, inside)
                threading.Event().wait(0.02)
                inside -= 1

        threads = [threading.Thread(target=hash_once) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert most == 1

    def test_half_the_threads_wait_and_further_ones_are_sent_away_at_once(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gate, "waiting", threading.BoundedSemaphore(1))
        gate.waiting.acquire()

        with gate.hashing_slot(), pytest.raises(Busy) as refusal, gate.hashing_slot():
            pass

        assert refusal.value.retry_after > 0

    def test_nobody_waits_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gate, "LONGEST_WAIT_SECONDS", 0.02)

        with gate.hashing_slot(), pytest.raises(Busy), gate.hashing_slot():
            pass
