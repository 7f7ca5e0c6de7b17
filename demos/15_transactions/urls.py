from django.urls import path

from . import views

urlpatterns = [
    path("checkout/unprotected/", views.UnprotectedCheckout.as_view()),
    path("checkout/atomic-method/", views.AtomicMethodCheckout.as_view()),
    path("checkout/atomic-block/", views.AtomicBlockCheckout.as_view()),
    path("checkout/atomic-dispatch/", views.AtomicDispatchCheckout.as_view()),
    path("checkout/returning/", views.ReturningCheckout.as_view()),
    path("checkout/set-rollback/", views.SetRollbackCheckout.as_view()),
    path("checkout/own-handler/", views.OwnHandlerCheckout.as_view()),
    path("checkout/wrapping-handler/", views.WrappingHandlerCheckout.as_view()),
    path("checkout/integrity-error/", views.CaughtIntegrityErrorCheckout.as_view()),
    path("checkout/savepoint/", views.SavepointCheckout.as_view()),
    path("checkout/silent/", views.SilentCheckout.as_view()),
    path("checkout/charging-inside/", views.ChargingInsideCheckout.as_view()),
    path("checkout/charging-on-commit/", views.ChargingOnCommitCheckout.as_view()),
    path("checkout/outbox/", views.OutboxCheckout.as_view()),
    path("checkout/receipt/", views.ReceiptCheckout.as_view()),
    path("checkout/robust-receipt/", views.RobustReceiptCheckout.as_view()),
    path("checkout/stale-answer/", views.StaleAnswerCheckout.as_view()),
    path("checkout/fresh-answer/", views.FreshAnswerCheckout.as_view()),
    path("checkout/reading/", views.ReadingCheckout.as_view()),
    path("checkout/locking/", views.LockingCheckout.as_view()),
]
