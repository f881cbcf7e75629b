"""What hand-outs refuse."""

from django.utils.translation import gettext_lazy as _

from tradedoor.core.errors import Conflict, Invalid


class BadTemplate(Invalid):
    """The file is no Word document that may stand behind a store's hand-outs; the sentence says what is wrong."""

    code = "bad_template"
    sentence = _("This file is no Word document (.docx).")

    def __init__(self, sentence: object = None, *, code: str | None = None, **more: object) -> None:
        super().__init__(sentence, code=code, field="template", **more)  # type: ignore[arg-type]  # passed on as it came


class NothingToHandOut(Invalid):
    code = "nothing_to_hand_out"
    sentence = _("No chosen customer can be given a hand-out for this store.")


class HandoutsGone(Conflict):
    code = "handouts_gone"
    sentence = _("These hand-outs are no longer kept. Make them again.")


class HandoutsNotReady(Conflict):
    code = "handouts_not_ready"
    sentence = _("These hand-outs are not ready yet.")


class LettersMissing(Conflict):
    """The fonts that PDFs are made with have no such letters, and empty boxes are no name."""

    code = "letters_missing"

    def __init__(self, letters: str) -> None:
        sentence = _(
            "A PDF cannot show these letters: %(letters)s. Take the Word file: Word finds a font for them."
        )
        super().__init__(sentence % {"letters": letters})
