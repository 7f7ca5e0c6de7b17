"""What every request passes before it reaches a view."""

from django.http import HttpResponseBadRequest


class RefuseNul:
    """Answer 400 to a NUL in a URL.

    PostgreSQL stores no NUL in text (docs: datatype-character), so a lookup with one is a 500.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponseBadRequest("A URL must not hold a NUL.", content_type="text/plain")
        return self.get_response(request)
