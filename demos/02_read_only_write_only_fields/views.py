from rest_framework import generics

from .models import GiftCard, Redemption

# urls.py gives each view its serializer, often the only thing in which two endpoints differ.


class CardDetail(generics.RetrieveUpdateAPIView):
    queryset = GiftCard.objects.all()


class PresentCreate(generics.CreateAPIView):
    def perform_create(self, serializer):
        serializer.save(points=50)


class RedemptionDetail(generics.RetrieveAPIView):
    queryset = Redemption.objects.select_related("card")


def charge(card):
    """Stands in for the payment provider, who gives every transaction its ID."""
    return f"{card.code}-0001"


class RedemptionCreate(generics.CreateAPIView):
    def perform_create(self, serializer):
        serializer.save(transaction_id=charge(serializer.validated_data["card"]))
