from hashlib import sha256

from django.contrib.auth import authenticate
from redis import RedisError
from rest_framework.authentication import BasicAuthentication
from rest_framework.exceptions import ValidationError
from rest_framework.filters import SearchFilter
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.throttling import (
    AnonRateThrottle,
    ScopedRateThrottle,
    SimpleRateThrottle,
    UserRateThrottle,
)
from rest_framework.views import APIView

from shop.models import Product

from .serializers import LoginSerializer, ProductSerializer

# Products


class TwiceAMinute(UserRateThrottle):
    rate = "2/min"


class OnceAMinute(UserRateThrottle):
    rate = "1/min"


class ProductList(ListAPIView):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    throttle_classes = [TwiceAMinute]


class BasicProductList(ProductList):
    authentication_classes = [BasicAuthentication]
    throttle_classes = [OnceAMinute]


class RatePerScope(ScopedRateThrottle):
    # A project sets this as DEFAULT_THROTTLE_RATES; the demos share their settings.
    THROTTLE_RATES = {"search": "1/min", "listing": "3/min"}


class ScopedProductList(ProductList):
    throttle_classes = [RatePerScope]
    throttle_scope = "listing"


class ScopelessProductSearch(ProductList):
    throttle_classes = [RatePerScope]
    filter_backends = [SearchFilter]
    search_fields = ["name"]


class ScopedProductSearch(ScopelessProductSearch):
    throttle_scope = "search"


class Burst(UserRateThrottle):
    scope = "burst"
    rate = "1/min"


class Sustained(UserRateThrottle):
    scope = "sustained"
    rate = "3/hour"


class TwoLimitsProductList(ProductList):
    throttle_classes = [Burst, Sustained]


class FirstRefusalProductList(TwoLimitsProductList):
    def check_throttles(self, request):
        for throttle in self.get_throttles():
            if not throttle.allow_request(request, self):
                self.throttled(request, throttle.wait())


class ThreeAMinute(UserRateThrottle):
    rate = "3/min"


class TenAnHour(UserRateThrottle):
    rate = "10/hour"


class TenAnHourInAnotherScope(TenAnHour):
    scope = "hourly"


class SameScopeProductList(ProductList):
    throttle_classes = [ThreeAMinute, TenAnHour]


class OtherScopeProductList(ProductList):
    throttle_classes = [ThreeAMinute, TenAnHourInAnotherScope]


# The opening hours: for everyone, and without a query


class AnonymousOnceAMinute(AnonRateThrottle):
    rate = "1/min"


class OnceAMonth(AnonRateThrottle):
    rate = "1/month"


class OnceAWeek(AnonRateThrottle):
    rate = "1/week"


class NewScope(AnonRateThrottle):
    scope = "hours"


class ThreeADay(AnonRateThrottle):
    rate = "3/day"


class CountedThreeADay(ThreeADay):
    """Counts in fixed windows. The cache runs `add` and `incr` in one step each, so no two requests
    get the same number."""

    def allow_request(self, request, view):
        key = self.get_cache_key(request, view)
        if key is None:
            return True
        self.now = self.timer()
        key = f"{key}_{self.now // self.duration:.0f}"
        self.cache.add(key, 0, timeout=2 * self.duration)
        return self.cache.incr(key) <= self.num_requests

    def wait(self):
        return self.duration - self.now % self.duration


class ThreeADayWhileRedisIsUp(ThreeADay):
    def allow_request(self, request, view):
        try:
            return super().allow_request(request, view)
        except RedisError:
            return True


class OpeningHours(APIView):
    permission_classes = [AllowAny]

    def get(self, request):
        return Response({"opens": "09:00", "closes": "18:00"})


# The login


class LoginsPerAddress(AnonRateThrottle):
    scope = "login-address"
    rate = "2/min"


class LoginsPerAccount(SimpleRateThrottle):
    scope = "login-account"
    rate = "2/min"

    def get_cache_key(self, request, view):
        login = LoginSerializer(data=request.data)
        if not login.is_valid():
            return None
        account = login.validated_data["username"].lower().encode()
        return self.cache_format % {"scope": self.scope, "ident": sha256(account).hexdigest()}


class Login(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [LoginsPerAddress]

    def post(self, request):
        login = LoginSerializer(data=request.data)
        login.is_valid(raise_exception=True)
        user = authenticate(request, **login.validated_data)
        if user is None:
            raise ValidationError({"detail": "Wrong username or password."})
        return Response({"username": user.username})


class LoginWithAccountLimit(Login):
    throttle_classes = [LoginsPerAddress, LoginsPerAccount]
