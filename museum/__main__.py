"""`python -m museum MODULE.FUNCTION …` prints one JSON object: what each experiment saw.

A value is the behaviour, or `{"failed": "ImportError: …"}` where the release cannot run it.
"""

import json
import logging
import re
import sys
import warnings
from importlib import import_module

import museum.settings


def seen(name):
    """What the experiment of that name returns; whatever it writes is taken back."""
    from django.db import transaction

    module, function = name.split(".")
    try:
        with transaction.atomic():
            behaviour = getattr(import_module("museum." + module), function)()
            transaction.set_rollback(True)
    except Exception as error:  # any release may fail in any way
        return failed(error)
    return behaviour


def failed(error):
    """What is said of a release that cannot run an experiment, without a path of this machine."""
    text = re.sub(r" \(/.*\)", "", str(error))
    return {"failed": f"{type(error).__name__}: {text}"[:200]}


def main(names):
    """What each of them saw."""
    try:
        museum.settings.set_up()
    except Exception as error:  # such as a package that the installed Django is too new for
        return {name: failed(error) for name in names}
    return {name: seen(name) for name in names}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    print(json.dumps(main(sys.argv[1:])))
