"""For `make check-all`: the tests again on the newest Python that is here, in a virtual environment of its own."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUPPORTED = ("3.13", "3.12", "3.11")


def newest() -> tuple[str, str] | None:
    """Version and path of the newest supported Python above the running one."""
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    for version in SUPPORTED:
        if version == running:
            return None
        path = shutil.which(f"python{version}")
        if (
            path
            and subprocess.run(
                [path, "-c", "import venv, ensurepip"], check=False, capture_output=True
            ).returncode
            == 0
        ):
            return version, path
    return None


def main() -> int:
    found = newest()
    if found is None:
        print("No newer Python is here; nothing more to check.")
        return 0
    version, path = found
    print(f"Tests on Python {version}", flush=True)
    folder = ROOT / "build" / f"venv-{version}"
    pip: list[str | Path] = [folder / "bin" / "pip", "--disable-pip-version-check", "-qq", "install"]
    subprocess.run([path, "-m", "venv", folder], check=True)
    subprocess.run([*pip, "--require-hashes", "-r", ROOT / "requirements" / "dev.txt"], check=True)
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "-e", ROOT], check=True)
    tests: list[str | Path] = [folder / "bin" / "python", "-m", "tools.testing.run", "sqlite"]
    return subprocess.run(tests, check=False, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
