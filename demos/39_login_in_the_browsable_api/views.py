from django.http import JsonResponse
from rest_framework.authentication import TokenAuthentication
from rest_framework.response import Response
from rest_framework.views import APIView


class Me(APIView):
    """On this project's defaults: the session signs in, and IsAuthenticated is asked."""

    def get(self, request):
        return Response({"user": request.user.username})


class MeByToken(Me):
    authentication_classes = [TokenAuthentication]


def basket(request):
    """A view of Django, without DRF and without any permission."""
    return JsonResponse({"basket_of": request.user.username})
