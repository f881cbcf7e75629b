"""What is done to people in the CRM whose audience is looked at."""

from typing import Any, cast

from tradedoor.access.actions.crm import update_contact
from tradedoor.core.actor import Actor
from tradedoor.crm.fields import ContactData
from tradedoor.crm.models import Contact


def subscribe(contact: Contact, *, mail_out: bool = False) -> Contact:
    Contact.objects.filter(pk=contact.pk).update(subscribed=True, receive_mail_out=mail_out)
    contact.refresh_from_db()
    return contact


def edit(contact: Contact, *, actor: Actor, **data: Any) -> None:
    contact.refresh_from_db()
    update_contact(contact, cast(ContactData, data), version=contact.version, actor=actor)
