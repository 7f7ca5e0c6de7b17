from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication


class Me(APIView):
    authentication_classes = [JWTAuthentication]

    def get(self, request):
        return Response({"user": request.user.username})
