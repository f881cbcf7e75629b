"""Uploading a file, and saying what its columns mean."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from tradedoor.core.sheets.encodings import ENCODINGS
from tradedoor.crm.models import ImportFile
from tradedoor.staff.uploads import PRODUCTS, Upload

SAMPLES = 3
ROWS = (
    ("both", _("Create new ones, and update those that are there")),
    ("create", _("Only create new ones; skip those that are there")),
    ("update", _("Only update those that are there; skip new ones")),
)


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label=_("What does the file hold?"), widget=forms.RadioSelect)
    file = forms.FileField(
        label=_("File"),
        error_messages={"required": _("Choose a file."), "empty": _("This file is empty.")},
        widget=forms.FileInput(
            attrs={
                "accept": ".csv,.tsv,.txt,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            }
        ),
    )

    def __init__(self, *args: Any, kinds: Sequence[tuple[str, str | Promise]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["kind"]).choices = kinds


class MappingForm(forms.Form):
    """A choice for each column of the file, and what is to happen with its rows."""

    rows = forms.ChoiceField(
        label=_("What happens with the rows?"), choices=ROWS, initial="both", widget=forms.RadioSelect
    )
    create_customers = forms.BooleanField(
        label=_("Create customers that the file names and the CRM does not have"), required=False
    )
    currency = forms.CharField(
        label=_("Currency of the prices"),
        max_length=3,
        required=False,
        help_text=_("Three letters, for prices that do not say their currency themselves."),
    )
    letters = forms.BooleanField(
        label=_("The letters in the samples look right"),
        required=False,
        error_messages={"required": _("Look at the samples and confirm that their letters are right.")},
    )

    def __init__(self, data: Mapping[str, Any] | None, *, upload: Upload) -> None:
        initial = _initial(upload)
        super().__init__(data, initial=initial)
        self.upload = upload
        self._keep_what_fits()
        choices = _choices(upload)
        for number, name in enumerate(upload.file.header):
            self.fields[f"c{number}"] = forms.ChoiceField(
                label=name or _("Column %(n)d") % {"n": number + 1},
                choices=choices,
                required=False,
                initial=upload.columns.get(number, ""),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        seen: dict[str, str] = {}
        for name in self.column_names:
            key = cleaned.get(name)
            if key and key in seen:
                self.add_error(
                    name,
                    _("Chosen already for the column “%(column)s”.")
                    % {"column": self.fields[seen[key]].label},
                )
            elif key:
                seen[key] = name
        return cleaned

    @property
    def column_names(self) -> list[str]:
        return [f"c{number}" for number in range(len(self.upload.file.header))]

    @property
    def mapping(self) -> dict[str, int]:
        chosen = {self.cleaned_data[name]: number for number, name in enumerate(self.column_names)}
        return {key: number for key, number in chosen.items() if key}

    def _keep_what_fits(self) -> None:
        is_products = self.upload.kind == PRODUCTS
        if is_products:
            del self.fields["rows"]
        else:
            del self.fields["currency"]
        if self.upload.kind != ImportFile.Kind.CONTACTS:
            del self.fields["create_customers"]
        if self.upload.must_confirm_encoding:
            self.fields["letters"].required = True
        else:
            del self.fields["letters"]


class ReadingForm(forms.Form):
    """How the file is to be read: its letters, and which sheet of a workbook."""

    encoding = forms.ChoiceField(
        label=_("Letters are written in"), choices=[(name, name) for name in ENCODINGS]
    )
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)

    def __init__(self, data: Mapping[str, Any] | None, *, upload: Upload, sheets: Sequence[str]) -> None:
        file = upload.file
        super().__init__(data, initial={"encoding": file.encoding, "sheet": getattr(file, "sheet", "")})
        if not upload.can_choose_encoding:
            del self.fields["encoding"]
        if len(sheets) > 1:
            cast("forms.ChoiceField", self.fields["sheet"]).choices = [(name, name) for name in sheets]
        else:
            del self.fields["sheet"]


def _initial(upload: Upload) -> dict[str, Any]:
    file = upload.file
    if not isinstance(file, ImportFile):
        return {"currency": file.currency}
    create, update = file.options.get("create", True), file.options.get("update", True)
    rows = "both" if create and update else ("create" if create else "update")
    return {"rows": rows, "create_customers": file.options.get("create_customers", False)}


def _choices(upload: Upload) -> list[Any]:
    groups = [
        (group, [(target.key, capfirst(str(target.label))) for target in targets])
        for group, targets in upload.targets()
        if targets
    ]
    return [("", _("Do not import")), *groups]
