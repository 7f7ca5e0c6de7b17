"""Makes a Django app of every demo folder: 07_n_plus_one gets the label demo_07 and the URL /07/.

A folder name may begin with a digit, an app label may not; so each folder gets an AppConfig
here, and needs neither an apps.py nor an __init__.py of its own.
"""

import os

from django.apps import AppConfig

from runner.catalogue import find_demo, find_demos

# DEMO=07 loads that one alone: playing one demo should not import all the others.
DEMOS = [find_demo(os.environ["DEMO"])] if os.environ.get("DEMO") else find_demos()

for _demo in DEMOS:
    globals()[f"Demo{_demo.number}"] = type(
        f"Demo{_demo.number}",
        (AppConfig,),
        {
            "name": _demo.module,
            "label": _demo.label,
            "verbose_name": _demo.question,
            "__module__": __name__,
        },
    )

DEMO_APPS = [f"{__name__}.Demo{demo.number}" for demo in DEMOS]
