from django.urls import path

from . import views

urlpatterns = [
    path("products/generic/", views.GenericProducts.as_view()),
    path("products/function/", views.function_products),
    path("whoami/", views.WhoAmI.as_view()),
    path("stock/csv/", views.stock_as_csv),
    path("reports/misspelt/", views.MisspeltReport.as_view()),
    path("reports/admin/", views.Report.as_view()),
]

read_by = {
    "server": views.RemoteUserAuthentication,
    "header": views.HeaderAuthentication,
}
for name, authentication in read_by.items():
    view = views.WhoAmI.as_view(authentication_classes=[authentication])
    urlpatterns.append(path(f"remote-user/{name}/", view))

sources = {
    "rows": views.from_rows,
    "dicts": views.from_dicts,
    "objects": views.from_objects,
    "supplier": views.from_supplier,
}
for name, source in sources.items():
    urlpatterns.append(path(f"stock/{name}/", views.Stock.as_view(source=source)))
