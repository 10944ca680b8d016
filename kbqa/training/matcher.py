"""Training the learnt matcher: general weights from public questions, a graph's own from made-up ones."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from kbqa.semantics.learnt import bert_encoder
from kbqa.semantics.path_model import MAX_STEPS, Settings, load_parameters, new_parameters, save_parameters
from kbqa.training.examples import MASK, Example, Hop
from kbqa.training.path_course import Lesson, PathCourse, Recipe, Relations
from kbqa.training.schema_paths import SchemaPaths
from kbqa.training.synthesis import Thesaurus, ask, describe
from kbqa.training.thesaurus import (
    DictionaryThesaurus,
    Thesauri,
    WordNetThesaurus,
)
from kbqa.types import Language

__all__ = ["extended_lesson", "graph_lesson", "public_lessons", "synthetic_lesson", "train_general"]

log = logging.getLogger(__name__)

_PUBLIC, _EXTENDED = 0.25, 0.25
_SAVE_EVERY = 200

_LENGTHS, _SHARES = (1, 2, 3), (0.25, 0.4, 0.35)
_BACKWARD = 0.45
_AGAIN = 0.12
"""Share of second hops that walk the first one back: "films with the same director"."""
_CHINESE = 0.35
# Classes of things that people ask for, in general: what made-up vocabularies link.
_NOUNS = (
    "person film book city country company team player song album river mountain university school award "
    "event building ship aircraft language species disease drug software game series episode organisation "
    "party war battle island lake state region village station airport road bridge stadium club league "
    "character artist writer work painting magazine newspaper product car planet star chemical food recipe"
).split()
_NOUNS_ZH = (
    "人 电影 书 城市 国家 公司 球队 球员 歌曲 专辑 河流 山 大学 学校 奖项 事件 建筑 船 飞机 语言 物种 疾病 药物 软件 "
    "游戏 电视剧 组织 政党 战争 战役 岛屿 湖泊 州 地区 村庄 车站 机场 道路 桥 体育场 俱乐部 联赛 角色 艺术家 作家 作品 画"
).split()


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


def synthetic_lesson(examples: Sequence[Example], share: float, *, thesaurus: Thesaurus | None) -> Lesson:
    """Return a lesson of made-up questions over made-up chains of real relation names.

    Args:
        examples: Whose relations to use; those of one source occur together, frequent ones more often.
        share: How often it is taken.
        thesaurus: Other words for the names.
    """
    by_source: dict[str, list[Example]] = {}
    for example in examples:
        by_source.setdefault(example.source, []).append(example)
    pools = [_Pool.of(_counts(found)) for _, found in sorted(by_source.items())]
    sizes = [len(pool.names) ** 0.5 for pool in pools]

    def draw(count: int, chance: Random) -> list[Example]:
        pool = chance.choices(pools, sizes)[0]
        language: Language = "zh" if chance.random() < _CHINESE else "en"
        return [_made_up(pool, language, chance, thesaurus) for _ in range(count)]

    return Lesson("made up", draw, share, list(dict.fromkeys(name for pool in pools for name in pool.names)))


def extended_lesson(examples: Sequence[Example], share: float, *, thesaurus: Thesaurus | None) -> Lesson:
    """Return a lesson of real questions whose entity gave way to a made-up description of it.

    "Who directed [MASK]?" becomes "Who directed the films that [MASK] starred in?": real words for the last
    step, and as many real questions that go on as real ones that stop.
    """
    by_source: dict[str, list[Example]] = {}
    for example in examples:
        if len(example.hops) < MAX_STEPS:
            by_source.setdefault(example.source, []).append(example)
    pools = {source: _Pool.of(_counts(found)) for source, found in by_source.items()}
    sources = sorted(by_source)
    sizes = [len(by_source[source]) ** 0.5 for source in sources]

    def draw(count: int, chance: Random) -> list[Example]:
        source = chance.choices(sources, sizes)[0]
        drawn = chance.choices(by_source[source], k=count)
        return [_extended(example, pools[source], chance, thesaurus) for example in drawn]

    return Lesson(
        "extended", draw, share, list(dict.fromkeys(n for pool in pools.values() for n in pool.names))
    )


def graph_lesson(
    paths: SchemaPaths, share: float, *, languages: Sequence[Language], thesaurus: Thesaurus | None
) -> Lesson:
    """Return a lesson of questions made up about one graph's own paths."""

    def draw(count: int, chance: Random) -> list[Example]:
        return [one(chance) for _ in range(count)]

    def one(chance: Random) -> Example:
        language = chance.choice(languages)
        hops = paths.hops(paths.draw(chance), chance, chinese=language == "zh")
        question = ask(hops, language=language, chance=chance, thesaurus=thesaurus)
        return Example(question, hops, language, "graph")

    return Lesson("graph", draw, share, paths.relations)


@dataclass(frozen=True, slots=True)
class _Pool:
    """Names of relations that occur together, and how often each is taken."""

    names: Sequence[str]
    weights: Sequence[float]

    @classmethod
    def of(cls, counts: Counter[str]) -> _Pool:
        return cls(list(counts), [count**0.5 for count in counts.values()])


def _made_up(pool: _Pool, language: Language, chance: Random, thesaurus: Thesaurus | None) -> Example:
    hops = _chain(pool, chance.choices(_LENGTHS, _SHARES)[0], language, chance)
    question = ask(hops, language=language, chance=chance, thesaurus=thesaurus)
    return Example(question, hops, language, "made up")


def _chain(pool: _Pool, length: int, language: Language, chance: Random) -> tuple[Hop, ...]:
    """Return hops over names of a pool, now and then back the way they came."""
    hops: list[Hop] = []
    for _ in range(length):
        if len(hops) == 1 and chance.random() < _AGAIN:
            hops.append(Hop(hops[0].name, not hops[0].forward, "entity", _noun(chance, language)))
        else:
            forward = chance.random() >= _BACKWARD
            noun = _noun(chance, language) if chance.random() < 0.5 else ""
            hops.append(Hop(chance.choices(pool.names, pool.weights)[0], forward, "entity", noun))
    return tuple(hops)


def _extended(example: Example, pool: _Pool, chance: Random, thesaurus: Thesaurus | None) -> Example:
    room = MAX_STEPS - len(example.hops)
    hops = _chain(pool, chance.randint(1, room), example.language, chance)
    described = describe(hops, language=example.language, chance=chance, thesaurus=thesaurus)
    question = example.question.replace(MASK, described, 1)
    return Example(question, (*hops, *example.hops), example.language, example.source)


def _counts(examples: Sequence[Example]) -> Counter[str]:
    return Counter(hop.name for example in examples for hop in example.hops)


def _noun(chance: Random, language: Language) -> str:
    return chance.choice(_NOUNS_ZH if language == "zh" else _NOUNS)


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
    from kbqa.storage.encoder import load_encoder
    from kbqa.training.public_questions import public_examples

    encoder = load_encoder("bilingual")
    examples = public_examples(data)
    thesaurus = _general_thesaurus(data, wordnet)
    lessons = [
        *public_lessons(examples, _PUBLIC),
        extended_lesson(examples, _EXTENDED, thesaurus=thesaurus),
        synthetic_lesson(examples, 1.0 - _PUBLIC - _EXTENDED, thesaurus=thesaurus),
    ]
    base = bert_encoder(encoder)
    assert base is not None
    parameters = load_parameters(start)[0] if start else new_parameters(base.bert, seed=seed)
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
