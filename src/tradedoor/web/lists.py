"""Lists: search, filters, sorting and keyset pages of any queryset, all of it in the address.

    CONTACTS = ListSpec(
        sorts={
            "name": Sort(_("Name"), "last_name", "first_name"),
            "seen": Sort(_("Last sign-in"), "-seen_at"),  # newest first
        },
        filters=[
            Filter("status", _("Status"), with_status, options=Status.choices),
            Filter("customer", _("Customer"), of_customer_named),
        ],
        search=matching,
        keep=("tab",),
    )
    page = build_list(request.GET, CONTACTS, contacts_for(actor=request.actor))

Two queries whatever the size: the rows of the page, and a count that stops at 1,000 (three or four with a
search: see `lists_reading`). A page begins after a row
(`keyset`), not at an offset, so page 4,000 costs what page 1 costs, and rows that come or go do not shift it.
What is wrong in an address (a stale cursor, an unknown filter) is passed over, never an error.

Sort fields must not be null: wrap an annotation in `Coalesce`. The key is added as the last sort field.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tradedoor.web.formats import number
from tradedoor.web.keyset import Order, read_cursor, write_cursor
from tradedoor.web.lists_reading import COUNT_LIMIT, Rows, Sorted, found

LONGEST_VALUE = 200

Row = TypeVar("Row", bound=Model)
Apply = Callable[[QuerySet[Any], str], QuerySet[Any]]
Choices = Sequence[tuple[Any, str | Promise]]


class Sort:
    """An order with a name. A field that begins with `-` runs downwards; the address may turn all round.

    `walked` says that the whole table has an index in this order, whatever else narrows the list; not `indexed`, that
    even the whole list has none, so that all its rows are sorted for each page.
    """

    def __init__(
        self, label: str | Promise, *fields: str, walked: bool = False, indexed: bool = True
    ) -> None:
        self.label = label
        self.fields = fields
        self.walked = walked
        self.indexed = indexed


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: `apply(queryset, value)`. With `options` only their values are let through.

    Without, the value is typed, and `kind` is the input's type ("search", "date"). An `apply` that raises
    `ValueError` for what was typed is passed over.
    """

    key: str
    label: str | Promise
    apply: Apply
    options: Choices | Callable[[], Choices] | None = None
    kind: str = "search"

    def choices(self) -> list[tuple[str, str]]:
        options = self.options() if callable(self.options) else self.options or ()
        return [(str(value), str(label)) for value, label in options]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSpec:
    """What a list can do. The first sort is the default; `keep` names other parameters that stay.

    `search_few` is `search` for rows that are few already; with it, words that very many rows have are looked for
    by walking along a sort that is `walked`, among the rows that `search_along` leaves of the whole table.
    """

    sorts: Mapping[str, Sort]
    filters: Sequence[Filter] = ()
    search: Apply | None = None
    search_few: Apply | None = None
    search_along: Apply | None = None
    page_size: int = 25
    keep: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ShownOption:
    label: str
    url: str
    selected: bool


@dataclass(frozen=True, slots=True)
class ShownFilter:
    """A filter as its chip shows it; `hidden` is what its own form carries along."""

    key: str
    label: str
    kind: str
    value: str
    value_label: str
    clear_url: str
    options: list[ShownOption]
    hidden: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ShownSort:
    """`direction` is "ascending", "descending", or empty where the list is not in this order."""

    key: str
    label: str
    direction: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage(Generic[Row]):
    """One page of a list, and everything that the list's templates show."""

    rows: list[Row]
    count: int
    count_text: str
    position: str
    previous_url: str | None
    next_url: str | None
    has_search: bool
    query: str
    search_hidden: list[tuple[str, str]]
    filters: list[ShownFilter]
    sorts: list[ShownSort]
    clear_url: str
    querystring: str
    is_narrowed: bool

    def sort(self, key: str) -> ShownSort | None:
        return next((sort for sort in self.sorts if sort.key == key), None)


def build_list(
    data: Mapping[str, str], spec: ListSpec, queryset: QuerySet[Row], *, total: int | None = None
) -> ListPage[Row]:
    """The page that the address asks for. A known `total` saves the count where nothing narrows the list."""
    asked = _Asked(data, spec)
    rows = asked.rows_of(queryset)
    page, start, previous_cursor, next_cursor = _cut(asked, rows, data)
    known = total if total is not None and not asked.is_narrowed else None
    count = rows.count() if known is None else known
    is_capped = known is None and count > COUNT_LIMIT
    count_text = f"{number(COUNT_LIMIT)}+" if is_capped else number(count)
    return ListPage(
        rows=page,
        count=count,
        count_text=count_text,
        position=_position(start, len(page), count_text),
        previous_url=asked.url(before=previous_cursor) if previous_cursor else None,
        next_url=asked.url(after=next_cursor) if next_cursor else None,
        has_search=spec.search is not None,
        query=asked.query,
        search_hidden=list(asked.parameters(q=None).items()),
        filters=[asked.shown_filter(item) for item in spec.filters],
        sorts=[asked.shown_sort(key) for key in spec.sorts],
        clear_url="?" + urlencode(asked.kept),
        querystring=urlencode(asked.parameters()),
        is_narrowed=asked.is_narrowed,
    )


def select_rows(
    data: QueryDict, spec: ListSpec, queryset: QuerySet[Row], *, key: str = "pk"
) -> QuerySet[Row]:
    """What a bulk bar's form chose: the rows whose boxes were ticked, or with `all` whatever the list's
    `query` finds now. Values of `key` that cannot be any are passed over."""
    if data.get("all"):
        return _Asked(QueryDict(data.get("query", "")), spec).narrow(queryset)
    columns = queryset.model._meta  # noqa: SLF001  # public by Django's own documentation
    field = columns.pk if key == "pk" else columns.get_field(key)
    chosen = []
    for text in data.getlist("id"):
        try:
            chosen.append(field.to_python(text))  # type: ignore[union-attr]  # a plain field
        except ValidationError:
            continue
    return queryset.filter(**{f"{key}__in": chosen})


