from __future__ import annotations

import pytest


@pytest.fixture
def operator(officer):
    return officer("operator", national=True, username="operator")
