import logging

from django.contrib.auth import login, logout
from django.views.debug import SafeExceptionReporterFilter
from rest_framework.authentication import (
    BasicAuthentication,
    SessionAuthentication,
    TokenAuthentication,
)
from rest_framework.authtoken.models import Token
from rest_framework.response import Response
from rest_framework.views import APIView

log = logging.getLogger(__name__)


class Me(APIView):
    """Says who the caller is. The naive one: the password comes with every request."""

    authentication_classes = [BasicAuthentication]

    def get(self, request):
        return Response({"user": request.user.get_username()})


class MeBySession(Me):
    authentication_classes = [SessionAuthentication]


class MeByToken(Me):
    authentication_classes = [TokenAuthentication]


class SignIn(APIView):
    """The password comes once, and what the caller gets for it is sent from then on."""

    authentication_classes = [BasicAuthentication]

    def post(self, request):
        login(request, request.user)
        token, _ = Token.objects.get_or_create(user=request.user)
        return Response({"token": token.key})


class SignOut(APIView):
    """Ends the session and the token of a caller who comes with a session."""

    def post(self, request):
        Token.objects.filter(user=request.user).delete()
        logout(request)
        return Response(status=204)


class LoggedMe(Me):
    """The naive one: it logs what the client sent."""

    def initial(self, request):
        log.info("headers: %s", dict(request.headers))
        super().initial(request)


class SafelyLoggedMe(Me):
    """Logs it as Django's error report shows it."""

    def initial(self, request):
        log.info("headers: %s", SafeExceptionReporterFilter().get_safe_request_meta(request))
        super().initial(request)
