"""Questions with a picture: recognised, answered from the graph, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from kbqa.errors import InputError
from kbqa.look import Look, PictureLooker
from kbqa.pipeline import Pipeline, Sources
from kbqa.stages import default_pipeline
from kbqa.types import ImageEvidence, Question
from retrieval.image_search import ImageSearch, Sighting
from retrieval.types import Image


@pytest.fixture(scope="module")
def pipeline(lands_sources: Sources) -> Pipeline:
    return default_pipeline(lands_sources)


@pytest.fixture
def flag(lands_sources: Sources) -> str:
    return next(image.path for image in lands_sources.corpus.images() if image.id == "i:Arvania")


@pytest.fixture
def unknown(tmp_path: Path) -> str:
    place = tmp_path / "unknown.png"
    PIL.Image.linear_gradient("L").save(place)
    return str(place)


def test_a_picture_is_named_and_the_rest_answered_from_the_graph(pipeline: Pipeline, flag: str) -> None:
    result = pipeline.ask(Question("Which country is this flag of, and what is its capital?", image=flag))
    assert [(answer.text, answer.source) for answer in result.answers] == [
        ("Arvania", "image"),
        ("Lunden", "graph"),
    ]
    assert result.question.image == flag and not result.abstained and "capital" in result.sparql.lower()
    for answer in result.answers:
        shown = [item.image.id for item in answer.evidence if isinstance(item, ImageEvidence)]
        assert "i:Arvania" in shown
        assert answer.confidence <= 0.99
    assert {"look", "parse", "query"} <= set(result.seconds)


@pytest.mark.parametrize("text", ["Whose flag is this?", "这是哪个国家的国旗？"])
def test_only_what_it_shows(pipeline: Pipeline, flag: str, lands: Any, text: str) -> None:
    (answer,) = pipeline.ask(Question(text, image=flag)).answers
    assert answer.id == lands.iri("Arvania").value


def test_an_unknown_picture_is_refused(pipeline: Pipeline, unknown: str) -> None:
    for text, says in (
        ("What is the capital of this country?", "the knowledge base does not know this picture"),
        ("这是哪个国家的国旗？", "知识库不认识这张图片"),
    ):
        result = pipeline.ask(Question(text, image=unknown))
        assert (result.answers, result.abstained, result.reason) == ([], True, says)


def test_a_question_that_does_not_need_its_picture_is_answered(pipeline: Pipeline, unknown: str) -> None:
    result = pipeline.ask(Question("What is the capital of Arvania?", image=unknown))
    assert [answer.text for answer in result.answers] == ["Lunden"]


def test_a_picture_that_cannot_be_read_is_named(pipeline: Pipeline, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    for path in (broken, tmp_path / "missing.png"):
        with pytest.raises(InputError, match=path.name) as caught:
            pipeline.ask(Question("Whose flag is this?", image=str(path)))
        assert "\n" not in str(caught.value)


class Seen(ImageSearch):
    """Always sees the same."""

    def __init__(self, sighting: Sighting) -> None:
        self.sighting = sighting

    def look(self, path: Path) -> Sighting:
        return self.sighting


def looked(lands: Any, cosine: float, margin: float, *entities: str) -> Look:
    image = Image("i:1", "a.png", "a.png", "A caption")
    seen = Sighting(image, False, cosine, margin, tuple(lands.iri(name).value for name in entities))
    return PictureLooker(Seen(seen), lands.names).look(Question("What is its capital?", image="q.png"))


def test_likeness_needs_cosine_and_margin(lands: Any) -> None:
    known = looked(lands, 0.99, 0.5, "Arvania")
    assert [one.text for one in known.questions] == ["What is Arvania's capital?"]
    assert known.confidence < 0.99 and known.questions[0].shown == (lands.iri("Arvania").value,)
    for cosine, margin in ((0.99, 0.0), (0.9, 0.5)):
        refused = looked(lands, cosine, margin, "Arvania")
        assert not refused.questions
        assert refused.reason.endswith(f"the nearest is 'A caption' ({cosine:.2f})")


def test_a_picture_of_nothing_that_the_graph_knows_is_its_caption(lands: Any) -> None:
    assert looked(lands, 0.99, 0.5).questions[0].text == "What is A caption's capital?"
