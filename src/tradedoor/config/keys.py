"""The three keys that must never be in the repository or the database (SEC-01)."""

import os
import secrets
from pathlib import Path

from tradedoor.config.env import Environment, SettingError, Variable

SHORTEST = 50


def key(env: Environment, variable: Variable[str], file: Path) -> str:
    """Give the key set by `variable`, else the one kept in `file`, which is made where there is none.

    Raises `SettingError` for a short key: one that can be guessed is worse than none, since it looks like one.
    """
    given = env.read(variable) if env.is_set(variable) else _kept(file)
    if len(given) < SHORTEST:
        raise SettingError(variable.name, f"expected {SHORTEST} characters or more.")
    return given


def _kept(file: Path) -> str:
    if not file.exists():
        _make(file)
    return file.read_text(encoding="ascii").strip()


def _make(file: Path) -> None:
    """Write a new key readable by its owner only.

    It is written aside and linked into place, because web and worker may start at the same moment: the first
    link wins, and nobody ever reads half a key.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(secrets.token_urlsafe(64) + "\n")
    try:
        os.link(aside, file)
    except FileExistsError:
        return
    finally:
        aside.unlink()
