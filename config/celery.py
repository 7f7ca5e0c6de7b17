"""The Celery app: `celery --app=config.celery worker` starts a worker of it.

Celery itself reads CELERY_BROKER_URL, and CELERY_RESULT_BACKEND for where the results go. Only
the demos about Celery import this module: all others play without Celery being installed.
"""

import os

from celery import Celery

# Tasks have delay_on_commit only if this is set before the app is made.
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

app = Celery("cathay_shop")
app.autodiscover_tasks()


def use_key_prefix(prefix):
    """Let all keys begin with the prefix, so that several shops can share one Redis."""
    app.conf.broker_transport_options = {"global_keyprefix": prefix}
    app.conf.result_backend_transport_options = {"global_keyprefix": prefix}


use_key_prefix(os.environ.get("CELERY_KEY_PREFIX", ""))
