"""What is asked before something is done to many accesses, and what is told after."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tradedoor.access.actions.bulk import ROLES, Deed
from tradedoor.access.actions.deeds import Done
from tradedoor.web.formats import number, span


def receipt_of(deed: Deed, done: Done) -> str:
    n = len(done.done)
    words = {
        Deed.DEACTIVATE: ngettext(
            "%(n)s person can no longer sign in.", "%(n)s people can no longer sign in.", n
        ),
        Deed.REENABLE: ngettext("%(n)s person is re-enabled.", "%(n)s people are re-enabled.", n),
        Deed.RESEND: ngettext(
            "%(n)s invitation is on its way again.", "%(n)s invitations are on their way again.", n
        ),
        Deed.CANCEL: ngettext("%(n)s invitation is cancelled.", "%(n)s invitations are cancelled.", n),
        Deed.CLEAR_ERROR: ngettext(
            "%(n)s person is on Error no more.", "%(n)s people are on Error no more.", n
        ),
        Deed.SEND_RESET: ngettext(
            "%(n)s reset link is on its way.", "%(n)s reset links are on their way.", n
        ),
        Deed.END_SESSIONS: ngettext("%(n)s person is signed out.", "%(n)s people are signed out.", n),
        **dict.fromkeys(ROLES, ngettext("%(n)s person has a new role.", "%(n)s people have a new role.", n)),
    }
    sentences = [words[deed] % {"n": number(n)}]
    if done.sessions_ended:
        sentences.append(
            ngettext("%(n)s session ended.", "%(n)s sessions ended.", done.sessions_ended)
            % {"n": number(done.sessions_ended)}
        )
    if done.invited:
        sentences.append(
            ngettext(
                "%(n)s of them was invited again, see Pending Customers.",
                "%(n)s of them were invited again, see Pending Customers.",
                len(done.invited),
            )
            % {"n": number(len(done.invited))}
        )
    return " ".join(sentences)


def words_of(deed: Deed, n: int) -> dict[str, str]:
    """The question, what follows, and the button, with the number of those it can be done to."""
    titles = {
        Deed.DEACTIVATE: ngettext("Deactivate %(n)s customer?", "Deactivate %(n)s customers?", n),
        Deed.REENABLE: ngettext("Re-enable %(n)s customer?", "Re-enable %(n)s customers?", n),
        Deed.RESEND: ngettext("Resend %(n)s invitation?", "Resend %(n)s invitations?", n),
        Deed.CANCEL: ngettext("Cancel %(n)s invitation?", "Cancel %(n)s invitations?", n),
        Deed.CLEAR_ERROR: ngettext("Clear %(n)s error?", "Clear %(n)s errors?", n),
        Deed.SEND_RESET: ngettext("Send %(n)s reset link?", "Send %(n)s reset links?", n),
        Deed.END_SESSIONS: ngettext("Sign out %(n)s person?", "Sign out %(n)s people?", n),
        Deed.MAKE_BUYER: ngettext("Make %(n)s person a buyer?", "Make %(n)s people buyers?", n),
        Deed.MAKE_APPROVER: ngettext("Make %(n)s person an approver?", "Make %(n)s people approvers?", n),
        Deed.MAKE_COMPANY_ADMIN: ngettext(
            "Make %(n)s person a company admin?", "Make %(n)s people company admins?", n
        ),
    }
    outcomes = {
        Deed.DEACTIVATE: ngettext("will be deactivated", "will be deactivated", n),
        Deed.REENABLE: ngettext("will be re-enabled", "will be re-enabled", n),
        Deed.RESEND: ngettext("gets a new invitation", "get a new invitation", n),
        Deed.CANCEL: ngettext("loses the invitation", "lose the invitation", n),
        Deed.CLEAR_ERROR: ngettext("is looked at again", "are looked at again", n),
        Deed.SEND_RESET: ngettext("gets a mail", "get a mail", n),
        Deed.END_SESSIONS: ngettext("is signed out", "are signed out", n),
        **dict.fromkeys(ROLES, ngettext("gets the role", "get the role", n)),
    }
    leads = {
        Deed.DEACTIVATE: _("They are signed out at once and can no longer sign in. Nobody is mailed."),
        Deed.REENABLE: _(
            "They sign in with their old password, without a mail. Who never set one is invited again by mail."
        ),
        Deed.RESEND: _("Each gets a new mail with a new link. The link sent before no longer works."),
        Deed.CANCEL: _("Their links die, and mail of them not yet sent is not sent. Nobody is mailed."),
        Deed.CLEAR_ERROR: _(
            "What is mended goes back to its own tab; what is not stays, with a fresh reason. Nobody is mailed."
        ),
        Deed.SEND_RESET: _(
            "Each gets a mail with a link to choose a new password, which works for %(time)s. Until then the old "
            "one works."
        )
        % {"time": span(settings.TRADEDOOR_RESET_LINK_LIFE)},
        Deed.END_SESSIONS: _(
            "They are signed out of this store everywhere, and may sign in again. Nobody is mailed."
        ),
        **dict.fromkeys(
            ROLES,
            _(
                "It holds at once. Those who are signed in are signed out, and sign in again. Nobody is mailed."
            ),
        ),
    }
    title = titles[deed] % {"n": number(n)}
    return {
        "title": title,
        "lead": leads[deed],
        "outcome": outcomes[deed],
        # The button repeats the question's verb; a language may ask without its sign at the end.
        "verb": title.rstrip("? ？"),
    }
