# The same shop in plain Django, with an answer for each bad request.
import json

from django import forms
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views import View

from shop.models import Brand, Category, Product


class Refused(Exception):
    def __init__(self, status, body):
        self.status = status
        self.body = body


class ProductForm(forms.ModelForm):
    category = forms.ModelChoiceField(Category.objects.all(), to_field_name="slug")
    brand = forms.ModelChoiceField(Brand.objects.all(), to_field_name="name")
    stock = forms.IntegerField(max_value=2_147_483_647, required=False)

    class Meta:
        model = Product
        fields = ["sku", "name", "category", "brand", "price", "stock"]

    def clean_stock(self):
        return self.cleaned_data["stock"] or 0


def as_json(product):
    return {
        "sku": product.sku,
        "name": product.name,
        "category": product.category.slug,
        "brand": product.brand.name,
        "price": f"{product.price:.2f}",
        "stock": product.stock,
    }


def read_json(request):
    if request.content_type != "application/json":
        raise Refused(415, {"detail": "Send JSON."})
    try:
        data = json.loads(request.body)
    except ValueError as error:
        raise Refused(400, {"detail": "This is not JSON."}) from error
    if not isinstance(data, dict):
        raise Refused(400, {"detail": "Send an object."})
    return data


def save(data, product=None):
    form = ProductForm(data, instance=product)
    if not form.is_valid():
        raise Refused(400, {field: list(errors) for field, errors in form.errors.items()})
    return form.save()


class JsonView(View):
    queryset = Product.objects.select_related("category", "brand")
    open_to_all = ("GET", "HEAD", "OPTIONS")

    def dispatch(self, request, *args, **kwargs):
        try:
            if request.method not in self.open_to_all and not request.user.is_authenticated:
                raise Refused(403, {"detail": "Sign in first."})
            return super().dispatch(request, *args, **kwargs)
        except Refused as refused:
            return JsonResponse(refused.body, status=refused.status)
        except Http404:
            return JsonResponse({"detail": "Not found."}, status=404)

    def http_method_not_allowed(self, request, *args, **kwargs):
        allow = ", ".join(self._allowed_methods())
        return JsonResponse(
            {"detail": f"{request.method} is not allowed."}, status=405, headers={"Allow": allow}
        )


class ProductList(JsonView):
    def get(self, request):
        return JsonResponse([as_json(product) for product in self.queryset.all()], safe=False)

    def post(self, request):
        return JsonResponse(as_json(save(read_json(request))), status=201)


class ProductDetail(JsonView):
    def get(self, request, sku):
        return JsonResponse(as_json(get_object_or_404(self.queryset, sku=sku)))

    def put(self, request, sku):
        product = get_object_or_404(self.queryset, sku=sku)
        return JsonResponse(as_json(save(read_json(request), product)))

    def patch(self, request, sku):
        product = get_object_or_404(self.queryset, sku=sku)
        return JsonResponse(as_json(save(as_json(product) | read_json(request), product)))

    def delete(self, request, sku):
        get_object_or_404(self.queryset, sku=sku).delete()
        return HttpResponse(status=204)
