"""The names by which other systems call what a customer, a contact and a product have.

They are the column headers of the exports of HubSpot, Salesforce (report and API names), Odoo (labels and technical
names), Zoho CRM, Shopify, Hexicom and Cin7, with plain English and Dutch, German and French words for the commonest.
Names are compared without case, accents and punctuation, so each stands here once. Names that mean the opposite
("Email Opt Out") are left out on purpose: a mapped column is taken as it stands.
"""

from collections.abc import Collection

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from tradedoor.core.sheets.mapping import Target

_EMAIL = r"[^\s@]+@[^\s@]+"
_OUR_ID = r"(?i)[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}"
_HONORIFIC = r"(?i)(mr|mrs|ms|miss|mx|dr|prof|sir|rev|dhr|mevr|mw|herr|frau|m|mme|sra?|señora?)\.?"


def pick(
    targets: tuple[Target, ...], *, keys: Collection[str], required: Collection[str] = ()
) -> list[Target]:
    """Those of the targets that an import may fill, in their order, with what it cannot do without marked."""
    return [target._replace(required=target.key in required) for target in targets if target.key in keys]


def _address(prefix: str, title: str | Promise, *, words: tuple[str, ...], plain: bool) -> tuple[Target, ...]:
    """The six lines of an address, under every word by which systems call that address."""
    parts: tuple[tuple[str, Promise, tuple[str, ...]], ...] = (
        ("line1", _("street"), ("street", "address 1", "address line 1", "street address", "address", "street 1", "address1")),
        ("line2", _("street, second line"), ("street 2", "address 2", "address line 2", "street address 2", "street2", "address2", "suburb")),
        ("city", _("city"), ("city", "town", "town city", "suburb city")),
        ("region", _("region"), ("state province", "state region", "state", "province", "region", "county", "province code", "state code", "state id")),
        ("postcode", _("postcode"), ("postal code", "zip postal code", "zip", "zip code", "postcode", "post code", "code")),
        ("country", _("country"), ("country", "country region", "country code", "country id")),
    )  # fmt: skip
    local = {
        "line1": ("straat", "strasse", "rue", "adres", "adresse"),
        "city": ("plaats", "stad", "woonplaats", "ort", "stadt", "ville"),
        "region": ("provincie", "bundesland"),
        "postcode": ("plz", "postleitzahl", "code postal"),
        "country": ("land", "pays"),
    }
    found = []
    for part, label, names in parts:
        aliases = [f"{word} {name}" for word in words for name in names]
        if plain:
            aliases += [name for name in names if name != "code"]
            aliases += local.get(part, ())
        found.append(
            Target(
                f"{prefix}{part}",
                format_lazy("{title}: {part}", title=title, part=label) if title else label,
                aliases=tuple(aliases),
            )
        )
    return tuple(found)


CUSTOMER: tuple[Target, ...] = (
    Target("code", _("Customer code"), aliases=(
        "account number", "customer number", "customer id", "account code", "customer code", "account no", "customer no",
        "debtor code", "debtor number", "debtor", "company code", "company number", "reference", "internal reference",
        "ref", "account id", "record id", "company id", "company record id", "zoho record id", "external id",
        "klantnummer", "debiteurnummer", "kundennummer", "numero client", "id",
    )),
    Target("name", _("Company"), aliases=(
        "company name", "account name", "customer name", "company", "customer", "display name", "business name",
        "trading name", "organisation", "organization", "organisation name", "organization name", "legal name",
        "default address company", "addresses company", "parent name", "commercial company name", "company name entity",
        "bedrijf", "bedrijfsnaam", "firma", "kunde", "klant", "klantnaam", "societe", "entreprise", "account",
    )),
    Target("phone", _("Phone"), aliases=(
        "phone number", "telephone", "telephone number", "main phone", "company phone", "business phone",
        "account phone", "default address phone", "addresses phone", "tel", "telefoon", "telefon", "phone 1",
    )),
    Target("email", _("Email"), pattern=_EMAIL, aliases=(
        "email address", "company email", "main email", "general email", "account email", "billing email",
        "accounts email", "invoice email", "e-mail", "e-mailadres", "mail",
    )),
    Target("website", _("Website"), aliases=(
        "website url", "web site", "url", "company domain name", "domain", "web address", "homepage", "website link",
        "company website",
    )),
    Target("language", _("Language"), aliases=("lang", "locale", "preferred language", "language code", "taal", "sprache", "langue")),
    Target("status", _("Status"), aliases=(
        "customer status", "account status", "lifecycle stage", "lead status", "company status", "state of account", "active",
        "is active", "rating",
    )),
    Target("tax_id", _("Tax ID"), aliases=(
        "vat", "vat number", "vat no", "vat id", "tax number", "tax registration number", "gst number", "abn", "ein",
        "tax reg no", "tax id number", "company tax id", "btw-nummer", "btw", "ust-idnr", "ustid", "numero tva", "tva",
    )),
    Target("currency", _("Currency"), aliases=(
        "currency code", "currency iso code", "account currency", "default currency", "currency id", "valuta", "wahrung",
    )),
    Target("payment_terms", _("Payment terms"), aliases=(
        "customer payment terms", "property payment term id", "payment term", "terms", "credit terms", "trading terms",
        "payment terms name", "b2b payment terms",
    )),
    Target("price_tier", _("Price tier"), aliases=(
        "pricelist", "price list", "price level", "price group", "price book", "property product pricelist",
        "customer group", "pricing tier", "price column", "price tier name", "catalog", "sales price tier", "discount group",
    )),
    Target("tags", _("Tags"), aliases=("tag", "labels", "categories", "category id", "groups", "segments", "category")),
    Target("notes", _("Notes"), aliases=(
        "note", "comment", "comments", "description", "remarks", "internal notes", "about us", "memo", "opmerkingen",
    )),
    Target("account_manager", _("Account manager"), aliases=(
        "account owner", "company owner", "owner", "salesperson", "sales rep", "sales representative", "user id",
        "sales person", "rep", "account manager name", "hubspot owner", "owner name",
    )),
    *_address("billing_", _("Billing address"), plain=True, words=(
        "billing", "bill", "bill to", "invoice", "invoicing", "postal", "billing address", "default address",
        "addresses", "company", "physical", "mailing",
    )),
    *_address("delivery_", _("Delivery address"), plain=False, words=(
        "delivery", "ship", "shipping", "ship to", "deliver to", "shipping address", "delivery address", "other",
    )),
)  # fmt: skip

