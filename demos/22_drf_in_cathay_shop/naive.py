# The shop in plain Django, as it is first written: good requests work.
import json

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt

from shop.models import Brand, Category, Product


def as_json(product):
    return {
        "sku": product.sku,
        "name": product.name,
        "category": product.category.slug,
        "brand": product.brand.name,
        "price": str(product.price),
        "stock": product.stock,
    }


@csrf_exempt
def product_list(request):
    if request.method == "POST":
        if not request.user.is_authenticated:
            return HttpResponse(status=403)
        data = json.loads(request.body)
        product = Product.objects.create(
            sku=data["sku"],
            name=data["name"],
            category=Category.objects.get(slug=data["category"]),
            brand=Brand.objects.get(name=data["brand"]),
            price=data["price"],
            stock=data.get("stock", 0),
        )
        return JsonResponse(as_json(product), status=201)
    products = Product.objects.select_related("category", "brand")
    return JsonResponse([as_json(product) for product in products], safe=False)


@csrf_exempt
def product_detail(request, sku):
    product = get_object_or_404(Product.objects.select_related("category", "brand"), sku=sku)
    if request.method != "GET" and not request.user.is_authenticated:
        return HttpResponse(status=403)
    if request.method == "PATCH":
        for name, value in json.loads(request.body).items():
            setattr(product, name, value)
        product.save()
    elif request.method == "DELETE":
        product.delete()
        return HttpResponse(status=204)
    return JsonResponse(as_json(product))
