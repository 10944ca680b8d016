"""The bilingual tokenizer: English as before, both scripts alike, words before characters."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from kbqa.training.bilingual_data import read_dictionary
from kbqa.training.bilingual_vocabulary import Vocabulary, bilingual_vocabulary, first_rows, frequent_words


@pytest.fixture
def vocabulary(data: Path, teacher: Path) -> Vocabulary:
    entries = read_dictionary(data)
    return bilingual_vocabulary(teacher / "tokenizer.json", entries, ["老师", "学生"], characters=100)


def test_english_is_cut_as_before(vocabulary: Vocabulary, teacher: Path) -> None:
    text = "Hello, what is the CAPITAL of xyz?"
    before = Tokenizer.from_file(str(teacher / "tokenizer.json")).encode(text)
    after = vocabulary.load().encode(text)
    assert after.tokens == before.tokens
    assert [vocabulary.kept[row] for row in after.ids] == before.ids


def test_both_scripts_have_the_same_ids(vocabulary: Vocabulary) -> None:
    tokenizer = vocabulary.load()
    assert tokenizer.encode("學生看書，貓").ids == tokenizer.encode("学生看书，猫").ids
    assert tokenizer.encode("學生").ids == tokenizer.encode("学生").ids


def test_words_are_tokens_and_can_be_cut(vocabulary: Vocabulary) -> None:
    assert vocabulary.load().encode("big老师city").tokens == ["[CLS]", "big", "老师", "city", "[SEP]"]
    assert vocabulary.load(words=False).encode("老师").tokens == ["[CLS]", "老", "##师", "[SEP]"]


def test_unknown_characters_are_unknown(vocabulary: Vocabulary) -> None:
    assert vocabulary.load().encode("狗龘狗").tokens == ["[CLS]", "狗", "[UNK]", "狗", "[SEP]"]


def test_an_unknown_character_spoils_no_neighbour(vocabulary: Vocabulary) -> None:
    assert vocabulary.load().encode("dog龘老师cat").tokens == [
        "[CLS]",
        "dog",
        "[UNK]",
        "老师",
        "cat",
        "[SEP]",
    ]


def test_long_runs_are_cut_but_known(vocabulary: Vocabulary) -> None:
    ids = vocabulary.load().encode("狗猫" * 5000).ids
    assert len(ids) == 10_002
    assert len(set(ids)) == 4


def test_chinese_marks_are_read_as_english_ones(vocabulary: Vocabulary) -> None:
    tokenizer = vocabulary.load()
    assert tokenizer.encode("狗？").ids == tokenizer.encode("狗?").ids


def test_rows_are_dense_and_every_new_one_has_a_token(vocabulary: Vocabulary) -> None:
    ids = set(vocabulary.tokenizer["model"]["vocab"].values())
    assert ids == set(range(len(vocabulary.kept) + len(vocabulary.added)))
    assert "[unused0]" not in vocabulary.tokenizer["model"]["vocab"]


def test_new_rows_start_as_their_glosses(data: Path, teacher: Path) -> None:
    tokenizer = Tokenizer.from_file(str(teacher / "tokenizer.json"))
    table = torch.nn.functional.normalize(torch.randn(tokenizer.get_vocab_size(), 16), dim=-1)
    rows = first_rows(["狗", "师"], read_dictionary(data), tokenizer, table)
    vocab = tokenizer.get_vocab()
    torch.testing.assert_close(rows[0], table[vocab["dog"]])
    torch.testing.assert_close(rows[1], table[vocab["teacher"]])  # of the one word that holds it


def test_frequent_words_are_counted_in_both_scripts(data: Path) -> None:
    entries = read_dictionary(data)
    assert frequent_words(["老師和学生", "老师，房子", "老师"], entries, 2) == ["老师", "学生"]
