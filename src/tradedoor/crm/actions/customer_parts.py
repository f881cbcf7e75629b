"""What comes along when customers become one: addresses, departments and tags, which are few."""

from collections.abc import Sequence

from django.db.models import BigIntegerField, Case, F, Value, When

from tradedoor.core.bulk import insert_many
from tradedoor.crm.fields import ADDRESS_FIELDS
from tradedoor.crm.models import Address, Customer, CustomerTag, Department

POINTERS = ("delivery_address_id", "invoice_address_id", "default_contact_id", "approver_id")


def bring_addresses(kept: Customer, merging: Sequence[Customer]) -> None:
    """Delivery addresses come along unless the survivor has the same."""
    present = {
        tuple(lines_of(row).values()): row
        for row in Address.objects.filter(customer=kept, kind=Address.Kind.DELIVERY).order_by("-pk")
    }
    had_default = any(row.is_default for row in present.values())
    coming = []
    for row in Address.objects.filter(customer__in=merging, kind=Address.Kind.DELIVERY).order_by(
        "customer_id", "-is_default", "pk"
    ):
        same = present.setdefault(tuple(lines_of(row).values()), row)
        if same is row:
            coming.append(row)
            continue
        Department.objects.filter(delivery_address=row).update(delivery_address=same)
        Department.objects.filter(invoice_address=row).update(invoice_address=same)
    keys = [row.pk for row in coming]
    Address.objects.filter(pk__in=keys).update(is_default=False)
    Address.objects.filter(pk__in=keys).update(customer=kept)
    if keys and not had_default:
        Address.objects.filter(pk=keys[0]).update(is_default=True)


def bring_departments(kept: Customer, merging: Sequence[Customer]) -> None:
    """Departments come along; of two with one name, and of the Mains, the survivor's holds the people of both."""
    own = list(Department.objects.filter(customer=kept).order_by("pk"))
    main = next(row for row in own if row.is_main)
    by_name = {row.name_key: row for row in own}
    coming = []
    for row in Department.objects.filter(customer__in=merging).order_by("customer_id", "pk"):
        target = main if row.is_main else by_name.setdefault(row.name_key, row)
        if target is row:
            coming.append(row.pk)
        else:
            _fold_department(row, target)
    Department.objects.filter(pk__in=coming).update(customer=kept)


def _fold_department(row: Department, target: Department) -> None:
    written = [name for name in POINTERS if getattr(target, name) is None and getattr(row, name) is not None]
    for name in written:
        setattr(target, name, getattr(row, name))
    if target.archived_at is not None and row.archived_at is None:
        target.archived_at = None
        written.append("archived_at")
    if written:
        target.save(update_fields=[name.removesuffix("_id") for name in written])
    # What it pointed at belongs to the survivor from now on.
    Department.objects.filter(pk=row.pk).update(**dict.fromkeys(POINTERS))


def bring_tags(kept: Customer, merging: Sequence[Customer]) -> None:
    labels = CustomerTag.objects.filter(customer__in=merging).order_by("pk").values_list("label", flat=True)
    wanted = {label.casefold(): label for label in reversed(labels)}
    for label in CustomerTag.objects.filter(customer=kept).values_list("label", flat=True):
        wanted.pop(label.casefold(), None)
    insert_many(CustomerTag, ["customer", "label"], [(kept.pk, label) for label in wanted.values()])


def department_there(kept: Customer, merging: Sequence[Customer]) -> Case:
    """The department of the survivor for each of a contact's: one that came along, or the one it became part of."""
    own = list(Department.objects.filter(customer=kept).order_by("pk"))
    main = next(row for row in own if row.is_main)
    by_name = {row.name_key: row for row in own}
    # The survivor's may have been called otherwise since the merge began.
    left = Department.objects.filter(customer__in=merging).order_by("pk")
    whens = [
        When(department=row.pk, then=Value(main.pk if row.is_main else by_name.get(row.name_key, main).pk))
        for row in left
    ]
    return Case(*whens, default=F("department_id"), output_field=BigIntegerField())


def lines_of(row: Address) -> dict[str, str]:
    return {name: getattr(row, name) for name in ADDRESS_FIELDS}
