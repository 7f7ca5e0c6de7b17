import re
from datetime import UTC, datetime

import pytest
from django.db.transaction import TransactionManagementError

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Order, Product

pytestmark = pytest.mark.django_db


def columns_written(queries):
    """The columns that the only UPDATE among these queries sets."""
    (update,) = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    return re.findall(r'"(\w+)" = ', update.partition(" WHERE ")[0])


@claim("PUT replaces the entire resource", verdict=Verdict.WRONG)
def test_put_keeps_what_it_was_not_sent(api):
    """RFC 9110 says so, but DRF does not do it. A field is not required if the model has a default
    for it or allows a blank. A PUT without that field keeps the old value. A `default` on the
    serializer's field replaces it."""
    factories.product.make(_quantity=2, description="Loose leaf")

    kept = api.put("/14/products/plain/P-0001/", {"name": "Jasmine", "price": "12.00"})
    replaced = api.put("/14/products/replacing/P-0002/", {"name": "Jasmine", "price": "12.00"})
    unknown = api.put("/14/products/plain/P-0009/", {"name": "Jasmine", "price": "12.00"})

    assert kept.status_code == replaced.status_code == 200
    assert kept.json() == {
        "name": "Jasmine",
        "description": "Loose leaf",
        "price": "12.00",
        "stock": 100,
    }
    assert replaced.json() == {"name": "Jasmine", "description": "", "price": "12.00", "stock": 0}
    assert unknown.status_code == 404


@claim("PUT needs the complete object, PATCH only what changes", verdict=Verdict.DEPENDS)
def test_put_needs_the_required_fields_only(api):
    """PUT needs the required fields only: here the price, but not the description and not the
    stock. PATCH needs no field, and it does not use the `default` of a field either."""
    factories.product.make(description="Loose leaf")

    put = api.put("/14/products/plain/P-0001/", {"name": "Jasmine"})
    patched = api.patch("/14/products/plain/P-0001/", {"name": "Jasmine"})
    patched_with_defaults = api.patch("/14/products/replacing/P-0001/", {"name": "Green tea"})

    assert put.status_code == 400
    assert put.json() == {"price": ["This field is required."]}
    assert patched.status_code == patched_with_defaults.status_code == 200
    assert patched_with_defaults.json() == {
        "name": "Green tea",
        "description": "Loose leaf",
        "price": "10.00",
        "stock": 100,
    }


@claim("PATCH changes only the provided fields", verdict=Verdict.DEPENDS)
def test_patch_writes_every_column(api, django_assert_num_queries):
    """It is true for the response. In the database, DRF's `update()` calls `instance.save()`, which
    writes all columns with the values that it read before. `save(update_fields=[…])` writes only
    the fields that were sent."""
    factories.product.make()

    with django_assert_num_queries(2) as plain:
        api.patch("/14/products/plain/P-0001/", {"name": "Jasmine"})
    with django_assert_num_queries(2) as changed_only:
        api.patch("/14/products/changed/P-0001/", {"name": "Jasmine"})

    assert columns_written(plain) == [
        "sku",
        "name",
        "description",
        "category_id",
        "brand_id",
        "price",
        "stock",
        "created_at",
    ]
    assert columns_written(changed_only) == ["name"]


