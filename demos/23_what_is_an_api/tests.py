from decimal import Decimal

import pytest

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Product

from . import implementations
from .models import Offer, RenamedOffer
from .serializers import QuoteAnswer

pytestmark = pytest.mark.django_db

THREE = {"sku": "P-0001", "quantity": 3}
ANSWER = {"sku": "P-0001", "quantity": 3, "total": "30.30"}
# The contract: a name for the call, what is sent, the status, the body.
CONTRACT = [
    ("3 of P-0001", THREE, 200, ANSWER),
    (
        "0 of P-0001",
        {"sku": "P-0001", "quantity": 0},
        400,
        {"quantity": ["Ensure this value is greater than or equal to 1."]},
    ),
    (
        "100 of P-0001",
        {"sku": "P-0001", "quantity": 100},
        400,
        {"quantity": ["Ensure this value is less than or equal to 99."]},
    ),
    ("1 of NONE", {"sku": "NONE", "quantity": 1}, 400, {"sku": ["There is no product NONE."]}),
    (
        "nothing",
        {},
        400,
        {"sku": ["This field is required."], "quantity": ["This field is required."]},
    ),
]


@pytest.fixture(autouse=True)
def product():
    return factories.product.make(price=Decimal("10.10"))


def contract_test(client, url):
    """Send each call of the contract; "green" where the answer is the one of the contract."""
    colours = []
    for _, sent, status, body in CONTRACT:
        response = client.post(url, sent)
        kept = (response.status_code, response.json()) == (status, body)
        colours.append("green" if kept else "red")
    return colours


@claim("An API is a contract: what the caller sends, and what the provider answers")
def test_one_contract_test_accepts_two_implementations_and_refuses_the_third(offstage, stage):
    """You can test the contract without reading the code behind it. Here one test sends five calls
    to three implementations. Two keep the contract. The third calls the total "sum", and the same
    test is red."""
    calls = [f"{name} → {status}" for name, _, status, _ in CONTRACT]

    database = contract_test(offstage, "/23/quotes/database/")
    price_list = contract_test(offstage, "/23/quotes/price-list/")
    other_name = contract_test(offstage, "/23/quotes/other-name/")

    rows = [[*row] for row in zip(calls, database, price_list, other_name, strict=True)]
    stage.table(["contract", "database", "price list", "other name"], rows)
    assert rows == [
        ["3 of P-0001 → 200", "green", "green", "red"],
        ["0 of P-0001 → 400", "green", "green", "green"],
        ["100 of P-0001 → 400", "green", "green", "green"],
        ["1 of NONE → 400", "green", "green", "green"],
        ["nothing → 400", "green", "green", "green"],
    ]


@claim("The caller does not have to know how it is implemented")
def test_a_table_and_a_dictionary_answer_with_the_same_bytes(api, django_assert_num_queries):
    """The first endpoint asks the database with 1 query. The second reads a dictionary, with 0
    queries. The caller gets the same bytes from both."""
    with django_assert_num_queries(1):
        database = api.post("/23/quotes/database/", THREE)
    with django_assert_num_queries(0):
        price_list = api.post("/23/quotes/price-list/", THREE)

    assert database.status_code == price_list.status_code == 200
    assert database.content == price_list.content
    assert database.content == b'{"sku":"P-0001","quantity":3,"total":"30.30"}'


@claim("An API lets products and services talk to each other", verdict=Verdict.DEPENDS)
def test_a_function_and_the_orm_are_apis_too(api, stage):
    """It is true of a web API, and that is one kind. A function and Django's ORM are APIs too, for
    callers in the same process. The ORM also hides an implementation: this line runs on SQLite and
    on PostgreSQL."""
    by_function = implementations.from_price_list("P-0001", 3)["total"]
    by_orm = Product.objects.get(sku="P-0001").price * 3
    by_web = api.post("/23/quotes/database/", THREE)

    rows = [
        ["a function", 'from_price_list("P-0001", 3)["total"]', by_function],
        ["the ORM", 'Product.objects.get(sku="P-0001").price * 3', by_orm],
        ["the web", "POST /23/quotes/database/", by_web.json()["total"]],
    ]
    stage.table(["API", "call", "total"], rows)
    assert by_function == by_orm == Decimal("30.30")
    assert by_web.json() == ANSWER


