"""Images found by their looks, with an encoder that sees nothing but colour."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from retrieval import Corpus, EntityLink, Floats, Image, Passage, VectorIndex
from retrieval.image_search import ImageSearch
from retrieval.search import Search
from retrieval.types import ImageEncoder, PartsEncoder

COLORS = {"red": (220, 20, 20), "green": (20, 160, 40), "blue": (20, 40, 200), "teal": (20, 155, 110)}


class ColorEncoder:
    """Puts pictures at their mean colour, and texts at the mean of the colours that they name."""

    name = "color@000000000000"
    dim = 3

    def encode_texts(self, texts: Sequence[str]) -> Floats:
        return np.stack([np.mean(self._told(text), axis=0) for text in texts])

    def encode_images(self, pictures: Sequence[Pillow.Image]) -> Floats:
        return np.stack([_unit(np.asarray(picture).reshape(-1, 3).mean(0)) for picture in pictures])

    def text_parts(self, texts: Sequence[str]) -> list[Floats]:
        return [np.stack(self._told(text)) for text in texts]

    def image_parts(self, pictures: Sequence[Pillow.Image]) -> list[Floats]:
        halves = [np.array_split(np.asarray(picture), 2, axis=1) for picture in pictures]
        return [np.stack([_unit(half.reshape(-1, 3).mean(0)) for half in parts]) for parts in halves]

    def _told(self, text: str) -> list[Floats]:
        return [_unit(np.array(COLORS[word])) for word in text.split() if word in COLORS] or [
            _unit(np.ones(3))
        ]


def _unit(color: np.ndarray) -> Floats:
    centred = np.asarray(color, dtype=np.float32) - 100
    return centred / np.linalg.norm(centred)


def paint(path: Path, *colors: str, size: tuple[int, int] = (40, 30)) -> Path:
    """Write a picture of vertical bands."""
    picture = Pillow.new("RGB", size)
    width = size[0] // len(colors)
    for place, color in enumerate(colors):
        picture.paste(COLORS[color], (place * width, 0, (place + 1) * width, size[1]))
    picture.save(path)
    return path


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    corpus = Corpus.create(tmp_path / "corpus.sqlite")
    names = {"red": ("red",), "green": ("green",), "blue": ("blue",), "both": ("red", "blue")}
    images = [
        Image(f"i:{name}", f"{name}.png", str(paint(tmp_path / f"{name}.png", *colors)), name, 40, 30)
        for name, colors in names.items()
    ]
    passage = Passage("p:1", "The green land is wide.", "a.txt", 0, 23)
    links = [EntityLink(f"i:{name}", f"w:{name}") for name in ("red", "green", "blue")]
    corpus.add([passage], images, [*links, EntityLink("p:1", "w:green", 4, 9)])
    return corpus


@pytest.fixture
def vectors(tmp_path: Path, corpus: Corpus) -> VectorIndex:
    encoder = ColorEncoder()
    vectors = VectorIndex.create(tmp_path / "image-vectors", dim=encoder.dim, encoder=encoder.name)
    images = list(corpus.images())
    seen = encoder.encode_images([Pillow.open(image.path) for image in images])
    vectors.add([image.id for image in images], seen)
    vectors.commit()
    return vectors


@pytest.fixture
def search(corpus: Corpus, vectors: VectorIndex) -> ImageSearch:
    return ImageSearch(corpus, vectors, ColorEncoder())


def ids(hits: Sequence[object]) -> list[str]:
    return [hit.item.id for hit in hits]  # type: ignore[attr-defined]


def test_the_encoder_of_these_tests_keeps_the_protocols() -> None:
    encoder: ImageEncoder = ColorEncoder()
    assert isinstance(encoder, PartsEncoder)


def test_a_text_finds_images(search: ImageSearch) -> None:
    hits = search.by_text("a red one", k=2)
    assert ids(hits) == ["i:red", "i:both"]
    assert [(hit.rank, hit.source) for hit in hits] == [(1, "image"), (2, "image")]
    assert search.by_text("  ") == []


def test_a_picture_finds_images_entities_and_passages(search: ImageSearch, tmp_path: Path) -> None:
    other = Pillow.open(paint(tmp_path / "other.png", "teal"))
    assert ids(search.by_image(other, k=1)) == ["i:green"]
    assert [entity_id for entity_id, _ in search.entities(other, k=2)] == ["w:green", "w:blue"]
    (hit,) = search.passages(other)
    assert (hit.item.id, hit.score, hit.source) == ("p:1", 1.0, "entity")


def test_images_take_part_in_the_search_of_everything(corpus: Corpus, search: ImageSearch) -> None:
    everything = Search(corpus, None, None, None, search)
    assert ids(everything.search("a blue one", images=True, using=["image"], k=1)) == ["i:blue"]
    assert everything.search("a blue one", using=["image"]) == []


def test_the_same_picture_is_known_again(search: ImageSearch, corpus: Corpus, tmp_path: Path) -> None:
    Pillow.open(tmp_path / "both.png").resize((80, 60)).save(tmp_path / "again.jpg")
    for one in (search, ImageSearch(corpus)):
        seen = one.look(tmp_path / "again.jpg")
        assert seen is not None
        assert (seen.image.id, seen.same, seen.entities) == ("i:both", True, ())


def test_files_that_are_gone_are_passed_over(search: ImageSearch, corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "red.png").unlink()
    for one in (search, ImageSearch(corpus)):
        seen = one.look(tmp_path / "blue.png")
        assert seen is not None and (seen.image.id, seen.same) == ("i:blue", True)


def test_another_picture_is_only_like_one(search: ImageSearch, corpus: Corpus, tmp_path: Path) -> None:
    other = paint(tmp_path / "other.png", "green", "teal")
    seen = search.look(other)
    assert seen is not None
    assert (seen.image.id, seen.same, seen.entities) == ("i:green", False, ("w:green",))
    assert 0.8 < seen.cosine < 1.0 and seen.margin > 0.5
    assert ImageSearch(corpus).look(other) is None


def test_parts_are_compared_where_that_is_asked_for(
    corpus: Corpus, vectors: VectorIndex, tmp_path: Path
) -> None:
    late = ImageSearch(corpus, vectors, ColorEncoder(), compare_parts=4)
    hits = late.by_text("red blue", k=2)
    assert ids(hits)[0] == "i:both"
    assert hits[0].score == pytest.approx(1.0, abs=1e-5) and hits[1].score < 0.9
    assert [hit.rank for hit in hits] == [1, 2]
    assert ids(late.by_image(Pillow.open(tmp_path / "both.png"), k=1)) == ["i:both"]
    (tmp_path / "both.png").unlink()
    assert ids(late.by_text("red blue", k=4))[-1] == "i:both"


def test_the_whole_search_can_compare_parts(corpus: Corpus, search: ImageSearch) -> None:
    plain = Search(corpus, None, None, None, search)
    late = plain.comparing_parts(4)
    assert ids(late.search("red blue", images=True, using=["image"], k=1)) == ["i:both"]
    whole, parts = (one.pictures.by_text("red blue", k=1)[0].score for one in (plain, late))
    assert parts == pytest.approx(1.0, abs=1e-5) and whole < 0.99
    assert Search(corpus, None, None, None).comparing_parts(4).pictures.by_text("red") == []


def test_what_does_not_fit_is_refused(corpus: Corpus, vectors: VectorIndex) -> None:
    class Other(ColorEncoder):
        name = "other@000000000000"

    class Whole:
        name, dim = "color@000000000000", 3

    for encoder, says in ((None, "got none"), (Other(), "got other@")):
        with pytest.raises(ValueError, match=says):
            ImageSearch(corpus, vectors, encoder)
    with pytest.raises(ValueError, match="has no parts"):
        ImageSearch(corpus, vectors, Whole(), compare_parts=5)  # type: ignore[arg-type]
