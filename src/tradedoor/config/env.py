"""Read settings from the environment: typed, each also from a file, and wrong ones refused by name."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

PREFIX = "TRADEDOOR_"
FILE_SUFFIX = "_FILE"
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class SettingError(ImproperlyConfigured):
    """A variable holds something it may not; the message names it and says what is expected."""

    def __init__(self, name: str, problem: str) -> None:
        self.name = name
        super().__init__(f"{name}: {problem}")


@dataclass(frozen=True, slots=True)
class Kind(Generic[T_co]):
    """How a value is read from its text, and the words that say what is expected."""

    parse: Callable[[str], T_co]
    expected: str


@dataclass(frozen=True, slots=True)
class Variable(Generic[T_co]):
    """One variable of the environment. `default` is text, so that it is read by the same rule."""

    name: str
    kind: Kind[T_co]
    default: str
    meaning: str

    def parse(self, text: str) -> T_co:
        """Turn `text` into the value. Raises `SettingError`, which does not retell the text: it may be secret."""
        try:
            return self.kind.parse(text)
        except ValueError as wrong:
            raise SettingError(self.name, f"expected {self.kind.expected}.") from wrong


def text() -> Kind[str]:
    return Kind(lambda given: given.strip(), "text")


def shaped(pattern: str, expected: str) -> Kind[str]:
    """Text of which the whole fits `pattern`, or none at all."""
    return Kind(lambda given: _fitting(given.strip(), pattern), expected)


def flag() -> Kind[bool]:
    return Kind(_flag, "1 or 0 (also true, false, yes, no, on, off)")


def whole(lowest: int, highest: int) -> Kind[int]:
    return Kind(
        lambda given: _within(int(given), lowest, highest), f"a whole number from {lowest} to {highest}"
    )


def whole_or_auto(lowest: int, highest: int) -> Kind[int | None]:
    """`auto` reads as None: what is right follows from other settings."""
    return Kind(
        lambda given: None if given.strip().lower() == "auto" else _within(int(given), lowest, highest),
        f"auto, or a whole number from {lowest} to {highest}",
    )


def duration(lowest: str, highest: str) -> Kind[timedelta]:
    shortest, longest = _duration(lowest), _duration(highest)
    return Kind(
        lambda given: _within(_duration(given), shortest, longest),
        f'a time such as "90m", "1h" or "7d", from {lowest} to {highest}',
    )


def choice(*allowed: str) -> Kind[str]:
    return Kind(lambda given: _one_of(given.strip().lower(), allowed), "one of " + ", ".join(allowed))


def words() -> Kind[tuple[str, ...]]:
    return Kind(
        lambda given: tuple(part.strip() for part in given.split(",") if part.strip()),
        "a list separated by commas",
    )


def path() -> Kind[Path]:
    return Kind(lambda given: Path(_not_empty(given)).expanduser().resolve(), "a path")


def url(*schemes: str, empty: bool = False) -> Kind[SplitResult]:
    """An address with one of `schemes`; `empty` allows none at all, for variables whose absence says something."""
    expected = "an address that starts with " + " or ".join(f"{scheme}://" for scheme in schemes)
    return Kind(lambda given: _url(given.strip(), schemes, empty=empty), expected)


class Environment:
    """The variables as they are set for this process."""

    def __init__(self, source: Mapping[str, str]) -> None:
        self.source = source

    def read(self, variable: Variable[T]) -> T:
        """Give the value of `variable`: its own text, else its file's, else its default. Raises `SettingError`."""
        return variable.parse(self._text(variable))

    def is_set(self, variable: Variable[T]) -> bool:
        return variable.name in self.source or variable.name + FILE_SUFFIX in self.source

    def refuse_unknown(self, known: Iterable[Variable[object]]) -> None:
        """Raise `SettingError` for a variable that looks like ours and is none: most likely a slip of the pen."""
        names = {variable.name for variable in known}
        names |= {name + FILE_SUFFIX for name in names}
        for name in sorted(self.source):
            if name.startswith(PREFIX) and name not in names:
                raise SettingError(
                    name, "there is no setting of this name; docs/admin/settings.md lists them all."
                )

    def _text(self, variable: Variable[T]) -> str:
        from_file = self.source.get(variable.name + FILE_SUFFIX)
        if from_file is None:
            return self.source.get(variable.name, variable.default)
        if variable.name in self.source:
            raise SettingError(variable.name, f"is set twice, by itself and by {variable.name}{FILE_SUFFIX}.")
        try:
            return Path(from_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as unreadable:
            raise SettingError(
                variable.name + FILE_SUFFIX, "the file it names cannot be read."
            ) from unreadable


def with_file(source: Mapping[str, str], file: Path) -> dict[str, str]:
    """Add the `NAME=value` lines of `file`, where there is one, to `source`, whose own values win."""
    if not file.is_file():
        return dict(source)
    found: dict[str, str] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        matched = re.fullmatch(r"(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*(.*)", stripped)
        if matched is None:
            raise SettingError(file.name, f"line {number} is not NAME=value.")
        found[matched[1]] = _unquoted(matched[2])
    return {**found, **source}


def _unquoted(value: str) -> str:
    quoted = re.fullmatch(r"""(["'])(.*)\1""", value)
    return quoted[2] if quoted else value


def _flag(given: str) -> bool:
    return {
        "1": True, "true": True, "yes": True, "on": True,
        "0": False, "false": False, "no": False, "off": False, "": False,
    }[_one_of(given.strip().lower(), ("1", "true", "yes", "on", "0", "false", "no", "off", ""))]  # fmt: skip


def _within(value: T, lowest: T, highest: T) -> T:
    if not lowest <= value <= highest:  # type: ignore[operator]  # only called with numbers and durations
        raise ValueError
    return value


def _duration(given: str) -> timedelta:
    matched = re.fullmatch(r"(\d+)\s*([smhd])", given.strip().lower())
    if matched is None:
        raise ValueError
    return timedelta(seconds=int(matched[1]) * UNIT_SECONDS[matched[2]])


def _one_of(given: str, allowed: tuple[str, ...]) -> str:
    if given not in allowed:
        raise ValueError
    return given


def _not_empty(given: str) -> str:
    if not given.strip():
        raise ValueError
    return given.strip()


def _fitting(given: str, pattern: str) -> str:
    if given and not re.fullmatch(pattern, given):
        raise ValueError(pattern)
    return given


def _url(given: str, schemes: tuple[str, ...], *, empty: bool) -> SplitResult:
    split = urlsplit(given)
    if not given and empty:
        return split
    if split.scheme not in schemes:
        raise ValueError
    split.port  # noqa: B018  # reading it raises ValueError for a port that is none
    return split
