"""Which column fills which field: by the headers that other systems really write."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradedoor.core.errors import Invalid
from tradedoor.core.sheets.aliases import CONTACT, CUSTOMER, PRODUCT, pick
from tradedoor.core.sheets.mapping import Target, check_mapping, fold, guess_mapping, parse_mapping
from tradedoor.core.sheets.reading import open_sheet

TARGETS = [
    Target("code", "Customer code", required=True, aliases=("account number",)),
    Target("name", "Company", required=True, aliases=("company name",)),
    Target("email", "Email", pattern=r"[^\s@]+@[^\s@]+"),
]


def named(
    header: list[str], targets: tuple[Target, ...], samples: list[list[str]] | None = None
) -> dict[str, str]:
    return {key: header[at] for key, at in guess_mapping(header, targets, samples=samples).items()}


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("BillingStreet", "billing street"),
        ("billing_street", "billing street"),
        ("Billing  Street*", "billing street"),
        ("VATNumber", "vat number"),
        ("Prénom", "prenom"),
        ("State/Province", "state province"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("", ""),
    ],
)
def test_names_are_compared_without_case_accents_and_punctuation(name: str, folded: str) -> None:
    assert fold(name) == folded


def test_an_own_name_goes_before_an_alias_and_an_alias_before_a_part() -> None:
    header = ["Head office email contact", "Account number", "CODE", "Company name", "Company"]
    assert guess_mapping(header, TARGETS) == {"code": 2, "name": 4, "email": 0}


def test_one_column_serves_one_target() -> None:
    targets = [Target("a", "A", aliases=("name",)), Target("b", "B", aliases=("name",))]
    assert guess_mapping(["Name"], targets) == {"a": 0}
    assert guess_mapping(["Name", "Name "], targets) == {"a": 0, "b": 1}


def test_a_column_beside_the_field_is_not_taken_for_it() -> None:
    header = ["Email opt out", "Email status", "Last email date", "Unsubscribed from all email"]
    assert guess_mapping(header, TARGETS) == {}


def test_title_is_the_job_where_there_is_a_salutation() -> None:
    assert named(["Salutation", "First Name", "Title"], CONTACT)["job_title"] == "Title"
    assert named(["Title", "Job Title"], CONTACT) == {"title": "Title", "job_title": "Job Title"}


def test_samples_tell_a_title_from_a_job() -> None:
    assert named(["Title"], CONTACT, [["Sales Director"], ["Owner"]]) == {"job_title": "Title"}
    assert named(["Title"], CONTACT, [["Mr."], ["Dr"], [""]]) == {"title": "Title"}


def test_samples_find_a_column_that_no_name_gives_away() -> None:
    header = ["Company", "Reach them at", "Empty"]
    assert (
        guess_mapping(header, TARGETS, samples=[["Acme", "ann@acme.example"], ["Bolt", "b@bolt.example"]])[
            "email"
        ]
        == 1
    )
    assert "email" not in guess_mapping(["Email"], TARGETS, samples=[["yes"], ["no"]])
    assert "email" not in guess_mapping(["x", "y"], TARGETS, samples=[["a@b", "c@d"]])


def test_columns_taken_by_another_kind_of_thing_are_left_alone() -> None:
    assert guess_mapping(["Email", "E-mail"], [Target("email", "Email", aliases=("e-mail",))], taken={0}) == {
        "email": 1
    }


def test_one_file_of_companies_and_persons_maps_as_both() -> None:
    header = ["Account Number", "Account Name", "Billing City", "First Name", "Last Name", "Email"]
    people = guess_mapping(
        header, pick(CONTACT, keys={"customer_code", "customer_name", "email", "first_name", "last_name"})
    )
    assert people == {"customer_code": 0, "customer_name": 1, "email": 5, "first_name": 3, "last_name": 4}
    assert guess_mapping(header, CUSTOMER, taken={3, 4, 5}) == {"code": 0, "name": 1, "billing_city": 2}


CUSTOMER_EXPORTS: dict[str, dict[str, str]] = {
    "hubspot": {
        "code": "Record ID",
        "name": "Company name",
        "phone": "Phone Number",
        "website": "Website URL",
        "account_manager": "Company owner",
        "status": "Lifecycle Stage",
        "billing_line1": "Street Address",
        "billing_line2": "Street Address 2",
        "billing_city": "City",
        "billing_region": "State/Region",
        "billing_postcode": "Postal Code",
        "billing_country": "Country/Region",
    },
    "salesforce report": {
        "code": "Account Number",
        "name": "Account Name",
        "phone": "Phone",
        "website": "Website",
        "account_manager": "Account Owner",
        "billing_line1": "Billing Street",
        "billing_city": "Billing City",
        "billing_region": "Billing State/Province",
        "billing_postcode": "Billing Zip/Postal Code",
        "billing_country": "Billing Country",
        "delivery_line1": "Shipping Street",
        "delivery_city": "Shipping City",
        "delivery_region": "Shipping State/Province",
        "delivery_postcode": "Shipping Zip/Postal Code",
        "delivery_country": "Shipping Country",
    },
    "salesforce api": {
        "code": "AccountNumber",
        "name": "Name",
        "billing_line1": "BillingStreet",
        "billing_postcode": "BillingPostalCode",
        "delivery_region": "ShippingState",
        "currency": "CurrencyIsoCode",
        "notes": "Description",
    },
    "odoo": {
        "code": "Reference",
        "name": "Display Name",
        "email": "Email",
        "phone": "Phone",
        "tax_id": "Tax ID",
        "billing_line1": "Street",
        "billing_line2": "Street2",
        "billing_postcode": "Zip",
        "account_manager": "Salesperson",
        "payment_terms": "Customer Payment Terms",
        "price_tier": "Pricelist",
        "tags": "Tags",
    },
    "zoho": {
        "name": "Account Name",
        "code": "Account Number",
        "account_manager": "Account Owner",
        "billing_postcode": "Billing Code",
        "billing_region": "Billing State",
        "delivery_line1": "Shipping Street",
        "delivery_postcode": "Shipping Code",
    },
    "shopify": {
        "name": "Default Address Company",
        "billing_line1": "Default Address Address1",
        "billing_line2": "Default Address Address2",
        "billing_city": "Default Address City",
        "billing_region": "Default Address Province Code",
        "billing_country": "Default Address Country Code",
        "billing_postcode": "Default Address Zip",
        "notes": "Note",
        "tags": "Tags",
    },
    "hexicom": {
        "code": "Customer Code",
        "name": "Customer Name",
        "price_tier": "Price Level",
        "payment_terms": "Terms",
        "delivery_line1": "Delivery Address 1",
        "delivery_city": "Delivery Suburb City",
        "delivery_postcode": "Delivery Postcode",
    },
    "cin7": {
        "code": "Account Code",
        "name": "Company",
        "billing_line1": "Billing Address 1",
        "billing_postcode": "Billing Postcode",
        "delivery_line1": "Delivery Address 1",
        "delivery_city": "Delivery City",
        "delivery_region": "Delivery State",
        "price_tier": "Price Column",
        "tax_id": "Tax Number",
        "account_manager": "Sales Rep",
    },
}

CONTACT_EXPORTS: dict[str, dict[str, str]] = {
    "hubspot": {
        "first_name": "First Name",
        "last_name": "Last Name",
        "email": "Email",
        "phone": "Phone Number",
        "mobile": "Mobile Phone Number",
        "job_title": "Job Title",
        "customer_name": "Associated Company",
        "customer_code": "Associated Company IDs",
        "subscribed": "Marketing contact status",
    },
    "salesforce": {
        "title": "Salutation",
        "first_name": "First Name",
        "last_name": "Last Name",
        "job_title": "Title",
        "customer_name": "Account Name",
        "department": "Department",
        "mobile": "Mobile",
        "line1": "Mailing Street",
        "city": "Mailing City",
        "postcode": "Mailing Zip/Postal Code",
        "country": "Mailing Country",
    },
    "odoo": {
        "full_name": "Name",
        "job_title": "Job Position",
        "customer_name": "Related Company",
        "mobile": "Mobile",
    },
    "odoo technical": {
        "job_title": "function",
        "customer_name": "parent_id/name",
        "customer_code": "parent_id/ref",
    },
    "zoho": {
        "full_name": "Contact Name",
        "customer_name": "Account Name",
        "line1": "Mailing Street",
        "postcode": "Mailing Zip",
    },
    "shopify": {
        "first_name": "First Name",
        "last_name": "Last Name",
        "email": "Email",
        "subscribed": "Accepts Email Marketing",
        "customer_name": "Default Address Company",
        "phone": "Phone",
    },
    "hexicom": {
        "customer_code": "Customer Code",
        "first_name": "First Name",
        "subscribed": "Subscribed User",
        "receive_mail_out": "Receive Mail Out",
    },
    "cin7": {
        "customer_name": "Company",
        "first_name": "First Name",
        "job_title": "Job Title",
        "mobile": "Mobile",
    },
}

PRODUCT_EXPORTS: dict[str, dict[str, str]] = {
    "salesforce": {"sku": "Product Code", "name": "Product Name", "description": "Product Description", "category": "Product Family", "published": "Active"},
    "odoo": {"sku": "Internal Reference", "name": "Name", "price": "Sales Price", "cost": "Cost", "stock": "Quantity On Hand", "unit": "Unit of Measure", "barcode": "Barcode", "category": "Product Category"},
    "zoho": {"sku": "Product Code", "name": "Product Name", "price": "Unit Price", "stock": "Qty in Stock", "brand": "Manufacturer", "unit": "Usage Unit", "category": "Product Category", "published": "Product Active"},
    "cin7": {"sku": "Code", "name": "Product Name", "brand": "Brand", "category": "Category", "subcategory": "Sub Category", "stock": "SOH", "option1_value": "Option 1", "price": "Retail Price"},
    "hubspot": {"sku": "SKU", "name": "Name", "description": "Product description", "price": "Unit price"},
}  # fmt: skip


@pytest.mark.parametrize("system", CUSTOMER_EXPORTS)
def test_customers_of_other_systems_map_themselves(system: str) -> None:
    assert named(list(CUSTOMER_EXPORTS[system].values()), CUSTOMER) == CUSTOMER_EXPORTS[system]


@pytest.mark.parametrize("system", CONTACT_EXPORTS)
def test_contacts_of_other_systems_map_themselves(system: str) -> None:
    assert named(list(CONTACT_EXPORTS[system].values()), CONTACT) == CONTACT_EXPORTS[system]


@pytest.mark.parametrize("system", PRODUCT_EXPORTS)
def test_products_of_other_systems_map_themselves(system: str) -> None:
    assert named(list(PRODUCT_EXPORTS[system].values()), PRODUCT) == PRODUCT_EXPORTS[system]


@pytest.mark.parametrize("targets", [CUSTOMER, CONTACT, PRODUCT], ids=["customer", "contact", "product"])
def test_our_own_keys_and_labels_map_to_themselves(targets: tuple[Target, ...]) -> None:
    keys = [target.key for target in targets]
    assert len(set(keys)) == len(keys)
    assert guess_mapping(keys, targets) == {key: at for at, key in enumerate(keys)}
    assert guess_mapping([str(target.label) for target in targets], targets) == {
        key: at for at, key in enumerate(keys)
    }


def test_targets_are_picked_and_the_needed_ones_marked() -> None:
    picked = pick(CONTACT, keys={"email", "first_name"}, required={"email"})
    assert [(target.key, target.required) for target in picked] == [("email", True), ("first_name", False)]


@pytest.mark.real_data
def test_every_column_of_the_resellers_is_mapped(shared_data: Path) -> None:
    sheet = open_sheet(shared_data / "adventure-works" / "resellers.csv", name="resellers.csv")
    assert named(sheet.header, CUSTOMER, [row.cells for row in sheet.preview()]) == {
        "code": "Account Number",
        "name": "Company",
        "billing_line1": "Street",
        "billing_line2": "Street 2",
        "billing_city": "City",
        "billing_region": "State/Province",
        "billing_postcode": "Postal Code",
        "billing_country": "Country",
        "delivery_line1": "Ship Street",
        "delivery_line2": "Ship Street 2",
        "delivery_city": "Ship City",
        "delivery_region": "Ship State/Province",
        "delivery_postcode": "Ship Postal Code",
        "delivery_country": "Ship Country",
    }
    assert sheet.count() == 701
    assert [row.problem for row in sheet.rows() if row.problem] == []


@pytest.mark.real_data
def test_every_column_of_the_resellers_contacts_is_mapped(shared_data: Path) -> None:
    sheet = open_sheet(shared_data / "adventure-works" / "reseller-contacts.csv", name="contacts.csv")
    assert named(sheet.header, CONTACT, [row.cells for row in sheet.preview()]) == {
        "customer_code": "Account Number",
        "customer_name": "Company",
        "email": "Email",
        "first_name": "First Name",
        "middle_name": "Middle Name",
        "last_name": "Last Name",
        "suffix": "Suffix",
        "title": "Title",
        "job_title": "Job Title",
        "phone": "Phone",
        "phone_type": "Phone Type",
        "receive_mail_out": "Email Promotion",
    }
    assert [row.problem for row in sheet.rows() if row.problem] == []


@pytest.mark.real_data
def test_every_column_of_the_products_is_mapped(shared_data: Path) -> None:
    sheet = open_sheet(shared_data / "adventure-works" / "products.csv", name="products.csv")
    assert named(sheet.header, PRODUCT) == {
        "sku": "SKU",
        "name": "Name",
        "model": "Model",
        "description": "Description",
        "category": "Category",
        "subcategory": "Subcategory",
        "price": "List Price",
        "stock": "Stock",
        "weight": "Weight",
        "colour": "Colour",
        "size": "Size",
    }
    assert [row.problem for row in sheet.rows() if row.problem] == []


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["apparel.csv", "home-and-garden.csv", "jewelery.csv"])
def test_all_that_a_shopify_export_says_of_a_product_is_mapped(shared_data: Path, name: str) -> None:
    sheet = open_sheet(shared_data / "shopify-products" / name, name=name)
    found = named(sheet.header, PRODUCT, [row.cells for row in sheet.preview()])
    assert found == {
        "sku": "Variant SKU",
        "name": "Title",
        "handle": "Handle",
        "description": "Body (HTML)",
        "category": "Type",
        "brand": "Vendor",
        "price": "Variant Price",
        "compare_at_price": "Variant Compare At Price",
        "stock": "Variant Inventory Qty",
        "weight_grams": "Variant Grams",
        "weight_unit": "Variant Weight Unit",
        "tags": "Tags",
        "published": "Published",
        "barcode": "Variant Barcode",
        "image": "Image Src",
        "image_position": "Image Position",
        "image_alt": "Image Alt Text",
        "variant_image": "Variant Image",
        "option1_name": "Option1 Name",
        "option1_value": "Option1 Value",
        "option2_name": "Option2 Name",
        "option2_value": "Option2 Value",
        "option3_name": "Option3 Name",
        "option3_value": "Option3 Value",
    } | ({"cost": "Cost per item"} if "Cost per item" in sheet.header else {})
    assert [row.problem for row in sheet.rows() if row.problem] == []


HEADER = ["Account Number", "Company", "E-mail", "E mail"]


def test_a_written_mapping_names_columns_by_header_or_number() -> None:
    assert parse_mapping(["code=Account Number", "name = company", "email=3"], HEADER) == {
        "code": 0,
        "name": 1,
        "email": 2,
    }
    assert parse_mapping(json.dumps({"code": "account_number", "email": 4, "name": None}), HEADER) == {
        "code": 0,
        "email": 3,
    }
    assert parse_mapping({"email": "E-mail"}, HEADER) == {"email": 2}
    assert parse_mapping('["name=Company"]', HEADER) == {"name": 1}
    assert parse_mapping(["phone="], HEADER) == {}


@pytest.mark.parametrize(
    ("given_mapping", "code"),
    [
        (["code"], "bad_mapping"),
        (["=Company"], "bad_mapping"),
        ("{", "bad_mapping"),
        ("3", "bad_mapping"),
        ("null", "bad_mapping"),
        ("[" * 100_000, "bad_mapping"),
        (["code=1", "code=2"], "mapped_twice"),
        (["code=Nowhere"], "unknown_column"),
        (["code=EMAIL"], "unknown_column"),
        (["code=0"], "unknown_column"),
        (["code=5"], "unknown_column"),
        (["code=-1"], "unknown_column"),
        (["code=" + "9" * 5000], "unknown_column"),
        ({"code": ["Company"]}, "unknown_column"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(given_mapping: list[str] | str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_mapping(given_mapping, HEADER)
    assert caught.value.code == code
    assert str(caught.value)


def test_required_fields_that_were_left_out_are_named() -> None:
    check_mapping({"code": 0, "name": 1}, HEADER, TARGETS)
    with pytest.raises(Invalid) as caught:
        check_mapping({"email": 2}, HEADER, TARGETS)
    assert (caught.value.code, caught.value.data) == ("missing_columns", {"targets": ["code", "name"]})
    assert "Customer code, Company" in str(caught.value)


def test_fields_outside_the_list_are_refused() -> None:
    with pytest.raises(Invalid) as caught:
        check_mapping({"code": 0, "name": 1, "is_staff": 2}, HEADER, TARGETS)
    assert (caught.value.code, caught.value.data) == ("unknown_target", {"targets": ["is_staff"]})


def test_a_column_that_is_not_there_is_refused() -> None:
    for column in (-1, 4):
        with pytest.raises(Invalid) as caught:
            check_mapping({"code": column, "name": 1}, HEADER, TARGETS)
        assert caught.value.code == "unknown_column"


@given(
    st.lists(
        st.text(max_size=20) | st.sampled_from(["Name", "Email", "Title", "Phone", "Company"]), max_size=12
    )
)
def test_any_header_is_guessed_without_a_column_used_twice(header: list[str]) -> None:
    for targets in (CUSTOMER, CONTACT, PRODUCT):
        found = guess_mapping(header, targets, samples=[header])
        assert len(set(found.values())) == len(found)
        check_mapping(found, header, targets)
