import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from rest_framework.routers import BaseRouter, SimpleRouter

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Order, Product

from . import urls, views

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

TEA = {"slug": "tea", "name": "Tea"}
CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.fixture
def tea():
    return factories.category.make(**TEA)


@claim("A router generates the URL patterns of a viewset automatically", verdict=Verdict.DEPENDS)
def test_a_method_without_its_decorator_has_no_url(api, tea):
    """It finds the six standard actions by their names, and any other method only by its `@action`.
    `newest()` lacks it. The router is silent, and the URL seems to be a category with the slug
    "newest"."""
    decorated = api.get("/62/categories/featured/")
    not_decorated = api.get("/62/categories/newest/")

    assert (decorated.status_code, decorated.json()) == (200, {"featured": ["Tea"]})
    assert not_decorated.status_code == 404
    assert not_decorated.json() == {"detail": "No Category matches the given query."}
    assert views.Categories().newest(None).data == {"newest": []}


@claim("DRF has two default routers: SimpleRouter and DefaultRouter")
def test_a_router_of_your_own_is_a_list_of_routes(api, stage, tea):
    """These two are ready to use. What a router makes is data, its list `routes`. So a third one is
    short: this subclass of SimpleRouter maps GET and nothing else, and the same viewset becomes
    read-only."""
    stage.say("ReadOnlyRouter.routes:")
    stage.table(["url", "mapping"], [[r.url, r.mapping] for r in urls.ReadOnlyRouter.routes])

    by_simple = api.post("/62/categories/", {"slug": "jam", "name": "Jam"})
    listed = api.get("/62/read-only/categories/")
    member = api.get("/62/read-only/categories/tea/")
    refused = api.post("/62/read-only/categories/", {"slug": "ale", "name": "Ale"})
    with pytest.raises(NotImplementedError):
        BaseRouter().register("categories", views.Categories)

    assert by_simple.status_code == 201
    assert listed.json() == [{"slug": "jam", "name": "Jam"}, TEA]
    assert member.json() == TEA
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "GET, HEAD, OPTIONS"


@claim("SimpleRouter has routes for the six standard actions", verdict=Verdict.DEPENDS)
def test_it_takes_the_actions_that_exist_and_adds_the_others(api, stage):
    """It maps those of the six that the viewset has, and it adds a route for each `@action`. A
    viewset that only reads gets no POST. One extra route can have several verbs:
    `@shelf.mapping.delete` binds another method to the URL of `shelf`."""
    factories.product.make(sku="TEA-1", stock=7)
    rows = [
        [verb.upper(), str(route.pattern), action]
        for route in urls.by_path.urls[:3]
        for verb, action in route.callback.actions.items()
        if verb != "head"  # the first GET adds it
    ]
    stage.table(["verb", "route", "action"], rows)

    refused = api.post("/62/by-path/products/", {"sku": "TEA-2"})
    put = api.put("/62/by-path/products/TEA-1/shelf/")
    deleted = api.delete("/62/by-path/products/TEA-1/shelf/")

    assert rows == [
        ["GET", "by-path/products/", "list"],
        ["GET", "by-path/products/<str:sku>/", "retrieve"],
        ["PUT", "by-path/products/<str:sku>/shelf/", "shelf"],
        ["DELETE", "by-path/products/<str:sku>/shelf/", "take_off_the_shelf"],
    ]
    assert refused.status_code == 405
    assert put.json() == {"sku": "TEA-1", "stock": 100}
    assert deleted.json() == {"sku": "TEA-1", "stock": 0}
    assert Product.objects.get().stock == 0


