"""The words of a hand-out, in the language of the store. What is quoted stands so on the store's pages."""

from django.utils.translation import gettext as _

from tradedoor.handouts.facts import Handout


def steps_of(handout: Handout) -> list[str]:
    """What a person does, in their order; in the language that is active."""
    open_it = _("Open the address above, or point the camera of your phone at the code.")
    if not handout.registers:
        return [
            open_it,
            _("Type your email and password and choose “Sign in”."),
            _(
                "No password, or forgotten? Choose “Forgot password?”, then “Send Link”: a mail brings you on."
            ),
        ]
    last = (
        _("We look at your request and mail you as soon as you can sign in.")
        if handout.is_approved
        else _("You are signed in: see your prices and order.")
    )
    return [
        open_it,
        _("Choose “New User - Register” and fill in the form."),
        _("We send a mail to the address you gave. Open it within 48 hours and choose the link in it."),
        _("Set your own password."),
        last,
        _("From then on, open the same address, type your email and password and choose “Sign in”."),
    ]
