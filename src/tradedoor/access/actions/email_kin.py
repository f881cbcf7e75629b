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
        beside = Access.objects.filter(login_id__in=ids, state__in=MOVING).values_list(
            "contact_id", flat=True
        )
        # A swap waits for whichever is due last, so both sides have to be looked at from either.
        left = Login.objects.filter(pk__in=ids).values_list("email_canonical", flat=True)
        # By lists of what is looked for, and what is found already taken off here: in one statement PostgreSQL
        # compares every change that is open with all of them.
        more = EmailChange.objects.open().filter(contact_id__in=list(beside)).values_list("pk", flat=True)
        entering = (
            EmailChange.objects.open().filter(new_canonical__in=list(left)).values_list("pk", flat=True)
        )
        fresh = list(EmailChange.objects.filter(pk__in={*more, *entering} - found.keys()).order_by("pk"))
        if not fresh:
            break
        found |= {change.pk: change for change in fresh}
    return [found[pk] for pk in sorted(found)]
