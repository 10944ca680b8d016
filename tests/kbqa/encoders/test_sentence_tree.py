"""Trees of sentences are those of the paper's example, and of the rules that its code breaks."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbqa.encoders.sentence_tree import Mention, SentenceTree, grow_tree

# [CLS] Tim Cook is visiting Beijing now, without and with "currently"
CLS, TIM, COOK, IS, CURRENTLY, VISITING, BEIJING, NOW = range(1, 9)
CEO, APPLE, CAPITAL, CHINA, IS_A, CITY = range(11, 17)


def paper(*, currently: bool = False) -> SentenceTree:
    text = [CLS, TIM, COOK, IS, *([CURRENTLY] if currently else []), VISITING, BEIJING, NOW]
    place = text.index(BEIJING)
    mentions = [Mention(1, 3, ((CEO, APPLE),)), Mention(place, place + 1, ((CAPITAL, CHINA), (IS_A, CITY)))]
    return grow_tree(text, mentions, length=64)


def sees(tree: SentenceTree, row: int) -> set[int]:
    return set(np.flatnonzero(tree.visible[row]).tolist())


def test_the_example_of_the_paper() -> None:
    tree = paper()
    assert tree.tokens == (CLS, TIM, COOK, CEO, APPLE, IS, VISITING, BEIJING, CAPITAL, CHINA, IS_A, CITY, NOW)
    assert tree.positions == (0, 1, 2, 3, 4, 3, 4, 5, 6, 7, 6, 7, 6)
    assert tree.visible.sum(1).tolist() == [7, 9, 9, 4, 4, 7, 7, 11, 3, 3, 3, 3, 7]
    assert tree.visible.sum() == 77
    for row in (0, 5, 6, 12):
        assert sees(tree, row) == {0, 1, 2, 5, 6, 7, 12}
    for row in (1, 2):
        assert sees(tree, row) == {0, 1, 2, 3, 4, 5, 6, 7, 12}
    for row in (3, 4):
        assert sees(tree, row) == {1, 2, 3, 4}
    assert sees(tree, 7) == {0, 1, 2, 5, 6, 7, 8, 9, 10, 11, 12}
    assert sees(tree, 8) == sees(tree, 9) == {7, 8, 9}
    assert sees(tree, 10) == sees(tree, 11) == {7, 10, 11}


def test_the_example_with_the_word_that_the_figure_drops() -> None:
    tree = paper(currently=True)
    assert tree.positions == (0, 1, 2, 3, 4, 3, 4, 5, 6, 7, 8, 7, 8, 7)
    assert tree.visible.sum(1).tolist() == [8, 10, 10, 4, 4, 8, 8, 8, 12, 3, 3, 3, 3, 8]
    assert tree.visible.sum() == 92


def test_how_far_what_is_seen_reaches_by_layer() -> None:
    once = paper().visible
    twice = once @ once
    thrice = twice @ once
    assert set(np.flatnonzero(once[0])) == {0, 1, 2, 5, 6, 7, 12}
    assert twice[0].all()
    assert set(np.flatnonzero(~twice[4])) == {8, 9, 10, 11}
    assert thrice[4].all()


def test_the_chinese_example() -> None:
    text = list("苹果")
    ids = {character: number for number, character in enumerate("苹果类别公司总部在美国首都华盛顿", start=10)}
    row = [1, *(ids[character] for character in text)]
    first = tuple(ids[character] for character in "类别公司")
    second = tuple(ids[character] for character in "总部在美国首都华盛顿")
    tree = grow_tree(row, [Mention(1, 3, (first, second))], length=128)
    assert tree.positions == (0, 1, 2, 3, 4, 5, 6, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
    assert len(tree) == 17


def test_without_facts_everything_sees_everything() -> None:
    for mentions in ([], [Mention(1, 2, ())], [Mention(1, 2, ((),))]):
        tree = grow_tree([1, 2, 3], mentions, length=9)
        assert tree.tokens == (1, 2, 3)
        assert tree.positions == tree.trunk == (0, 1, 2)
        assert tree.visible.all()


def test_the_text_is_fixed_before_facts_are_hung_on_it() -> None:
    text = list(range(1, 21))
    mention = Mention(0, 1, ((50, 51, 52), (60,)))
    full = grow_tree(text, [mention], length=20)
    assert full.tokens == tuple(text)
    assert grow_tree(text, [mention], length=10).tokens == tuple(text[:10])
    roomy = grow_tree(text, [mention], length=22, share=0.5)
    assert roomy.tokens == (1, 60, *text[1:])  # the first branch does not fit as a whole, the second does
    assert grow_tree(text, [Mention(8, 12, ((50,),))], length=10).tokens == tuple(text[:10])


def test_branches_take_no_more_than_their_share() -> None:
    mentions = [Mention(place, place + 1, ((70, 71), (80, 81), (90, 91))) for place in range(6)]
    tree = grow_tree(range(1, 9), mentions, length=40, share=0.2)
    assert sum(place < 0 for place in tree.trunk) == 8
    # the first branch of four mentions before the second of any
    assert [token for token in tree.tokens if token >= 70] == [70, 71] * 4
    assert len(grow_tree(range(1, 9), mentions, length=400).tokens) == 8 + 6 * 2 * 2


def test_the_longest_of_overlapping_mentions_stays() -> None:
    mentions = [
        Mention(1, 2, ((50,),)),
        Mention(1, 3, ((60,),)),
        Mention(2, 4, ((70,),)),
        Mention(4, 5, ((80,),)),
    ]
    assert grow_tree([1, 2, 3, 4, 5], mentions, length=40).tokens == (1, 2, 3, 60, 4, 5, 80)


def test_positions_stay_within_the_row() -> None:
    tree = grow_tree(range(1, 11), [Mention(9, 10, ((50, 51, 52),))], length=12, share=1.0)
    assert max(tree.positions) < 12
    assert 50 not in tree.tokens


@pytest.mark.parametrize(
    ("mention", "length", "share"), [((2, 2), 9, 0.2), ((-1, 2), 9, 0.2), ((0, 1), 0, 0.2), ((0, 1), 9, 1.5)]
)
def test_numbers_out_of_range_are_refused(mention: tuple[int, int], length: int, share: float) -> None:
    with pytest.raises(ValueError, match="got"):
        grow_tree([1, 2, 3], [Mention(*mention, ((5,),))], length=length, share=share)


@given(
    st.integers(1, 30),
    st.lists(
        st.tuples(st.integers(0, 29), st.integers(1, 4), st.lists(st.integers(0, 5), max_size=5)), max_size=12
    ),
    st.integers(1, 60),
)
def test_any_tree(size: int, drawn: list[tuple[int, int, list[int]]], length: int) -> None:
    mentions = [
        Mention(start, start + count, tuple(tuple(range(100, 100 + branch)) for branch in branches))
        for start, count, branches in drawn
    ]
    tree = grow_tree(range(size), mentions, length=length)
    stem = [place for place in tree.trunk if place >= 0]
    assert stem == list(range(min(size, length)))
    assert len(tree) <= length
    assert (tree.visible == tree.visible.T).all()
    assert tree.visible.diagonal().all()
    assert all(0 <= position < length for position in tree.positions)
    on_stem = np.array(tree.trunk) >= 0
    assert tree.visible[np.ix_(on_stem, on_stem)].all()


def test_removing_a_branch_leaves_what_others_see() -> None:
    less = grow_tree(
        [CLS, TIM, COOK, IS, VISITING, BEIJING, NOW],
        [Mention(1, 3, ()), Mention(5, 6, ((CAPITAL, CHINA), (IS_A, CITY)))],
        length=64,
    )
    kept = [place for place in range(13) if place not in (3, 4)]
    assert (paper().visible[np.ix_(kept, kept)] == less.visible).all()


def test_another_seed_of_hashes_changes_nothing() -> None:
    code = (
        "from kbqa.encoders.sentence_tree import *;"
        "print(grow_tree(range(9), [Mention(1, 3, ((50,), (51,), (52,))), Mention(4, 5, ((60, 61),))], length=40))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1
