"""Keeps what the caller's shell holds for other projects away from a run.

A verdict must not depend on it. What this project documents stays: DATABASE_URL, REDIS_URL,
CELERY_BROKER_URL, DB, BROWSER, and what a terminal is told by: NO_COLOR, FORCE_COLOR, COLUMNS.
"""

import os
from collections.abc import MutableMapping

# Whatever begins with one of these belongs to Django, pytest, Python, libpq, Celery or Hypothesis.
PREFIXES = (
    *("DJANGO_", "PYTEST_", "PYTHON", "PG", "CELERY", "KOMBU_", "HYPOTHESIS_", "SCHEMATHESIS_"),
)
NAMES = frozenset(
    {
        *("SECRET_KEY", "DEBUG", "DEMO"),  # read by config/
        *("BUILD_NUMBER", "CI", "PY_COLORS"),  # pytest
        *("FAIL_INVALID_TEMPLATE_VARS", "CREATE_DB", "REUSE_DB"),  # pytest-django
        *("C_FORCE_ROOT", "FORKED_BY_MULTIPROCESSING", "USE_FAST_LOCALS"),  # Celery
        *("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"),
    }
)
DOCUMENTED = frozenset({"CELERY_BROKER_URL"})
# What chooses servers or an appearance: it does not count where text is generated.
CHOICES = frozenset(
    {
        *("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "DB", "BROWSER"),
        *("COLUMNS", "LINES", "TERM", "COLORTERM", "FORCE_COLOR", "NO_COLOR"),
    }
)
# Set once the environment is clean, so that what a run sets for the processes below it stays.
CLEAN = "RUNNER_SURROUNDINGS_ARE_CLEAN"


def clean(environment: MutableMapping[str, str] = os.environ) -> None:
    """Remove what belongs to others, unless a process above this one has done so."""
    if environment.get(CLEAN):
        return
    for name in list(environment):
        if (name.startswith(PREFIXES) or name in NAMES) and name not in DOCUMENTED:
            del environment[name]
    environment[CLEAN] = "1"


def forget_choices(environment: MutableMapping[str, str] = os.environ) -> None:
    """Remove the user's choices as well, for text that must be the same on every machine."""
    for name in CHOICES:
        environment.pop(name, None)
