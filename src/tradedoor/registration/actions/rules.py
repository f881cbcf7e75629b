"""What a store says of people who register themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.crm.models import Customer
from tradedoor.registration.domains import pattern_of, patterns_of
from tradedoor.registration.errors import RulesChanged
from tradedoor.registration.events import Event
from tradedoor.registration.models import Approval, Mode, Rules, Terms, VerifiedDomain
from tradedoor.stores.models import Store

MOST_QUESTIONS = 12
LONGEST_LABEL = 200
LONGEST_TERMS = 60_000


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the store's own. With `choices` one of them is the answer, else it is free text."""

    label: str
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """The rules as a form gives them, whole. `verified` are pairs of a domain and the key of its customer."""

    mode: Mode = Mode.LINK
    approval: Approval = Approval.NONE
    confirm_first: bool = True
    allowed_domains: Sequence[str] = ()
    blocked_domains: Sequence[str] = ()
    questions: Sequence[Question] = ()
    terms: str = ""
    verified: Sequence[tuple[str, int]] = ()


@transaction.atomic
def change_rules(store: Store, wish: Wish, *, version: int, actor: Actor) -> Rules:
    """The store's rules are as wished. A changed text of the terms is their next version; the former is kept.

    `version` is what the editor saw. Nothing is written where nothing differs. Raises `NotAllowed`, `RulesChanged`
    if somebody saved since, and `Invalid` naming the field.
    """
    require(actor, Permission.STORE_EDIT, stores=[store.pk])
    values = _values(wish)
    verified = _verified(wish)
    # Without a row yet there is none to hold, so the store is held.
    Store.objects.select_for_update(no_key=True).filter(pk=store.pk).first()
    rules = Rules.objects.filter(store=store).first() or Rules(store=store)
    if rules.version != version:
        raise RulesChanged
    changed = {name for name, value in values.items() if value != getattr(rules, name)}
    before = dict(VerifiedDomain.objects.filter(store=store).values_list("domain", "customer_id"))
    if not changed and before == verified:
        return rules
    for name in changed:
        setattr(rules, name, values[name])
    if "terms" in changed:
        rules.terms_version += 1
        Terms.objects.create(store=store, version=rules.terms_version, text=rules.terms)
    rules.version += 1
    rules.save()
    if before != verified:
        changed.add("verified_domains")
        VerifiedDomain.objects.filter(store=store).delete()
        VerifiedDomain.objects.bulk_create(
            [VerifiedDomain(store=store, domain=domain, customer_id=pk) for domain, pk in verified.items()]
        )
    said = {name: values[name] for name in changed & {"mode", "approval", "confirm_first"}}
    said |= {"terms_version": rules.terms_version} if "terms" in changed else {}
    record(Event.RULES_CHANGED, actor=actor, store_id=store.pk, data={"changed": sorted(changed), **said})
    return rules


def wished(wish: Wish, *, store: Store) -> Rules:
    """The rules as they would be, saved nowhere, for a preview and for trying an address. Raises `Invalid`."""
    return Rules(store=store, **_values(wish))


def _values(wish: Wish) -> dict[str, Any]:
    return {
        "mode": Mode(wish.mode),
        "approval": Approval(wish.approval),
        "confirm_first": wish.confirm_first,
        "allowed_domains": _domains(wish.allowed_domains, "allowed_domains"),
        "blocked_domains": _domains(wish.blocked_domains, "blocked_domains"),
        "questions": _questions(wish.questions),
        "terms": _terms(wish.terms),
    }


def _domains(texts: Sequence[str], field: str) -> list[str]:
    try:
        return patterns_of(texts)
    except Invalid as refusal:
        refusal.field = field
        raise


def _questions(asked: Sequence[Question]) -> list[Mapping[str, Any]]:
    kept: dict[str, Mapping[str, Any]] = {}
    for question in asked:
        label = " ".join(question.label.split())
        choices = list(dict.fromkeys(" ".join(one.split()) for one in question.choices if one.strip()))
        if not label:
            continue
        if len(label) > LONGEST_LABEL or any(len(one) > LONGEST_LABEL for one in choices):
            raise Invalid(_("A question and each of its answers may have 200 characters at most."),
                code="too_long", field="questions")  # fmt: skip
        if label in kept:
            raise Invalid(_("The same question stands there twice."), code="twice", field="questions")
        if len(choices) == 1:
            raise Invalid(_("Give two answers to choose from, or none for free text."), code="one_choice",
                field="questions")  # fmt: skip
        kept[label] = {"label": label, "required": question.required, "choices": choices}
    if len(kept) > MOST_QUESTIONS:
        raise Invalid(_("Twelve questions at most."), code="too_many", field="questions")
    return list(kept.values())


def _terms(text: str) -> str:
    tidy = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip()
    if len(tidy) > LONGEST_TERMS:
        raise Invalid(_("The terms are too long."), code="too_long", field="terms")
    return tidy


def _verified(wish: Wish) -> dict[str, int]:
    found: dict[str, int] = {}
    for typed, customer_id in wish.verified:
        try:
            domain = pattern_of(typed)
        except Invalid as refusal:
            refusal.field = "verified"
            raise
        if domain.startswith("*."):
            sentence = _("A verified domain is exact: write each sub-domain by itself.")
            raise Invalid(sentence, code="not_exact", field="verified")
        if found.setdefault(domain, customer_id) != customer_id:
            only = _("%(domain)s can be one customer's only.") % {"domain": domain}
            raise Invalid(only, code="twice", field="verified")
    present = set(Customer.objects.living().filter(pk__in=found.values()).values_list("pk", flat=True))
    if set(found.values()) - present:
        raise Invalid(
            _("A customer of a verified domain is archived."), code="customer_gone", field="verified"
        )
    return found
