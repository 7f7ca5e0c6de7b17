from django.contrib.auth import logout
from rest_framework.permissions import AllowAny, IsAdminUser
from rest_framework.response import Response
from rest_framework.views import APIView


class WhoAmI(APIView):
    """Says who the caller is, if they are signed in: that is this project's default permission."""

    def get(self, request):
        return Response({"user": request.user.get_username() or None})

    def post(self, request):
        """Signs the session out, if there is one."""
        logout(request)
        return Response(status=204)


class PublicWhoAmI(WhoAmI):
    permission_classes = [AllowAny]


class StaffWhoAmI(WhoAmI):
    permission_classes = [IsAdminUser]
