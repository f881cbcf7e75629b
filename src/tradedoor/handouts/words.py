"""The words of a hand-out, in the language of the store. What is quoted stands so on the store's pages."""

from django.utils.translation import gettext as _

from tradedoor.handouts.facts import Handout


def steps_of(handout: Handout) -> list[str]:
    """What a person does, in their order; in the language that is active."""
    open_it = _("Open the address above, or point the camera of your phone at the code.")
    sign_in = _("Type your email and password and choose “Sign in”.")
    if not handout.registers:
        return [
            open_it,
            sign_in,
            _(
                "No password, or forgotten? Choose “Forgot password?”, then “Send Link”: a mail brings you on."
            ),
        ]
    return [
        open_it,
        *(_proven_first() if handout.confirms_first else _at_once()),
        _("We look at your request and mail you as soon as you can sign in.")
        if handout.is_approved
        else _("You are signed in: see your prices and order."),
        _("From then on, open the same address, type your email and password and choose “Sign in”."),
    ]


def _proven_first() -> list[str]:
    return [
        _("Choose “New User - Register”, fill in the form, and choose “Register”."),
        _("We send a mail to the address you gave. Choose “Confirm my email” in it within 48 hours."),
        _("Set your own password."),
    ]


def _at_once() -> list[str]:
    return [
        _(
            "Choose “New User - Register”, fill in the form with a password of your own, and choose “Register”."
        )
    ]
