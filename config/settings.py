"""The one settings module. What differs between machines comes from the environment."""

import os
from pathlib import Path

import environ
from django.core.management.utils import get_random_secret_key

from config.demos import DEMO_APPS

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# Random at each start unless SECRET_KEY is set, so a published key can never reach production.
SECRET_KEY = env.str("SECRET_KEY", default="") or get_random_secret_key()
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
INTERNAL_IPS = ["127.0.0.1"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "rest_framework",
    "rest_framework.authtoken",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "shop",
    *DEMO_APPS,
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.RefuseNul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
STATIC_URL = "static/"

SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}
DATABASES = {"default": env.db("DATABASE_URL") if env.str("DATABASE_URL", "") else SQLITE}
if "postgresql" in DATABASES["default"]["ENGINE"]:
    # Each run has its test database, whose name says which process made it, and on which host.
    # PostgreSQL cuts a name after 63 bytes.
    DATABASES["default"]["TEST"] = {"NAME": f"test_shop_{os.uname().nodename[:40]}_{os.getpid()}"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# No migrations: the models are read as they stand, and their history would teach nothing.
# `migrate --run-syncdb` makes the tables.

USE_TZ = True
TIME_ZONE = "UTC"

REST_FRAMEWORK = {
    # DRF's own default is AllowAny; a demo that is about permissions sets its own.
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PARSER_CLASSES": [
        "config.parsers.JSONParser",
        "config.parsers.FormParser",
        "config.parsers.MultiPartParser",
    ],
    "TEST_REQUEST_DEFAULT_FORMAT": "json",  # DRF's own default is multipart
}

# The toolbar answers only to INTERNAL_IPS. A run of the tests never has it, since
# runner.surroundings removes DEBUG.
if DEBUG:
    INSTALLED_APPS += ["django.contrib.staticfiles", "debug_toolbar"]
    MIDDLEWARE.insert(0, "debug_toolbar.middleware.DebugToolbarMiddleware")
