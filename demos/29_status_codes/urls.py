from django.urls import path
from django.views.generic import RedirectView

from . import views

creations = {
    "always-ok": views.AlwaysOkProductCreate,
    "unchecked": views.UncheckedProductCreate,
    "validated": views.ProductCreate,
    "conflict": views.ConflictProductCreate,
    "linked": views.LinkedProductCreate,
}
moved = RedirectView.as_view(pattern_name="29-product", permanent=True)
urlpatterns = [path(f"products/{name}/", view.as_view()) for name, view in creations.items()]

products = {
    "naive": views.NaiveProductDetail,
    "guarded": views.GuardedProduct,
    "purchase": views.Purchase,
    "stock": views.Stock,
    "delete-chatty": views.ChattyDelete,
    "delete-silent": views.SilentDelete,
}
for name, view in products.items():
    urlpatterns.append(path(f"products/<str:sku>/{name}/", view.as_view()))

urlpatterns += [
    path("products/<str:sku>/", views.ProductDetail.as_view(), name="29-product"),
    path("old/products/<str:sku>/", moved),
    path("orders/<str:reference>/payment/", views.PaymentRequest.as_view()),
    path("orders/<str:reference>/", views.OrderStatus.as_view(), name="29-order"),
    path("raising/<str:name>/", views.Raising.as_view()),
    path("codes/<int:code>/", views.Code.as_view()),
    path("export/streamed/", views.StreamedExport.as_view()),
    path("export/whole/", views.WholeExport.as_view()),
]
