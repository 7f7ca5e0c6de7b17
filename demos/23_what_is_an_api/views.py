from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.response import Response

from . import serializers
from .implementations import UnknownSku


class DeclaredQuote(GenericAPIView):
    """Checks the call, asks any implementation, and sends the fields that the contract has."""

    serializer_class = serializers.QuoteCall
    answer_class = serializers.QuoteAnswer
    implementation = None

    def post(self, request):
        call = self.get_serializer(data=request.data)
        call.is_valid(raise_exception=True)
        try:
            answer = self.implementation(
                call.validated_data["sku"], call.validated_data["quantity"]
            )
        except UnknownSku as error:
            raise ValidationError({"sku": [str(error)]}) from error
        return Response(self.sent(answer))

    def sent(self, answer):
        return self.answer_class(answer).data


class UncheckedQuote(DeclaredQuote):
    """Sends whatever the implementation returns."""

    def sent(self, answer):
        return answer


class OfferList(ListAPIView):
    def get_queryset(self):
        return self.serializer_class.Meta.model.objects.order_by("sku")
