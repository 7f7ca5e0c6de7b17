from django.urls import path

from . import implementations, serializers
from .views import DeclaredQuote, OfferList, UncheckedQuote


def declared(implementation=implementations.from_price_list, **changes):
    return DeclaredQuote.as_view(implementation=implementation, **changes)


def unchecked(implementation):
    return UncheckedQuote.as_view(implementation=implementation)


def offers(serializer):
    return OfferList.as_view(serializer_class=serializer)


urlpatterns = [
    path("quotes/database/", declared(implementations.from_database)),
    path("quotes/price-list/", declared()),
    path("quotes/price-list/unchecked/", unchecked(implementations.from_price_list)),
    path("quotes/other-name/", unchecked(implementations.under_another_name)),
    path("quotes/other-name/declared/", declared(implementations.under_another_name)),
    path("quotes/zero/", declared(implementations.zero_for_unknown)),
    path("quotes/cents/", declared(implementations.in_cents)),
    path("offers/row/", offers(serializers.OfferRow)),
    path("offers/row/renamed/", offers(serializers.RenamedOfferRow)),
    path("offers/serializer/", offers(serializers.OfferAnswer)),
    path("offers/serializer/renamed/", offers(serializers.RenamedOfferAnswer)),
]

calls = {
    "optional-input": serializers.CallWithOptionalCurrency,
    "required-input": serializers.CallWithRequiredCurrency,
}
answers = {
    "field-added": serializers.AnswerWithCurrency,
    "field-removed": serializers.AnswerWithoutTotal,
    "field-renamed": serializers.AnswerWithSum,
    "type-changed": serializers.AnswerWithNumber,
}
for name, serializer in calls.items():
    urlpatterns.append(path(f"changes/{name}/", declared(serializer_class=serializer)))
for name, serializer in answers.items():
    urlpatterns.append(path(f"changes/{name}/", declared(answer_class=serializer)))
