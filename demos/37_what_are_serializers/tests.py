import json
from decimal import Decimal

import pytest
from django.db.transaction import TransactionManagementError

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Category, Product

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]


@pytest.fixture
def product():
    return factories.product.make(price="9.90")


@claim("Serializers convert model instances to native Python datatypes")
def test_data_holds_what_json_knows(offstage, stage, product):
    """In `.data` the price and the time are text, a category is its key, and the tags are a list of
    keys. On the way in, `validated_data` has the types of the model again, such as Decimal and
    Category. `created_at` is read-only, so it is not among them: None."""
    types = offstage.get("/37/types/P-0001/").json()

    rows = [[name, *stations] for name, stations in types.items()]
    stage.table(["field", "the instance", ".data", "validated_data"], rows)
    assert rows == [
        ["sku", "str", "str", "str"],
        ["category", "Category", "int", "Category"],
        ["brand", "Brand", "int", "Brand"],
        ["tags", "ManyRelatedManager", "list", "list"],
        ["price", "Decimal", "str", "Decimal"],
        ["created_at", "datetime", "str", "NoneType"],
    ]


@claim(
    "These can then be easily rendered into JSON, XML or other types",
    verdict=Verdict.DEPENDS,
)
def test_the_renderer_makes_the_bytes(offstage, stage, product):
    """It is true only if there is a renderer: DRF has none for XML. A serializer makes no bytes.
    With `coerce_to_string=False` a Decimal stays in `.data`. Python's `json` cannot dump it, and
    `JSONRenderer` makes it a number, so 9.90 becomes 9.9."""
    rows = []
    for kind in ("text", "native"):
        url = f"/37/prices/{kind}/P-0001/"
        response = offstage.get(url)
        xml = offstage.get(url, headers={"accept": "application/xml"})
        price = response.data["price"]
        body = response.content.decode()
        rows.append([type(price).__name__, dumped(price), body, xml.status_code])

    stage.table([".data", "json.dumps", "JSONRenderer", "Accept: application/xml"], rows)
    assert rows == [
        ["str", '"9.90"', '{"price":"9.90"}', 406],
        ["Decimal", "TypeError", '{"price":9.9}', 406],
    ]


def dumped(value):
    try:
        return json.dumps(value)
    except TypeError:
        return "TypeError"


@claim(
    "Deserialization converts parsed data back into complex types",
    verdict=Verdict.DEPENDS,
)
def test_only_save_makes_the_row(offstage, stage, product):
    """The complex type is a dict of Python values until you call `save()`. One price on its way:
    the serializer makes it text, the renderer bytes, the parser text again, and `is_valid()` a
    Decimal. The table has one row until `save()` makes the second."""
    stations = offstage.post("/37/journeys/P-0001/").json()
    again = offstage.post("/37/journeys/P-0001/")

    stage.table(["station", "type", "the price", "rows"], stations)
    assert stations == [
        ["the instance", "Decimal", "9.90", 1],
        ["serializer.data", "str", "9.90", 1],
        ["JSONRenderer", "bytes", "…", 1],
        ["JSONParser", "str", "12.50", 1],
        ["validated_data", "Decimal", "12.50", 1],
        ["save()", "Decimal", "12.50", 2],
    ]
    assert again.status_code == 400
    assert again.json() == {"sku": ["product with this stock keeping unit already exists."]}
    prices = Product.objects.values_list("sku", "price")
    assert [*prices] == [("P-0001", Decimal("9.90")), ("P-0002", Decimal("12.50"))]


@claim("They validate the incoming data first", verdict=Verdict.DEPENDS)
def test_an_instance_made_of_the_body_is_not_validated(api, stage):
    """It is true only if the data passes `is_valid()`. A view that makes the instance of
    `request.data` saves an empty name and a slug that is not one. `save()` of a model runs no
    validator. The serializer answers 400."""
    stage.say("Category(**request.data).save(), then a serializer:")
    naive = api.post("/37/categories/naive/", {"name": "", "slug": "not a slug!"})
    validated = api.post("/37/categories/validated/", {"name": "", "slug": "nor this!"})
    valid = api.post("/37/categories/validated/", {"name": "Tea", "slug": "tea"})

    letters = "letters, numbers, underscores or hyphens"
    assert naive.status_code == valid.status_code == 201
    assert naive.json() == {"name": "", "slug": "not a slug!"}
    assert validated.status_code == 400
    assert validated.json() == {
        "name": ["This field may not be blank."],
        "slug": [f'Enter a valid "slug" consisting of {letters}.'],
    }
    assert [*Category.objects.values_list("name", "slug")] == [("", "not a slug!"), ("Tea", "tea")]


