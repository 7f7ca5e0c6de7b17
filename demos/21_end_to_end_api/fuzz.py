"""Makes requests up from an OpenAPI schema and compares the answers with what it promises."""

from contextlib import contextmanager
from dataclasses import dataclass, field

import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@dataclass
class Fuzz:
    """What was answered, and what was wrong with the first answer that broke a promise."""

    statuses: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@contextmanager
def connection_kept():
    """Do as Django's test client does: a test's connection outlives its requests."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@connection_kept()
def fuzz(schema_url, url, headers, requests):
    """Send GETs, some that the schema allows and some that it forbids, until one is answered badly.

    Everything happens in this process. The same code is sent the same requests, however slow.
    """
    schema = schemathesis.openapi.from_wsgi(schema_url, WSGIHandler())
    schema.config.generation.codec = None  # any character; a table of UTF-8's takes 2 s to make
    operation = schema[url]["GET"]
    allowed = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    forbidden = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    result = Fuzz()

    @settings(
        max_examples=requests,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    @given(case=allowed | forbidden)
    def send(case):
        response = case.call(headers=headers)
        result.statuses.append(response.status_code)
        case.validate_response(response, checks=CHECKS, headers=headers)

    try:
        send()
    except FailureGroup as failures:
        result.faults = sorted(failure.title for failure in failures.exceptions)
    return result
