import pytest
from rest_framework.test import APIClient

from runner import Verdict, claim, trap

from .models import Listing, NextListing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("buyer")]

TEA = {"sku": "TEA-1", "name": "Green tea", "price": "10.00"}
JAM = {"sku": "JAM-1", "name": "Plum jam", "price": "4.00"}


@pytest.fixture(autouse=True)
def tea(ann):
    """Ann offers tea that cost her 6.00."""
    return Listing.objects.create(owner=ann.user, cost_price=6, stock=3, **TEA)


@pytest.fixture
def offstage(offstage, ann):
    offstage.force_authenticate(ann.user)
    return offstage


@claim("A web API is a collection of endpoints", verdict=Verdict.DEPENDS)
@pytest.mark.not_about_sql
def test_one_endpoint_can_be_the_whole_api(api):
    """It is true of an API that has a URL for each resource. One endpoint is enough if the body
    names the procedure, as in RPC. Both APIs give the same answers here. A name that is unknown is
    then a 400, because the URL exists."""
    catalogue = api.get("/24/catalogue/")
    shipping = api.get("/24/shipping/?weight=3")
    called_catalogue = api.post("/24/rpc/", {"method": "catalogue.list"})
    called_shipping = api.post("/24/rpc/", {"method": "shipping.cost", "weight": 3})
    called_in_vain = api.post("/24/rpc/", {"method": "owners.list"})

    assert catalogue.json() == called_catalogue.json() == [TEA]
    assert shipping.json() == called_shipping.json() == {"weight": 3, "cost": 35}
    assert called_in_vain.status_code == 400
    assert called_in_vain.json() == {"method": ['"owners.list" is not a valid choice.']}


@claim("The endpoints expose parts of an underlying database", verdict=Verdict.DEPENDS)
def test_an_endpoint_needs_no_database(anonymous, django_assert_num_queries):
    """Many do, and an endpoint can also do without. The catalogue costs 1 query, the shipping cost
    0 queries. It is calculated from the request."""
    with django_assert_num_queries(1):
        catalogue = anonymous.get("/24/catalogue/")
    with django_assert_num_queries(0):
        shipping = anonymous.get("/24/shipping/?weight=30")
        too_light = anonymous.get("/24/shipping/?weight=0")
        too_heavy = anonymous.get("/24/shipping/?weight=31")

    assert catalogue.json() == [TEA]
    assert shipping.json() == {"weight": 30, "cost": 170}
    assert too_light.status_code == too_heavy.status_code == 400
    assert too_light.json() == {"weight": ["Ensure this value is greater than or equal to 1."]}
    assert too_heavy.json() == {"weight": ["Ensure this value is less than or equal to 30."]}


@claim("As developers we control the URLs")
def test_what_no_route_names_is_not_there(offstage, stage):
    """A URL exists only if a route names it. A table or a column gets none by itself. The path does
    not have to name the table: the catalogue is in the table demo_24_listing."""
    urls = [
        "/24/catalogue/",
        "/24/catalogue/TEA-1/",
        "/24/catalogue/TEA-1/cost_price/",
        "/24/catalogue/JAM-1/",
        "/24/demo_24_listing/",
    ]

    rows = [[url, offstage.get(url).status_code] for url in urls]

    stage.table(["GET", "status"], rows)
    assert rows == [
        ["/24/catalogue/", 200],
        ["/24/catalogue/TEA-1/", 200],
        ["/24/catalogue/TEA-1/cost_price/", 404],
        ["/24/catalogue/JAM-1/", 404],
        ["/24/demo_24_listing/", 404],
    ]
    assert Listing._meta.db_table == "demo_24_listing"


@claim("We control which data is available", verdict=Verdict.DEPENDS)
@pytest.mark.not_about_sql
def test_the_cost_price_is_in_the_bytes_of_all_fields(anonymous, stage):
    """It is true if you list the fields. With `fields = "__all__"` the model decides, and any
    anonymous caller reads what the tea cost the seller. A page that does not show it changes
    nothing, because it is in the bytes."""
    everything = anonymous.get("/24/listings/TEA-1/")
    chosen = anonymous.get("/24/catalogue/TEA-1/")

    rows = [
        [name, len(answer.content), "yes" if b"cost_price" in answer.content else "no"]
        for name, answer in (("all fields", everything), ("listed fields", chosen))
    ]
    stage.table(["serializer", "bytes", "cost_price in them"], rows)
    assert everything.content == (
        b'{"sku":"TEA-1","name":"Green tea","price":"10.00","cost_price":"6.00","stock":3,'
        b'"owner":"ann"}'
    )
    assert chosen.content == b'{"sku":"TEA-1","name":"Green tea","price":"10.00"}'


def try_each_verb(client, base):
    """Read, create and change listings at this URL; delete the tea last. Returns the statuses."""
    responses = [
        client.get(base),
        client.post(base, JAM | {"owner": "ann"}),
        client.get(f"{base}TEA-1/"),
        client.put(f"{base}TEA-1/", TEA | {"owner": "ann"}),
        client.patch(f"{base}TEA-1/", {"price": "9.00"}),
        client.delete(f"{base}TEA-1/"),
    ]
    return [response.status_code for response in responses]