class _Asked:
    """The address read against the spec: what the list knows is kept, everything else dropped."""

    def __init__(self, data: Mapping[str, str], spec: ListSpec) -> None:
        self.spec = spec
        default = next(iter(spec.sorts))
        wanted = _clean(data.get("sort", ""))
        known = wanted.removeprefix("-") in spec.sorts
        self.turned = known and wanted.startswith("-")
        self.sort_key = wanted.removeprefix("-") if known else default
        self.is_default_sort = self.sort_key == default and not self.turned
        self.query = _clean(data.get("q", "")) if spec.search else ""
        self.kept = {key: _clean(data[key]) for key in spec.keep if data.get(key)}
        self.choices = {item.key: item.choices() for item in spec.filters if item.options is not None}
        self.values = {}
        for item in spec.filters:
            value = _clean(data.get(item.key, ""))
            if value and (item.options is None or value in dict(self.choices[item.key])):
                self.values[item.key] = value

    @property
    def is_narrowed(self) -> bool:
        return bool(self.query or self.values)

    @property
    def order(self) -> Order:
        return Order.of(self.sort_key, self.spec.sorts[self.sort_key].fields, turned=self.turned)

    def rows_of(self, queryset: QuerySet[Row]) -> Rows[Row]:
        """The rows asked for, read in the way that suits how many a search finds."""
        if not (self.query and self.spec.search):
            rows = self.narrow(queryset)
            if self.spec.sorts[self.sort_key].indexed:
                return Rows(queryset=rows)
            return Sorted(queryset=rows, of=queryset)
        walked = self.spec.search_few if self.spec.sorts[self.sort_key].walked else None
        near = self.narrow(queryset, search=walked) if walked else None
        along = queryset.model._default_manager.all()  # noqa: SLF001 - of Django
        if self.spec.search_along:
            along = self.spec.search_along(along, self.query)
        return found(self.narrow(queryset), of=queryset, near=near, along=along)

    def narrow(self, queryset: QuerySet[Row], *, search: Apply | None = None) -> QuerySet[Row]:
        search = search or self.spec.search
        if self.query and search:
            queryset = search(queryset, self.query)
        for item in self.spec.filters:
            if item.key in self.values:
                try:
                    queryset = item.apply(queryset, self.values[item.key])
                except (ValueError, TypeError, OverflowError, ValidationError):
                    del self.values[item.key]
        return queryset

    def parameters(self, **changes: str | None) -> dict[str, str]:
        sort = None if self.is_default_sort else ("-" if self.turned else "") + self.sort_key
        merged: dict[str, str | None] = {**self.kept, "q": self.query, **self.values, "sort": sort, **changes}
        return {key: value for key, value in merged.items() if value}

    def url(self, **changes: str | None) -> str:
        return "?" + urlencode(self.parameters(**changes))

    def shown_filter(self, item: Filter) -> ShownFilter:
        value = self.values.get(item.key, "")
        choices = self.choices.get(item.key, [])
        return ShownFilter(
            key=item.key,
            label=str(item.label),
            kind=item.kind,
            value=value,
            value_label=dict(choices).get(value, value),
            clear_url=self.url(**{item.key: None}),
            options=[
                ShownOption(text, self.url(**{item.key: known}), known == value) for known, text in choices
            ],
            hidden=list(self.parameters(**{item.key: None}).items()),
        )

    def shown_sort(self, key: str) -> ShownSort:
        current = key == self.sort_key
        downwards = self.spec.sorts[key].fields[0].startswith("-") != (current and self.turned)
        direction = "descending" if downwards else "ascending"
        turn = current and not self.turned
        is_plain_default = key == next(iter(self.spec.sorts)) and not turn
        return ShownSort(
            key=key,
            label=str(self.spec.sorts[key].label),
            direction=direction if current else "",
            url=self.url(sort=None if is_plain_default else ("-" if turn else "") + key),
        )


def _cut(
    asked: _Asked, source: Rows[Row], data: Mapping[str, str]
) -> tuple[list[Row], int, str | None, str | None]:
    """The rows of the page, the place of its first, and the cursors of the pages before and behind it."""
    order, size = asked.order, asked.spec.page_size
    for name, walk in (("after", order), ("before", order.reversed())):
        cursor = read_cursor(data.get(name, ""), order)
        if cursor is None:
            continue
        rows = source.read(walk, size + 1, cursor)
        if not rows:
            break  # what stood there is gone: show the beginning
        more, rows = len(rows) > size, rows[:size]
        if name == "after":
            return _page(order, rows, start=cursor.start, before=True, behind=more)
        rows.reverse()
        start = max(1, cursor.start - len(rows)) if more else 1
        return _page(order, rows, start=start, before=more, behind=True)
    rows = source.read(order, size + 1)
    return _page(order, rows[:size], start=1, before=False, behind=len(rows) > size)


def _page(
    order: Order, rows: list[Row], *, start: int, before: bool, behind: bool
) -> tuple[list[Row], int, str | None, str | None]:
    previous = write_cursor(order, rows[0], start=start) if before and rows else None
    following = write_cursor(order, rows[-1], start=start + len(rows)) if behind and rows else None
    return rows, start, previous, following


def _position(start: int, length: int, count_text: str) -> str:
    if not length:
        return ""
    return _("%(first)s–%(last)s of %(count)s") % {
        "first": number(start),
        "last": number(start + length - 1),
        "count": count_text,
    }


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()[:LONGEST_VALUE]
