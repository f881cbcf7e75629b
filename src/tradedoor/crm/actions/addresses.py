"""Writing the postal addresses of a customer so that departments which point at them keep them."""

from collections.abc import Sequence

from tradedoor.crm.fields import ADDRESS_FIELDS, AddressData, address_values
from tradedoor.crm.models import Address, Customer


def set_billing_address(customer: Customer, given: AddressData | None) -> bool:
    """Make `given` the billing address, none if nothing is in it; return whether that changed anything."""
    return _set_kind(customer, Address.Kind.BILLING, [given] if given else [])


def set_delivery_addresses(customer: Customer, given: Sequence[AddressData]) -> bool:
    """Make `given` the delivery addresses, the first of them the default; return whether that changed anything."""
    return _set_kind(customer, Address.Kind.DELIVERY, given)


def set_contact_address(
    customer: Customer, present: Address | None, given: AddressData | None
) -> Address | None:
    """The address row that says `given`: the present one, changed if need be, a new one, or none."""
    values = address_values(given) if given else {}
    if not values:
        if present is not None and present.kind == Address.Kind.CONTACT:
            present.delete()
        return None
    if present is None or present.kind != Address.Kind.CONTACT:
        return Address.objects.create(customer=customer, kind=Address.Kind.CONTACT, **values)
    _rewrite(present, values, is_default=False)
    return present


def _set_kind(customer: Customer, kind: Address.Kind, given: Sequence[AddressData]) -> bool:
    wanted = [values for data in given if (values := address_values(data))]
    present = list(Address.objects.filter(customer=customer, kind=kind).order_by("-is_default", "pk"))
    if [_values_of(row) for row in present] == wanted and [row.is_default for row in present] == [
        number == 0 for number in range(len(wanted))
    ]:
        return False
    # Only one row may be the default at any moment, so none is while they change places.
    Address.objects.filter(customer=customer, kind=kind, is_default=True).update(is_default=False)
    for number, (values, row) in enumerate(zip(wanted, _paired(present, wanted), strict=True)):
        if row is None:
            Address.objects.create(customer=customer, kind=kind, is_default=number == 0, **values)
        else:
            row.is_default = False
            _rewrite(row, values, is_default=number == 0)
    return True


def _paired(present: list[Address], wanted: list[dict[str, str]]) -> list[Address | None]:
    """A present row for each wanted address: the one that says it already, else one left over; the rest go."""
    left = list(present)
    pairs: list[Address | None] = []
    for values in wanted:
        same = next((row for row in left if _values_of(row) == values), None)
        if same is not None:
            left.remove(same)
        pairs.append(same)
    pairs = [row or (left.pop(0) if left else None) for row in pairs]
    Address.objects.filter(pk__in=[row.pk for row in left]).delete()
    return pairs


def _values_of(row: Address) -> dict[str, str]:
    return {name: getattr(row, name) for name in ADDRESS_FIELDS}


def _rewrite(row: Address, values: dict[str, str], *, is_default: bool) -> None:
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if row.is_default != is_default:
        row.is_default = is_default
        changed.append("is_default")
    if changed:
        row.save(update_fields=changed)
