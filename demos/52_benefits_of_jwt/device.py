"""What an app on the user's device does with a token: it has no key."""

import json
from base64 import urlsafe_b64decode


def read(token):
    _, payload, _ = str(token).split(".")
    return json.loads(urlsafe_b64decode(payload + "=="))
