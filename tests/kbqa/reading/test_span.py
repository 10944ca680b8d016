"""Answers that are stretches of passages, with exact places, from any text and any weights."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import pytest
import torch

from kbqa.errors import DependencyError
from kbqa.parsing.parser import Parser
from kbqa.reading import span_model
from kbqa.reading.passage import SHIPPED_READER, LazyReader, PassageReader, open_reader
from kbqa.reading.span import Span, SpanReader, _apart, best_spans
from kbqa.reading.span_model import (
    Knowledge,
    SentenceWeights,
    Settings,
    SpanModel,
    load_model,
    new_weights,
    read_settings,
    save_model,
)
from kbqa.reading.windows import PairTokenizer, Pieces, TextFact, Window, cut_windows
from kbqa.storage.encoder import BILINGUAL_FOLDER, load_encoder
from kbqa.types import Answer, PassageEvidence, Question
from retrieval.bert import LAYER_PARTS, Bert
from retrieval.errors import ModelError
from retrieval.types import Passage

TOKENIZER = BILINGUAL_FOLDER / "tokenizer.json"
TEXTS = [
    "The Velda springs in the Grey Hills. 维尔达河发源于灰山。 Its water is cold 🌍 and clear.",
    "",
    "   \n\t ",
    "Ünïcödé ﬁligree — “quotes” …",
    "\u0000\ufffd\u200b",
    "word " * 3000,
    "山" * 2000,
]


def tiny_bert(*, seed: int = 0, hidden: int = 16, layers: int = 1) -> Bert:
    chance = torch.Generator().manual_seed(seed)
    sizes = {"intermediate.dense": (hidden * 2, hidden), "output.dense": (hidden, hidden * 2)}
    weights = {
        "embeddings.word_embeddings.weight": torch.randn(44_540, hidden, generator=chance),
        "embeddings.position_embeddings.weight": torch.randn(512, hidden, generator=chance),
        "embeddings.token_type_embeddings.weight": torch.randn(2, hidden, generator=chance),
        "embeddings.LayerNorm.weight": torch.ones(hidden),
        "embeddings.LayerNorm.bias": torch.zeros(hidden),
    }
    for layer, part in itertools.product(range(layers), LAYER_PARTS):
        name = f"encoder.layer.{layer}.{part}"
        if part.endswith("LayerNorm"):
            weights[f"{name}.weight"] = torch.ones(hidden)
        else:
            size = sizes.get(part, (hidden, hidden))
            weights[f"{name}.weight"] = torch.randn(*size, generator=chance) / 4
        weights[f"{name}.bias"] = torch.zeros(weights[f"{name}.weight"].shape[0])
    return Bert(weights, layers=layers, heads=2, epsilon=1e-12)


def reader(*, length: int = 64, overlap: int = 16, answer: int = 8) -> SpanReader:
    base = tiny_bert()
    settings = Settings("tiny@0", length, overlap, answer)
    return SpanReader(SpanModel.of(base, new_weights(base, seed=1)), PairTokenizer(TOKENIZER), settings)


def test_every_answer_is_the_text_at_its_place() -> None:
    found = reader().read("Where does the Velda spring?", TEXTS, k=50)
    assert found
    assert {span.passage for span in found} <= {0, 3, 5, 6}
    for span in found:
        assert TEXTS[span.passage][span.start : span.end] == span.text != ""
    assert [span.score for span in found] == sorted((span.score for span in found), reverse=True)


def test_answers_do_not_overlap() -> None:
    found = reader().read("Where?", TEXTS, k=50)
    for place, one in enumerate(found):
        for other in found[:place]:
            assert one.passage != other.passage or one.end <= other.start or other.end <= one.start


@pytest.mark.parametrize("texts", [[], [""], ["  "], ["", "\n"]])
def test_nothing_to_read(texts: list[str]) -> None:
    assert reader().read("Where?", texts) == []


def test_a_question_of_any_length_leaves_room_for_the_passage() -> None:
    (best, *_) = reader(length=80).read("where " * 500, ["The hills."], k=1)
    assert best.text in "The hills."


def test_reading_together_is_reading_alone() -> None:
    one = reader()
    texts = ["The Velda springs in the Grey Hills.", "Osk is old, very old, and large."]
    together = {(span.passage, span.text): span.score for span in one.read("Where?", texts, k=100)}
    for number, text in enumerate(texts):
        for span in one.read("Where?", [text], k=100):
            assert together[number, span.text] == pytest.approx(span.score, abs=1e-4)


def test_windows_cover_every_token_and_hold_the_question() -> None:
    tokenizer = PairTokenizer(TOKENIZER)
    question, text = tokenizer.pieces(["Where is it?", "one two three. " * 40])
    windows = tokenizer.windows(question, text, length=32, overlap=8, passage=3)
    assert {place for window in windows for place in window.places} == set(text.places)
    for window in windows:
        assert len(window.tokens) <= 32
        assert window.tokens[1 : window.first - 1] == question.ids
        assert len(window.tokens) == window.first + len(window.places) + 1
        assert window.passage == 3


@pytest.mark.parametrize(
    ("count", "room", "overlap"), [(0, 5, 2), (1, 5, 2), (5, 5, 2), (6, 5, 4), (100, 7, 3)]
)
def test_cut_windows(count: int, room: int, overlap: int) -> None:
    found = list(cut_windows(count, room, overlap))
    assert {place for start, end in found for place in range(start, end)} == set(range(count))
    assert all(end - start == min(room, count) for start, end in found)
    assert all(later[0] <= earlier[1] - overlap for earlier, later in itertools.pairwise(found))


def window_of(count: int) -> Window:
    return Window((0,) * (3 + count + 1), 3, tuple((place, place + 1) for place in range(count)))


def test_the_best_span_is_that_of_the_two_best_ends_in_the_right_order() -> None:
    scores = torch.full((2, 9), -5.0)
    scores[0, 0], scores[1, 0] = 1.0, 0.5
    scores[0, 3 + 1], scores[1, 3 + 3] = 4.0, 3.0
    scores[1, 3] = 9.0  # before the beginning
    found = best_spans(window_of(5), scores, longest=5)
    assert found[0] == (1, 3, pytest.approx(4.0 + 3.0 - 1.5))
    assert (1, 0) not in {(begin, end) for begin, end, _ in found}
    assert found[0][2] > best_spans(window_of(5), scores, longest=2)[0][2]


def test_a_span_has_no_more_tokens_than_allowed() -> None:
    scores = torch.zeros(2, 14)
    for longest in (1, 2, 10):
        assert (
            max(end - begin for begin, end, _ in best_spans(window_of(10), scores, longest=longest)) < longest
        )


def test_a_span_is_of_one_sentence() -> None:
    scores = torch.full((2, 9), -5.0)
    scores[0, 0] = scores[1, 0] = 0.0
    scores[0, 3], scores[1, 7], scores[1, 4], scores[0, 6] = 4.0, 4.0, 2.0, 1.0
    assert best_spans(window_of(5), scores, longest=5)[0][:2] == (0, 4)
    assert best_spans(window_of(5), scores, longest=5, within=[0, 0, 0, 1, 1])[0][:2] == (0, 1)
    one = reader()
    text = "Osk is old. The Velda springs in the Grey Hills. 河水很冷。港口很大。"
    ends = ("old.", "Hills.", "很冷。", "很大。")
    for span in one.read("Where does it spring?", [text], k=50):
        assert not any(end in span.text[:-1] for end in ends)


def test_of_overlapping_spans_the_best_is_kept() -> None:
    spans = [Span(0, 0, 5, "", 1.0), Span(0, 3, 8, "", 2.0), Span(1, 3, 8, "", 0.5), Span(0, 8, 9, "", 0.1)]
    assert _apart(spans, 9) == [spans[1], spans[2], spans[3]]
    assert _apart(spans, 1) == [spans[1]]


def test_probability_grows_and_never_overflows() -> None:
    values = [reader().probability(score) for score in (-1e9, -3.0, 0.0, 3.0, 1e9)]
    assert values == sorted(values)
    assert all(0.0 <= value <= 1.0 for value in values)


def test_what_is_saved_reads_alike(tmp_path: Path) -> None:
    base = tiny_bert()
    weights = new_weights(base, seed=1)
    settings = Settings("tiny@0", 64, 16, 8, null=0.25, seed=3, sentence=SentenceWeights(1.0, 2.0, 3.0))
    save_model(tmp_path, weights, settings)
    assert read_settings(tmp_path) == settings
    tokenizer = PairTokenizer(TOKENIZER)
    question, text = tokenizer.pieces(["Where?", TEXTS[0]])
    windows = tokenizer.windows(question, text, length=64, overlap=16)
    (one, says), (other, says_too) = SpanModel.of(base, weights)(windows), load_model(tmp_path, base)(windows)
    assert torch.allclose(one, other, atol=0.1)
    assert torch.allclose(says, says_too, atol=0.1)
    assert (one <= -1e4).sum() == (other <= -1e4).sum() > 0


def test_nothing_but_the_passage_and_no_answer_has_a_score() -> None:
    pieces = Pieces((5, 6, 7), ((0, 1), (1, 2), (2, 3)))
    windows = PairTokenizer(TOKENIZER).windows(Pieces((8,), ((0, 1),)), pieces, length=20, overlap=2)
    base = tiny_bert()
    scores, answers = SpanModel.of(base, new_weights(base, seed=1))(windows)
    assert answers.shape == (1,)
    assert (scores[0, 0] > -1e4).tolist() == [True, False, False, True, True, True, False]


def damaged(folder: Path, what: str) -> None:
    from safetensors.torch import load_file, save_file

    path = folder / "reader.safetensors"
    match what:
        case "gone":
            path.unlink()
        case "cut":
            path.write_bytes(path.read_bytes()[:1000])
        case "settings":
            (folder / "config.json").write_text('{"encoder": 3, "wings": 2}')
        case "no settings":
            (folder / "config.json").unlink()
        case "lacking":
            save_file({key: value for key, value in load_file(path).items() if key != "head.ends"}, path)
        case "shape":
            save_file({**load_file(path), "head.ends": torch.zeros(5)}, path)
        case "heads":
            save_file({**load_file(path), "head.bias": torch.zeros(2)}, path)
        case "no number":
            save_file({**load_file(path), "head.ends": torch.full((16,), torch.nan)}, path)


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("gone", "cannot be read"),
        ("cut", "cannot be read"),
        ("settings", "train the reader again"),
        ("no settings", "holds no reader"),
        ("lacking", "head.ends is missing"),
        ("shape", r"head.ends is of shape \(5,\), not \(16,\)"),
        ("heads", r"head.bias is of shape \(2,\), not \(3,\)"),
        ("no number", "head.ends holds what is no number"),
    ],
)
def test_a_damaged_reader_is_refused(tmp_path: Path, what: str, reason: str) -> None:
    base = tiny_bert()
    save_model(tmp_path, new_weights(base, seed=1), Settings("tiny@0"))
    damaged(tmp_path, what)
    with pytest.raises(ModelError, match=reason):
        read_settings(tmp_path)
        load_model(tmp_path, base)


def test_a_reader_of_another_encoder_is_refused(tmp_path: Path) -> None:
    encoder = load_encoder("bilingual")
    save_model(tmp_path, {}, Settings("other@0"))
    with pytest.raises(DependencyError, match=rf"made of other@0, not of {encoder.name}.*--without reader"):
        open_reader(tmp_path)


def test_a_passage_reader_gives_places_in_the_source() -> None:
    source = "Preface. The Velda springs in the Grey Hills. It is cold. " * 3
    passages = [
        Passage("p:1", source[9:80], "a.txt", 9, 80),
        Passage("p:2", source[60:150], "a.txt", 60, 150),
    ]
    found = [
        Answer(
            "",
            passage.id,
            0.5,
            "passage",
            (PassageEvidence(passage, passage.start, passage.end, passage.text),),
        )
        for passage in passages
    ]
    lazy = LazyReader()
    lazy._reader = reader()
    parsed = Parser().parse(Question("Where does the Velda spring?"))
    answers = PassageReader(lazy).read(parsed, (), [*found, *found])
    assert 0 < len(answers) <= 3
    for answer in answers:
        (evidence,) = answer.evidence
        assert isinstance(evidence, PassageEvidence)
        assert evidence.span is not None
        assert source[slice(*evidence.span)] == answer.text
        assert source[evidence.start : evidence.end] == evidence.text
        assert evidence.start <= evidence.span[0] < evidence.span[1] <= evidence.end
        assert json.loads(json.dumps(evidence.to_dict()))["span"] == list(evidence.span)
    assert PassageReader(lazy).read(parsed, (), []) == []


def test_what_is_cut_out_of_a_sentence_is_of_that_sentence() -> None:
    source = "Preface. Anna Berg built the harbour. Otto Lund burnt the harbour."
    passage = Passage("p:1", source[9:], "a.txt", 9, len(source))
    start = source.index("Otto")
    sentence = PassageEvidence(passage, start, len(source), source[start:])
    whole = Answer(sentence.text, "p:1", 0.8, "passage", (sentence,))
    stretch = PassageReader().cut(Parser().parse(Question("Who built the harbour?")), whole)
    assert stretch is None or stretch.text in sentence.text
    stretch = PassageReader().cut(Parser().parse(Question("Who burnt the harbour?")), whole)
    assert stretch is not None
    assert (stretch.text, source[slice(*stretch.evidence[0].span)]) == ("Otto Lund", "Otto Lund")  # type: ignore[union-attr, misc]
    assert 0.8 * 0.56 <= stretch.confidence < 0.8 * 0.96


@pytest.mark.parametrize("wholly", [False, True])
def test_the_shipped_reader_reads_both_languages(wholly: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(span_model, "computes_whole", lambda: wholly)
    shipped = open_reader(SHIPPED_READER)
    english = "Osk was founded in 1200. Anna Berg, its first queen, built the harbour. The harbour burnt down in 1312."
    chinese = "奥斯克建于1200年。第一任女王安娜·贝格建造了港口。港口于1312年被烧毁。"
    for question, passage, answer in (
        ("Who built the harbour?", english, "Anna Berg"),
        ("When did the harbour burn down?", english, "1312"),
        ("谁建造了港口？", chinese, "女王安娜·贝格"),
        ("奥斯克建于哪一年？", chinese, "1200年"),
    ):
        (span,) = shipped.read(question, ["Nothing is here.", passage, "这里什么也没有。"], k=1)
        # with 8-bit states a title or a character more may belong to a name
        near = answer in span.text and len(span.text) <= len(answer) + 1
        assert (span.passage, span.text) == (1, answer) or (wholly and near)


def answering_reader() -> SpanReader:
    """Return a reader whose log-odds that a text answers are far from zero."""
    base = tiny_bert(layers=2)  # what hangs on a mention reaches [CLS] in two steps
    weights = new_weights(base, seed=1)
    weights["head.answers"] = torch.linspace(-1, 1, 16) ** 3
    return SpanReader(SpanModel.of(base, weights), PairTokenizer(TOKENIZER), Settings("tiny@0", 64, 16, 8))


def test_facts_change_what_is_read_and_are_never_the_answer() -> None:
    one = answering_reader()
    text = "The Velda springs in the Grey Hills."
    fact = TextFact(4, 9, "length 312 kilometres")
    plain, told = (
        one.odds("How long is the Velda?", [text]),
        one.odds("How long is the Velda?", [text], facts=[[fact]]),
    )
    assert plain != told
    for span in one.read("How long is the Velda?", [text], k=100, facts=[[fact]]):
        assert text[span.start : span.end] == span.text


def test_a_text_without_facts_reads_the_same_beside_one_with_facts() -> None:
    one = answering_reader()
    texts = ["The Velda springs in the Grey Hills.", "Osk is old, very old, and large."]
    alone = [one.odds("Where?", [text])[0] for text in texts]
    beside = one.odds("Where?", texts, facts=[[TextFact(4, 9, "length 312")], []])
    assert beside[0] != pytest.approx(alone[0], abs=1e-6)
    assert beside[1] == pytest.approx(alone[1], abs=1e-6)


@pytest.mark.parametrize(
    "facts",
    [
        [TextFact(0, 0, "of the whole")],
        [TextFact(900, 950, "beyond the end")],
        [TextFact(4, 9, "")],
        [TextFact(9, 4, "backwards")],
    ],
)
def test_facts_that_hang_on_nothing_change_nothing(facts: list[TextFact]) -> None:
    one = answering_reader()
    text = "The Velda springs in the Grey Hills."
    assert one.odds("Where?", [text], facts=[facts]) == one.odds("Where?", [text])


def test_five_hundred_facts_leave_the_text_whole() -> None:
    one = answering_reader()
    text = "Velda " * 500
    facts = [TextFact(6 * at, 6 * at + 5, f"fact {at} " + "of many words " * 20) for at in range(500)]
    (odds,) = one.odds("Where is it?", [text], facts=[facts])
    assert math.isfinite(odds)
    assert all(text[span.start : span.end] == span.text for span in one.read("Where?", [text], facts=[facts]))


def test_an_empty_text_has_no_odds() -> None:
    assert reader().odds("Where?", ["", "Here."])[0] == -math.inf
    assert math.isfinite(SentenceWeights(10.0, 0.5, -6.9).log_odds(0.5, -math.inf, 1))


@pytest.mark.parametrize(("knowledge", "told"), [("facts", True), ("none", False), ("entities", False)])
def test_passages_are_read_with_facts_if_the_reader_was_taught_so(knowledge: Knowledge, told: bool) -> None:
    class Near:
        def facts(self, *_: object) -> dict[str, list[TextFact]]:
            return {"p:1": [TextFact(4, 9, "length 312")]}

    one = answering_reader().with_knowledge(knowledge)
    text = "The Velda springs in the Grey Hills."
    passage = Passage("p:1", text, "a.txt", 0, len(text))
    parsed = Parser().parse(Question("Where does the Velda spring?"))
    reads = PassageReader(LazyReader.of(one), Near())._spans(parsed, (), [passage])  # type: ignore[arg-type]
    plain = PassageReader(LazyReader.of(one))._spans(parsed, (), [passage])
    assert (reads[0].score != pytest.approx(plain[0].score, abs=1e-7)) == told
