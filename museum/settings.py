"""A Django project without files, for every release from 1.8 on."""

from importlib.util import find_spec

SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
TEMPLATES = {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
DJANGO = ["auth", "contenttypes", "sessions"]
OPTIONAL = [
    "rest_framework",
    "rest_framework.authtoken",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]


def set_up():
    """Start Django and make the tables, in memory."""
    import django
    from django.apps import apps
    from django.conf import settings
    from django.db import connection

    settings.configure(
        SECRET_KEY="x" * 50,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=(),
        INSTALLED_APPS=["django.contrib." + app for app in DJANGO]
        + [app for app in OPTIONAL if find_spec(app.split(".")[0])]
        + ["museum"],
        DATABASES={name: dict(SQLITE) for name in ("default", "autocommit")},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        TEMPLATES=[TEMPLATES],
        MIDDLEWARE=MIDDLEWARE,
        MIDDLEWARE_CLASSES=MIDDLEWARE,
        USE_TZ=True,
        SIMPLE_JWT={"BLACKLIST_AFTER_ROTATION": True},
        REST_FRAMEWORK={"TEST_REQUEST_DEFAULT_FORMAT": "json"},
    )
    django.setup()
    with connection.schema_editor() as editor:
        for model in apps.get_models():
            if not model._meta.proxy:
                editor.create_model(model)
