from rest_framework.response import Response
from rest_framework.views import APIView

from .serializers import TeaSerializer


class Basket(APIView):
    """Stores nothing, so each query that you see is one of the authentication."""

    def get(self, request):
        return Response({"user": request.user.username})

    def post(self, request):
        serializer = TeaSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response({"user": request.user.username, **serializer.data}, status=201)
