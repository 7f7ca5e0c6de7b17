"""Makes up requests from an OpenAPI schema and compares the answers with what it promises."""

import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

PROMISES = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
STRICT = [*PROMISES, negative_data_rejection]


def fuzz(schema_url, url, headers, requests, checks=PROMISES):
    """Send GETs, some that the schema allows and some that it forbids, all in this process.

    Hypothesis's profile "ci" sends the same requests as long as this code is the same. Returns the
    statuses of the answers, and the names of the faults that the checks found in them.
    """
    schema = schemathesis.openapi.from_wsgi(schema_url, WSGIHandler())
    schema.config.generation.update(allow_x00=False)  # a NUL is refused before any view
    schema.config.generation.codec = None  # any character; a table of UTF-8 takes 2 s to make
    operation = schema[url]["GET"]
    allowed = operation.as_strategy()
    forbidden = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    statuses, faults = [], set()

    @settings(settings.get_profile("ci"), max_examples=requests)
    @given(case=allowed | forbidden)
    def send(case):
        response = case.call(headers=headers)
        statuses.append(response.status_code)
        try:
            case.validate_response(response, checks=checks)
        except FailureGroup as failures:
            faults.update(failure.title for failure in failures.exceptions)

    send()
    return statuses, sorted(faults)
