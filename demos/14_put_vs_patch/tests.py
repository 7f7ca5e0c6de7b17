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
    """So says RFC 9110, and DRF does otherwise: what a PUT leaves out and the model has a default
    for, or lets be blank, is not required, and keeps its old value. It is replaced once the
    serializer's field has a `default`."""
    factories.product.make(_quantity=2, description="Loose leaf")

    kept = api.put("/14/products/plain/P-0001/", {"name": "Jasmine", "price": "12.00"})
    replaced = api.put("/14/products/replacing/P-0002/", {"name": "Jasmine", "price": "12.00"})

    assert kept.status_code == replaced.status_code == 200
    assert kept.json() == {
        "name": "Jasmine",
        "description": "Loose leaf",
        "price": "12.00",
        "stock": 100,
    }
    assert replaced.json() == {"name": "Jasmine", "description": "", "price": "12.00", "stock": 0}


@claim("PUT needs the complete object, PATCH only what changes", verdict=Verdict.DEPENDS)
def test_put_needs_the_required_fields_only(api):
    """PUT asks for the fields that are `required`: here the price, but neither the description
    nor the stock. PATCH asks for none, and does not put in a `default` either."""
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
    """In the response, yes. In the database, DRF's `update()` calls `instance.save()`, which
    writes all columns, with the values read before. `save(update_fields=[…])` writes those that
    came."""
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
    """As a method it is, but PATCH knows the allowed values only, not which may follow which: a
    paid order becomes pending again. Say what may follow, or make the field read-only and each
    step an action of its own."""
    factories.order.make(_quantity=2, status=Order.Status.PAID)

    plain = api.patch("/14/orders/plain/A-0001/", {"status": "PENDING"})
    guarded = api.patch("/14/orders/guarded/A-0002/", {"status": "PENDING"})
    allowed = api.patch("/14/orders/guarded/A-0002/", {"status": "SHIPPED"})

    assert plain.status_code == 200
    assert plain.json() == {"reference": "A-0001", "status": "PENDING", "note": ""}
    assert guarded.status_code == 409
    assert guarded.json() == {"detail": "PAID never becomes PENDING."}
    assert allowed.status_code == 200
    assert allowed.json() == {"reference": "A-0002", "status": "SHIPPED", "note": ""}


@trap("Two PATCHes of different fields, and one is lost")
@pytest.mark.database("sqlite")
@pytest.mark.django_db(transaction=True)
def test_the_later_patch_writes_back_what_it_read(stage, race):
    """Both have read the product before either writes. The one that writes last sets all columns,
    and so puts back the field that the other has just changed; both got 200. With `update_fields`
    each writes its own column, and both changes stay."""
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


@trap("With update_fields, auto_now sleeps")
def test_update_fields_leaves_updated_at_behind(api):
    """`auto_now` sets the attribute, and `update_fields` leaves its column out of the UPDATE.
    Whoever looks for what changed since yesterday misses this order. Name the column too."""
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    factories.order.make(_quantity=2)
    Order.objects.update(updated_at=long_ago)

    api.patch("/14/orders/forgetful/A-0001/", {"note": "ring twice"})
    api.patch("/14/orders/changed/A-0002/", {"note": "ring twice"})

    forgetful, complete = Order.objects.all()
    assert forgetful.note == complete.note == "ring twice"
    assert forgetful.updated_at == long_ago
    assert complete.updated_at > long_ago


@trap("Nobody tells the second editor, unless If-Match is asked for")
def test_a_stale_etag_is_refused_with_412(api):
    """GET hands out an ETag, a fingerprint of what was read; PATCH must send it back in If-Match.
    Once the product has changed, the fingerprint no longer fits: 412, read it again. Without the
    header: 428. DRF has none of this, so the view writes it."""
    factories.product.make()

    read = api.get("/14/products/if-match/P-0001/")
    if_match = {"If-Match": read["ETag"]}
    unsaid = api.patch("/14/products/if-match/P-0001/", {"stock": 99})
    first = api.patch("/14/products/if-match/P-0001/", {"stock": 99}, headers=if_match)
    second = api.patch("/14/products/if-match/P-0001/", {"stock": 98}, headers=if_match)

    assert [unsaid.status_code, first.status_code, second.status_code] == [428, 200, 412]
    assert unsaid.json() == {"detail": "Say in If-Match what you have read."}
    assert second.json() == {"detail": "It has changed since you read it."}
    assert Product.objects.get().stock == 99


@trap("An If-Match that is checked before the transaction lets both through")
@pytest.mark.database("postgres", because="the cure is a row lock, and SQLite has none")
@pytest.mark.django_db(transaction=True)
def test_the_check_and_the_write_are_one_step(api, stage, race):
    """Two sellers read a stock of 100, and each writes 99. Django's `condition` compares before
    the view runs: the fingerprint fits twice, and one sale is lost. Read the row with
    `select_for_update()`, compare and write in one transaction: the second waits, and gets 412."""
    factories.product.make(_quantity=2)
    read_first = {"If-Match": api.get("/14/products/condition/P-0001/")["ETag"]}
    read_second = {"If-Match": api.get("/14/products/if-match/P-0002/")["ETag"]}

    def sell_first(client):
        url = "/14/products/condition/P-0001/"
        return client.patch(url, {"stock": 99}, headers=read_first)

    def sell_second(client):
        url = "/14/products/if-match/P-0002/"
        return client.patch(url, {"stock": 99}, headers=read_second)

    unlocked = sorted(answer.status_code for answer in race(sell_first, sell_first))
    locked = sorted(answer.status_code for answer in race(sell_second, sell_second))

    stock = [product.stock for product in Product.objects.all()]
    stage.table(
        ["If-Match is checked", "answers", "stock, of 100"],
        [["before the view", unlocked, stock[0]], ["under the lock", locked, stock[1]]],
    )
    assert unlocked == [200, 200]
    assert locked == [200, 412]
    assert stock == [99, 99]


@trap("HEAD and OPTIONS run get_queryset() too")
@pytest.mark.database("postgres", because="SQLite ignores select_for_update()")
@pytest.mark.django_db(transaction=True)
def test_a_lock_in_get_queryset_breaks_head_and_options(api):
    """A lock needs a transaction, and only `update()` opens one. HEAD reads the product as GET
    does. OPTIONS describes the PUT, and looks for the product as a PUT would. Take the lock inside
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


@trap("In a form, a missing checkbox is a no")
def test_a_form_put_turns_a_missing_boolean_into_false(api):
    """A browser sends nothing for an empty checkbox, so DRF reads a missing boolean of a form as
    False. The same PUT as JSON leaves it alone, and so does a PATCH."""
    form = {"data": "email=ann@shop.test", "content_type": "application/x-www-form-urlencoded"}

    by_json = api.put("/14/subscription/", {"email": "ann@shop.test"})
    by_form = api.put("/14/subscription/", **form)
    patched = api.patch("/14/subscription/", **form)
    described = api.options("/14/subscription/")

    assert by_json.json() == {"email": "ann@shop.test"}
    assert by_form.json() == {"email": "ann@shop.test", "newsletter": False}
    assert patched.json() == {"email": "ann@shop.test"}
    assert described.status_code == 200
