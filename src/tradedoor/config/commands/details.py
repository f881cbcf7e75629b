"""`tradedoor details`: login details for the contacts of some emails."""

from collections.abc import Sequence

import click

from tradedoor.access.actions.many_logins import give_in_background
from tradedoor.access.actions.one_login import Wanted, give_login_details_to, password_to_give
from tradedoor.access.errors import NotPossible
from tradedoor.access.reasons import Reason
from tradedoor.accounts.actions.temporary import generated_password
from tradedoor.config.long_work import drive, report
from tradedoor.config.machine import machine
from tradedoor.core.actor import Actor
from tradedoor.core.addresses import canonical
from tradedoor.core.permissions import Permission
from tradedoor.crm.models import Contact
from tradedoor.crm.queries import contacts_with_email
from tradedoor.stores.models import Store
from tradedoor.stores.queries import store_for

REFUSALS = frozenset(reason.value for reason in Reason)


@click.command("details")
@click.option("--store", "slug", required=True, help="The store, as `tradedoor store list` names it.")
@click.option("--email", "emails", required=True, multiple=True, help="Email of a contact; may come often.")
@click.option("--customer", "code", default="", help="Code of the customer, where several have that email.")
@click.option(
    "--show",
    is_flag=True,
    help="Print a temporary password for each, once, and mail nothing.",
)
def details_command(*, slug: str, emails: Sequence[str], code: str, show: bool) -> None:
    """Create eStore login details for contacts, who are current at once.

    Each gets a mail with a link to choose a password, or with a temporary one, as the store says. A login that has a
    password of its own keeps it.
    """
    actor = machine(
        "details",
        Permission.ACCESS_DETAILS,
        Permission.ACCESS_READ,
        Permission.CRM_READ,
        Permission.STORE_READ,
    )
    store = store_for(slug, actor=actor)
    found = [_contact(email, code, actor=actor) for email in dict.fromkeys(emails)]
    if show:
        # Who comes after one who is refused gets theirs, too.
        shown = [_is_shown(contact, store, actor=actor) for contact in found]
        if not all(shown):
            raise SystemExit(1)
        return
    work = drive(give_in_background(store, [contact.pk for contact in found], actor=actor))
    report(work, problems=REFUSALS, result=None)


def _contact(email: str, code: str, *, actor: Actor) -> Contact:
    rows = contacts_with_email(canonical(email), actor=actor)
    found = [row for row in rows if not code or row.customer.code.casefold() == code.casefold()]
    if not found:
        raise click.ClickException(f"no contact has the email {email}")
    if len(found) > 1:
        names = ", ".join(f"{row.name} of {row.customer.name} ({row.customer.code})" for row in found)
        raise click.ClickException(
            f"several contacts have the email {email}: {names}. Say which by --customer."
        )
    return found[0]


def _is_shown(contact: Contact, store: Store, *, actor: Actor) -> bool:
    names = [contact.first_name, contact.last_name, contact.email, contact.customer.name]
    password = password_to_give(generated_password(), is_typed=False, names=names, stores=[store])
    try:
        given = give_login_details_to(contact, Wanted([store], password, mailed=False), actor=actor)
    except NotPossible as refusal:
        click.echo(f"{contact.email}: {refusal}", err=True)
        return False
    told = "keeps the password of their own" if given.kept else password.raw
    click.echo(f"{contact.email}\t{told}")
    return True