CONTACT: tuple[Target, ...] = (
    Target("contact_id", _("Contact ID"), pattern=_OUR_ID),
    Target("customer_code", _("Customer code"), aliases=(
        "account number", "customer number", "customer id", "account code", "customer no", "account no", "company code",
        "debtor code", "debtor", "company number", "associated company ids", "associated company id", "parent id id",
        "account id", "company id", "internal reference", "parent id ref", "reference", "klantnummer", "kundennummer",
    )),
    Target("customer_name", _("Company"), aliases=(
        "company name", "account name", "customer name", "company", "customer", "associated company",
        "associated company primary", "associated company names", "related company", "parent name", "parent id name",
        "parent id", "organisation", "organization", "business name", "default address company", "account",
        "bedrijf", "bedrijfsnaam", "firma", "klant", "societe",
    )),
    Target("email", _("Email"), pattern=_EMAIL, aliases=(
        "email address", "contact email", "work email", "primary email", "business email", "email 1", "e-mail",
        "e-mailadres", "e-mail address", "mail",
    )),
    Target("first_name", _("First name"), aliases=(
        "firstname", "given name", "forename", "contact first name", "voornaam", "vorname", "prenom", "christian name",
    )),
    Target("middle_name", _("Middle name"), aliases=("middle names", "middle initial", "tussenvoegsel", "infix")),
    Target("last_name", _("Last name"), aliases=(
        "lastname", "surname", "family name", "contact last name", "achternaam", "nachname", "nom",
    )),
    Target("suffix", _("Suffix"), aliases=("name suffix",)),
    Target("full_name", _("Full name"), aliases=(
        "contact name", "contact person", "name", "display name", "contact full name", "contact", "person", "naam",
        "contactpersoon", "ansprechpartner", "nom complet",
    )),
    Target("title", _("Salutation"), pattern=_HONORIFIC, aliases=(
        "title", "honorific", "name prefix", "prefix", "courtesy title", "aanhef", "anrede", "civilite",
    )),
    Target("job_title", _("Job title"), aliases=(
        "job position", "position", "function", "job", "role", "title", "jobtitle", "job role", "functie",
        "funktion", "fonction", "occupation",
    )),
    Target("phone", _("Phone"), aliases=(
        "phone number", "telephone", "telephone number", "business phone", "work phone", "office phone", "direct phone",
        "direct dial", "contact phone", "tel", "telefoon", "telefon", "phone 1", "default address phone",
    )),
    Target("phone_type", _("Phone type"), aliases=("phone number type", "telephone type")),
    Target("mobile", _("Mobile"), aliases=(
        "mobile phone", "mobile phone number", "mobile number", "cell phone", "cell", "mobiel", "handy", "mobil",
        "portable", "cellphone",
    )),
    Target("department", _("Department"), aliases=("department name", "dept", "division", "team", "afdeling", "abteilung", "service")),
    Target("status", _("Status"), aliases=("contact status", "lead status", "active", "is active", "lifecycle stage")),
    Target("subscribed", _("Subscribed User"), aliases=(
        "subscribed user", "subscribed", "newsletter", "marketing contact status", "accepts email marketing",
        "accepts marketing", "email subscribed", "subscriber", "mailing list",
    )),
    Target("receive_mail_out", _("Receive Mail Out"), aliases=(
        "receive mail outs", "mail out", "mailout", "email promotion", "email promotions", "receive mailouts",
        "receive promotions", "promotions",
    )),
    Target("notes", _("Notes"), aliases=("note", "comment", "comments", "description", "remarks", "memo")),
    Target("archived", _("Archived"), aliases=("is archived",)),
    Target("merged_into", _("Merged into"), pattern=_OUR_ID),
    Target("language", _("Language"), aliases=("lang", "locale", "preferred language", "language code", "taal", "sprache")),
    *_address("", "", plain=True, words=(
        "mailing", "contact", "address", "home", "work", "default address", "addresses", "postal",
    )),
)  # fmt: skip

