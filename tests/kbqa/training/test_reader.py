"""A reader learns what it is shown, gives the same for the same seed, and says how sure it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kbqa.errors import InputError
from kbqa.reading.passage import open_reader
from kbqa.reading.windows import PairTokenizer, Window
from kbqa.storage.encoder import BILINGUAL_FOLDER
from kbqa.training.reader import MADE, Learnt, Recipe, _tokens_of, train_reader
from kbqa.training.reader_fit import _parting, fit_logistic
from kbqa.training.reading_examples import SOURCES, ReadingExample

COLOURS = ["red", "blue", "green", "black", "white", "brown"]
FIRST, LAST = ["Os", "Vel", "Ar", "Kor", "Lun", "Bre"], ["burg", "land", "ville", "mouth", "field"]


def write_sets(folder: Path) -> None:
    paragraphs = []
    for number in range(30):
        town, colour, year = FIRST[number % 6] + LAST[number % 5], COLOURS[number * 7 % 6], 1200 + number
        text = f"The town of {town} has a {colour} gate. It was built in {year} by nobody in particular."
        asked = [
            {
                "question": f"Which colour has the gate of {town}?",
                "answers": [{"text": colour, "answer_start": text.index(colour)}],
            },
            {
                "question": f"When was the gate of {town} built?",
                "answers": [{"text": str(year), "answer_start": text.index(str(year))}],
            },
        ]
        paragraphs.append({"context": text, "qas": asked})
    for source in SOURCES.values():
        path = folder / source.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reader")
    write_sets(folder / "sets")
    recipe = Recipe(batch=16, rate=6e-4, head_rate=3e-3)
    found = train_reader(folder / "sets", folder / "out", minutes=None, steps=40, seed=0, recipe=recipe)
    assert (found.steps, found.questions, found.held_out) == (40, 210, 30)
    assert min(found.f1.values()) > 0.8
    return folder / "out"


def test_what_was_learnt_is_read_from_the_folder(trained: Path) -> None:
    reader = open_reader(trained)
    text = "The town of Brebury has a yellow gate. It was built in 1977 by many people."
    (span,) = reader.read("When was the gate of Brebury built?", ["Nothing is here.", text], k=1)
    assert (span.passage, span.text) == (1, "1977")
    other = reader.read("When was the gate of Brebury built?", ["Nothing is here at all."], k=1)[0]
    assert reader.probability(span.score) > reader.probability(other.score)
    assert reader.settings.slope > 0
    sentence = reader.settings.sentence
    assert min(sentence.score, sentence.odds, sentence.rank) >= 0 < sentence.odds + sentence.score
    assert sentence.offset < 0  # of a sentence of which nothing is known


def test_parts_of_the_training_can_be_left_out(tmp_path: Path) -> None:
    write_sets(tmp_path / "sets")

    def train(*without: str) -> Learnt:
        recipe = Recipe(batch=4)
        return train_reader(
            tmp_path / "sets", tmp_path / "out", minutes=None, steps=1, seed=0, recipe=recipe, without=without
        )

    less = train("squad1", "made")
    # 90 % of each of three sets of 60 and 80 % of one are learnt from; what is held out stays the same.
    assert (less.questions, less.held_out, set(less.f1)) == (210 - 54, 30, set(SOURCES))
    with pytest.raises(InputError, match="'poems' is neither a set nor a kind of window"):
        train("poems")
    with pytest.raises(InputError, match="every set is left out"):
        train(*SOURCES)


def test_kinds_of_windows_that_are_left_out_are_never_drawn() -> None:
    assert Recipe().without(MADE) == Recipe(unanswered=0.0, short=0.0, hung=0.0, made=0.0)
    assert Recipe().without(("hung",)) == Recipe(hung=0.0)


def test_the_folder_is_small_and_holds_no_word_vectors(trained: Path) -> None:
    from safetensors import safe_open

    with safe_open(trained / "reader.safetensors", "pt") as file:
        assert not any(name.startswith("embeddings.") for name in file.keys())  # noqa: SIM118
    assert (trained / "reader.safetensors").stat().st_size < 12_000_000


def test_the_tokens_of_an_answer_are_found_where_a_window_holds_all_of_it() -> None:
    tokenizer = PairTokenizer(BILINGUAL_FOLDER / "tokenizer.json")
    text = "The Velda springs in the Grey Hills."
    start = text.index("Grey")
    example = ReadingExample("Where?", text, start, start + 10, ("Grey Hills",), "squad1", "a")
    question, pieces = tokenizer.pieces(["Where?", text])
    (window,) = tokenizer.windows(question, pieces, length=50, overlap=5)
    first, last = _tokens_of(window, example) or (0, 0)
    places = window.places[first - window.first][0], window.places[last - window.first][1]
    assert text[places[0] : places[1]] == "Grey Hills"
    half = Window(window.tokens, window.first, window.places[: last - window.first])
    assert _tokens_of(half, example) is None


def test_the_null_score_parts_best() -> None:
    assert _parting([(1.0, False), (2.0, False), (3.0, True), (4.0, True), (0.5, True)]) == 3.0
    assert _parting([(1.0, True)]) == 0.0


def test_logistic_regression_gives_the_shares() -> None:
    slope, offset = fit_logistic(
        [[0.0]] * 500 + [[1.0]] * 500, ([True] + [False] * 4) * 100 + ([False] + [True] * 4) * 100
    )
    import math

    assert 1 / (1 + math.exp(-offset)) == pytest.approx(0.2, abs=0.01)
    assert 1 / (1 + math.exp(-slope - offset)) == pytest.approx(0.8, abs=0.01)


def test_a_sign_of_the_contrary_says_nothing() -> None:
    rows = [[float(number), -float(number)] for number in range(20)]
    first, second, _ = fit_logistic(rows, [number >= 10 for number in range(20)])
    assert first > 0 == second
    assert fit_logistic([[0.0], [1.0]] * 10, [True, False] * 10)[0] == 0.0
