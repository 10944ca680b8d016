"""Courses of the path model: what is right in a batch, what counts as wrong, and that something is learnt."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
import torch

from kbqa.semantics.path_model import MAX_STEPS, PathModel, new_parameters
from kbqa.semantics.path_scorer import BertEncoder
from kbqa.storage.encoder import bert_encoder
from kbqa.training import path_course
from kbqa.training.examples import MASK, Example, Hop
from kbqa.training.matcher import extended_lesson, public_lessons, synthetic_lesson, vocabularies_of
from kbqa.training.path_course import Lesson, PathCourse, Recipe, Relations
from retrieval.text_encoder import load_text_encoder

NAMES = ("teacher", "book", "city", "water")
ASKED = (
    "who is the {} of [MASK]?",
    "what {} [MASK]",
    "the {} of [MASK]",
    "[MASK] {} ?",
)
ASKED_BACK = ("[MASK] is the {} of who?", "i is the {} , [MASK] is the {} of what")
SMALL = Recipe(batch=32, relations=8, rate=3e-3, head_rate=3e-3, warm_up=5, log_every=10)


@pytest.fixture(scope="module")
def encoder(shared_teacher: Path) -> BertEncoder:
    found = bert_encoder(load_text_encoder(str(shared_teacher)))
    assert found is not None
    return found


def asked(template: str, *hops: Hop, source: str = "test") -> Example:
    words = [hop.name for hop in hops]
    return Example(template.format(*words[::-1], *words), hops, "en", source)


def draw(count: int, chance: Random) -> Sequence[Example]:
    examples = []
    for _ in range(count):
        name, other = chance.choice(NAMES), chance.choice(NAMES)
        kind = chance.random()
        if kind < 0.4:
            examples.append(asked(chance.choice(ASKED), Hop(name, True)))
        elif kind < 0.7:
            examples.append(asked(chance.choice(ASKED_BACK), Hop(name, False)))
        else:
            examples.append(asked("who is the {} of the {} of [MASK]", Hop(name, True), Hop(other, True)))
    return examples


LESSON = Lesson("small", draw, 1.0, NAMES)


def course(
    encoder: BertEncoder, *, seed: int = 0, recipe: Recipe = SMALL
) -> tuple[PathCourse, dict[str, torch.Tensor]]:
    parameters = new_parameters(encoder.bert)
    return PathCourse(encoder, parameters, Relations(encoder), [LESSON], recipe=recipe, seed=seed), parameters


def likeliest(encoder: BertEncoder, parameters: dict[str, torch.Tensor], question: str) -> list[str]:
    """Return the likeliest relation of each step until STOP."""
    with torch.inference_mode():
        model = PathModel.of(encoder.bert, parameters)
        vectors = torch.from_numpy(encoder.encode(NAMES))
        ways = [model.relations(vectors, forward=way) for way in (True, False)]
        tokens, mask = path_course.padded(encoder.tokenise([question]))
        (asked,) = model.steps(model.read(tokens, mask), mask)
        scores = asked @ torch.cat([*ways, model.stop()]).T
        scores[0, -1] = -1  # nothing stops before the first step
        columns = scores.argmax(1).tolist()
    said = [*(f"/{name}" for name in NAMES), *(f"^{name}" for name in NAMES), "stop"]
    steps = [said[column] for column in columns]
    return steps[: steps.index("stop")] if "stop" in steps else steps


def test_what_is_taught_is_found_in_other_words(
    encoder: BertEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger=path_course.__name__)
    training, parameters = course(encoder)
    assert list(training.steps(minutes=None, steps=120)) == list(range(1, 121))
    losses = [record.args[2] for record in caplog.records if isinstance(record.args, tuple)]
    assert len(losses) == 12
    assert losses[-1] < losses[0] / 4  # type: ignore[operator]
    right = 0
    for name in NAMES:
        right += likeliest(encoder, parameters, f"what is the {name} of the [MASK]") == [f"/{name}"]
        right += likeliest(encoder, parameters, f"the [MASK] is the {name} of what?") == [f"^{name}"]
    assert right >= 7, f"{right} of 8"


def test_the_same_seed_teaches_the_same(encoder: BertEncoder) -> None:
    results = []
    for seed in (7, 7, 8):
        training, parameters = course(encoder, seed=seed)
        assert list(training.steps(minutes=None, steps=3)) == [1, 2, 3]
        results.append(parameters)
    first, again, other = results
    assert all(torch.allclose(first[name], again[name], atol=1e-6) for name in first)
    assert not all(torch.allclose(first[name], other[name], atol=1e-6) for name in first)
    fresh = new_parameters(encoder.bert)
    assert all(not torch.equal(first[name], fresh[name]) for name in first)


def test_a_course_ends_in_time_and_leaves_the_threads_of_torch_alone(encoder: BertEncoder) -> None:
    threads = torch.get_num_threads()
    training, _ = course(encoder)
    done = list(training.steps(minutes=0.005, steps=100_000))
    assert 1 <= len(done) < 1_000
    assert torch.get_num_threads() == threads


def test_the_encoder_itself_does_not_change(encoder: BertEncoder) -> None:
    before = {name: tensor.clone() for name, tensor in encoder.bert.weights.items()}
    training, _ = course(encoder)
    list(training.steps(minutes=None, steps=2))
    assert all(torch.equal(before[name], tensor) for name, tensor in encoder.bert.weights.items())


def test_right_columns_are_the_ways_then_stop_then_nothing() -> None:
    names = ["a", "b", "c"]
    hops = (Hop("b", True), Hop("a", False), Hop("c", False))
    examples = [Example(MASK, hops[:count], "en", "x") for count in (1, 2, 3)]
    stop = 6
    assert path_course._targets(examples, names).tolist() == [[1, stop, -1], [1, 3, stop], [1, 3, 5]]
    assert MAX_STEPS == 3


def test_rivals_are_chains_that_a_reader_may_take_for_the_right_one() -> None:
    likely = [[0, 2], [1, 3], [0, 3]]
    chance = Random(0)
    found = path_course.rivals((0, 5), likely, count=99, relations=4, chance=chance)
    assert len(found) == len(set(found)) and (0, 5) not in found
    # too short, too long, there and back, another relation, the other way round, in another order
    for chain in [(0,), (5,), (0, 5, 3), (0, 5, 1), (2, 5), (0, 3), (4, 5), (0, 1), (5, 0)]:
        assert chain in found
    assert all(1 <= len(chain) <= MAX_STEPS for chain in found)
    assert len(path_course.rivals((0, 5), likely, count=3, relations=4, chance=chance)) == 3


def test_the_likelihood_of_a_chain_is_that_of_its_steps_and_of_stop() -> None:
    scores = torch.arange(3 * 5, dtype=torch.float32).view(1, 3, 5)
    columns, compared = path_course._filled([[(0,), (3, 1), (2, 2, 2)]], 4)
    assert columns.tolist() == [[[0, -1, -1], [3, 1, -1], [2, 2, 2], [-1, -1, -1]]]
    assert compared.tolist() == [[True, True, True, False]]
    # the last column is STOP; behind three steps nothing else can follow
    assert path_course._of_steps(scores, columns, 4)[0, :3].tolist() == [0 + 9, 3 + 6 + 14, 2 + 7 + 12]


def test_the_cross_encoder_learns_which_chains_say_too_much(encoder: BertEncoder) -> None:
    training, parameters = course(encoder)
    list(training.steps(minutes=None, steps=150))
    model = PathModel.of(encoder.bert, parameters)
    with torch.inference_mode():
        tokens, mask = path_course.padded(encoder.tokenise(["who is the teacher of [MASK]?"]))
        offered = model.relations(torch.from_numpy(encoder.encode(NAMES)), forward=True)
        chains = [[offered[0], offered[0], offered[0]], [offered[0], offered[1], offered[0]]]
        taken = torch.tensor([[[True, False, False], [True, True, False]]])
        vectors = torch.stack([torch.stack(chain) for chain in chains])[None]
        scores, fits = model.cross(model.read(tokens, mask), mask, vectors, taken)
    assert scores[0, 0] > scores[0, 1]
    assert fits[0, 0] > 0 > fits[0, 1]


def test_the_wrong_chains_of_a_question_count_as_much_as_the_right_one() -> None:
    fits = torch.tensor([[0.0, 0.0, 9.0], [0.0, 2.0, 2.0]])
    compared = torch.tensor([[True, True, False], [True, True, True]])
    log2 = float(torch.log(torch.tensor(2.0)))
    expected = 3 * log2 + float(torch.nn.functional.softplus(torch.tensor(2.0)))
    assert float(path_course._fit_loss(fits, compared)) == pytest.approx(expected)
    right = fits.clone()
    right[:, 0] += 1.0
    assert path_course._fit_loss(right, compared) < path_course._fit_loss(fits, compared)


def test_another_name_of_the_right_meaning_is_no_wrong_answer() -> None:
    vectors = torch.eye(4)[[0, 1, 1]]  # the last two names say the same
    excused = path_course._excused(vectors, torch.tensor([[1, 0, 6], [5, 3, -1]]))
    found = [[row.nonzero().flatten().tolist() for row in question] for question in excused]
    # forward: another name in the same direction only; STOP and the first name stand alone
    assert found == [[[2], [], []], [[4], [], []]]
    assert excused.min() <= -1e3
    assert excused.max() == 0


def test_names_of_relations_are_encoded_once() -> None:
    calls: list[list[str]] = []

    class Counting:
        name, dim = "counting@1", 2

        def encode(self, texts: Sequence[str]) -> object:
            calls.append(list(texts))
            return torch.ones(len(texts), 2).numpy()

    relations = Relations(Counting())  # type: ignore[arg-type]
    assert relations.of(["a", "b", "a"]).shape == (3, 2)
    assert relations.of(["b", "c"]).shape == (2, 2)
    assert calls == [["a", "b"], ["c"]]


# lessons

FILMS, SPORTS = ("directed by", "starred actors", "genre"), ("coached by", "plays for", "league")
PUBLIC = [
    *(Example(f"{name} [MASK]?", (Hop(name, True),), "en", "films") for name in FILMS),
    *(Example(f"[MASK] {name}", (Hop(name, False),), "en", "sports") for name in SPORTS),
    Example(
        "league of the team [MASK] coached?", (Hop("coached by", False), Hop("league", True)), "en", "sports"
    ),
]


def vocabularies(examples: Sequence[Example]) -> set[str]:
    names = {hop.name for example in examples for hop in example.hops}
    return {source for source, known in (("films", FILMS), ("sports", SPORTS)) if names & set(known)}


@pytest.mark.parametrize("made_up", [True, False])
def test_a_batch_is_of_one_vocabulary(encoder: BertEncoder, made_up: bool) -> None:
    known = vocabularies_of(PUBLIC, encoder)
    lesson = (
        synthetic_lesson(known, 0.5, thesaurus=None)
        if made_up
        else extended_lesson(PUBLIC, known, 0.5, thesaurus=None)
    )
    chance = Random(1)
    batches = [lesson.draw(20, chance) for _ in range(12)]
    assert all(len(batch) == 20 and len(vocabularies(batch)) == 1 for batch in batches)
    assert {found for batch in batches for found in vocabularies(batch)} == {"films", "sports"}
    for example in (example for batch in batches for example in batch):
        assert example.question.count(MASK) == 1
        assert 1 <= len(example.hops) <= MAX_STEPS
        assert {hop.name for hop in example.hops} <= set(lesson.names)


def test_public_questions_have_a_lesson_for_each_vocabulary() -> None:
    films, sports = public_lessons(PUBLIC, 0.6)
    assert (films.name, set(films.names)) == ("films", set(FILMS))
    assert (sports.name, set(sports.names)) == ("sports", set(SPORTS))
    assert films.share + sports.share == pytest.approx(0.6)
    assert sports.share > films.share
    assert {example.source for example in sports.draw(100, Random(0))} == {"sports"}
