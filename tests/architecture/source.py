"""The project's own files, as the architecture tests read them."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "tradedoor"
DOMAIN = (
    "audit",
    "jobs",
    "mail",
    "accounts",
    "crm",
    "stores",
    "access",
    "catalog",
    "registration",
    "handouts",
)
FACES = ("staff", "storefront")


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file, parsed."""

    path: Path
    tree: ast.Module

    def at(self, node: ast.AST) -> str:
        return f"{self.path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"

    def imports(self) -> Iterator[tuple[ast.stmt, str]]:
        """Every import statement with each full name it takes in."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


@cache
def modules(*apps: str) -> tuple[Module, ...]:
    """The modules of these apps, of all of `src` where none is named; migrations are written by Django."""
    folders = [SRC / app for app in apps] or [SRC]
    files = sorted(file for folder in folders for file in folder.rglob("*.py"))
    return tuple(
        Module(file, ast.parse(file.read_text(encoding="utf-8")))
        for file in files
        if "migrations" not in file.parts
    )


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the repository, those about to be added included; of an unpacked archive, every file."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        return tuple(file for file in ROOT.rglob("*") if file.is_file() and ".venv" not in file.parts)
    return tuple(
        ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()
    )


def text_of(file: Path) -> str:
    """What stands in a text file; nothing for pictures, fonts and the like."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
