"""Bring third-party files into the repository, and prove that they are still what was brought.

    python tools/vendor.py            fetch with npm, check npm's integrity, copy, write the lock
    python tools/vendor.py --check    compare the committed files with the lock, offline

Only fonts are vendored, one for screens and one for paper: htmx and the icons come by pip, from the locked requirements. The fallback's
metrics (`css/fonts.css`) belong to this version of the font, so a new version is a decision, not an update.
"""

import argparse
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "tools" / "vendor.lock.json"
FONTS = "src/tradedoor/web/static/web/font"
PAPER = "src/tradedoor/handouts/data"


@dataclass(frozen=True, slots=True)
class Package:
    spec: str
    integrity: str
    files: dict[str, str]


PACKAGES = (
    Package(
        spec="@fontsource-variable/inter@5.3.0",
        integrity="sha512-OupL48va4JNofb97w6NYeF9S7W/kHNKM0Er8Dem5nqi4jeOLrVJDoE8tZEpnMJmtkvNbB1EIPPwHcdkF6b1oUA==",
        files={
            "package/files/inter-latin-wght-normal.woff2": f"{FONTS}/inter-latin.woff2",
            "package/files/inter-latin-ext-wght-normal.woff2": f"{FONTS}/inter-latin-ext.woff2",
            "package/LICENSE": f"{FONTS}/inter-LICENSE.txt",
        },
    ),
    # For PDF: the one font at hand in a form that reportlab reads which has Arabic and Hebrew beside Latin.
    Package(
        spec="dejavu-fonts-ttf@2.37.3",
        integrity="sha512-f1hd7jJbeQa1VWcw+K2KrTXS50zTMaHpVC4XIKJpNcDeYR5ajMtj/iLlQDYNvLOKamUB3ARVVCf79lNwNVztSQ==",
        files={
            "package/ttf/DejaVuSans.ttf": f"{PAPER}/dejavu-sans.ttf",
            "package/ttf/DejaVuSans-Bold.ttf": f"{PAPER}/dejavu-sans-bold.ttf",
            "package/LICENSE": f"{PAPER}/dejavu-LICENSE.txt",
        },
    ),
)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch(package: Package) -> dict[str, str]:
    """Write the package's files into the tree and return their sums; exits where npm's integrity differs."""
    with tempfile.TemporaryDirectory() as folder:
        answer = subprocess.run(
            ["npm", "pack", package.spec, "--json", "--pack-destination", folder],
            check=True,
            capture_output=True,
            text=True,
        )
        packed = json.loads(answer.stdout)[0]
        if packed["integrity"] != package.integrity:
            sys.exit(f"{package.spec}: the integrity is {packed['integrity']}, expected {package.integrity}")
        archive = (Path(folder) / packed["filename"]).read_bytes()
    sums = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for inside, outside in package.files.items():
            member = tar.extractfile(inside)
            if member is None:
                sys.exit(f"{package.spec}: no file {inside}")
            target = ROOT / outside
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(member.read())
            sums[outside] = sha256(target)
    return sums


def differences() -> list[str]:
    """What in the tree differs from the lock, one sentence each."""
    locked: dict[str, dict[str, str]] = json.loads(LOCK.read_text(encoding="utf-8"))["files"]
    found = []
    for package in PACKAGES:
        sums = locked.get(package.spec)
        if sums is None:
            found.append(f"{package.spec} is not in the lock")
            continue
        for name in package.files.values():
            path = ROOT / name
            if name not in sums:
                found.append(f"{name} is not in the lock")
            elif not path.is_file():
                found.append(f"{name} is missing")
            elif sha256(path) != sums[name]:
                found.append(f"{name} differs from the lock")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the lock, offline")
    if parser.parse_args().check:
        found = differences()
        if found:
            sys.exit("\n".join(found))
        print("Vendored files are as locked.")
        return
    sums = {package.spec: fetch(package) for package in PACKAGES}
    integrity = {package.spec: package.integrity for package in PACKAGES}
    LOCK.write_text(
        json.dumps({"files": sums, "integrity": integrity}, indent=2, sort_keys=True) + "\n", encoding="utf-8"
    )
    print(f"Wrote {sum(map(len, sums.values()))} files and {LOCK.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