@claim("PATCH is the way to update a status", verdict=Verdict.DEPENDS)
def test_a_plain_patch_knows_no_order_of_statuses(api):
    """PATCH is the right method, but it checks only that the status exists. It does not know which
    status may follow which, so a paid order becomes pending again. Check the step, or make the
    field read-only and write an action for each step."""
    factories.order.make(status=Order.Status.PAID)
    factories.order.make(status=Order.Status.PENDING)
    url = "/14/orders/guarded/A-0002/"

    plain = api.patch("/14/orders/plain/A-0001/", {"status": "PENDING"})
    paid = api.patch(url, {"status": "PAID"})
    back = api.patch(url, {"status": "PENDING"})
    shipped = api.patch(url, {"status": "SHIPPED"})
    from_the_end = api.patch(url, {"status": "PAID"})
    noted = api.patch(url, {"status": "SHIPPED", "note": "ring twice"})

    assert plain.status_code == 200
    assert plain.json() == {"status": "PENDING", "note": ""}
    assert [paid.status_code, back.status_code, shipped.status_code] == [200, 409, 200]
    assert back.json() == {"detail": "PAID cannot become PENDING."}
    assert from_the_end.status_code == 409
    assert from_the_end.json() == {"detail": "SHIPPED cannot become PAID."}
    assert noted.status_code == 200
    assert noted.json() == {"status": "SHIPPED", "note": "ring twice"}


@trap("PUT is idempotent, and PATCH need not be")
def test_the_same_patch_twice_adds_twice(api):
    """A repeated PUT leaves the state of the first one: a stock of 7. So does a PATCH that says
    what the stock becomes. A PATCH that says how much to add changes the stock each time: 107,
    then 114. A client must not repeat it after a timeout without an idempotency key."""
    factories.product.make()
    put = {"name": "Jasmine", "price": "12.00", "stock": 7}

    first_put = api.put("/14/products/plain/P-0001/", put)
    second_put = api.put("/14/products/plain/P-0001/", put)
    first_set = api.patch("/14/products/plain/P-0001/", {"stock": 100})
    second_set = api.patch("/14/products/plain/P-0001/", {"stock": 100})
    first_add = api.patch("/14/products/restocking/P-0001/", {"add": 7})
    second_add = api.patch("/14/products/restocking/P-0001/", {"add": 7})
    nothing = api.patch("/14/products/restocking/P-0001/", {})
    too_much = api.patch("/14/products/restocking/P-0001/", {"add": 10**20})

    assert first_put.json() == second_put.json()
    assert [first_put.json()["stock"], second_put.json()["stock"]] == [7, 7]
    assert [first_set.json()["stock"], second_set.json()["stock"]] == [100, 100]
    assert [first_add.json()["stock"], second_add.json()["stock"]] == [107, 114]
    assert nothing.status_code == 400
    assert nothing.json() == {"add": ["This field is required."]}
    assert too_much.status_code == 400
    assert Product.objects.get().stock == 114


@trap("One of two PATCHes of different fields is lost")
@pytest.mark.database("sqlite")
@pytest.mark.django_db(transaction=True)
def test_the_later_patch_writes_back_what_it_read(stage, race):
    """Both requests read the product before either of them writes. The second UPDATE sets all
    columns, so it writes the old name over the new one. Both requests get 200. With
    `update_fields`, each writes its own column, and both changes stay."""
    factories.product.make(_quantity=2)

    answers = race(
        lambda client: client.patch("/14/products/plain/P-0001/", {"name": "Jasmine"}),
        lambda client: client.patch("/14/products/plain/P-0001/", {"stock": 7}),
    ) + race(
        lambda client: client.patch("/14/products/changed/P-0002/", {"name": "Jasmine"}),
        lambda client: client.patch("/14/products/changed/P-0002/", {"stock": 7}),
    )

    left = [(p.name == "Jasmine") + (p.stock == 7) for p in Product.objects.all()]
    stage.bar("all columns", left[0], "changes left of two")
    stage.bar("update_fields", left[1], "changes left of two")
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200]
    assert left == [1, 2]


@trap("With update_fields, auto_now is not saved")
def test_update_fields_leaves_updated_at_behind(api, django_assert_num_queries):
    """`auto_now` sets the attribute, but `update_fields` keeps its column out of the UPDATE. A
    search for orders that changed since yesterday does not find this order. Name the column
    too."""
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    factories.order.make(_quantity=2)
    Order.objects.update(updated_at=long_ago)

    with django_assert_num_queries(2) as forgetting:
        api.patch("/14/orders/forgetful/A-0001/", {"note": "ring twice"})
    with django_assert_num_queries(2) as naming:
        api.patch("/14/orders/changed/A-0002/", {"note": "ring twice"})

    forgetful, complete = Order.objects.all()
    assert forgetful.note == complete.note == "ring twice"
    assert columns_written(forgetting) == ["note"]
    assert columns_written(naming) == ["note", "updated_at"]
    assert forgetful.updated_at == long_ago
    assert complete.updated_at > long_ago


