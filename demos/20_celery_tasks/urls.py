from django.urls import path

from . import tasks, views

urlpatterns = [
    path("orders/mail-in-request/", views.MailInRequest.as_view()),
    path("orders/mail-in-task/", views.MailInTask.as_view()),
    path("orders/outbox/", views.Outbox.as_view()),
]

for name, task in {
    "thank": tasks.thank,
    "thank-stubbornly": tasks.thank_stubbornly,
    "thank-or-note": tasks.thank_or_note,
    "thank-in-time": tasks.thank_in_time,
    "confirm": tasks.confirm,
    "confirm-late": tasks.confirm_late,
    "confirm-again": tasks.confirm_again,
    "confirm-once": tasks.confirm_once,
}.items():
    urlpatterns += [
        path(f"orders/delay/{name}/", views.Delay.as_view(task=task)),
        path(f"orders/on-commit/{name}/", views.DelayOnCommit.as_view(task=task)),
    ]
