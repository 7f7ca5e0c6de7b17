"""What Django's cookies, CSRF check, login and cache do."""

import re

from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.test import RequestFactory, override_settings


def login(request):
    return HttpResponse(get_token(request))


def same_site_of_the_session():
    return getattr(settings, "SESSION_COOKIE_SAMESITE", None) or "absent"


def same_site_of_a_deleted_cookie():
    response = HttpResponse()
    try:
        response.delete_cookie("basket", samesite="Lax")
    except TypeError:
        return "TypeError"
    return response.cookies["basket"]["samesite"]


def csrf_cookie():
    request = RequestFactory().get("/")
    get_token(request)
    return f"{len(request.META['CSRF_COOKIE'])} characters"


def csrf_of(**headers):
    """What the CSRF check answers to a POST with a right cookie and these headers."""
    request = RequestFactory().get("/")
    token = get_token(request)
    posted = RequestFactory().post("/", **headers)
    posted.COOKIES["csrftoken"] = request.META["CSRF_COOKIE"]
    if headers:
        posted.META["HTTP_X_CSRFTOKEN"] = token
    refusals = []

    class Check(CsrfViewMiddleware):
        def _reject(self, request, reason):
            refusals.append(reason)
            return HttpResponse(status=403)

    check = Check(lambda request: HttpResponse())
    if hasattr(check, "process_request"):
        check.process_request(posted)
    check.process_view(posted, login, (), {})
    return refusals[0] if refusals else "accepted"


def csrf_without_a_token():
    return csrf_of()


def csrf_from_another_origin():
    return re.sub(" - .*", "", csrf_of(HTTP_ORIGIN="http://evil.example"))


def log_out_by_get():
    from django.contrib.auth import views
    from django.contrib.auth.models import AnonymousUser
    from django.contrib.sessions.backends.cache import SessionStore

    request = RequestFactory().get("/logout/")
    request.session = SessionStore()
    request.user = AnonymousUser()
    view = views.LogoutView.as_view if hasattr(views, "LogoutView") else None
    response = view(next_page="/")(request) if view else views.logout(request, next_page="/")
    return str(response.status_code)


def next_page_with_digits():
    """A browser reads `https:999999999` as the address 59.154.201.255."""
    try:
        from django.utils.http import url_has_allowed_host_and_scheme as is_safe
    except ImportError:
        from django.utils.http import is_safe_url as is_safe
    return "safe" if is_safe("https:999999999", "shop.example") else "unsafe"


def login_required_for_all():
    from django.contrib.auth.models import AnonymousUser

    try:
        from django.contrib.auth.middleware import LoginRequiredMiddleware
    except ImportError:
        return "no such middleware"
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    answer = LoginRequiredMiddleware(login).process_view(request, login, (), {})
    return f"{answer.status_code} to {answer.url}"


def pickled_sessions():
    try:
        from django.contrib.sessions.serializers import PickleSerializer
    except ImportError:
        return "no such class"
    return PickleSerializer.__name__


def signature_of_the_old_key():
    from django.core import signing

    signed = signing.dumps("cart")
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        try:
            return "accepted" if signing.loads(signed) == "cart" else "another value"
        except signing.BadSignature:
            return "BadSignature"


def authorization_in_the_error_report():
    from django.views.debug import SafeExceptionReporterFilter

    hide = getattr(SafeExceptionReporterFilter(), "get_safe_request_meta", None)
    request = RequestFactory().get("/", HTTP_AUTHORIZATION="Basic YW5uOnJpZ2h0")
    found = (hide(request) if hide else request.META)["HTTP_AUTHORIZATION"]
    return "in clear" if found.startswith("Basic") else "hidden"


def cached_page_of_another_user():
    from django.views.decorators.cache import cache_page

    @cache_page(60)
    def view(request):
        return HttpResponse(request.META["HTTP_AUTHORIZATION"])

    asks = RequestFactory().get
    view(asks("/", HTTP_AUTHORIZATION="Token ann"))
    return "Bob gets " + view(asks("/", HTTP_AUTHORIZATION="Token bob")).content.decode()


def redis_as_a_cache():
    try:
        from django.core.cache.backends.redis import RedisCache
    except ImportError:
        return "no such backend"
    return RedisCache.__name__


def tasks():
    try:
        from django.tasks import task
    except ImportError:
        return "no such module"
    return task(login).name


def preferred_type():
    request = RequestFactory().get("/", HTTP_ACCEPT="text/html;q=0.5,application/json")
    if not hasattr(request, "get_preferred_type"):
        return "no such method"
    return request.get_preferred_type(["text/html", "application/json"])
