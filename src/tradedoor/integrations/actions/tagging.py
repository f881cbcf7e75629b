"""The tag for mail-outs, given and taken as "Receive Mail Out" says."""

from collections.abc import Sequence
from functools import partial

from tradedoor.integrations.actions.running import Run, What
from tradedoor.integrations.errors import Refused
from tradedoor.integrations.mailchimp import MOST_AT_ONCE, NOT_FOUND, Put
from tradedoor.integrations.models import Audience, Member


def set_tags(run: Run) -> None:
    """Give and take the tag until all have it as they should, up to 500 at once."""
    subscribed = run.members.filter(status=Member.Status.SUBSCRIBED).order_by("pk")
    add = subscribed.filter(is_tagged=False, contact__receive_mail_out=True)
    remove = subscribed.filter(is_tagged=True, contact__receive_mail_out=False)
    was_forgotten = False
    while True:
        given, taken = list(add[:MOST_AT_ONCE]), list(remove[:MOST_AT_ONCE])
        if not given and not taken:
            return
        tag_id = _tag_id(run)
        try:
            put = _told(run, tag_id, given, taken)
        except Refused as trouble:
            if trouble.status != NOT_FOUND or was_forgotten:
                raise
            # Somebody deleted it there: another is made, and nobody has that one yet.
            was_forgotten = True
            _forget_tag(run)
            continue
        run.members.filter(pk__in=[one.pk for one in taken]).update(is_tagged=False)
        # An address the tag is refused to has left in this moment; the next run asks who did.
        run.members.filter(pk__in=[one.pk for one in given]).update(is_tagged=True)
        for member in given:
            if problem := put.problems.get(member.email.lower()):
                run.members.filter(pk=member.pk).update(problem=problem[:300])


def _told(run: Run, tag_id: int, given: Sequence[Member], taken: Sequence[Member]) -> Put:
    add = [one.email for one in given]
    told = partial(
        run.mailchimp.set_tag, run.list_id, tag_id, add=add, remove=_tagged_by_nobody_else(run, taken)
    )
    # That somebody had no tag to be taken is no trouble.
    wanted = {email.lower() for email in add}
    return run.called(
        What.TAG, len(given) + len(taken), told, lambda answer: len(wanted & answer.problems.keys())
    )


def _tagged_by_nobody_else(run: Run, taken: Sequence[Member]) -> list[str]:
    """The addresses that no other contact with the same one still wants the tag for, in this store or another."""
    audience = run.audience
    others = Member.objects.filter(
        audience__list_id=run.list_id,
        audience__tag=audience.tag,
        email_canonical__in=[one.email_canonical for one in taken],
        contact__receive_mail_out=True,
    )
    kept = set(others.values_list("email_canonical", flat=True))
    return [one.email for one in taken if one.email_canonical not in kept]


def _tag_id(run: Run) -> int:
    if run.audience.tag_id is None:
        _set_tag_id(run, run.mailchimp.tag_id(run.list_id, run.audience.tag))
    found = run.audience.tag_id
    assert found is not None  # noqa: S101 - set above
    return found


def _forget_tag(run: Run) -> None:
    _set_tag_id(run, None)
    run.members.update(is_tagged=False)


def _set_tag_id(run: Run, tag_id: int | None) -> None:
    run.audience.tag_id = tag_id
    Audience.objects.filter(pk=run.audience.pk).update(tag_id=tag_id)
