"""Training the learnt matcher: general weights from public questions, a graph's own from made-up ones."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

from kbqa.semantics.path_model import MAX_STEPS, Settings, load_parameters, new_parameters, save_parameters
from kbqa.storage.encoder import bert_encoder
from kbqa.training.examples import MASK, Example, Hop
from kbqa.training.path_course import Lesson, PathCourse, Recipe, Relations
from kbqa.training.schema_paths import SchemaPaths
from kbqa.training.strange import StrangeWords
from kbqa.training.synthesis import Thesaurus, ask, describe
from kbqa.training.thesaurus import (
    DictionaryThesaurus,
    Thesauri,
    WordNetThesaurus,
    encoder_words,
)
from kbqa.training.vocabulary import Vocabulary
from kbqa.types import Language
from retrieval.types import TextEncoder

__all__ = [
    "extended_lesson",
    "graph_lesson",
    "public_lessons",
    "synthetic_lesson",
    "train_general",
    "vocabularies_of",
]

log = logging.getLogger(__name__)

_PUBLIC, _EXTENDED = 0.1, 0.4
_SAVE_EVERY = 200

_LENGTHS, _SHARES = (1, 2, 3), (0.25, 0.4, 0.35)
_CHINESE = 0.35


def public_lessons(examples: Sequence[Example], share: float) -> list[Lesson]:
    """Return one lesson for each vocabulary of the public questions; larger ones are taken more often."""
    by_source: dict[str, list[Example]] = {}
    for example in examples:
        by_source.setdefault(example.source, []).append(example)
    weights = {source: len(found) ** 0.5 for source, found in by_source.items()}
    total = sum(weights.values())
    return [
        Lesson(source, _drawn_from(found), share * weights[source] / total, _names(found))
        for source, found in sorted(by_source.items())
    ]


def synthetic_lesson(
    vocabularies: Mapping[str, Vocabulary],
    share: float,
    *,
    thesaurus: Thesaurus | None,
    strange: StrangeWords | None = None,
) -> Lesson:
    """Return a lesson of made-up questions over made-up chains of real relation names.

    Args:
        vocabularies: Relations that occur together.
        share: How often it is taken.
        thesaurus: Other words for the names.
        strange: Puts steps in words that tell nothing.
    """
    drawn = [vocabulary for _, vocabulary in sorted(vocabularies.items())]
    sizes = [len(vocabulary.names) ** 0.5 for vocabulary in drawn]

    def draw(count: int, chance: Random) -> list[Example]:
        vocabulary = chance.choices(drawn, sizes)[0]
        language: Language = "zh" if chance.random() < _CHINESE else "en"
        return [_made_up(vocabulary, language, chance, thesaurus, strange) for _ in range(count)]

    return Lesson("made up", draw, share, _all_names(vocabularies))


def extended_lesson(
    examples: Sequence[Example],
    vocabularies: Mapping[str, Vocabulary],
    share: float,
    *,
    thesaurus: Thesaurus | None,
    strange: StrangeWords | None = None,
) -> Lesson:
    """Return a lesson of real questions, two in three with a made-up description in place of the entity.

    "Who directed [MASK]?" becomes "Who directed the films that [MASK] starred in?": real words for the last
    step, and of what looks like a real question there is as much of each length.
    """
    by_source: dict[str, list[Example]] = {}
    for example in examples:
        if len(example.hops) < MAX_STEPS:
            by_source.setdefault(example.source, []).append(example)
    sources = sorted(by_source)
    sizes = [len(by_source[source]) ** 0.5 for source in sources]

    def draw(count: int, chance: Random) -> list[Example]:
        source = chance.choices(sources, sizes)[0]
        drawn = chance.choices(by_source[source], k=count)
        return [_extended(example, vocabularies[source], chance, thesaurus, strange) for example in drawn]

    return Lesson("extended", draw, share, _all_names(vocabularies))


def graph_lesson(
    paths: SchemaPaths,
    share: float,
    *,
    languages: Sequence[Language],
    thesaurus: Thesaurus | None,
    strange: StrangeWords | None = None,
) -> Lesson:
    """Return a lesson of questions made up about one graph's own paths."""

    def draw(count: int, chance: Random) -> list[Example]:
        return [one(chance) for _ in range(count)]

    def one(chance: Random) -> Example:
        language = chance.choice(languages)
        path = paths.draw(chance)
        hops = paths.hops(path, chance, chinese=language == "zh")
        start = paths.start(path, chance, chinese=language == "zh")
        said = _said(hops, language, chance, strange)
        question = ask(said, language=language, chance=chance, thesaurus=thesaurus, start=start)
        return Example(question, hops, language, "graph")

    return Lesson("graph", draw, share, paths.relations)


