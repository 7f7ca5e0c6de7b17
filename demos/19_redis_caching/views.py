from functools import partial
from hashlib import sha256
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_page
from django.views.decorators.vary import vary_on_headers
from redis import Redis, RedisError
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from shop.models import Product

from .serializers import SaleSerializer

HOUR = 3600


def price_list():
    return {product.sku: str(product.price) for product in Product.objects.all()}


# The price list, cached in different ways.


class Prices(APIView):
    permission_classes = [AllowAny]


class UncachedPrices(Prices):
    def get(self, request):
        return Response(price_list())


class GetOrSetPrices(Prices):
    def get(self, request):
        return Response(cache.get_or_set("prices", price_list, HOUR))


class FallbackPrices(Prices):
    def get(self, request):
        try:
            return Response(cache.get_or_set("prices", price_list, HOUR))
        except RedisError:
            return Response(price_list())


class LockedPrices(Prices):
    def get(self, request):
        prices = cache.get("prices")
        if prices is None:
            with redis_lock("prices:lock"):
                prices = cache.get_or_set("prices", price_list, HOUR)
        return Response(prices)


class StaleWhileRefreshedPrices(Prices):
    def get(self, request):
        prices = cache.get("prices")
        if cache.add("prices:fresh", True, HOUR) or prices is None:
            prices = price_list()
            cache.set("prices", prices, timeout=None)
        return Response(prices)


class VersionedPrices(Prices):
    def get(self, request):
        version = cache.get_or_set("prices:version", new_version, timeout=None)
        return Response(cache.get_or_set(f"prices:{version}", price_list, HOUR))


def redis_lock(name):
    redis = Redis.from_url(settings.CACHES["default"]["LOCATION"])
    return redis.lock(cache.make_key(name), timeout=60, raise_on_release_error=False)


def new_version():
    return uuid4().hex


# One price for all products, and what the sale does with the cache.


class Sale(APIView):
    def post(self, request):
        serializer = SaleSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            self.reprice(**serializer.validated_data)
        return Response(status=204)


class SaleInBulk(Sale):
    def reprice(self, price):
        Product.objects.update(price=price)


class SaleOneByOne(Sale):
    def reprice(self, price):
        for product in Product.objects.all():
            product.price = price
            product.save()


class SaleForgettingAtOnce(SaleInBulk):
    def reprice(self, price):
        super().reprice(price)
        cache.delete("prices")


class SaleForgettingOnCommit(SaleInBulk):
    def reprice(self, price):
        super().reprice(price)
        forget_prices()


class SaleWithNewVersion(SaleInBulk):
    def reprice(self, price):
        super().reprice(price)
        transaction.on_commit(partial(cache.set, "prices:version", new_version(), timeout=None))


def forget_prices(**signal):
    """Delete the prices after the commit. It can be connected to `post_save`."""
    transaction.on_commit(partial(cache.delete, "prices"))


# Search results.


def search(term):
    found = Product.objects.filter(name__icontains=term)
    return {"found": [product.name for product in found]}


class SearchUnderOneKey(APIView):
    def get(self, request):
        term = request.query_params.get("q", "")
        return Response(cache.get_or_set("search", partial(search, term), HOUR))


class SearchUnderItsTerm(APIView):
    def get(self, request):
        term = request.query_params.get("q", "").strip().lower()
        key = f"search:{sha256(term.encode()).hexdigest()}"
        return Response(cache.get_or_set(key, partial(search, term), HOUR))


class UncachedSearch(APIView):
    def get(self, request):
        return Response(search(request.query_params.get("q", "")))


# A page that is different for each user.


class Offers(APIView):
    def get(self, request):
        return Response({"offers for": request.user.username or "everybody"})


@method_decorator(cache_page(HOUR), name="get")
class OffersCachedAroundGet(Offers):
    pass


@method_decorator([cache_page(HOUR), vary_on_headers("Cookie", "Authorization")], name="get")
class OffersPerCaller(Offers):
    pass


class OncePerDay(UserRateThrottle):
    rate = "1/day"
