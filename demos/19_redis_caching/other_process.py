"""Print what another process finds in the cache. Its argument and its output are JSON."""

import json
import sys

from django.conf import settings
from django.core.cache import cache

settings.configure(CACHES=json.loads(sys.argv[1]))
print(json.dumps(cache.get("prices")))