def _made_up(
    vocabulary: Vocabulary,
    language: Language,
    chance: Random,
    thesaurus: Thesaurus | None,
    strange: StrangeWords | None,
) -> Example:
    hops = vocabulary.chain(chance.choices(_LENGTHS, _SHARES)[0], language, chance)
    start = vocabulary.start(hops, language, chance)
    said = _said(hops, language, chance, strange)
    question = ask(said, language=language, chance=chance, thesaurus=thesaurus, start=start)
    return Example(question, hops, language, "made up")


def _said(
    hops: Sequence[Hop], language: Language, chance: Random, strange: StrangeWords | None
) -> Sequence[Hop]:
    """Return what a question says of hops; of a single one it says what it is."""
    return strange.said(hops, language, chance) if strange is not None and len(hops) > 1 else hops


def _extended(
    example: Example,
    vocabulary: Vocabulary,
    chance: Random,
    thesaurus: Thesaurus | None,
    strange: StrangeWords | None,
) -> Example:
    more = chance.randint(0, MAX_STEPS - len(example.hops))
    if not more:
        return example
    hops = vocabulary.chain(more, example.language, chance)
    said = strange.said(hops, example.language, chance) if strange is not None else hops
    described = describe(said, language=example.language, chance=chance, thesaurus=thesaurus)
    question = example.question.replace(MASK, described, 1)
    return Example(question, (*hops, *example.hops), example.language, example.source)


def vocabularies_of(examples: Sequence[Example], encoder: TextEncoder) -> dict[str, Vocabulary]:
    """Return the relations of each source, which occur together."""
    counts: dict[str, Counter[str]] = {}
    for example in examples:
        counts.setdefault(example.source, Counter()).update(hop.name for hop in example.hops)
    return {source: Vocabulary(found, encoder) for source, found in counts.items()}


def _all_names(vocabularies: Mapping[str, Vocabulary]) -> list[str]:
    return list(dict.fromkeys(name for vocabulary in vocabularies.values() for name in vocabulary.names))


def _drawn_from(examples: Sequence[Example]) -> Callable[[int, Random], list[Example]]:
    def draw(count: int, chance: Random) -> list[Example]:
        return chance.sample(examples, min(count, len(examples)))

    return draw


def _names(examples: Sequence[Example]) -> list[str]:
    return list(dict.fromkeys(hop.name for example in examples for hop in example.hops))


def train_general(
    data: Path,
    out: Path,
    *,
    wordnet: Path | None,
    start: Path | None = None,
    minutes: float | None,
    steps: int,
    seed: int,
) -> int:
    """Train the weights that every graph starts from, write them to a folder, and return the steps done.

    Args:
        data: Folder of the public sets; see `kbqa.training.public_questions.SOURCES`.
        out: Where to write.
        wordnet: Folder with the database files of WordNet 3; None does without its synonyms.
        start: Folder of weights to go on from; None begins anew.
        minutes: Time for the training itself; None for no limit.
        steps: Stop after so many, too.
        seed: Of the order and of everything made up.

    Raises:
        InputError: If a set is missing or cannot be read.
    """
    from kbqa.storage.encoder import BILINGUAL_FOLDER, load_encoder
    from kbqa.training.public_questions import public_examples

    encoder = load_encoder("bilingual")
    examples = public_examples(data)
    thesaurus = _general_thesaurus(data, wordnet)
    vocabularies = vocabularies_of(examples, encoder)
    strange = StrangeWords(encoder_words(BILINGUAL_FOLDER))
    lessons = [
        *public_lessons(examples, _PUBLIC),
        extended_lesson(examples, vocabularies, _EXTENDED, thesaurus=thesaurus, strange=strange),
        synthetic_lesson(vocabularies, 1.0 - _PUBLIC - _EXTENDED, thesaurus=thesaurus, strange=strange),
    ]
    base = bert_encoder(encoder)
    assert base is not None
    parameters = new_parameters(base.bert, seed=seed) | (load_parameters(start)[0] if start else {})
    course = PathCourse(base, parameters, Relations(encoder), lessons, recipe=Recipe(), seed=seed)
    done = 0
    for done in course.steps(minutes=minutes, steps=steps):
        if done % _SAVE_EVERY == 0:
            save_parameters(out, parameters, Settings(encoder.name, "public questions, unfinished"))
    save_parameters(out, parameters, Settings(encoder.name, "public questions"))
    return done


def _general_thesaurus(data: Path, wordnet: Path | None) -> Thesaurus:
    parts: list[Thesaurus] = [DictionaryThesaurus(data / "parallel_en_zh" / "cedict.txt.gz")]
    if wordnet is not None:
        parts.append(WordNetThesaurus(wordnet))
    return Thesauri(*parts)