@trap("An id from the client overwrites another row")
def test_the_id_of_another_row_renames_it(api, stage):
    """A model that is made with an existing `id` saves an UPDATE. So a POST renames the category
    and answers 201. The serializer has no writable `id`: it drops the key and makes a new row."""
    factories.category.make(pk=424242, name="Tea", slug="tea")

    naive = api.post("/37/categories/naive/", {"id": 424242, "name": "Stolen", "slug": "stolen"})
    left = [*Category.objects.values_list("pk", "name")]
    stage.say(f"In the table: {left[0]}, and no other row.")
    validated = api.post("/37/categories/validated/", {"id": 424242, "name": "New", "slug": "new"})

    assert naive.status_code == validated.status_code == 201
    assert naive.json() == {"name": "Stolen", "slug": "stolen"}
    assert left == [(424242, "Stolen")]
    assert validated.json() == {"name": "New", "slug": "new"}
    assert [category.name for category in Category.objects.all()] == ["New", "Stolen"]


@trap("An error at save() breaks the transaction, an error in validation does not")
def test_what_validation_leaves_to_save_needs_a_savepoint(api, offstage):
    """The slug is taken. The validator answers 400, and the transaction lives. Without it, the
    database refuses the row at `save()`. The view catches the IntegrityError, and its next query
    fails: 500. Only an `atomic()` around `save()` alone lets the view go on."""
    factories.category.make(name="Tea", slug="tea")
    api.raise_request_exception = False
    tea = {"name": "Green tea", "slug": "tea"}

    validated = api.post("/37/categories/validated/", tea)
    savepoint = api.post("/37/categories/savepoint/", tea)
    free = api.post("/37/categories/savepoint/", {"name": "Jam", "slug": "jam"})
    empty = offstage.post("/37/categories/late/", {})
    late = api.post("/37/categories/late/", tea)

    assert validated.status_code == 400
    assert validated.json() == {"slug": ["category with this slug already exists."]}
    assert savepoint.status_code == 409
    assert savepoint.json() == {"detail": "taken", "categories": 1}
    assert free.status_code == 201
    assert free.json() == {"name": "Jam", "slug": "jam"}
    assert empty.status_code == 400
    assert late.status_code == 500
    assert isinstance(late.exc_info[1], TransactionManagementError)


@trap("Without many=True a queryset is an error, or silently an empty object")
def test_a_queryset_is_taken_for_one_object(api):
    """The serializer looks for the fields on the queryset itself. A required field raises
    AttributeError. If all fields are optional, each is skipped, and the client gets 200 and an
    empty object for a table with one row."""
    factories.category.make(name="Tea", slug="tea")
    api.raise_request_exception = False

    many = api.get("/37/lists/many/")
    optional = api.get("/37/lists/optional/")
    forgotten = api.get("/37/lists/forgotten/")

    assert many.json() == [{"name": "Tea", "slug": "tea"}]
    assert optional.status_code == 200
    assert optional.json() == {}
    assert forgotten.status_code == 500
    assert isinstance(forgotten.exc_info[1], AttributeError)


@trap("The order of the calls is fixed: is_valid(), save(), data")
def test_each_call_in_the_wrong_order_raises(offstage, stage):
    """Before `is_valid()`, DRF refuses `errors`, `validated_data`, `data` and `save()` with an
    AssertionError. After `.data` it refuses `save()`. So read `validated_data` if you need the
    values before you save."""
    outcomes = offstage.get("/37/order/").json()

    rows = [[call, *outcome] for call, outcome in outcomes.items()]
    stage.table(["call", "before is_valid()", "after is_valid() and .data"], rows)
    assert rows == [
        ["errors", "AssertionError", "works"],
        ["validated_data", "AssertionError", "works"],
        ["data", "AssertionError", "works"],
        ["save()", "AssertionError", "AssertionError"],
    ]
