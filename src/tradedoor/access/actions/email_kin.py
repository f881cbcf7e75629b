"""Which email changes have to be decided together."""

from collections.abc import Sequence

from tradedoor.access.actions.email_plan import MOVING
from tradedoor.access.models import Access, EmailChange
from tradedoor.accounts.models import Login

MOST_ROUNDS = 20


def with_kin(changes: Sequence[EmailChange]) -> list[EmailChange]:
    """These changes and all that have to be decided together with them, by id.

    Those of contacts on the same login, and of contacts whose login has an address that one of them wants.
    """
    found = {change.pk: change for change in changes}
    fresh = list(changes)
    for _round in range(MOST_ROUNDS):
        contacts = [change.contact_id for change in fresh]
        logins = Access.objects.filter(contact_id__in=contacts, state__in=MOVING, login__isnull=False)
        wanted = {change.new_canonical for change in fresh if change.new_canonical}
        holders = Login.objects.buyers().filter(email_canonical__in=wanted).values_list("pk", flat=True)
        ids = {*logins.values_list("login_id", flat=True), *holders}
        beside = Access.objects.filter(login_id__in=ids, state__in=MOVING).values("contact_id")
        # A swap waits for whichever is due last, so both sides have to be looked at from either.
        more = EmailChange.objects.open().filter(contact_id__in=beside).exclude(pk__in=found)
        entering = EmailChange.objects.open().filter(
            new_canonical__in=Login.objects.filter(pk__in=ids).values("email_canonical")
        )
        fresh = [*more, *entering.exclude(pk__in=found).exclude(pk__in=[row.pk for row in more])]
        if not fresh:
            break
        found |= {change.pk: change for change in fresh}
    return [found[pk] for pk in sorted(found)]
