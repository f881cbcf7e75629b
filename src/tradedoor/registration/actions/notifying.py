"""Who hears that a request waits: the customer's own admins where they answer it, else the store."""

from django.db import transaction

from tradedoor.access.company_queries import admins_of
from tradedoor.access.models import Access
from tradedoor.mail.outbox import post_many
from tradedoor.registration.emails import colleague_waiting_letter, waiting_letter
from tradedoor.registration.models import Registration
from tradedoor.registration.policy import is_for_admins
from tradedoor.registration.queries import rules_of
from tradedoor.stores.models import Store

MOST_ADMINS = 20  # of a customer with very many, those who came last


@transaction.atomic
def tell_of_request(registration: Registration, access: Access, *, store: Store) -> int:
    """Mail those who answer this request; how many mails.

    Where the store leaves it to the customer's admins and there is none, the store is told, so that nobody waits
    for an answer that cannot come. Nobody is where the store has no address for notices.
    """
    if is_for_admins(registration, rules=rules_of(store)):
        admins = admins_of(access.customer_id, access.store_id)[:MOST_ADMINS]
        if letters := [colleague_waiting_letter(registration, admin) for admin in admins]:
            return post_many(letters)
    return post_many([waiting_letter(registration, store=store)]) if store.notify_address else 0
