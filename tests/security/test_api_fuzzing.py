"""The whole OpenAPI is fuzzed: what it describes, and what breaks its description.

`TIDEWAITER_FUZZ` says how many requests each end-point gets; a night's run takes thousands.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import status_code_conformance

from tests.api.test_declarations import declaration
from tidewaiter.platform.accounts.tokens import REFUSALS
from tidewaiter.site.api import api

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db
REQUESTS = int(os.environ.get("TIDEWAITER_FUZZ", "25"))
SCHEMA = schemathesis.openapi.from_dict(api.get_openapi_schema())
SCHEMA.app = WSGIHandler()
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}


@pytest.fixture
def one_connection() -> Iterator[None]:
    """A server closes old connections around each request; that of a test holds its data."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_no_request_breaks_an_end_point_or_its_description(machine, label, mode):
    """No server error, and no status that the description does not name."""
    headers = {"Authorization": f"Bearer {machine.secret}"}

    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode))
    @settings(
        max_examples=REQUESTS,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    def attack(case):
        answer = case.call(headers=headers)
        assert answer.status_code < 500
        case.validate_response(answer, checks=[status_code_conformance])

    attack()


def test_refusals_are_described_too(machine, client):
    for operation in api.get_openapi_schema()["paths"].values():
        for described in operation.values():
            assert described["responses"].keys() >= REFUSALS.keys()
    assert client.get("/api/messages/1").status_code == 401


@pytest.mark.parametrize("path", ["declarations", "messages"])
def test_more_than_a_request_may_hold_is_refused_in_words(machine, settings, path):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
    answer = machine("post", f"/api/{path}", b"x" * (1024 * 1024 + 1))
    assert answer.status_code == 413
    assert "at most 1 MB" in answer.json()["detail"]


STRANGE = ["\x00", "a\x00b", "\ud800", "\u202e", "x" * 100_000, "9" * 5_000, "\U0001f41f" * 300]


@pytest.mark.parametrize("text", STRANGE, ids=lambda text: ascii(text[:8]))
def test_no_text_in_a_document_breaks_the_intake(machine, text):
    """Where it may stand in a declaration: sound otherwise, and broken so that it is kept out."""
    for field in ("declaration_id", "importer", "office", "extra", "reference", "function"):
        for document in (declaration() | {field: text}, {field: text, "items": [{"hs": text}]}):
            answer = machine("post", "/api/declarations", document)
            assert answer.status_code in (200, 422), (field, answer.status_code)
    query = {"reference": text[:50], "sender": text[:50], "name": text[:50]}
    sent = machine.client.post(
        "/api/messages",
        b"declaration_id,hs\n" + text.encode("utf-8", "replace") + b",1\n",
        content_type="text/csv",
        query_params={k: v.encode("utf-8", "replace").decode() for k, v in query.items()},
        headers={"Authorization": f"Bearer {machine.secret}"},
    )
    assert sent.status_code in (202, 400, 422)  # 400: NUL in the address


@pytest.mark.parametrize("field", ["declaration_id", "importer", "office"])
def test_a_number_without_end_is_kept_out_with_its_reason(machine, field):
    """It would be taken in, and then stop the raising of all orders: their table has no room."""
    refused = machine("post", "/api/declarations", declaration() | {field: "A" * 101})
    assert refused.status_code == 422
    assert {reason["code"] for reason in refused.json()["reasons"]} == {"too_long"}