@claim("We control which actions are possible, by HTTP verbs", verdict=Verdict.DEPENDS)
def test_a_model_viewset_allows_every_action(offstage, stage):
    """It is true if you choose the actions. A ModelViewSet brings all six. The chosen viewset has
    three. PUT, PATCH and DELETE get 405 from it, and the tea is still there."""
    verbs = ["GET list", "POST", "GET one", "PUT", "PATCH", "DELETE"]

    chosen = try_each_verb(offstage, "/24/catalogue/")
    left_by_chosen = [str(listing) for listing in Listing.objects.all()]
    Listing.objects.get(sku="JAM-1").delete()
    everything = try_each_verb(offstage, "/24/listings/")
    left_by_everything = [str(listing) for listing in Listing.objects.all()]

    rows = [[*row] for row in zip(verbs, everything, chosen, strict=True)]
    stage.table(["verb", "ModelViewSet", "chosen actions"], rows)
    stage.say(f"Left by the ModelViewSet: {', '.join(left_by_everything)}.")
    stage.say(f"Left by the chosen actions: {', '.join(left_by_chosen)}.")
    assert rows == [
        ["GET list", 200, 200],
        ["POST", 201, 201],
        ["GET one", 200, 200],
        ["PUT", 200, 405],
        ["PATCH", 200, 405],
        ["DELETE", 204, 405],
    ]
    assert left_by_everything == ["JAM-1"]
    assert left_by_chosen == ["JAM-1", "TEA-1"]


@trap("The next column of the model is public, unless you list the fields")
def test_a_new_column_appears_in_all_and_exclude(offstage, stage, ann):
    """A migration adds the lowest price that a seller accepts. No serializer is edited. With
    `__all__` every caller reads the new column, and with `exclude` too, because `exclude` names
    only what it knows. The explicit list is unchanged."""
    NextListing.objects.create(owner=ann.user, cost_price=2, stock=5, lowest_price=3, **JAM)

    today, later = (
        {
            kind: offstage.get(f"/24/{table}/{kind}/").json()[0]
            for kind in ("all", "exclude", "explicit")
        }
        for table in ("today", "next")
    )

    rows = [
        [kind, len(today[kind]), len(later[kind]), ", ".join(later[kind].keys() - today[kind])]
        for kind in today
    ]
    stage.table(["fields", "today", "after the migration", "new"], rows)
    assert rows == [
        ["all", 6, 7, "lowest_price"],
        ["exclude", 3, 4, "lowest_price"],
        ["explicit", 3, 3, ""],
    ]
    assert today["exclude"] == today["explicit"] == TEA
    assert later["exclude"] == JAM | {"lowest_price": 3}
    assert later["explicit"] == JAM


@trap("All fields can be written, too")
@pytest.mark.not_about_sql
def test_a_post_sets_the_owner_and_the_cost_price(api, bob):
    """This is mass assignment: the client adds keys to its JSON, and they reach the columns. Ann
    stores a listing in the name of Bob. The chosen viewset ignores both keys, and takes the owner
    from the sign-in."""
    sent = JAM | {"owner": "bob", "cost_price": "1.00"}

    everything = api.post("/24/listings/", sent)
    stored_by_everything = [*Listing.objects.filter(sku="JAM-1").values("owner", "cost_price")]
    Listing.objects.filter(sku="JAM-1").delete()
    chosen = api.post("/24/catalogue/", sent)
    stored_by_chosen = [*Listing.objects.filter(sku="JAM-1").values("owner", "cost_price")]

    assert everything.status_code == chosen.status_code == 201
    assert everything.json() == sent | {"stock": 0}
    assert chosen.json() == JAM
    assert stored_by_everything == [{"owner": "bob", "cost_price": 1}]
    assert stored_by_chosen == [{"owner": "ann", "cost_price": 0}]


@trap("depth publishes the table behind a foreign key")
def test_depth_sends_the_password_hash_of_the_owner(offstage, stage, ann, bob, passwords):
    """`depth = 1` sends the owner with all 13 fields of the user. The e-mail address and the
    password hash are among them. No line of the serializer names the user, and the caller is
    only another customer."""
    ann.user.email = "ann@shop.example"
    ann.user.save()

    offstage.force_authenticate(bob.user)
    (listing,) = offstage.get("/24/today/depth/").json()

    owner = listing["owner"]
    assert list(owner) == [
        *("id", "password", "last_login", "is_superuser", "username", "first_name", "last_name"),
        *("email", "is_staff", "is_active", "date_joined", "groups", "user_permissions"),
    ]
    rows = [
        ["fields of the owner", len(owner)],
        ["email", owner["email"]],
        ["password", f"{owner['password'][:4]}…"],
    ]
    stage.table(["GET /24/today/depth/", "sent to Bob"], rows)
    assert rows == [
        ["fields of the owner", 13],
        ["email", "ann@shop.example"],
        ["password", "md5$…"],
    ]
    assert owner["password"] == ann.user.password


@trap("OPTIONS tells which fields there are, to anyone who may write")
@pytest.mark.not_about_sql
def test_options_lists_the_fields_for_a_user_who_may_write(offstage, stage):
    """DRF answers OPTIONS with each field of the serializer: its name, type and limits. An
    anonymous caller may not write here, and gets no fields. Any customer who signs in reads that
    there is a cost price."""
    callers = {"anonymous": APIClient(), "ann": offstage}
    urls = ["/24/listings/", "/24/catalogue/"]

    bodies = [
        [caller, url, client.options(url).json()]
        for caller, client in callers.items()
        for url in urls
    ]
    fields = bodies[-1][-1]["actions"]["POST"]

    rows = [
        [caller, url, ", ".join(body["actions"]["POST"]) if "actions" in body else "none"]
        for caller, url, body in bodies
    ]
    stage.table(["caller", "OPTIONS", "fields"], rows)
    assert rows == [
        ["anonymous", "/24/listings/", "none"],
        ["anonymous", "/24/catalogue/", "none"],
        ["ann", "/24/listings/", "sku, name, price, cost_price, stock, owner"],
        ["ann", "/24/catalogue/", "sku, name, price"],
    ]
    assert [field["type"] for field in fields.values()] == ["string", "string", "decimal"]
    assert [fields["sku"]["max_length"], fields["name"]["max_length"]] == [20, 200]
