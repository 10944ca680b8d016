"""Settings that make sense, and those that are refused in one line."""

from __future__ import annotations

import pytest

from kbqa.config import PARTS, Config
from kbqa.errors import InputError


def test_everything_is_on_by_default() -> None:
    config = Config()
    assert all(config.uses(part) for part in PARTS)
    assert config.uses("search")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_can_be_switched_off(part: str) -> None:
    config = Config(without=frozenset({part}))
    assert not config.uses(part)
    assert all(config.uses(other) for other in PARTS if other != part)


def test_search_is_off_when_there_is_nothing_to_search() -> None:
    assert Config(without=frozenset({"passages"})).uses("search")
    assert Config(without=frozenset({"images"})).uses("search")
    assert not Config(without=frozenset({"passages", "images"})).uses("search")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"without": frozenset({"wisdom"})}, "no part 'wisdom'.*graph, passages"),
        ({"threshold": -0.1}, "between 0 and 1, not -0.1"),
        ({"threshold": 1.1}, "between 0 and 1, not 1.1"),
        ({"threshold": float("nan")}, "between 0 and 1, not nan"),
        ({"k": 0}, "k must be at least 1, not 0"),
        ({"readings": -1}, "readings must be at least 1, not -1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Config(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_the_ends_of_the_threshold_are_allowed(threshold: float) -> None:
    assert Config(threshold=threshold).threshold == threshold
