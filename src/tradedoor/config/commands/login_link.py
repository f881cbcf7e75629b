"""`tradedoor login-link`: the way in for whoever has the machine, since there is no default password."""

import click

from tradedoor.accounts.actions.staff import create_first_owner, staff_sign_in_link
from tradedoor.accounts.queries import has_owner, staff_logins
from tradedoor.accounts.roles import Role
from tradedoor.config.commands.migrate import bring_up_to_date
from tradedoor.config.machine import machine, whole_machine
from tradedoor.core.permissions import Permission
from tradedoor.stores.urls import staff_url


@click.command("login-link")
@click.option("--email", required=True, help="Address of the staff login.")
@click.option("--name", default="", help="Name of the owner, where this makes the first one.")
def login_link_command(email: str, name: str) -> None:
    """Print a link that signs a staff member in once.

    In an installation without an owner this makes the login, as its owner.
    """
    bring_up_to_date()
    if not has_owner():
        create_first_owner(email, name=name, actor=whole_machine("login-link"))
        click.echo(f"Made {email} the owner.", err=True)
    click.echo(sign_in_address(email))


def sign_in_address(email: str) -> str:
    """The address of a new sign-in link. Raises `LoginNotFound` and `LoginOff`."""
    token = staff_sign_in_link(email, actor=machine("login-link", Permission.STAFF_EDIT))
    return staff_url(f"login/link/{token}/")


def owner_still_to_come() -> str:
    """The address of an owner who has never chosen a password, so has no other way in; empty if none is such."""
    owners = staff_logins(actor=machine("run", Permission.STAFF_READ)).filter(role=Role.OWNER, is_active=True)
    waiting = [owner.email for owner in owners if not owner.has_own_password]
    return waiting[0] if len(waiting) == len(owners) and waiting else ""
