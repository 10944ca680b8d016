"""Options are given probabilities, by signs of the shipped models and by tiny checkpoints in the hub's format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from kbqa.errors import InputError
from kbqa.reading.choice import EvidenceChoice, load_choice_reader
from kbqa.reading.cloze import EvidenceCloze, load_cloze_reader, shared_room
from kbqa.reading.span import Span
from kbqa.reading.windows import TextFact
from retrieval.errors import ModelError
from retrieval.types import Floats

PASSAGE = "The harbour of Osk was built by Anna Berg. She had a red boat and a green house."


class Reader:
    """A reader that finds one stretch, whatever is asked."""

    def __init__(self, found: str) -> None:
        self.found = found

    def read(self, question: str, passages: Sequence[str], *, k: int = 5) -> list[Span]:
        start = passages[0].find(self.found)
        return [Span(0, start, start + len(self.found), self.found, 3.0)] if start >= 0 else []

    def odds(
        self, question: str, passages: Sequence[str], *, facts: Sequence[Sequence[TextFact]] = ()
    ) -> list[float]:
        return [0.0 if passages[0] else -np.inf]


class Words:
    """An encoder of which texts are near that share words."""

    name, dim = "words@0", 64

    def encode(self, texts: Sequence[str]) -> Floats:
        vectors = np.full((len(texts), self.dim), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, sum(word.encode()) % self.dim] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def choice(found: str = "Anna Berg") -> EvidenceChoice:
    return EvidenceChoice(Reader(found), Words())  # type: ignore[arg-type]


def cloze(found: str) -> EvidenceCloze:
    return EvidenceCloze(Reader(found), Words())  # type: ignore[arg-type]


def test_the_option_that_is_read_is_likeliest() -> None:
    likely = choice().choose("Who built the harbour?", ["Boris", "Anna Berg", "nobody"], PASSAGE)
    assert sum(likely) == pytest.approx(1.0)
    assert int(np.argmax(likely)) == 1


@pytest.mark.parametrize("passage", ["", "   ", "…"])
def test_a_passage_that_says_nothing_prefers_nothing(passage: str) -> None:
    likely = choice().choose("Who?", ["Anna", "Boris"], passage)
    assert likely == pytest.approx([0.5, 0.5], abs=0.5)
    assert all(np.isfinite(likely))


@pytest.mark.parametrize("options", [[], ["one"]])
def test_one_option_is_no_choice(options: list[str]) -> None:
    with pytest.raises(InputError, match=f"at least two .* not {len(options)}"):
        choice().choose("Who?", options, PASSAGE)
    with pytest.raises(InputError, match=f"at least two options .* not {len(options)}"):
        cloze("red").fill("a [BLANK] boat", options, PASSAGE)


def test_a_blank_is_filled_with_what_the_passage_has_between_the_same_words() -> None:
    likely = cloze("nothing").fill("She owns a [BLANK] boat.", ["green", "red", "harbour"], PASSAGE)
    assert int(np.argmax(likely)) == 1
    likely = cloze("green").fill("The colour of her home is [BLANK].", ["red", "green", "boat"], PASSAGE)
    assert int(np.argmax(likely)) == 1


def test_without_a_passage_the_words_around_a_blank_count() -> None:
    likely = cloze("").fill("The boat is [BLANK] boat.", ["a big boat", "the old house"])
    assert likely[0] > likely[1]


@pytest.mark.parametrize("text", ["no blank", "[BLANK] and [BLANK]"])
def test_there_must_be_one_blank(text: str) -> None:
    with pytest.raises(InputError, match="must have one"):
        cloze("red").fill(text, ["a", "b"])


def test_room_is_shared_and_never_exceeded() -> None:
    for before in (0, 3, 50):
        for after in (0, 3, 50):
            for room in (-5, 0, 1, 7, 40, 200):
                ahead, behind = shared_room(before, after, room)
                assert 0 <= ahead <= before
                assert 0 <= behind <= after
                assert ahead + behind == max(0, min(room, before + after))


WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz"]


def write_checkpoint(folder: Path, head: str, *, mask: bool = True) -> Path:
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers

    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=40,
    )
    getattr(transformers, head)(config).save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    if mask:
        special["mask_token"] = "[MASK]"
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)
    return folder


def test_a_masked_language_model_gives_the_likelihood_of_the_tokens(tmp_path: Path) -> None:
    from transformers import BertForMaskedLM

    folder = write_checkpoint(tmp_path, "BertForMaskedLM")
    likely = load_cloze_reader(str(folder)).fill("a b [BLANK] c", ["d", "e f", "g"])
    model = BertForMaskedLM.from_pretrained(folder).eval()
    scores = []
    for option in (["d"], ["e", "f"], ["g"]):
        row = ["[CLS]", "a", "b", *["[MASK]"] * len(option), "c", "[SEP]"]
        with torch.inference_mode():
            logits = model(torch.tensor([[WORDS.index(word) for word in row]])).logits[0].log_softmax(-1)
        own = [logits[3 + at, WORDS.index(word)] for at, word in enumerate(option)]
        scores.append(sum(own) / len(own))
    assert likely == pytest.approx(torch.softmax(torch.tensor(scores), 0).tolist(), abs=1e-5)


def test_a_long_text_is_cut_around_the_blank(tmp_path: Path) -> None:
    reader = load_cloze_reader(str(write_checkpoint(tmp_path, "BertForMaskedLM")))
    text = "a " * 300 + "b [BLANK] c" + " d" * 300
    likely = reader.fill(text, [chr(97 + at) for at in range(26)], passage="e " * 50)
    assert sum(likely) == pytest.approx(1.0)
    with pytest.raises(InputError, match="has no tokens for ''"):
        reader.fill(text, ["a", ""])


def test_a_multiple_choice_checkpoint_chooses(tmp_path: Path) -> None:
    reader = load_choice_reader(str(write_checkpoint(tmp_path, "BertForMultipleChoice")))
    options = ["a", "b c", "d"]
    likely = reader.choose("e f", options, "g h " * 200)
    assert sum(likely) == pytest.approx(1.0)
    turned = reader.choose("e f", options[::-1], "g h " * 200)
    assert turned[::-1] == pytest.approx(likely, abs=1e-5)


def test_checkpoints_without_the_right_head_are_refused(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "plain", "BertModel")
    with pytest.raises(ModelError, match=r"lacks .* weights"):
        load_choice_reader(str(tmp_path / "plain"))
    with pytest.raises(ModelError, match=r"lacks .* weights"):
        load_cloze_reader(str(tmp_path / "plain"))
    write_checkpoint(tmp_path / "maskless", "BertForMaskedLM", mask=False)
    with pytest.raises(ModelError, match="has no"):
        load_cloze_reader(str(tmp_path / "maskless"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_choice_reader(str(tmp_path / "empty"))
