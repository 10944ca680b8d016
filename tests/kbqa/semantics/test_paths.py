"""The learnt matcher: scores of steps, chains within the schema, one ranking with the words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from kbqa.parsing.parser import Parser
from kbqa.semantics.candidates import Candidate
from kbqa.semantics.confidence import confidence_of
from kbqa.semantics.form import Both, Counted, Except, Follow, Members, Step, Thing
from kbqa.semantics.learnt import LearntMatcher
from kbqa.semantics.path_model import (
    MAX_STEPS,
    PathModel,
    Settings,
    load_parameters,
    new_parameters,
    save_parameters,
)
from kbqa.semantics.path_scorer import PathScorer, StepScores
from kbqa.semantics.paths import PathFinder, path_form
from kbqa.semantics.rank import chain_of, may_be_chain, rank
from kbqa.semantics.shape import Shape, Shapes
from kbqa.storage.encoder import bert_encoder
from kbqa.types import Question
from kg.names import Names
from kg.profiling import profile
from kg.store import Store
from kg.types import Candidate as Meaning
from kg.types import Iri, Link, Literal, Mention, Triple
from retrieval.bert import Bert
from retrieval.errors import ModelError
from retrieval.text_encoder import TransformerEncoder

X = "urn:x:"
MADE_BY, LIVES_IN, KNOWS = Iri(X + "madeBy"), Iri(X + "livesIn"), Iri(X + "knows")
BOWL, VASE, ANNA, ROME = (Iri(X + name) for name in ("bowl", "vase", "anna", "rome"))
VOCABULARY = "[PAD] [CLS] [SEP] [MASK] who made lives in knows by where the of by".split()


def tiny_bert(seed: int = 0) -> Bert:
    chance = torch.Generator().manual_seed(seed)

    def random(*shape: int) -> torch.Tensor:
        return 0.3 * torch.randn(*shape, generator=chance)

    weights = {
        "embeddings.word_embeddings.weight": random(len(VOCABULARY), 16),
        "embeddings.position_embeddings.weight": random(32, 16),
        "embeddings.token_type_embeddings.weight": random(2, 16),
    }
    shapes = {"intermediate.dense": (32, 16), "output.dense": (16, 32)}
    norms = ["embeddings.LayerNorm"]
    for layer in range(2):
        prefix = f"encoder.layer.{layer}."
        for part in ("attention.self.query", "attention.self.key", "attention.self.value"):
            shapes[prefix + part] = (16, 16)
        shapes[prefix + "attention.output.dense"] = (16, 16)
        shapes[prefix + "intermediate.dense"] = (32, 16)
        shapes[prefix + "output.dense"] = (16, 32)
        norms += [prefix + "attention.output.LayerNorm", prefix + "output.LayerNorm"]
    for name, shape in shapes.items():
        if name.startswith("encoder"):
            weights[f"{name}.weight"], weights[f"{name}.bias"] = random(*shape), torch.zeros(shape[0])
    for name in norms:
        weights[f"{name}.weight"], weights[f"{name}.bias"] = torch.ones(16), torch.zeros(16)
    return Bert(weights, layers=2, heads=2, epsilon=1e-12)


def tiny_encoder(seed: int = 0) -> TransformerEncoder:
    def tokenise(texts: list[str]) -> list[list[int]]:
        known = {word: row for row, word in enumerate(VOCABULARY)}
        return [
            [
                1,
                *(known[word] for word in text.lower().replace("[mask]", "[MASK]").split() if word in known),
                2,
            ]
            for text in texts
        ]

    return TransformerEncoder("tiny@1", 16, tokenise, tiny_bert(seed), pooling="mean")


def read(model: PathModel, tokens: torch.Tensor) -> torch.Tensor:
    """Return the steps of questions whose padding is 0."""
    mask = tokens != 0
    return model.steps(model.read(tokens, mask), mask)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.in_memory() as store:
        facts = [
            Triple(BOWL, MADE_BY, ANNA),
            Triple(VASE, MADE_BY, ANNA),
            Triple(ANNA, LIVES_IN, ROME),
            Triple(ANNA, KNOWS, Iri(X + "bert")),
        ]
        store.add(facts, source="facts")
        yield store


@pytest.fixture
def names(store: Store, tmp_path: Path) -> Names:
    with Names.build(tmp_path / "names.sqlite", store) as names:
        yield names


def test_new_parameters_change_nothing_but_the_heads() -> None:
    bert = tiny_bert()
    tokens = torch.tensor([[1, 4, 5, 3, 2]])
    mask = torch.ones_like(tokens, dtype=torch.bool)
    model = PathModel.of(bert, new_parameters(bert))
    assert torch.allclose(model.bert(tokens, mask), bert(tokens, mask), atol=1e-6)


def test_changes_beside_the_matrices_compute_what_merged_ones_do() -> None:
    bert = tiny_bert()
    chance = torch.Generator().manual_seed(3)
    parameters = {
        name: 0.2 * torch.randn(tensor.shape, generator=chance)
        for name, tensor in new_parameters(bert).items()
    }
    tokens = torch.tensor([[1, 4, 5, 3, 2], [1, 6, 7, 2, 0]])
    beside = read(PathModel.of(bert, parameters, training=True), tokens)
    merged = read(PathModel.of(bert, parameters), tokens)
    assert torch.allclose(beside, merged, atol=1e-5)
    assert not torch.allclose(merged, read(PathModel.of(bert, new_parameters(bert)), tokens), atol=1e-2)
    assert torch.allclose(merged.norm(dim=-1), torch.ones(2, MAX_STEPS), atol=1e-5)


def test_padding_changes_no_step() -> None:
    model = PathModel.of(tiny_bert(), new_parameters(tiny_bert()))
    alone = read(model, torch.tensor([[1, 4, 5, 2]]))
    tokens = torch.tensor([[1, 4, 5, 2, 0, 0], [1, 4, 5, 6, 7, 2]])
    padded = read(model, tokens)
    assert torch.allclose(alone[0], padded[0], atol=1e-5)


def test_weights_survive_saving(tmp_path: Path) -> None:
    parameters = new_parameters(tiny_bert())
    save_parameters(tmp_path / "m", parameters, Settings("tiny@1", "nothing", 2.0))
    loaded, settings = load_parameters(tmp_path / "m")
    assert settings == Settings("tiny@1", "nothing", 2.0)
    assert loaded.keys() == parameters.keys()
    assert all(torch.allclose(loaded[name], parameters[name], atol=1e-3) for name in parameters)


@pytest.mark.parametrize("damage", ["missing", "cut", "no json", "no head"])
def test_damaged_weights_are_refused(tmp_path: Path, damage: str) -> None:
    parameters = new_parameters(tiny_bert())
    if damage == "no head":
        del parameters["stop"]
    save_parameters(tmp_path, parameters, Settings("tiny@1", "nothing"))
    weights = tmp_path / "matcher.safetensors"
    if damage == "missing":
        weights.unlink()
    elif damage == "cut":
        weights.write_bytes(weights.read_bytes()[:1000])
    elif damage == "no json":
        (tmp_path / "config.json").write_text("{")
    with pytest.raises(ModelError, match="train it again"):
        load_parameters(tmp_path)


def scorer(store: Store, names: Names) -> PathScorer:
    shapes = Shapes(store, profile(store))
    return PathScorer(tiny_encoder(), new_parameters(tiny_bert()), shapes.profiles, names)


def test_scores_are_log_probabilities_and_nothing_stops_first(store: Store, names: Names) -> None:
    scores = scorer(store, names).score(["who made [MASK]"])[0]
    assert scores.values.shape == (MAX_STEPS, 2 * 3 + 1)
    assert np.allclose(np.exp(scores.values).sum(1), 1.0, atol=1e-5)
    assert scores.stop(0) < -1000
    assert scores.stop(MAX_STEPS) == 0.0
    assert set(scores.columns) == {
        Step(iri, way) for iri in (MADE_BY, LIVES_IN, KNOWS) for way in (True, False)
    }


def test_a_known_question_is_not_computed_again(store: Store, names: Names) -> None:
    one = scorer(store, names)
    assert one.score(["who made [MASK]"])[0] is one.score(["who made [MASK]", "where [MASK]"])[0]


def test_chains_are_judged_by_the_name_that_fits_best_and_without_weights_by_their_steps(
    store: Store, tmp_path: Path
) -> None:
    label = Iri("http://www.w3.org/2000/01/rdf-schema#label")
    store.add([Triple(MADE_BY, label, Literal(name)) for name in ("by where", "made by")], source="names")
    with Names.build(tmp_path / "more.sqlite", store) as names:
        one = scorer(store, names)
        (scores,) = one.score(["who made [MASK]"])
        column = scores.columns[Step(MADE_BY, False)]
        row = one._row(scores, (0, column))
        assert scores.named[0, row] == pytest.approx(scores.cosines[0, column])
        chains = [(0,), (1, 2), (column,)]
        judged, fits = one.judge(scores, chains, [-1.0, -3.0, -2.0])
    assert fits.tolist() == [0.0, 0.0, 0.0]
    assert np.allclose(np.exp(judged).sum(), 1.0, atol=1e-5)
    blend = float(new_parameters(tiny_bert())["cross.blend"])
    assert np.allclose(np.diff(judged), blend * np.array([-2.0, 1.0]), atol=1e-4)


def test_a_chain_goes_on_by_what_few_things_really_take(store: Store) -> None:
    clay, rex = Iri(X + "clay"), Iri(X + "rex")
    store.add([Triple(clay, MADE_BY, rex)], source="more")
    shapes = Shapes(store, profile(store))
    wanted = [Step(MADE_BY, True), Step(LIVES_IN, True)]
    assert Step(LIVES_IN, True) in shapes.after(wanted[0]).steps
    parsed = Parser().parse(Question("where does the maker live"))
    finder = PathFinder(shapes, fixed(wanted, shapes))
    from_bowl = finder.find(parsed, [link(BOWL, "maker", 15)], k=100)
    assert from_bowl[0].steps == tuple(wanted)
    from_clay = finder.find(parsed, [link(clay, "maker", 15)], k=100)
    assert [path.steps for path in from_clay if path.stated and len(path.steps) == 2] == [
        (Step(MADE_BY, True), Step(MADE_BY, False))
    ]


def test_what_only_things_like_these_state_is_a_chain_that_takes_the_lead(store: Store) -> None:
    """Nothing says where Rex lives; that of other makers it does must not let another chain pass as sure."""
    clay, rex = Iri(X + "clay"), Iri(X + "rex")
    store.add([Triple(clay, MADE_BY, rex)], source="more")
    shapes = Shapes(store, profile(store))
    wanted = (Step(MADE_BY, True), Step(LIVES_IN, True))
    parsed = Parser().parse(Question("where does the maker live"))
    finder = PathFinder(shapes, fixed(list(wanted), shapes))
    from_bowl = finder.find(parsed, [link(BOWL, "maker", 15)], k=100)
    assert from_bowl[0].steps == wanted and from_bowl[0].stated
    from_clay = finder.find(parsed, [link(clay, "maker", 15)], k=100)
    assert from_clay[0].steps == wanted and not from_clay[0].stated
    # What the graph states is found as ever, with less of the likelihood.
    assert any(path.stated for path in from_clay)
    assert from_clay[0].score > max(path.score for path in from_clay if path.stated)


def test_things_behind_a_step_are_not_followed_where_they_are_many(store: Store) -> None:
    shapes = Shapes(store, profile(store))
    assert shapes.reached([BOWL], Step(MADE_BY, True)) == (ANNA,)
    assert set(shapes.reached([ANNA], Step(MADE_BY, False)) or ()) == {BOWL, VASE}
    assert shapes.reached([BOWL], Step(KNOWS, True)) == ()
    store.add([Triple(Iri(f"{X}pot{n}"), MADE_BY, ANNA) for n in range(50)], source="pots")
    assert shapes.reached([ANNA], Step(MADE_BY, False)) is None


def test_questions_scored_together_score_as_they_do_alone(store: Store, names: Names) -> None:
    questions = ["who made [MASK]", "where lives who knows [MASK]"]
    together = scorer(store, names).score(questions)
    alone = [scorer(store, names).score([question])[0] for question in questions]
    for one, other in zip(together, alone, strict=True):
        assert np.allclose(one.values, other.values, atol=1e-4)


def step_scores(values: np.ndarray, steps: list[Step]) -> StepScores:
    columns = {step: column for column, step in enumerate(steps)}
    ranked = np.argsort(-values[:, :-1], axis=1, kind="stable")[:, :200]
    near = np.tanh(values[:, :-1])
    return StepScores(values, near, near, torch.zeros(3, 16), steps, columns, ranked)


def test_of_many_steps_only_the_likeliest_of_all_are_looked_at() -> None:
    steps = [Step(Iri(f"{X}{number}"), True) for number in range(500)]
    values = np.random.default_rng(0).normal(size=(MAX_STEPS, 501)).astype(np.float32)
    scores = step_scores(values, steps)
    even = np.arange(0, 500, 2)
    best = sorted(even, key=lambda column: -values[1, column])[:10]
    assert scores.likeliest(even, 1, k=10).tolist() == best
    assert (
        scores.likeliest(even[:50], 1, k=10).tolist() == sorted(even[:50], key=lambda c: -values[1, c])[:10]
    )


def fixed(favoured: list[Step], shapes: Shapes) -> PathScorer:
    """Return a scorer that always wants these steps and then to stop."""
    steps = [Step(iri, way) for way in (True, False) for iri in shapes.profiles]
    columns = {step: column for column, step in enumerate(steps)}
    values = np.full((MAX_STEPS, len(steps) + 1), -6.0, dtype=np.float32)
    for position in range(MAX_STEPS):
        values[position, columns[favoured[position]] if position < len(favoured) else -1] = -0.1
    scores = step_scores(values, steps)

    class Fixed:
        columns = scores.columns

        def judge(
            self, scores: StepScores, chains: list[tuple[int, ...]], likely: list[float]
        ) -> tuple[np.ndarray, np.ndarray]:
            return np.array(likely) - np.logaddexp.reduce(likely), np.zeros(len(likely))

        def score(self, questions: list[str]) -> list[StepScores]:
            assert all("[MASK]" in question for question in questions)
            return [scores for _ in questions]

    return Fixed()  # type: ignore[return-value]


def link(term: Iri, text: str, start: int) -> Link:
    return Link(Mention(start, start + len(text), text), [Meaning(term, "entity", 1.0, text, "exact")])


@pytest.mark.parametrize(
    ("steps", "form"),
    [
        ([Step(MADE_BY, True)], Follow(Thing(BOWL), Step(MADE_BY, True))),
        (
            [Step(MADE_BY, True), Step(LIVES_IN, True)],
            Follow(Follow(Thing(BOWL), Step(MADE_BY, True)), Step(LIVES_IN, True)),
        ),
        (
            [Step(MADE_BY, True), Step(MADE_BY, False)],
            Except(Follow(Follow(Thing(BOWL), Step(MADE_BY, True)), Step(MADE_BY, False)), Thing(BOWL)),
        ),
        (
            [Step(MADE_BY, True), Step(LIVES_IN, True), Step(LIVES_IN, False)],
            Except(
                Follow(
                    Follow(Follow(Thing(BOWL), Step(MADE_BY, True)), Step(LIVES_IN, True)),
                    Step(LIVES_IN, False),
                ),
                Follow(Thing(BOWL), Step(MADE_BY, True)),
            ),
        ),
    ],
)
def test_the_likeliest_chain_comes_first(store: Store, steps: list[Step], form: object) -> None:
    shapes = Shapes(store, profile(store))
    finder = PathFinder(shapes, fixed(steps, shapes))
    parsed = Parser().parse(Question("who made the bowl"))
    found = finder.find(parsed, [link(BOWL, "bowl", 13)], k=5)
    assert found[0].form == form
    assert found[0].steps == tuple(steps)
    assert found[0].score == max(path.score for path in found)
    assert len(found) == 5


def test_chains_stay_within_what_the_graph_joins(store: Store) -> None:
    shapes = Shapes(store, profile(store))
    wanted = [Step(LIVES_IN, True), Step(KNOWS, True)]
    found = PathFinder(shapes, fixed(wanted, shapes)).find(
        Parser().parse(Question("where does the bowl live")), [link(BOWL, "bowl", 15)], k=100
    )
    assert found and all(path.steps[0] == Step(MADE_BY, True) for path in found)
    for path in found:
        for before, after in zip(path.steps, path.steps[1:], strict=False):
            assert after in shapes.after(before).steps


def test_without_entities_there_are_no_chains(store: Store) -> None:
    shapes = Shapes(store, profile(store))
    parsed = Parser().parse(Question("who made it"))
    class_link = Link(Mention(0, 3, "who"), [Meaning(ROME, "class", 1.0, "who", "exact")])
    finder = PathFinder(shapes, fixed([Step(MADE_BY, True)], shapes))
    assert finder.find(parsed, [], k=5) == finder.find(parsed, [class_link], k=5) == []


def test_a_matcher_of_another_encoder_is_not_used(store: Store, names: Names, tmp_path: Path) -> None:
    parameters = new_parameters(tiny_bert())
    shapes = Shapes(store, profile(store))
    parsed, links = Parser().parse(Question("who made the bowl")), [link(BOWL, "bowl", 13)]
    for made_for, found in (("tiny@1", True), ("another@2", False)):
        save_parameters(tmp_path / made_for, parameters, Settings(made_for, "nothing"))
        matcher = LearntMatcher(tmp_path / made_for, tiny_encoder(), shapes, names)
        assert bool(matcher.find(parsed, links, k=3)) == found
    assert LearntMatcher(None, tiny_encoder(), shapes, names).find(parsed, links, k=3) == []


def test_relations_are_ranked_by_the_nearest_of_a_questions_steps(
    store: Store, names: Names, tmp_path: Path
) -> None:
    save_parameters(tmp_path, new_parameters(tiny_bert()), Settings("tiny@1", "nothing"))
    shapes = Shapes(store, profile(store))
    matcher = LearntMatcher(tmp_path, tiny_encoder(), shapes, names)
    parsed, links = Parser().parse(Question("who made the bowl")), [link(BOWL, "bowl", 13)]
    ranked = matcher.relations(parsed, links)
    assert set(ranked) == {MADE_BY, LIVES_IN, KNOWS}
    (scores,) = scorer(store, names).score(["who made the [MASK]"])
    near = {step.predicate: -1.0 for step in scores.columns}
    for step, column in scores.columns.items():
        near[step.predicate] = max(near[step.predicate], float(scores.cosines[:, column].max()))
    assert ranked == sorted(near, key=lambda iri: -near[iri])
    assert len(matcher.relations(parsed, [])) == 3
    assert LearntMatcher(None, tiny_encoder(), shapes, names).relations(parsed, links) == []


def test_only_plain_bert_can_be_changed() -> None:
    assert bert_encoder(tiny_encoder()) is not None
    other = TransformerEncoder("other@1", 4, lambda texts: [], lambda tokens, mask: tokens, pooling="mean")
    assert bert_encoder(other) is None
    with pytest.raises(ModelError, match="no plain BERT"):
        _ = other.bert


def test_chains_are_recognised_under_classes_counts_and_exceptions() -> None:
    steps = (Step(MADE_BY, True), Step(MADE_BY, False))
    assert chain_of(path_form(BOWL, steps)) == (BOWL, steps)
    assert chain_of(Counted(path_form(BOWL, steps))) == (BOWL, steps)
    assert chain_of(Members(ROME)) is None


def test_one_ranking_keeps_what_words_support_and_adds_what_was_learnt(store: Store) -> None:
    shapes = Shapes(store, profile(store))
    parsed = Parser().parse(Question("who made the bowl"))
    said, learnt = Step(KNOWS, True), Step(MADE_BY, True)
    paths = PathFinder(shapes, fixed([learnt], shapes)).find(parsed, [link(BOWL, "bowl", 13)], k=3)
    shape = Shape("entity", frozenset(), frozenset())
    weak = Candidate(Follow(Thing(BOWL), said), shape, 0.4, 0.5, 0.5, 0)
    ranked = rank(parsed, [weak], paths)
    assert ranked[0].form == Follow(Thing(BOWL), learnt)
    assert weak.form in [candidate.form for candidate in ranked]
    assert rank(parsed, [weak], []) == [weak]
    compared = Parser().parse(Question("is the bowl larger than the vase"))
    assert not may_be_chain(compared, [], [weak])
    assert may_be_chain(compared, [], []) and may_be_chain(parsed, [], [weak])


def test_a_way_back_leaves_out_the_topic_also_where_words_found_the_chain(store: Store) -> None:
    shapes = Shapes(store, profile(store))
    steps = [Step(MADE_BY, True), Step(MADE_BY, False)]
    parsed = Parser().parse(Question("what else did the maker of the bowl make"))
    paths = PathFinder(shapes, fixed(steps, shapes)).find(parsed, [link(BOWL, "bowl", 31)], k=3)
    shape = Shape("entity", frozenset(), frozenset())
    plain = Candidate(Follow(Follow(Thing(BOWL), steps[0]), steps[1]), shape, 2.0, 1.0, 1.0, 0)
    ranked = rank(parsed, [plain], paths)
    assert ranked[0].form == path_form(BOWL, steps)
    assert plain.form not in [candidate.form for candidate in ranked]


def test_words_that_name_two_things_are_not_overruled(store: Store) -> None:
    shapes = Shapes(store, profile(store))
    parsed = Parser().parse(Question("who made the bowl and the vase"))
    paths = PathFinder(shapes, fixed([Step(LIVES_IN, True)], shapes)).find(
        parsed, [link(BOWL, "bowl", 13)], k=3
    )
    shape = Shape("entity", frozenset(), frozenset())
    both = Both(Follow(Thing(BOWL), Step(MADE_BY, True)), Follow(Thing(VASE), Step(MADE_BY, True)))
    asked = Candidate(both, shape, 2.0, 1.0, 1.0, 0)
    assert rank(parsed, [asked], paths, weight=4.0) == [asked]


@pytest.mark.parametrize(("weight", "kept"), [(1.0, True), (4.0, False)])
def test_a_matcher_that_was_taught_overrules_one_name_read_in_another_way(
    store: Store, weight: float, kept: bool
) -> None:
    shapes = Shapes(store, profile(store))
    parsed = Parser().parse(Question("who made the bowl"))
    made = Step(MADE_BY, True)
    paths = PathFinder(shapes, fixed([made], shapes)).find(parsed, [link(BOWL, "bowl", 13)], k=3)
    shape = Shape("entity", frozenset(), frozenset())
    odd = Except(Follow(Thing(BOWL), Step(KNOWS, True)), Follow(Thing(BOWL), made))
    read = Candidate(odd, shape, 2.0, 1.0, 1.0, 0)
    ranked = rank(parsed, [read], paths, weight=weight)
    assert (ranked == [read]) == kept


def test_a_far_relation_that_no_word_names_is_not_sure() -> None:
    shape = Shape("entity", frozenset(), frozenset())
    form = Follow(Thing(BOWL), Step(MADE_BY, True))
    near, far = (
        Candidate(form, shape, 0.0, 0.0, 0.0, 0, learnt=-0.1, said=False, nearest=nearest)
        for nearest in (0.6, 0.25)
    )
    assert confidence_of(near, lead=4.0) > 0.8
    assert confidence_of(near, lead=2.0) > 0.5
    assert confidence_of(far, lead=2.0) < 0.5
