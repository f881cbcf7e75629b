"""What the CRM refuses, each with its stable code."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from tradedoor.core.errors import Conflict, Invalid, NotFound


class NoSuchCustomer(NotFound):
    code = "no_such_customer"
    sentence = _("There is no such customer.")


class NoSuchDepartment(NotFound):
    code = "no_such_department"
    sentence = _("There is no such department.")


class NoSuchContact(NotFound):
    code = "no_such_contact"
    sentence = _("There is no such contact.")


class NoSuchImport(NotFound):
    code = "no_such_import"
    sentence = _("There is no such import.")


class ChangedMeanwhile(Conflict):
    """Somebody saved the row after the form was opened; `data["by"]` names them where the audit knows."""

    code = "changed_meanwhile"

    def __init__(self, *, by: str) -> None:
        sentence = (
            _("%(name)s changed this while you were editing. Nothing was saved.") % {"name": by}
            if by
            else _("This was changed while you were editing. Nothing was saved.")
        )
        super().__init__(sentence, data={"by": by})


class IsArchived(Conflict):
    code = "archived"
    sentence = _("This is archived. Restore it first.")


class CodeTaken(Invalid):
    code = "code_taken"

    def __init__(self, *, customer: str) -> None:
        super().__init__(
            _("%(name)s has this code already.") % {"name": customer},
            field="code",
            data={"customer": customer},
        )


class EmailTakenInCustomer(Invalid):
    code = "email_taken_in_customer"

    def __init__(self, *, contact: str) -> None:
        super().__init__(
            _("%(name)s of this customer has this email already.") % {"name": contact},
            field="email",
            data={"contact": contact},
        )


class EmailElsewhere(Conflict):
    """Contacts of other customers have the email; saving wants a confirmation."""

    code = "email_elsewhere"

    def __init__(self, *, names: Sequence[str]) -> None:
        super().__init__(
            _("This email belongs also to %(names)s. Save again to confirm that it is the same person.")
            % {"names": "; ".join(names)},
            field="email",
            data={"names": list(names)},
        )


class NameTaken(Invalid):
    code = "name_taken"
    sentence = _("This name is taken already.")


class MainDepartment(Conflict):
    code = "main_department"
    sentence = _("Main is where contacts without another department belong. It cannot be archived.")


class DepartmentInUse(Conflict):
    code = "department_in_use"
    sentence = _("Contacts belong to this department. Move them to another one first.")


class OtherCustomer(Invalid):
    code = "other_customer"
    sentence = _("This belongs to another customer.")


class CustomerArchived(Conflict):
    code = "customer_archived"
    sentence = _("The customer is archived. Restore it first.")


class NothingToMerge(Invalid):
    code = "nothing_to_merge"
    sentence = _("Choose another one to merge with.")


class MergedElsewhere(Conflict):
    """One of the rows was merged into another one before."""

    code = "merged_elsewhere"

    def __init__(self, *, name: str, into: str) -> None:
        super().__init__(
            _("%(name)s was merged into %(into)s already.") % {"name": name, "into": into},
            data={"name": name, "into": into},
        )


class BeingMerged(Conflict):
    """The customer goes over to another one, batch by batch: until that is done nothing of it is changed."""

    code = "being_merged"

    def __init__(self, *, name: str, into: str) -> None:
        super().__init__(
            _("%(name)s is being merged into %(into)s. Wait until that is done, and make the change there.")
            % {"name": name, "into": into},
            data={"name": name, "into": into},
        )


class TakesOthersIn(Conflict):
    """Other customers are being merged into this one."""

    code = "takes_others_in"

    def __init__(self, *, name: str) -> None:
        super().__init__(
            _("Others are being merged into %(name)s. Wait until that is done.") % {"name": name},
            data={"name": name},
        )
