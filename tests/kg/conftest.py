"""What tests of graphs share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kg.store import Store


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.in_memory() as opened:
        yield opened
