import pytest
from rest_framework import viewsets
from rest_framework.filters import SearchFilter
from rest_framework.generics import GenericAPIView
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from runner import Verdict, claim, trap
from shop import factories
from shop.models import Category

from . import views

pytestmark = [pytest.mark.django_db, pytest.mark.not_about_sql]

TEA = {"slug": "tea", "name": "Tea"}
JAM = {"slug": "jam", "name": "Jam"}


def stock_tea():
    return factories.category.make(**TEA)


@claim("GenericAPIView adds shortcuts that map closely to your models")
def test_it_adds_attributes_and_the_methods_that_read_them(api, stage):
    """It adds attributes for the queryset, the serializer, the lookup, filters and pages, and the
    methods that read them. A `get()` of your own can call `get_object()`. That one finds the row by
    the URL, or the answer is 404."""
    stock_tea()
    added = sorted(name for name in {*dir(GenericAPIView)} - {*dir(APIView)} if name[0] != "_")
    methods = [name for name in added if callable(getattr(GenericAPIView, name))]
    attributes = [name for name in added if name not in methods]
    stage.table(
        ["GenericAPIView adds", ""],
        [["attributes", ", ".join(attributes)], ["methods", ", ".join(methods)]],
    )

    found = api.get("/64/names/tea/")
    missing = api.get("/64/names/jam/")

    assert (found.status_code, found.json()) == (200, {"name": "Tea"})
    assert missing.status_code == 404
    assert attributes == [
        "filter_backends",
        "lookup_field",
        "lookup_url_kwarg",
        "pagination_class",
        "paginator",
        "queryset",
        "serializer_class",
    ]
    assert methods == [
        "filter_queryset",
        "get_object",
        "get_paginated_response",
        "get_queryset",
        "get_serializer",
        "get_serializer_class",
        "get_serializer_context",
        "paginate_queryset",
    ]


@claim("It adds the behavior of standard list and detail views", verdict=Verdict.DEPENDS)
def test_a_queryset_and_a_serializer_answer_nothing(api):
    """It has the parts of that behavior, and no handler. With a queryset and a serializer, GET is
    still a 405. A ListAPIView has a `get()`, so it answers."""
    stock_tea()

    bare = api.get("/64/bare-view/")
    concrete = api.get("/64/list/")

    assert bare.status_code == 405
    assert bare.headers["Allow"] == "OPTIONS"
    assert (concrete.status_code, concrete.json()) == (200, [TEA])


@claim("You set serializer_class, pagination_class and filter_backend", verdict=Verdict.WRONG)
def test_a_misspelt_attribute_filters_nothing(api, stage):
    """The name is `filter_backends`. DRF ignores the other one silently, and the search returns all
    5 categories. Passed to `as_view()`, the same typo raises TypeError."""
    factories.category.make(_quantity=5)

    misspelt = api.get("/64/search/misspelt/?search=3")
    right = api.get("/64/search/right/?search=3")
    with pytest.raises(TypeError) as refused:
        views.CategoryList.as_view(filter_backend=[SearchFilter])
    stage.say(f"As an argument: {str(refused.value).split('. ')[0]}.")

    assert [category["name"] for category in misspelt.json()] == [
        "Category 1",
        "Category 2",
        "Category 3",
        "Category 4",
        "Category 5",
    ]
    assert right.json() == [{"slug": "category-3", "name": "Category 3"}]
    assert "'filter_backend'" in str(refused.value)


@claim("There are many GenericViewSets, ModelViewSet being the most common", verdict=Verdict.WRONG)
def test_it_is_one_class_with_two_subclasses(stage):
    """It is one class, and DRF has two subclasses of it: ReadOnlyModelViewSet and ModelViewSet. You
    make your own by choosing mixins."""
    shipped = [
        cls
        for cls in vars(viewsets).values()
        if isinstance(cls, type) and issubclass(cls, GenericViewSet)
    ]
    rows = [[cls.__name__, mixins_of(cls)] for cls in [*shipped, views.CreatedAndRead]]
    stage.table(["class", "its mixins"], rows)

    assert rows == [
        ["GenericViewSet", "none"],
        ["ReadOnlyModelViewSet", "Retrieve, List"],
        ["ModelViewSet", "Create, Retrieve, Update, Destroy, List"],
        ["CreatedAndRead", "Create, Retrieve"],
    ]


def mixins_of(cls):
    names = [base.__name__ for base in cls.__mro__ if base.__module__ == "rest_framework.mixins"]
    return ", ".join(name.removesuffix("ModelMixin") for name in names) or "none"


