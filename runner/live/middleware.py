"""Who may do what, and the headers that a browser is told."""

import secrets
from collections.abc import Awaitable, Callable

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils.decorators import async_only_middleware

from runner.live.state import room

Handler = Callable[[HttpRequest], Awaitable[HttpResponse]]
POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
# What everybody in the class may open: the pages, and the room.
FOR_ALL = ("/class/", "/presenter/")
PRESENTER, FOLLOWER = "cathay_shop_presenter", "cathay_shop_follower"


def is_presenter(request: HttpRequest) -> bool:
    """Whether this browser has shown the key; who serves for this machine alone needs none."""
    given = request.COOKIES.get(PRESENTER, "")
    return not settings.LIVE_IS_OPEN or secrets.compare_digest(given.encode(), room.key.encode())


@async_only_middleware
def guard(get_response: Handler) -> Handler:
    """Lets followers read and vote, and only a presenter run, break, poke and see the toolbar."""

    async def answer(request: HttpRequest) -> HttpResponse:
        is_page = "/" not in request.path[1:]
        if not (is_page or request.path.startswith(FOR_ALL) or is_presenter(request)):
            response = HttpResponseForbidden(
                "Only the presenter may do this: open the address that the terminal shows.\n",
                content_type="text/plain; charset=utf-8",
            )
        else:
            response = await get_response(request)
        if is_page or request.path.startswith(("/class/", "/presenter/", "/live/")):
            response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


@async_only_middleware
def user_first(get_response: Handler) -> Handler:
    """Looks up the session and the user before an endpoint of a demo begins."""

    async def answer(request: HttpRequest) -> HttpResponse:
        if _is_of_a_demo(request):
            await sync_to_async(lambda: request.user.is_authenticated)()
        return await get_response(request)

    return answer


def shows_toolbar(request: HttpRequest) -> bool:
    """Whether this is an endpoint of a demo or the toolbar itself, on this machine alone."""
    return settings.DEBUG and (_is_of_a_demo(request) or request.path.startswith("/__debug__/"))


def _is_of_a_demo(request: HttpRequest) -> bool:
    return request.path[1:3].isdecimal() and request.path[3:4] == "/"