@claim("DefaultRouter adds a root with links to all the list views", verdict=Verdict.DEPENDS)
def test_the_root_has_the_lists_and_its_own_permission(api, anonymous, offstage, stage, tea):
    """The root links to the viewsets that have a list. The viewset at `details/` has none, and is
    left out. The root is a view with the default permission of the project, so an anonymous caller
    gets 403 here. Set `APIRootView` on your router to change that."""
    root = api.get("/62/default/")
    refused = anonymous.get("/62/default/")
    open_root = anonymous.get("/62/open/")
    no_list = offstage.get("/62/default/details/")
    one = offstage.get("/62/default/details/tea/")
    of_simple = offstage.get("/62/")
    stage.say(f"GET /62/, where a SimpleRouter is: {of_simple.status_code}")

    assert root.json() == {
        "categories": "http://testserver/62/default/categories/",
        "products": "http://testserver/62/default/products/",
        "without-format": "http://testserver/62/default/without-format/",
    }
    assert (no_list.status_code, one.status_code, of_simple.status_code) == (404, 200, 404)
    assert refused.status_code == 403
    assert (open_root.status_code, open_root.json()) == (
        200,
        {"categories": "http://testserver/62/open/categories/"},
    )


@claim("DefaultRouter generates routes for suffixes such as .json")
def test_a_suffix_does_not_overrule_the_accept_header(offstage, stage, tea):
    """The suffix only leaves out the other renderers. Accept must still fit one that is left.
    `categories.json` with an Accept of text/html is a 406. A browser also accepts `*/*`, so it gets
    JSON. `?format=json` does the same."""
    accepts = {
        "nothing": {},
        "text/html": {"Accept": "text/html"},
        "a browser's": {"Accept": CHROME},
    }
    asked = [
        ("default/categories/", "text/html"),
        ("default/categories.json", "nothing"),
        ("default/categories.json", "text/html"),
        ("default/categories/?format=json", "text/html"),
        ("default/categories.json", "a browser's"),
        ("default/categories.api", "nothing"),
        ("default/categories.xml", "nothing"),
        ("categories.json", "nothing"),
    ]

    answers = [offstage.get(f"/62/{url}", headers=accepts[accept]) for url, accept in asked]

    rows = [
        [url, accept, answer.status_code, answer.headers["Content-Type"].split(";")[0]]
        for (url, accept), answer in zip(asked, answers, strict=True)
    ]
    stage.table(["GET /62/…", "Accept", "status", "Content-Type"], rows)
    assert rows == [
        ["default/categories/", "text/html", 200, "text/html"],
        ["default/categories.json", "nothing", 200, "application/json"],
        ["default/categories.json", "text/html", 406, "application/json"],
        ["default/categories/?format=json", "text/html", 406, "application/json"],
        ["default/categories.json", "a browser's", 200, "application/json"],
        ["default/categories.api", "nothing", 200, "text/html"],
        ["default/categories.xml", "nothing", 404, "application/json"],
        ["categories.json", "nothing", 404, "text/html"],
    ]


@trap("An @action without a format argument breaks at its suffix")
def test_the_suffix_is_an_argument_of_the_action(api, tea):
    """The format of the suffix is passed to the method, as the slug is. The inherited actions take
    any arguments, and an `@action` of your own takes those that you wrote. Without `format=None`
    its `.json` URL is a 500."""
    api.raise_request_exception = False

    plain = api.get("/62/default/without-format/featured/")
    suffix = api.get("/62/default/without-format/featured.json")
    with_argument = api.get("/62/default/categories/featured.json")

    assert (plain.status_code, suffix.status_code) == (200, 500)
    assert isinstance(suffix.exc_info[1], TypeError)
    assert "unexpected keyword argument 'format'" in str(suffix.exc_info[1])
    assert (with_argument.status_code, with_argument.json()) == (200, {"featured": ["Tea"]})


@trap("A POST without the slash of the router loses the order")
def test_the_order_vanishes_on_the_way(api, stage, buyer, bob):
    """Django redirects to the URL with the slash. The client follows with a GET and without a body,
    and reads 200. No order is saved. With `SimpleRouter(trailing_slash=False)` the URL has no
    slash, and the order is saved."""
    lost = api.post("/62/orders", {"reference": "A-0001"}, follow=True)
    saved_by_it = Order.objects.count()
    stage.say(f"Orders in the database: {saved_by_it}")
    kept = api.post("/62/without-slash/orders", {"reference": "A-0001"})

    assert lost.redirect_chain == [("/62/orders/", 301)]
    assert (lost.status_code, lost.json()) == (200, [])
    assert saved_by_it == 0
    assert kept.status_code == 201
    assert kept.json() == {"reference": "A-0001"}
    assert Order.objects.get().customer == buyer


