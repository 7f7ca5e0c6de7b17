from rest_framework.serializers import ModelSerializer

from shop.models import Order


class OrderSerializer(ModelSerializer):
    class Meta:
        model = Order
        fields = ["reference", "points_used"]
        extra_kwargs = {"points_used": {"write_only": True}}
