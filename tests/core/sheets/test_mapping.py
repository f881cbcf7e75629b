"""Which column fills which field: by the headers that other systems really write."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.sheets.guessing import named
from tradedoor.core.errors import Invalid
from tradedoor.core.sheets.aliases import CONTACT, CUSTOMER, PRODUCT, pick
from tradedoor.core.sheets.mapping import Target, check_mapping, fold, guess_mapping, parse_mapping

TARGETS = [
    Target("code", "Customer code", required=True, aliases=("account number",)),
    Target("name", "Company", required=True, aliases=("company name",)),
    Target("email", "Email", pattern=r"[^\s@]+@[^\s@]+"),
]


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