PRODUCT: tuple[Target, ...] = (
    Target("sku", _("SKU"), aliases=(
        "variant sku", "product code", "item code", "stock code", "code", "product sku", "internal reference",
        "default code", "product number", "item number", "item no", "part number", "style code", "product id",
        "artikelnummer", "reference", "item sku",
    )),
    Target("name", _("Name"), aliases=(
        "product name", "title", "product title", "item name", "display name", "product", "item", "style name",
        "artikel", "omschrijving", "bezeichnung", "designation", "description 1",
    )),
    Target("handle", _("Handle"), aliases=("url handle", "slug", "url key", "product handle")),
    Target("model", _("Model"), aliases=("product model", "model name", "style", "parent product", "range")),
    Target("description", _("Description"), aliases=(
        "body html", "body", "product description", "long description", "sales description", "description sale",
        "details", "full description", "beschrijving", "beschreibung",
    )),
    Target("category", _("Category"), aliases=(
        "type", "product category", "product type", "product family", "product family name", "category name", "categ id", "item group", "group",
        "product group", "categorie", "kategorie", "department",
    )),
    Target("subcategory", _("Subcategory"), aliases=(
        "sub category", "product subcategory", "sub type", "product sub type", "sub group", "subgroup",
    )),
    Target("brand", _("Brand"), aliases=("vendor", "manufacturer", "brand name", "make", "merk", "marke", "marque", "supplier")),
    Target("price", _("Price"), aliases=(
        "variant price", "list price", "unit price", "sales price", "selling price", "lst price", "retail price",
        "standard price", "price ex tax", "price excl tax", "rrp", "wholesale price", "price tier 1", "prijs", "preis", "prix",
    )),
    Target("compare_at_price", _("Compare-at price"), aliases=("variant compare at price", "compare at", "was price")),
    Target("cost", _("Cost"), aliases=("cost per item", "cost price", "average cost", "purchase price", "buy price")),
    Target("currency", _("Currency"), aliases=("currency code", "price currency", "currency iso code", "currency id", "valuta")),
    Target("stock", _("Stock"), aliases=(
        "variant inventory qty", "inventory quantity", "quantity on hand", "qty on hand", "stock on hand", "soh",
        "quantity in stock", "qty in stock", "qty available", "on hand", "available", "stock level", "inventory", "quantity", "qty",
        "voorraad", "bestand", "lagerbestand", "available quantity", "inventory qty",
    )),
    Target("unit", _("Unit"), aliases=(
        "unit of measure", "uom", "default unit of measure", "uom id", "sales unit", "usage unit", "eenheid", "einheit", "quantity unit of measure",
    )),
    Target("pack_size", _("Pack size"), aliases=(
        "pack quantity", "carton quantity", "carton qty", "units per pack", "inner quantity", "pack qty", "case quantity",
        "order multiple", "qty per pack", "case pack",
    )),
    Target("weight", _("Weight"), aliases=("product weight", "unit weight", "net weight", "gross weight", "gewicht", "poids")),
    Target("weight_grams", _("Weight in grams"), aliases=("variant grams", "grams", "weight g")),
    Target("weight_unit", _("Weight unit"), aliases=("variant weight unit", "weight units", "weight uom")),
    Target("colour", _("Colour"), aliases=("color", "colour name", "color name", "kleur", "farbe", "couleur")),
    Target("size", _("Size"), aliases=("size name", "maat", "grosse", "taille")),
    Target("tags", _("Tags"), aliases=("tag", "product tags", "labels", "keywords")),
    Target("published", _("Published"), aliases=(
        "product active", "active", "is published", "is active", "status", "website published", "visible", "online", "sale ok",
    )),
    Target("barcode", _("Barcode"), aliases=("variant barcode", "ean", "ean13", "upc", "gtin", "ean code", "isbn", "barcode number")),
    Target("image", _("Image"), aliases=(
        "image src", "image url", "product image", "picture", "photo", "image link", "product image url", "images", "image 1",
    )),
    Target("image_position", _("Image position"), aliases=("image order",)),
    Target("image_alt", _("Image text"), aliases=("image alt text", "alt text", "image alt")),
    Target("variant_image", _("Variant image"), aliases=("variant image url", "variant image src")),
    Target("option1_name", _("Option 1 name"), aliases=("option 1 label", "option label 1")),
    Target("option1_value", _("Option 1 value"), aliases=("option 1", "variant option 1")),
    Target("option2_name", _("Option 2 name"), aliases=("option 2 label", "option label 2")),
    Target("option2_value", _("Option 2 value"), aliases=("option 2", "variant option 2")),
    Target("option3_name", _("Option 3 name"), aliases=("option 3 label", "option label 3")),
    Target("option3_value", _("Option 3 value"), aliases=("option 3", "variant option 3")),
)  # fmt: skip
