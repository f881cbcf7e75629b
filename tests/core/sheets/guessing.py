"""What is guessed, by names instead of numbers of columns."""

from tradedoor.core.sheets.mapping import Target, guess_mapping


def named(
    header: list[str], targets: tuple[Target, ...], samples: list[list[str]] | None = None
) -> dict[str, str]:
    return {key: header[at] for key, at in guess_mapping(header, targets, samples=samples).items()}
