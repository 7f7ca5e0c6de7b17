from rest_framework.permissions import IsAdminUser
from rest_framework.response import Response
from rest_framework.views import APIView


class Me(APIView):
    """Says what the token says, so each query that you see is one of the authentication."""

    def get(self, request):
        return Response({"user_id": request.user.id})


class StaffReport(APIView):
    permission_classes = [IsAdminUser]

    def get(self, request):
        return Response({"orders": 0})
