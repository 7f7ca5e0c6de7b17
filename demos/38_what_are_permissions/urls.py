from django.urls import path
from rest_framework.permissions import AllowAny, IsAdminUser, IsAuthenticated

from . import tracing, views

levels = {
    "project": views.OrderDetail,
    "view": views.ViewLevel,
    "model": views.ModelLevel,
    "object": views.ObjectLevel,
    "django-object": views.DjangoObjectLevel,
    "traced": tracing.TracedOrder,
}
parts = {
    "public": AllowAny,
    "members": IsAuthenticated,
    "reports": IsAdminUser,
}

urlpatterns = [path("scoped/", views.Scoped.as_view())]
for name, view in levels.items():
    urlpatterns.append(path(f"orders/{name}/<str:reference>/", view.as_view()))
for name, permission in parts.items():
    view = views.Part.as_view(permission_classes=[permission])
    urlpatterns.append(path(f"parts/{name}/", view))
