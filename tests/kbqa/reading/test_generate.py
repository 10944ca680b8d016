"""Answers in sentences: by template, and by models whose sentences the evidence must hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from kbqa.cli import main
from kbqa.config import Config
from kbqa.knowledge_base import KnowledgeBase
from kbqa.reading.generate import ModelGenerator, TemplateGenerator, load_generator, unsupported
from kbqa.terminal.options import open_base
from kbqa.types import Answer, FactEvidence, ImageEvidence, PassageEvidence, Result
from retrieval.errors import ModelError
from retrieval.types import Image, Passage


@pytest.fixture(scope="module")
def world() -> Iterator[KnowledgeBase]:
    with open_base(None, Config()) as base:
        yield base


def with_answers(result: Result, *answers: Answer) -> Result:
    from dataclasses import replace

    return replace(result, answers=list(answers), abstained=not answers)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What is the capital of France?", "The capital of France is Paris [1]."),
        ("Is Berlin the capital of Germany?", "Yes, Berlin is capital of Germany [1]."),
        ("柏林是德国的首都吗？", "是的，柏林是德国的首都[1]。"),
        ("How many neighbours does Portugal have?", "The number of borders of Portugal is 1 [1]."),
    ],
)
def test_answers_of_the_graph_are_sentences_with_citations(
    world: KnowledgeBase, question: str, text: str
) -> None:
    told = TemplateGenerator(world.sources.names).generate(world.ask(question))
    assert told.text == text
    assert isinstance(told.citations[0], FactEvidence)
    assert told.by == "template"


def test_every_answer_cites_its_own_fact(world: KnowledgeBase) -> None:
    told = TemplateGenerator(world.sources.names).generate(world.ask("Which countries border Germany?"))
    assert told.text.startswith("Germany borders ")
    for number, item in enumerate(told.citations, start=1):
        assert isinstance(item, FactEvidence)
        name = world.sources.names.label(item.triple.object, language="en")  # type: ignore[arg-type]
        assert f"{name} [{number}]" in told.text


def test_a_stretch_is_told_with_its_sentence_and_a_picture_with_its_caption(world: KnowledgeBase) -> None:
    asked = world.ask("Where does the Velda spring?")
    passage = Passage("p:1", "The Velda springs in the Grey Hills. It is cold.", "a.txt", 0, 48)
    evidence = PassageEvidence(passage, 0, 36, "The Velda springs in the Grey Hills.", (25, 35))
    answer = Answer("Grey Hills", "p:1", 0.8, "passage", (evidence,), ("passage",))
    template = TemplateGenerator(world.sources.names)
    told = template.generate(with_answers(asked, answer))
    assert told.text == "Grey Hills: “The Velda springs in the Grey Hills” [1]."
    image = Image("i:1", "a.png", "a.png", "Flag of Osk.", 3, 3)
    pictured = Answer("Flag of Osk.", "i:1", 0.8, "image", (ImageEvidence(image),), ("image",))
    assert template.generate(with_answers(asked, pictured)).text == "A picture of it: Flag of Osk [1]."


@pytest.mark.parametrize("question", ["Who is the president of Mars?", "红楼梦里林黛玉的父亲是谁？"])
def test_that_there_is_no_answer_is_told_without_citations(world: KnowledgeBase, question: str) -> None:
    told = TemplateGenerator(world.sources.names).generate(world.ask(question))
    assert told.citations == ()
    assert told.text.startswith(("No answer: ", "知识库里没有答案："))


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("Paris is the capital of France.", ()),
        ("The capital is Paris, with 2,100,000 people.", ("2,100,000",)),
        ("The capital of France is Lyon.", ("Lyon",)),
        ("Berlin is the capital of France.", ("Berlin",)),
        ("As Charles de Gaulle said, it is Paris [1].", ("Charles de Gaulle",)),
        ("法国的首都是巴黎。", ()),
        ("法国的首都是柏林。", ("柏林",)),
        ("法国的首都是巴黎，见《论语》。", ("论语",)),
    ],
)
def test_what_the_evidence_does_not_hold_is_found(
    world: KnowledgeBase, text: str, lacking: tuple[str, ...]
) -> None:
    evidence = ["France — capital → Paris", "法国 — 首都 → 巴黎"]
    assert unsupported(text, evidence, world.sources.names) == lacking


class Writer(ModelGenerator):
    """A generator whose model writes what it is told to."""

    def __init__(self, text: str, base: KnowledgeBase) -> None:
        super().__init__(None, None, "writer", base.sources.names)
        self._text = text

    def _write(self, prompt: str) -> str:
        assert "France — capital → Paris" in prompt
        return self._text


def test_a_sentence_that_the_evidence_holds_is_taken_with_its_citations(world: KnowledgeBase) -> None:
    told = Writer("It is Paris that is the capital of France.", world).generate(
        world.ask("What is the capital of France?")
    )
    assert told.text == "It is Paris that is the capital of France. [1]"
    assert (told.by, told.refused, len(told.citations)) == ("writer", (), 1)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("The capital of France is Paris, founded in 250.", ("250",)),
        ("The capital of France is Berlin.", ("Berlin",)),
        ("France has a capital.", ("France has a capital.",)),
        ("", ("",)),
    ],
)
def test_any_other_sentence_is_refused_and_the_template_answers(
    world: KnowledgeBase, text: str, refused: tuple[str, ...]
) -> None:
    told = Writer(text, world).generate(world.ask("What is the capital of France?"))
    assert told.text == "The capital of France is Paris [1]."
    assert (told.by, told.refused) == ("template", refused)


WORDS = ["[PAD]", "[UNK]", "</s>", *"abcdefghijklmnopqrstuvwxyz"]


def write_checkpoint(folder: Path, kind: str) -> Path:
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers

    torch.manual_seed(0)
    size = {"vocab_size": len(WORDS), "pad_token_id": 0, "eos_token_id": 2, "bos_token_id": 2}
    model: Any
    if kind == "causal":
        model = transformers.GPT2LMHeadModel(
            transformers.GPT2Config(n_embd=16, n_layer=1, n_head=2, n_positions=600, **size)
        )
    else:
        model = transformers.T5ForConditionalGeneration(
            transformers.T5Config(
                d_model=16, d_ff=16, d_kv=8, num_layers=1, num_heads=2, decoder_start_token_id=0, **size
            )
        )
    model.save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", eos_token="</s>"
    ).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("kind", ["causal", "seq2seq"])
def test_what_a_random_model_writes_never_passes(world: KnowledgeBase, tmp_path: Path, kind: str) -> None:
    generator = load_generator(str(write_checkpoint(tmp_path, kind)), world.sources.names)
    told = generator.generate(world.ask("What is the capital of France?"))
    assert told.text == "The capital of France is Paris [1]."
    assert told.by == "template"
    assert told.refused


def test_a_folder_without_a_model_is_refused(
    world: KnowledgeBase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_generator(str(tmp_path), world.sources.names)
    assert main(["ask", "What is the capital of France?", "--generator", str(tmp_path)]) != 0
    assert "cannot be loaded" in capsys.readouterr().err


def test_the_command_tells_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "What is the capital of France?", "--fluent"]) == 0
    assert "The capital of France is Paris [1]." in capsys.readouterr().out
    assert main(["ask", "What is the capital of France?", "--fluent", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["told"]
    assert told["text"] == "The capital of France is Paris [1]."
    assert told["citations"][0]["kind"] == "fact"
