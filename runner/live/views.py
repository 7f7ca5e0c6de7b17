"""The pages, the runs, the class, and the way into the playground."""

import json
import re
import secrets

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model, login
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from runner.catalogue import Demo, find_demo, find_demos
from runner.errors import UserError
from runner.learn.progress import progress_file
from runner.learn.record import keys_done
from runner.live import playground
from runner.live.middleware import FOLLOWER, PRESENTER, is_presenter
from runner.live.state import jobs, library, room
from runner.proofs.mutations import mutations_of
from runner.proofs.site import hinted
from runner.show.web.learning import fix_page
from runner.show.web.pages import class_page, waiting_page

SLIDES = re.compile(r"\d\d-present\.html")
TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


def _demo(number: str) -> Demo:
    try:
        return find_demo(number)
    except UserError as error:
        raise Http404(str(error)) from error


@require_safe
async def top(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect("/index.html")


@require_safe
@ensure_csrf_cookie
async def page(request: HttpRequest, name: str) -> HttpResponse:
    """A page or a file of the site; one that is not recorded yet says so, and comes by itself."""
    found = await sync_to_async(library.find)(name)
    if found is None:
        raise Http404(f"There is no page {name}.")
    if isinstance(found, Demo):
        job = jobs.recording(found)
        reason = (job.problem or "its run ended early") if job.is_over else ""
        found = waiting_page(found, job.number, reason)
    return HttpResponse(found, content_type=f"{TYPES[name.rpartition('.')[2]]}; charset=utf-8")


@require_safe
@ensure_csrf_cookie
def fix(request: HttpRequest, number: str) -> HttpResponse:
    """The exercises of a demo; which of them are done is for the presenter alone."""
    demo = _demo(number)
    done = _done() if is_presenter(request) else None
    return HttpResponse(fix_page(demo, hinted(demo), find_demos(), live=True, done=done))


def _done() -> set[str] | None:
    """The keys of what the learner has done; None where the progress cannot be read."""
    try:
        return keys_done(progress_file())
    except UserError:
        return None


@require_POST
async def run(request: HttpRequest, number: str) -> HttpResponse:
    return JsonResponse({"job": jobs.start(_demo(number).number).number})


@require_POST
async def break_it(request: HttpRequest, number: str, mutation: int) -> HttpResponse:
    demo = _demo(number)
    if not 1 <= mutation <= len(mutations_of(demo)):
        raise Http404(f"Demo {demo.number} has no mutation {mutation}.")
    return JsonResponse({"job": jobs.start(demo.number, str(mutation)).number})


@require_safe
async def job_events(request: HttpRequest, number: int) -> HttpResponse:
    if number not in jobs.known:
        raise Http404(f"There is no run {number}.")
    return _events(jobs.known[number].follow())


def _events(stream) -> StreamingHttpResponse:
    return StreamingHttpResponse(stream, content_type="text/event-stream")


# The class


@require_safe
async def presenter(request: HttpRequest, key: str) -> HttpResponse:
    """The address that the terminal shows: this browser may drive from now on."""
    if not secrets.compare_digest(key.encode(), room.key.encode()):
        raise Http404("This is not the presenter's key.")
    response = HttpResponseRedirect("/index.html")
    response.set_cookie(PRESENTER, key, httponly=True, samesite="Strict")
    return response


@require_safe
@ensure_csrf_cookie
async def follow(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(class_page("class.html", title="The class"))
    if FOLLOWER not in request.COOKIES:
        response.set_cookie(FOLLOWER, secrets.token_urlsafe(9), httponly=True, samesite="Strict")
    return response


@require_safe
async def class_events(request: HttpRequest) -> HttpResponse:
    return _events(room.follow())


@require_POST
async def vote(request: HttpRequest) -> HttpResponse:
    browser = request.COOKIES.get(FOLLOWER, "")
    counted = bool(browser) and room.vote(browser, request.POST.get("verdict", ""))
    return HttpResponse(status=204 if counted else 409)


@require_POST
async def show(request: HttpRequest) -> HttpResponse:
    """Show this slide to all who follow. 409: another presenter drives."""
    match _json(request.body):
        case {
            "page": str(page),
            "slide": int(slide),
            "open": bool(is_open),
            "driver": str(driver),
            **more,
        } if SLIDES.fullmatch(page) and slide >= 0:
            pass
        case _:
            return HttpResponse(status=400)
    if more.get("take"):
        room.driver = driver
    shown = room.show(driver, page, slide, is_open)
    return JsonResponse(room.state(), status=200 if shown else 409)


def _json(body: bytes) -> object:
    """What the body holds; None where it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


# The playground


@require_POST
def become_ann(request: HttpRequest) -> HttpResponse:
    """Sign this browser in as Ann."""
    login(request, get_user_model().objects.get(username="ann"))
    return HttpResponse(status=204)


@require_POST
def reset(request: HttpRequest) -> HttpResponse:
    playground.fill()
    return HttpResponse(status=204)
