"""Connecting a store to its audience at Mailchimp, and letting go of it."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tradedoor.audit.record import record
from tradedoor.core.actor import Actor
from tradedoor.core.errors import Invalid
from tradedoor.core.permissions import Permission, require
from tradedoor.integrations.actions.running import conversation
from tradedoor.integrations.errors import AudienceRefused, ComeBack, NoAudience, NoKey, Refused
from tradedoor.integrations.events import Event
from tradedoor.integrations.models import Audience, Member
from tradedoor.jobs.queue import enqueue
from tradedoor.stores.models import Store

SYNC = "integrations.sync"
LONGEST_TAG = 100


def connect_audience(store: Store, list_id: str, *, tag: str, actor: Actor) -> Audience:
    """The store's subscribed contacts go into this audience from now on; it is brought up to date at once.

    Mailchimp is asked for the audience first. Raises `NotAllowed`, `NoKey`, `Invalid` (`bad_audience`, `bad_tag`) and
    `AudienceRefused` with what Mailchimp says.
    """
    require(actor, Permission.STORE_EDIT, stores=[store.pk])
    if not settings.TRADEDOOR_MAILCHIMP_KEY:
        raise NoKey
    list_id, tag = list_id.strip(), " ".join(tag.split())
    if not list_id.isascii() or not list_id.isalnum():
        raise Invalid(_("An audience ID is of letters and digits."), code="bad_audience", field="list_id")
    if not 0 < len(tag) <= LONGEST_TAG:
        raise Invalid(_("Enter a tag of at most 100 characters."), code="bad_tag", field="tag")
    try:
        with conversation() as mailchimp:
            name = mailchimp.audience_name(list_id)
    except (ComeBack, Refused) as trouble:
        raise AudienceRefused(
            _("Mailchimp says: %(said)s") % {"said": trouble.sentence}, field="list_id"
        ) from trouble
    return _connected(store, list_id, name[:200], tag, actor=actor)


@transaction.atomic
def _connected(store: Store, list_id: str, name: str, tag: str, *, actor: Actor) -> Audience:
    Store.objects.select_for_update().get(pk=store.pk)
    audience = Audience.objects.filter(store=store).first() or Audience(store=store)
    if audience.list_id != list_id:
        # Nobody has been told of to the new one, nor has it been asked who left.
        Member.objects.filter(audience=audience.pk).delete()
        audience.polled_at = audience.tag_id = None
    if audience.tag != tag:
        Member.objects.filter(audience=audience.pk).update(is_tagged=False)
        audience.tag_id = None
    audience.list_id, audience.list_name, audience.tag = list_id, name, tag
    audience.problem, audience.retry_at, audience.is_on = "", None, True
    # Whoever is at it with the former settings stops before the next call.
    audience.held_until, audience.held_by = None, ""
    audience.save()
    record(Event.AUDIENCE_SET, actor=actor, store_id=store.pk, data={"audience": list_id, "tag": tag})
    enqueue(SYNC, args={"audience_id": audience.pk}, dedupe_key=f"{SYNC}:{audience.pk}")
    return audience


@transaction.atomic
def disconnect_audience(store: Store, *, actor: Actor) -> None:
    """Nobody is put in or taken out any more; those in the audience stay in it. Who left is not forgotten.

    Raises `NotAllowed` and `NoAudience`.
    """
    require(actor, Permission.STORE_EDIT, stores=[store.pk])
    audience = _audience_of(store)
    record(Event.AUDIENCE_DROPPED, actor=actor, store_id=store.pk, data={"audience": audience.list_id})
    audience.delete()


@transaction.atomic
def sync_now(store: Store, *, actor: Actor) -> None:
    """Bring the audience up to date by the next free worker, those whom Mailchimp refused included.

    Raises `NotAllowed` and `NoAudience`.
    """
    require(actor, Permission.STORE_EDIT, stores=[store.pk])
    audience = _audience_of(store)
    Member.objects.filter(audience=audience, status=Member.Status.REFUSED).delete()
    Audience.objects.filter(pk=audience.pk).update(retry_at=None)
    enqueue(SYNC, args={"audience_id": audience.pk}, dedupe_key=f"{SYNC}:{audience.pk}")


def _audience_of(store: Store) -> Audience:
    found = Audience.objects.filter(store=store).first()
    if found is None:
        raise NoAudience
    return found
