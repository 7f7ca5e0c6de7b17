from django.urls import path

from . import views

COLLECTION = {"get": "list", "post": "create"}

urlpatterns = [
    path("function/", views.categories),
    path("apiview/", views.CategoriesByHand.as_view()),
    path("generic/", views.GenericCategories.as_view()),
    path("viewset/", views.CategoryViewSet.as_view(COLLECTION)),
    path("model-viewset/", views.CategoryModelViewSet.as_view(COLLECTION)),
    path("bare/", views.BareAPIView.as_view()),
    path("paged/", views.PagedCategories.as_view(COLLECTION)),
    path("me/", views.Me.as_view({"get": "retrieve"})),
    path("search/", views.CategoryModelViewSet.as_view({"post": "list"})),
    path("get-only/apiview/", views.GetOnlyView.as_view()),
    path("get-only/viewset/", views.GetOnlyViewSet.as_view(COLLECTION)),
    path("get-head-options/viewset/", views.GetHeadOptionsViewSet.as_view(COLLECTION)),
    path("only-list/viewset/", views.PlainViewSet.as_view(COLLECTION)),
    path("only-list/missed/<slug:slug>/", views.MissedModelViewSet.as_view({"delete": "destroy"})),
    path("only-list/seen/", views.SeenModelViewSet.as_view({"get": "list"})),
    path("only-list/seen/<slug:slug>/", views.SeenModelViewSet.as_view({"delete": "destroy"})),
    path("only-list/apiview/", views.ViewWithoutActions.as_view()),
    path("helper/<slug:slug>/", views.ClearShelf.as_view({"post": "clear"})),
    path("private-helper/<slug:slug>/", views.ClearShelfPrivately.as_view({"post": "clear"})),
]