@trap("A dot in the lookup is a 404 by default")
def test_the_lookup_of_a_router_has_no_dot(offstage, stage):
    """The lookup of a router is the regular expression `[^/.]+`, which leaves the dot to the
    suffixes. Set `lookup_value_regex`, or make `path()` routes with `use_regex_path=False`. There
    you can choose a converter. A DefaultRouter takes "5" for the format if the slash is missing."""
    factories.product.make(sku="TEA-1")
    factories.product.make(sku="TEA-1.5")
    designs = {
        "SimpleRouter()": "products",
        '… and lookup_value_regex = "[^/]+"': "by-regex/products",
        "SimpleRouter(use_regex_path=False)": "by-path/products",
        '… and lookup_value_converter = "slug"': "by-slug/products",
        'DefaultRouter(), lookup_value_regex = "[^/]+"': "default/products",
    }

    rows = [
        [
            design,
            *(
                offstage.get(f"/62/{prefix}/{sku}").status_code
                for sku in ("TEA-1/", "TEA-1.5/", "TEA-1.5")
            ),
        ]
        for design, prefix in designs.items()
    ]
    router = SimpleRouter(use_regex_path=False)
    router.register("products", views.ProductsByRegex)
    with pytest.raises(ImproperlyConfigured):
        _ = router.urls

    stage.table(["", "TEA-1/", "TEA-1.5/", "TEA-1.5"], rows)
    stage.say("use_regex_path=False with a lookup_value_regex: ImproperlyConfigured")
    assert rows == [
        ["SimpleRouter()", 200, 404, 404],
        ['… and lookup_value_regex = "[^/]+"', 200, 200, 301],
        ["SimpleRouter(use_regex_path=False)", 200, 200, 301],
        ['… and lookup_value_converter = "slug"', 200, 404, 404],
        ['DefaultRouter(), lookup_value_regex = "[^/]+"', 200, 200, 404],
    ]


@trap("Two viewsets on one prefix are not refused, and they mix")
def test_the_first_viewset_takes_each_url_that_it_has(api, stage, tea):
    """The names are different, so `register()` accepts both. The first viewset has only the list,
    and takes that URL: a POST there is a 405, though the second could create. The detail comes from
    the second one."""
    stage.say("First CategoryNames, which lists the names, then Categories, a ModelViewSet:")

    listed = api.get("/62/one-prefix/categories/")
    detail = api.get("/62/one-prefix/categories/tea/")
    posted = api.post("/62/one-prefix/categories/", {"slug": "jam", "name": "Jam"})

    assert listed.json() == [{"name": "Tea"}]
    assert detail.json() == TEA
    assert posted.status_code == 405
    assert reverse("names-at-one-prefix-list") == "/62/one-prefix/categories/"
    assert reverse("all-at-one-prefix-list") == "/62/one-prefix/categories/"


@trap("An @action of the list hides the object with its name")
def test_a_category_called_featured_cannot_be_read(api):
    """A router puts the actions of the list before the detail. So a category with the slug
    "featured" is never found. Give the action a `url_path` that no detail can match, such as
    "lists/featured"."""
    factories.category.make(slug="featured", name="Featured")

    hidden = api.get("/62/categories/featured/")
    found = api.get("/62/with-lists/featured/")
    listed = api.get("/62/with-lists/lists/featured/")

    assert [answer.status_code for answer in (hidden, found, listed)] == [200, 200, 200]
    assert hidden.json() == listed.json() == {"featured": ["Featured"]}
    assert found.json() == {"slug": "featured", "name": "Featured"}


@trap("Two routers with one basename: the root of one links to the other")
def test_the_root_of_one_router_links_to_another(api):
    """A router refuses a basename only if it has that basename itself. Here two routers have a
    "crate", and `reverse()` finds the last one: the root of the north links to the south. A
    namespace keeps the names apart."""
    north = api.get("/62/north/")
    south = api.get("/62/south/")
    east = api.get("/62/east/")

    assert north.json() == south.json() == {"crates": "http://testserver/62/south/crates/"}
    assert east.json() == {"crates": "http://testserver/62/east/crates/"}