@claim("The API is not the database", verdict=Verdict.DEPENDS)
@pytest.mark.not_about_sql
def test_a_renamed_column_breaks_the_caller_who_gets_the_row(api):
    """It is true only if something stands between the two. A serializer with all fields sends the
    row, and when a column is renamed, the field is renamed for every caller. With `source`, the
    field keeps its name."""
    offers = [Offer.objects.create(sku=sku, price=10) for sku in ("P-0002", "P-0001")]
    renamed = [RenamedOffer.objects.create(sku=str(offer), unit_price=10) for offer in offers]

    row = api.get("/23/offers/row/")
    row_renamed = api.get("/23/offers/row/renamed/")
    serialized = api.get("/23/offers/serializer/")
    serialized_renamed = api.get("/23/offers/serializer/renamed/")

    before = [{"sku": "P-0001", "price": 10}, {"sku": "P-0002", "price": 10}]
    assert [str(offer) for offer in renamed] == ["P-0002", "P-0001"]
    assert row.json() == serialized.json() == serialized_renamed.json() == before
    assert row_renamed.json() == [
        {"sku": "P-0001", "unit_price": 10},
        {"sku": "P-0002", "unit_price": 10},
    ]


@claim("The API is the code that governs the access point", verdict=Verdict.WRONG)
def test_code_can_break_the_contract_that_it_publishes(offstage, stage):
    """The code is one implementation of the API. OPTIONS publishes the call of the contract, and it
    is the same for three different implementations. One of them breaks the contract, and OPTIONS
    does not change. It does not describe the answer at all."""
    urls = ["/23/quotes/database/", "/23/quotes/price-list/", "/23/quotes/other-name/"]

    published = [offstage.options(url).json()["actions"]["POST"] for url in urls]
    answers = [offstage.post(url, THREE).json() for url in urls]

    rows = [
        [url, ", ".join(call), ", ".join(answer)]
        for url, call, answer in zip(urls, published, answers, strict=True)
    ]
    stage.table(["endpoint", "in OPTIONS", "in the answer"], rows)
    assert rows == [
        ["/23/quotes/database/", "sku, quantity", "sku, quantity, total"],
        ["/23/quotes/price-list/", "sku, quantity", "sku, quantity, total"],
        ["/23/quotes/other-name/", "sku, quantity", "sku, quantity, sum"],
    ]
    assert published[0] == published[1] == published[2]
    assert published[0]["sku"] == {
        "type": "string",
        "required": True,
        "read_only": False,
        "label": "Sku",
        "max_length": 20,
    }
    assert published[0]["quantity"] == {
        "type": "integer",
        "required": True,
        "read_only": False,
        "label": "Quantity",
        "min_value": 1,
        "max_value": 99,
    }


@trap("A test of one good request is green on a broken implementation")
def test_the_refusals_are_part_of_the_contract(api, offstage, stage):
    """This implementation gives the right answer for a product that exists. For an unknown product
    it returns 200 and a total of 0.00. Test the refusals too, because their status and their body
    are part of the contract."""
    good = api.post("/23/quotes/zero/", THREE)
    unknown = api.post("/23/quotes/zero/", {"sku": "NONE", "quantity": 1})

    colours = contract_test(offstage, "/23/quotes/zero/")
    stage.say(f"The contract test, for the five calls: {', '.join(colours)}.")
    assert good.json() == ANSWER
    assert unknown.status_code == 200
    assert unknown.json() == {"sku": "NONE", "quantity": 1, "total": "0.00"}
    assert colours == ["green", "green", "green", "red", "green"]


@trap("If nothing checks the answer, the break is found by the client")
def test_a_declared_answer_fails_on_the_server(api):
    """The first endpoint sends what the implementation returns: 200, and each client fails when it
    looks for the total. The second passes it through the serializer of the contract. That raises
    KeyError, so the first test that sends this request is red."""
    api.raise_request_exception = False

    unchecked = api.post("/23/quotes/other-name/", THREE)
    declared = api.post("/23/quotes/other-name/declared/", THREE)

    assert unchecked.status_code == 200
    assert unchecked.json() == {"sku": "P-0001", "quantity": 3, "sum": "30.30"}
    assert declared.status_code == 500
    assert isinstance(declared.exc_info[1], KeyError)