@claim("A GenericViewSet inherits from GenericAPIView")
def test_the_mixin_of_viewsets_is_the_whole_difference(api):
    """It is ViewSetMixin with GenericAPIView, and it adds nothing to them. The mixin is the
    difference: with ListModelMixin and the same attributes, a GenericAPIView answers GET with 405,
    and a GenericViewSet is bound by `{"get": "list"}`."""
    stock_tea()

    view = api.get("/64/mixin/view/")
    viewset = api.get("/64/mixin/viewset/")

    assert GenericViewSet.__bases__ == (viewsets.ViewSetMixin, GenericAPIView)
    assert [name for name in vars(GenericViewSet) if not name.startswith("__")] == []
    assert view.status_code == 405
    assert (viewset.status_code, viewset.json()) == (200, [TEA])


@claim("It has a full implementation of all the actions", verdict=Verdict.WRONG)
def test_each_mixin_opens_its_verbs(offstage, stage):
    """It has none, so the router makes no URL for it: 404. Each mixin adds an action, and
    UpdateModelMixin adds two: `update` and `partial_update`. A ModelViewSet has all five mixins, so
    DELETE is open if you do not choose."""
    rows = []
    for name in ("bare", "created-and-read", "updated", "read-only", "full"):
        Category.objects.all().delete()
        stock_tea()
        url, one = f"/64/{name}/", f"/64/{name}/tea/"
        answers = [
            offstage.get(url),
            offstage.post(url, JAM),
            offstage.get(one),
            offstage.put(one, TEA),
            offstage.patch(one, {"name": "Green tea"}),
            offstage.delete(one),
        ]
        rows.append([name, *(answer.status_code for answer in answers)])

    stage.table(["", "GET", "POST", "GET one", "PUT", "PATCH", "DELETE"], rows)
    assert rows == [
        ["bare", 404, 404, 404, 404, 404, 404],
        ["created-and-read", 405, 201, 200, 405, 405, 405],
        ["updated", 404, 404, 405, 200, 200, 405],
        ["read-only", 200, 405, 200, 405, 405, 405],
        ["full", 200, 201, 200, 200, 200, 204],
    ]


@trap("Your own get() must call the hooks, or the attributes do nothing")
def test_a_get_by_hand_neither_filters_nor_pages(api):
    """Both views have `filter_backends` and `pagination_class`. GenericAPIView has
    `filter_queryset()` and `paginate_queryset()`, and calls neither for a list. The `list()` of
    ListModelMixin calls both. A `get()` of your own has to call them itself."""
    factories.category.make(_quantity=5)

    by_hand = api.get("/64/own-get/?search=3")
    with_hooks = api.get("/64/own-get-with-hooks/?search=3")
    page = api.get("/64/own-get-with-hooks/")

    assert len(by_hand.json()) == 5
    assert with_hooks.json() == {
        "count": 1,
        "next": None,
        "previous": None,
        "results": [{"slug": "category-3", "name": "Category 3"}],
    }
    assert [page.json()["count"], len(page.json()["results"])] == [5, 2]


@trap("A mixin after the base class is ignored")
def test_the_order_of_the_bases_decides_whose_orders_are_seen(api, buyer, bob):
    """Python looks for a method from left to right. GenericAPIView has a `get_queryset()`, so a
    mixin to the right of it never runs, and there is no error. Ann sees the order of Bob."""
    factories.order.make(reference="A-0001", customer=buyer)
    factories.order.make(reference="B-0001", customer=bob)

    first = api.get("/64/mixin-first/orders/")
    last = api.get("/64/mixin-last/orders/")

    assert first.json() == [{"reference": "A-0001"}]
    assert last.json() == [{"reference": "A-0001"}, {"reference": "B-0001"}]


@trap("A missing part breaks at the first request that needs it")
def test_nothing_is_checked_when_the_server_starts(api, offstage):
    """DRF asks for the queryset, the serializer and the lookup when a request needs them. So the
    server starts, and the first GET is a 500 with an AssertionError. OPTIONS is still a 200. So
    test each URL once."""
    stock_tea()
    api.raise_request_exception = False
    urls = ["/64/without/queryset/", "/64/without/serializer/", "/64/without/lookup/tea/"]

    answers = [api.get(url) for url in urls]
    options = [offstage.options(url) for url in urls]

    assert [answer.status_code for answer in answers] == [500, 500, 500]
    assert [answer.exc_info[0] for answer in answers] == [AssertionError] * 3
    assert [str(answer.exc_info[1]).split(", ")[0] for answer in answers] == [
        "'WithoutQueryset' should either include a `queryset` attribute",
        "'WithoutSerializer' should either include a `serializer_class` attribute",
        'Expected view WithoutLookup to be called with a URL keyword argument named "pk". Fix your'
        " URL conf",
    ]
    assert [answer.status_code for answer in options] == [200, 200, 200]
