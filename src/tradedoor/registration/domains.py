"""Mail domains as a store writes them down: `acme.example` is that domain, `*.acme.example` what is below it."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext_lazy as _

from tradedoor.core.addresses import domain_of
from tradedoor.core.errors import Invalid

BELOW = "*."
MOST = 500


def pattern_of(text: str) -> str:
    """The domain in the form in which it is compared, with its star where it has one.

    An `@` before it is forgiven. Raises `Invalid` (`bad_domain`) for what is no domain.
    """
    typed = text.strip().lower().removeprefix("@")
    star = typed.startswith(BELOW)
    try:
        # The rule for domains stands where addresses are judged, and nowhere twice.
        domain = domain_of(f"a@{typed.removeprefix(BELOW)}")
    except Invalid as refusal:
        sentence = _("“%(typed)s” is no mail domain. Write it as in example.com or *.example.com.")
        raise Invalid(sentence % {"typed": text.strip()[:80]}, code="bad_domain") from refusal
    return f"{BELOW}{domain}" if star else domain


def patterns_of(texts: Iterable[str]) -> list[str]:
    """Each domain once, in the order given. Raises as `pattern_of`, and for more than can be looked through."""
    found = list(dict.fromkeys(pattern_of(text) for text in texts if text.strip()))
    if len(found) > MOST:
        raise Invalid(_("These are too many domains."), code="too_many_domains")
    return found


def is_covered(domain: str, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns means this domain. A plain one never means what is below it."""
    return any(
        domain.endswith(pattern[1:]) if pattern.startswith(BELOW) else domain == pattern
        for pattern in patterns
    )