@trap("A schema checks the form and not the meaning")
def test_a_total_in_cents_is_valid(api, offstage, stage):
    """A total in cents has the right name, type and number of digits. The serializer of the
    contract calls it valid. Only a test with a figure sees that the caller pays 100 times too
    much."""
    response = api.post("/23/quotes/cents/", THREE)

    is_valid = QuoteAnswer(data=response.json()).is_valid()
    colours = contract_test(offstage, "/23/quotes/cents/")
    stage.table(
        ["checked by", "finds the answer"],
        [["the serializer", "valid" if is_valid else "invalid"], ["the contract test", colours[0]]],
    )
    assert response.json() == {"sku": "P-0001", "quantity": 3, "total": "3030.00"}
    assert is_valid
    assert colours == ["red", "green", "green", "green", "green"]


@trap("The JSON type is part of the contract, and without a serializer it changes")
def test_a_decimal_becomes_a_string_or_a_float(api, stage):
    """The same implementation returns `Decimal("30.30")` to both endpoints. DRF's DecimalField
    sends a string with two places. Without a serializer, DRF's JSON encoder sends a float. A caller
    who multiplies that by 13 gets 393.90000000000003."""
    declared = api.post("/23/quotes/price-list/", THREE)
    unchecked = api.post("/23/quotes/price-list/unchecked/", THREE)

    exact = Decimal(declared.json()["total"]) * 13
    inexact = unchecked.json()["total"] * 13
    stage.table(["sent as", "13 times"], [["string", exact], ["float", inexact]])
    assert declared.content == b'{"sku":"P-0001","quantity":3,"total":"30.30"}'
    assert unchecked.content == b'{"sku":"P-0001","quantity":3,"total":30.3}'
    assert (str(exact), inexact) == ("393.90", 393.90000000000003)


# A change of the contract, and what an old client makes of it.
CHANGES = [
    ("an optional input is added", "optional-input"),
    ("an input becomes required", "required-input"),
    ("a field is added", "field-added"),
    ("a field is removed", "field-removed"),
    ("a field is renamed", "field-renamed"),
    ("a string becomes a number", "type-changed"),
]


def tolerant(response):
    """An old client, which reads what it needs and ignores the rest."""
    if response.status_code != 200:
        return f"gets {response.status_code}"
    total = response.json().get("total")
    if total is None:
        return "misses total"
    return "works" if Decimal(total) == Decimal("30.30") else "pays another amount"


def strict(response):
    """An old client, which accepts no field that it does not know."""
    unknown = response.json().keys() - ANSWER.keys() if response.status_code == 200 else ()
    return f"refuses {', '.join(unknown)}" if unknown else tolerant(response)


@trap("Some changes of a contract break old clients, and others do not")
def test_what_old_clients_make_of_six_changes(offstage, stage):
    """An optional input breaks no client. A new field breaks only clients that refuse what they do
    not know. A new required input, a removed or renamed field and a new type break both."""
    responses = [offstage.post(f"/23/changes/{change}/", THREE) for _, change in CHANGES]

    rows = [
        [name, tolerant(response), strict(response)]
        for (name, _), response in zip(CHANGES, responses, strict=True)
    ]
    stage.table(["change", "tolerant old client", "strict old client"], rows)
    assert rows == [
        ["an optional input is added", "works", "works"],
        ["an input becomes required", "gets 400", "gets 400"],
        ["a field is added", "works", "refuses currency"],
        ["a field is removed", "misses total", "misses total"],
        ["a field is renamed", "misses total", "refuses sum"],
        ["a string becomes a number", "pays another amount", "pays another amount"],
    ]
    assert responses[2].json() == ANSWER | {"currency": "HKD"}
    assert responses[4].json() == {"sku": "P-0001", "quantity": 3, "sum": "30.30"}
    assert responses[5].json() == {"sku": "P-0001", "quantity": 3, "total": 30.3}
