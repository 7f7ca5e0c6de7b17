"""The shapes a response can take: an envelope by a renderer, problem details by a handler."""

from http import HTTPStatus

from django.http import JsonResponse
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler


def envelope(status, data, message):
    return {"status": status, "data": data, "message": message}


class NaiveEnvelopeRenderer(JSONRenderer):
    """Wraps every body that DRF sends, its own errors too."""

    def render(self, data, accepted_media_type=None, renderer_context=None):
        response = renderer_context["response"]
        status = "error" if response.status_code >= 400 else "success"
        wrapped = envelope(status, data, response.status_text)
        return super().render(wrapped, accepted_media_type, renderer_context)


class EnvelopeRenderer(NaiveEnvelopeRenderer):
    """Leaves a 204 empty."""

    def render(self, data, accepted_media_type=None, renderer_context=None):
        if renderer_context["response"].status_code == HTTPStatus.NO_CONTENT:
            return b""
        return super().render(data, accepted_media_type, renderer_context)


# Exception handlers


def problem_details(exc, context):
    """Rewrites DRF's response as RFC 9457 says; its status, headers and rollback stay."""
    response = exception_handler(exc, context)
    if response is None:
        return None
    problem = {"title": response.status_text, "status": response.status_code}
    if isinstance(getattr(exc, "detail", None), list | dict):
        problem["errors"] = list(errors_in(exc.detail))
    else:
        detail = response.data["detail"]
        problem |= {"detail": detail, "code": detail.code}
    response.data = problem
    response.content_type = "application/problem+json"
    return response


def errors_in(detail, pointer="#"):
    """Each error of a ValidationError, with its code and a JSON pointer to the field."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            is_field = key != api_settings.NON_FIELD_ERRORS_KEY
            yield from errors_in(value, f"{pointer}/{key}" if is_field else pointer)
    elif isinstance(detail, list):
        for value in detail:
            yield from errors_in(value, pointer)
    else:
        yield {"detail": detail, "code": detail.code, "pointer": pointer}


def naive_handler(exc, context):
    """Builds its own response from the exception."""
    if not isinstance(exc, APIException):
        return None
    status = HTTPStatus(exc.status_code)
    return Response(envelope("error", exc.detail, status.phrase), status=status)


def catch_all(exc, context):
    """Lets no exception through."""
    response = exception_handler(exc, context)
    return response or Response(envelope("error", None, "Internal Server Error"), status=500)


# What DRF never sees: for handler404 and handler500 of the root urlconf


def not_found(request, exception):
    return problem_response(HTTPStatus.NOT_FOUND)


def server_error(request):
    return problem_response(HTTPStatus.INTERNAL_SERVER_ERROR)


def problem_response(status):
    problem = {"title": status.phrase, "status": status}
    return JsonResponse(problem, status=status, content_type="application/problem+json")