@trap("The second editor overwrites the first unless you require If-Match")
def test_a_stale_etag_is_refused_with_412(api):
    """GET returns an ETag, a fingerprint of the body. PATCH must send it back in If-Match. If the
    product has changed, the fingerprint no longer fits: 412, read it again. Without the header the
    answer is 428. DRF has no code for this, so the view does it."""
    factories.product.make()

    read = api.get("/14/products/if-match/P-0001/")
    if_match = {"If-Match": read["ETag"]}
    without = api.patch("/14/products/if-match/P-0001/", {"stock": 99})
    first = api.patch("/14/products/if-match/P-0001/", {"stock": 99}, headers=if_match)
    second = api.patch("/14/products/if-match/P-0001/", {"stock": 98}, headers=if_match)

    assert read["ETag"] == '"6dacb766413ab895"'
    assert [without.status_code, first.status_code, second.status_code] == [428, 200, 412]
    assert without.json() == {"detail": "Send If-Match with the ETag that you have read."}
    assert second.json() == {"detail": "It has changed since you read it."}
    assert Product.objects.get().stock == 99


@trap("A weak ETag never fits If-Match, and a star always does")
def test_if_match_compares_strongly_and_after_validation(api):
    """If-Match uses the strong comparison of RFC 9110, so an ETag with the prefix W/ is a 412.
    `If-Match: *` fits every product that exists. Validation comes first: a stock of -1 is a 400,
    even with a stale ETag."""
    factories.product.make()
    url = "/14/products/if-match/P-0001/"
    etag = api.get(url)["ETag"]

    weak = api.patch(url, {"stock": 99}, headers={"If-Match": f"W/{etag}"})
    star = api.patch(url, {"stock": 98}, headers={"If-Match": "*"})
    invalid = api.patch(url, {"stock": -1}, headers={"If-Match": etag})

    assert [weak.status_code, star.status_code, invalid.status_code] == [412, 200, 400]
    assert star.json()["stock"] == 98
    assert invalid.json() == {"stock": ["Ensure this value is greater than or equal to 0."]}


@trap("Django's condition decorator gives the ETag to a caller who may not read")
def test_condition_answers_before_drf_authenticates(api, anonymous):
    """On `dispatch`, the decorator runs before DRF authenticates. The 403 of an anonymous caller
    carries the ETag. If the caller sends it back, the answer is 304 and not 403. So the caller can
    watch when the product changes."""
    factories.product.make()
    etag = api.get("/14/products/condition/P-0001/")["ETag"]

    refused = anonymous.get("/14/products/condition/P-0001/")
    unchanged = anonymous.get("/14/products/condition/P-0001/", headers={"If-None-Match": etag})

    assert refused.status_code == 403
    assert refused.headers.get("ETag") == etag
    assert unchanged.status_code == 304


