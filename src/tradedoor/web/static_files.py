"""The style sheet of each side, joined from its parts, the same way in development and in production.

`static/web/css/*.css` are the parts, one file each so that two people rarely touch the same one. The sellers' pages
link `web/app.css` and those of a store `web/store.css`, which leave out what only the other side shows. No such file
is committed and no step builds it beforehand:

- `JoinedCssFinder` is a staticfiles finder. Asked for one of them it joins the parts, so the development
  server (and whitenoise with `use_finders`) shows an edit at the next reload, and `collectstatic` collects
  the joined file like any other.
- `HashedStorage` is the production storage: whitenoise's compressed manifest, hashed names, no surprises.

Settings:

    STATICFILES_FINDERS = [
        "tradedoor.web.static_files.JoinedCssFinder",
        "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    ]
    STORAGES["staticfiles"]["BACKEND"] = "tradedoor.web.static_files.HashedStorage"  # where DEBUG is off

`python -m tradedoor.web.static_files` prints both.
"""

import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files.storage import FileSystemStorage, Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

CSS = Path(__file__).parent / "static" / "web" / "css"
APP_CSS, STORE_CSS = "web/app.css", "web/store.css"
# What a sheet leaves out: pages that only the other side has.
LEFT_OUT = {
    APP_CSS: frozenset({"pages-store", "pages-storefront"}),
    STORE_CSS: frozenset({"pages-access", "pages-crm", "pages-desk", "pages-estore"}),
}
FIRST = ("fonts", "tokens", "base", "shell")
LAST = ("util",)
# Parts, whose addresses are relative to their own folder, and the scripts of htmx that no page loads.
NEVER_LINKED = (
    "web/css/",
    "django_htmx/ext/",
    "django_htmx/htmx-4",
    "django_htmx/htmax",
    "django_htmx/htmx-2.js",
)


def parts(sheet: str = APP_CSS) -> list[Path]:
    """The parts in joining order. Layers decide who wins, so the order only has to be stable."""
    elsewhere = {*FIRST, *LAST, *LEFT_OUT[sheet]}
    middle = sorted(path for path in CSS.glob("*.css") if path.stem not in elsewhere)
    return [CSS / f"{name}.css" for name in FIRST] + middle + [CSS / f"{name}.css" for name in LAST]


def joined_css(sheet: str = APP_CSS) -> str:
    """Its parts as one sheet, without comments and indentation, its addresses relative to `web/`."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in parts(sheet))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s*([{};])\s*", r"\1", re.sub(r"\n\s*", "\n", text))
    # After a colon or comma, where no selector of ours needs the blank; and the last semicolon of a block.
    text = re.sub(r"([:,]) ", r"\1", text).replace(";}", "}")
    return text.replace('url("../', 'url("').strip() + "\n"


class JoinedCssFinder(BaseFinder):
    """Finds the sheets, made of the parts as they are at this moment."""

    def check(self, **_kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **_kwargs: Any) -> Any:  # noqa: FBT001, FBT002  # Django's signature
        if path not in LEFT_OUT:
            return []
        found = str(self._write(path))
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:  # noqa: ARG002  # Django's
        for sheet in LEFT_OUT:
            self._write(sheet)
            yield sheet, FileSystemStorage(location=_folder())

    def _write(self, sheet: str) -> Path:
        target = _folder() / sheet
        text = joined_css(sheet)
        if not target.is_file() or target.read_text(encoding="utf-8") != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return target


class HashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise is untyped
    """Hashed names and compressed copies of what the finders found, without the style sheets' parts.

    Where nothing was ever collected (tests, a command that renders a page) names stay plain instead of
    failing: a page without its style is better than no page.
    """

    def url(self, name: str | None, force: bool = False) -> str:  # noqa: FBT001, FBT002  # Django's signature
        if not self.hashed_files:
            return StaticFilesStorage.url(self, name)
        hashed: str = super().url(name, force)
        return hashed

    def post_process(self, paths: dict[str, Any], *args: Any, **kwargs: Any) -> Iterator[Any]:
        for name in [name for name in paths if name.startswith(NEVER_LINKED)]:
            del paths[name]
            self.delete(name)
        yield from super().post_process(paths, *args, **kwargs)


@cache
def _temporary() -> tempfile.TemporaryDirectory[str]:
    # A folder of this process alone: a shared, guessable one could be prepared by another user.
    return tempfile.TemporaryDirectory(prefix="tradedoor-css-")


def _folder() -> Path:
    return Path(_temporary().name)


if __name__ == "__main__":
    sys.stdout.writelines(map(joined_css, LEFT_OUT))
