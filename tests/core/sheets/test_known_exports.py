"""Columns of other systems' exports, and of our real ones, find their fields by themselves."""

from pathlib import Path

import pytest

from tests.core.sheets.guessing import named
from tradedoor.core.sheets.aliases import CONTACT, CUSTOMER, PRODUCT
from tradedoor.core.sheets.reading import open_sheet

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