@trap("An If-Match that is checked before the transaction lets both requests through")
@pytest.mark.database("postgres", because="the cure is a row lock, and SQLite has none")
@pytest.mark.django_db(transaction=True)
def test_the_check_and_the_write_are_one_step(api, stage, race):
    """Two sellers read a stock of 100, and each writes 99. Django's `condition` compares before the
    view runs. The fingerprint fits twice, and one sale is lost. Read the row with
    `select_for_update()`, and compare and write in one transaction. The second request then waits
    and gets 412."""
    factories.product.make(_quantity=2)
    read_first = {"If-Match": api.get("/14/products/if-match/P-0001/")["ETag"]}
    read_second = {"If-Match": api.get("/14/products/condition/P-0002/")["ETag"]}

    def sell_first(client):
        url = "/14/products/if-match/P-0001/"
        return client.patch(url, {"stock": 99}, headers=read_first)

    def sell_second(client):
        url = "/14/products/condition/P-0002/"
        return client.patch(url, {"stock": 99}, headers=read_second)

    unlocked = sorted(answer.status_code for answer in race(sell_second, sell_second))
    locked = sorted(answer.status_code for answer in race(sell_first, sell_first))

    stock = [product.stock for product in Product.objects.all()]
    stage.table(
        ["If-Match is checked", "answers", "stock, of 100"],
        [["before the view", unlocked, stock[1]], ["under the lock", locked, stock[0]]],
    )
    assert read_second == {"If-Match": '"ed9fb366a9ea1bfa"'}
    assert unlocked == [200, 200]
    assert locked == [200, 412]
    assert stock == [99, 99]


@trap("HEAD and OPTIONS run get_queryset() too")
@pytest.mark.database("postgres", because="SQLite ignores select_for_update()")
@pytest.mark.django_db(transaction=True)
def test_a_lock_in_get_queryset_breaks_head_and_options(api):
    """A lock needs a transaction, and only `update()` opens one. HEAD reads the product as GET
    does. OPTIONS describes the PUT, so it reads the product as a PUT would. Take the lock inside
    the transaction, and both answer 200."""
    factories.product.make()
    api.raise_request_exception = False

    read = api.get("/14/products/locked-queryset/P-0001/")
    head = api.head("/14/products/locked-queryset/P-0001/")
    options = api.options("/14/products/locked-queryset/P-0001/")
    head_of_cure = api.head("/14/products/if-match/P-0001/")
    options_of_cure = api.options("/14/products/if-match/P-0001/")

    assert [read.status_code, head.status_code, options.status_code] == [200, 500, 500]
    assert isinstance(head.exc_info[1], TransactionManagementError)
    assert isinstance(options.exc_info[1], TransactionManagementError)
    assert [head_of_cure.status_code, options_of_cure.status_code] == [200, 200]
    assert head_of_cure["ETag"] == read["ETag"]


@trap("In a form, a missing checkbox means False")
def test_a_form_put_turns_a_missing_boolean_into_false(api):
    """A browser sends nothing for an empty checkbox. So DRF reads a missing boolean of a form as
    False. The same PUT as JSON leaves it out, and so does a PATCH."""
    form = {"data": "email=ann@shop.test", "content_type": "application/x-www-form-urlencoded"}

    by_json = api.put("/14/subscription/", {"email": "ann@shop.test"})
    by_form = api.put("/14/subscription/", **form)
    patched = api.patch("/14/subscription/", **form)
    empty = api.put("/14/subscription/", {})
    described = api.options("/14/subscription/")

    assert by_json.json() == {"email": "ann@shop.test"}
    assert by_form.json() == {"email": "ann@shop.test", "newsletter": False}
    assert patched.json() == {"email": "ann@shop.test"}
    assert empty.status_code == 400
    assert empty.json() == {"email": ["This field is required."]}
    assert described.status_code == 200


@trap("DRF's PATCH is plain JSON and not a JSON Merge Patch")
def test_null_is_a_value_and_merge_patch_is_refused(api):
    """In a merge patch (RFC 7396), null removes a member. In DRF, null is a value, and a field must
    allow it. The media type of a merge patch is a 415 until the view has a parser for it."""
    factories.product.make(description="Loose leaf")
    merge = {"data": '{"stock": 7}', "content_type": "application/merge-patch+json"}

    null = api.patch("/14/products/plain/P-0001/", {"description": None})
    merged = api.patch("/14/products/plain/P-0001/", **merge)

    assert null.status_code == 400
    assert null.json() == {"description": ["This field may not be null."]}
    assert merged.status_code == 415
    assert Product.objects.get().stock == 100
