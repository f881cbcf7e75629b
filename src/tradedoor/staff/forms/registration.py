"""A store's rules for people who register. What is right is said by `registration.actions.rules`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tradedoor.registration.actions.rules import LONGEST_LABEL, LONGEST_TERMS, MOST_QUESTIONS, Question
from tradedoor.registration.models import Approval, Mode, Rules, VerifiedDomain

SPARE_ROWS = 2
MOST_ROWS = 60

# The four of product.md section 6, and the further pairs of settings that make sense.
INVITED, LINK, LINK_APPROVED, OPEN_APPROVED, OPEN, LINK_ADMINS, OPEN_ADMINS = (
    "invited",
    "link",
    "link_approved",
    "open_approved",
    "open",
    "link_admins",
    "open_admins",
)
FURTHER = (LINK_ADMINS, OPEN_ADMINS, OPEN)
PRESETS: Mapping[str, tuple[Mode, Approval]] = {
    INVITED: (Mode.OFF, Approval.NONE),
    LINK: (Mode.LINK, Approval.NONE),
    LINK_APPROVED: (Mode.LINK, Approval.STAFF),
    OPEN_APPROVED: (Mode.OPEN, Approval.STAFF),
    OPEN: (Mode.OPEN, Approval.NONE),
    LINK_ADMINS: (Mode.LINK, Approval.ADMINS),
    OPEN_ADMINS: (Mode.OPEN, Approval.ADMINS),
}
LABELS: Mapping[str, str | Promise] = {
    INVITED: _("Only people we invite"),
    LINK: _("Anyone with the customer’s link"),
    LINK_APPROVED: _("Anyone with the link, after we approve"),
    OPEN_APPROVED: _("Anyone, after we approve"),
    LINK_ADMINS: _("Anyone with the link, after the customer’s own admins approve"),
    OPEN_ADMINS: _("Anyone; with the customer’s link after its own admins approve, others after we do"),
    OPEN: _("Anyone; with the customer’s link at once, others after we approve"),
}
NOTES: Mapping[str, str | Promise] = {
    INVITED: _("The eStore link shows sign-in only, and there is no registration page."),
    LINK: _(
        "Whoever has the link joins as a contact of that customer, once their email is confirmed. "
        "A leaver who kept the link could come back: give the customer a new link then."
    ),
    LINK_APPROVED: _(
        "They confirm their email and choose a password, then wait on Requests until you answer."
    ),
    OPEN_APPROVED: _(
        "There is also a general registration page: people type their company, which becomes a prospect. "
        "Approving asks which customer they belong to. Expect requests from strangers."
    ),
    LINK_ADMINS: _(
        "Each company admin of that customer in this store gets a mail and answers on Company, People. You see "
        "every request, too, and may answer it. Where a customer has no company admin left, the request is yours "
        "and the notify address gets the mail; so is whoever was archived, or has an address that looks like one "
        "of the customer’s."
    ),
    OPEN_ADMINS: _(
        "The same, and there is a general registration page; who comes without a link waits for you."
    ),
    OPEN: _("There is a general registration page; people who come by a customer’s link need no approval."),
}


def preset_of(rules: Rules) -> str:
    mode, approval = Mode(rules.mode), Approval(rules.approval)
    if mode is Mode.OFF:
        return INVITED
    return next(name for name, pair in PRESETS.items() if pair == (mode, approval))


@dataclass(frozen=True, slots=True)
class VerifiedRow:
    domain: str = ""
    customer: str = ""


@dataclass(frozen=True, slots=True)
class QuestionRow:
    label: str = ""
    required: bool = False
    choices: str = ""


class RegistrationForm(forms.Form):
    """Rules. Verified domains and questions are rows beside the fields: each adds to lists of the same name."""

    preset = forms.ChoiceField(
        label=_("Who may register"), choices=[*LABELS.items()], widget=forms.RadioSelect, required=True
    )
    confirm_first = forms.BooleanField(
        label=_("Confirm email first"),
        required=False,
        help_text=_(
            "They choose their password behind a mailed link. Off: they are in at once, anybody can register "
            "somebody else’s address that is new to you, and the page tells new addresses from known ones."
        ),
    )
    allowed_domains = forms.CharField(
        label=_("Only these mail domains"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "none"}),
        help_text=_(
            "One a line. example.com is that domain alone, *.example.com what is below it. Empty: all."
        ),
    )
    blocked_domains = forms.CharField(
        label=_("Never these mail domains"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "none"}),
        help_text=_("Written in the same way. They win over all others."),
    )
    terms = forms.CharField(
        label=_("Terms"),
        required=False,
        max_length=LONGEST_TERMS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "Whoever registers accepts them; the version and the time are kept. A changed text is a new version."
        ),
    )
    # Not shown as such: their rows are. Here to have a place for what is wrong with them.
    verified = forms.CharField(label=_("Verified domains"), required=False)
    questions = forms.CharField(label=_("Own questions"), required=False)

    verified_rows: list[VerifiedRow]
    question_rows: list[QuestionRow]

    def __init__(
        self, *args: Any, rules: Rules, domains: Sequence[VerifiedDomain] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {
            "preset": preset_of(rules),
            "confirm_first": rules.confirm_first,
            "allowed_domains": "\n".join(rules.allowed_domains),
            "blocked_domains": "\n".join(rules.blocked_domains),
            "terms": rules.terms,
        }
        if self.is_bound:
            self.verified_rows, self.question_rows = _typed_domains(self.data), _typed_questions(self.data)
        else:
            self.verified_rows = [VerifiedRow(row.domain, row.customer.code) for row in domains]
            self.question_rows = [
                QuestionRow(row["label"], row["required"], "; ".join(row["choices"]))
                for row in rules.questions
            ]
        self.verified_rows += [VerifiedRow()] * SPARE_ROWS
        room = max(0, MOST_QUESTIONS - len(self.question_rows))
        self.question_rows += [QuestionRow()] * min(SPARE_ROWS, room)

    @property
    def asked(self) -> list[Question]:
        """The questions, those without words left out."""
        return [
            Question(row.label, required=row.required, choices=tuple(row.choices.split(";")))
            for row in self.question_rows
            if row.label
        ]

    @property
    def has_more(self) -> bool:
        """Whether anything under "More options" is set or wrong, so that it is not folded away."""
        value = self["preset"].value()
        texts = any(self[name].value() for name in ("allowed_domains", "blocked_domains", "terms"))
        rows = any(row.domain for row in self.verified_rows) or any(row.label for row in self.question_rows)
        return texts or rows or value in FURTHER or not self["confirm_first"].value() or bool(self.errors)


def lines_of(text: str) -> list[str]:
    """The domains of a field, one a line; commas are forgiven."""
    return [part.strip() for part in text.replace(",", "\n").splitlines() if part.strip()]


def _typed_domains(data: Any) -> list[VerifiedRow]:
    pairs = zip(data.getlist("verified_domain"), data.getlist("verified_customer"), strict=False)
    rows = [VerifiedRow(domain.strip()[:255], customer.strip()[:200]) for domain, customer in pairs]
    return [row for row in rows if row.domain or row.customer][:MOST_ROWS]


def _typed_questions(data: Any) -> list[QuestionRow]:
    names = ("question_label", "question_required", "question_choices")
    rows = [
        QuestionRow(label.strip()[: LONGEST_LABEL + 1], required == "1", choices.strip()[:3000])
        for label, required, choices in zip(*(data.getlist(name) for name in names), strict=False)
    ]
    return [row for row in rows if row.label][: MOST_QUESTIONS + 1]
