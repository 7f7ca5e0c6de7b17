from rest_framework import generics
from rest_framework.filters import OrderingFilter, SearchFilter

from .models import GiftCard, Redemption

# urls.py gives each view its serializer, often the only thing in which two endpoints differ.


class CardDetail(generics.RetrieveUpdateAPIView):
    queryset = GiftCard.objects.all()


class CardList(generics.ListAPIView):
    queryset = GiftCard.objects.order_by("code")
    filter_backends = [OrderingFilter]


class LeakingCardList(CardList):
    filter_backends = [OrderingFilter, SearchFilter]
    ordering_fields = "__all__"
    search_fields = ["^pin"]


class PresentCreate(generics.CreateAPIView):
    def perform_create(self, serializer):
        serializer.save(points=50)


class RedemptionDetail(generics.RetrieveAPIView):
    queryset = Redemption.objects.select_related("card")


def charge(card):
    """Stands in for the payment provider, which numbers the transactions of a card."""
    return f"{card.code}-{card.redemption_set.count() + 1:04}"


class RedemptionCreate(generics.CreateAPIView):
    def perform_create(self, serializer):
        serializer.save(transaction_id=charge(serializer.validated_data["card"]))
