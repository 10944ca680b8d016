"""Other words for a name from WordNet: synonyms, narrower words, derived forms, each with a weight.

The user names the folder of WordNet's database files; nothing of it is part of this package. WordNet's licence
permits use for any purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from kbqa.training.thesaurus.english import (
    EnglishName,
    agrees,
    participle,
    plural,
    split_name,
    swapped,
    third_person,
)
from kbqa.training.thesaurus.merge import REMEMBERED, Alternatives, best_of, language_of
from kbqa.training.thesaurus.wordnet_files import Sense, Synset, WordNetFiles
from kbqa.types import Language

__all__ = ["WordNetThesaurus"]

Found = Iterator[tuple[str, float]]

SYNONYM, NARROWER, WIDER, AGENT, DERIVED, SIMILAR = 0.95, 0.85, 0.3, 0.85, 0.6, 0.5
SWAPPED, PART_CHANGED = 0.8, 0.5
MOST_CHANGED = 3
LEAST = 0.2  # weight of a word worth asking with
MOST_SENSES = 3
LEAST_SENSE = 0.2  # of all uses of a name, in one of its senses
FEW_NARROWER = 60  # a wider word with more narrower ones says too little
LEAST_VERB = 0.4  # verbs mean so many things that most of their synonyms are wrong
LONGER, GERUND = 0.4, 0.5  # "grammatical gender" for "gender", "raising" for "elevation"
ELSEWHERE, UNSEEN, UNSEEN_PHRASE = (
    0.65,
    0.35,
    0.5,
)  # words that annotated texts have in other senses, or not at all
OF_AGENT = 0.7  # for another word for who does it
PET_NAME = 0.5  # "dad" for "father"
LEAST_PET_NAME = 5
_PERSON, _PLACE, _TOPS = 18, 15, 3  # fields of WordNet's lexicographers
# Relations and classes are about people, places and works more often than everyday text is.
_FIELDS = {
    _PERSON: 2.0, _PLACE: 2.0, 14: 1.2, 21: 0.6, 5: 0.6, 20: 0.6, 8: 0.6, 13: 0.7, 27: 0.7, 12: 0.6, 25: 0.6,
    16: 0.5, 19: 0.7, 22: 0.6, _TOPS: 0.7,
}  # fmt: skip
_SEX = re.compile(r"\b(?:(?:fe)?male|(?:wo)?man)\b")
_LIGHT = frozenset("be do get give go have make put take turn".split())
_ABSTRACT = ("tion", "sion", "ment", "ance", "ence", "ship", "ure")


class WordNetThesaurus:
    """Finds English words near an English name; knows nothing of Chinese."""

    def __init__(self, folder: Path | str) -> None:
        """Read the indexes of WordNet.

        Args:
            folder: With the database files of WordNet 3, as `WordNetFiles` takes it.

        Raises:
            InputError: If a file is missing, too large or not in the format.
        """
        self._files = WordNetFiles(Path(folder))
        self._cached = lru_cache(maxsize=REMEMBERED)(self._alternatives)

    def alternatives(self, phrase: str, language: Language) -> Alternatives:
        """Return other words for a name, the nearest in meaning first.

        Words come in the form that the name has: participles with their preposition, plurals as plurals.

        Args:
            phrase: The name.
            language: Of the other words.

        Returns:
            Words and weights, as `Thesaurus` says; none for Chinese.
        """
        if language == "zh" or language_of(phrase) == "zh":
            return ()
        return self._cached(" ".join(phrase.lower().split()))

    def _alternatives(self, phrase: str) -> Alternatives:
        name = split_name(phrase)
        found = [*self._whole(name)]
        if " " in name.core:
            found += self._turned(name.core)
            found += () if found else self._changed(name)
        return tuple(pair for pair in best_of(found, phrase) if pair[1] >= LEAST)

    # ------------------------------------------------------------ whole names

    def _whole(self, name: EnglishName) -> Found:
        """Yield words for a name that is one entry of WordNet."""
        files, core = self._files, name.core
        nouns, verbs, others = (files.base_forms(core, part) for part in "nva")
        participial = name.tail not in ("", "of") and bool(verbs) and core not in verbs
        if nouns and not participial:
            yield from self._noun(nouns[0], is_plural=nouns[0] != core, tail=name.tail)
        if verbs and (participial or not nouns):
            yield from self._verb(verbs[0], shown=core, tail=name.tail)
        if others and (participial or not nouns):
            yield from self._adjective(others[0], tail=name.tail)

    def _noun(self, noun: str, *, is_plural: bool, tail: str) -> Found:
        def form(word: str) -> str:
            return f"{self._plural(word) if is_plural else word} {tail}".strip()

        for sense, share in _main(self._files.senses(noun, "n")):
            synset = sense.synset
            for word, weight in self._synonyms(noun, synset):
                yield form(word), share * weight
            for word, weight in self._by_sex(sense):
                yield form(word), share * weight
            if " " not in noun:
                yield from ((form(word), share * weight) for word, weight in self._wider(synset))
            if synset.field == _PERSON and not is_plural and not tail:
                yield from ((verb, share * weight) for verb, weight in self._done_by(synset))

    def _verb(self, verb: str, *, shown: str, tail: str) -> Found:
        def form(word: str) -> str:
            if shown == verb:
                return f"{word} {tail}".strip()
            if shown == third_person(verb):
                return f"{third_person(word)} {tail}".strip()
            return f"{self._participle(word)} {tail}".strip()

        for sense, share in _main(self._files.senses(verb, "v")):
            for word, weight in self._synonyms(verb, sense.synset):
                if share * weight >= LEAST_VERB and word.split()[0] not in _LIGHT:
                    yield form(word), share * weight
            for word, target in self._derived(verb, sense.synset, "n"):
                if tail != "by" and word.endswith(_ABSTRACT):
                    yield word, DERIVED * share * self._usual(word, target)
        if tail == "by":
            yield from self._agents(verb)

    def _agents(self, verb: str) -> Found:
        """Yield who does it, whichever sense is meant: "writer" and "author" for "written by"."""
        for sense in self._files.senses(verb, "v"):
            for agent, target in self._derived(verb, sense.synset, "n"):
                if target.field == _PERSON and agrees(agent, verb):
                    yield agent, AGENT * self._usual(agent, target) ** 0.5
                    for word, weight in self._synonyms(agent, target):
                        yield word, AGENT * OF_AGENT * weight

    def _adjective(self, adjective: str, *, tail: str) -> Found:
        for sense, share in _main(self._files.senses(adjective, "a")):
            for word, weight in self._synonyms(adjective, sense.synset):
                yield f"{word} {tail}".strip(), share * weight
            for target in () if tail else self._linked(sense.synset, "&"):
                for word in target.words:
                    if self._files.count(word, target):
                        yield word, SIMILAR * share * self._usual(word, target)

    def _participle(self, verb: str) -> str:
        return participle(verb, self._files.irregular_forms(verb.partition(" ")[0], "v"))

    def _plural(self, noun: str) -> str:
        start, space, last = noun.rpartition(" ")
        return start + space + plural(last, self._files.irregular_forms(last, "n"))

    # ------------------------------------------------------------ names of several words

    def _turned(self, core: str) -> Found:
        """Yield "birth date" for "date of birth", with the words for that."""
        turned = swapped(core)
        nouns = [word for word in turned.split() if word != "of"]
        is_named = all(self._files.base_forms(word, "n") for word in nouns)
        if is_named and nouns and not self._files.base_forms(nouns[-1], "a"):
            yield turned, SWAPPED
            yield from ((word, SWAPPED * weight) for word, weight in self._whole(EnglishName(turned, "")))

    def _changed(self, name: EnglishName) -> Found:
        """Yield the name with one of its words changed."""
        words = name.core.split()
        for place, word in enumerate(words):
            bases = self._files.base_forms(word, "n")
            others = self._noun(bases[0], is_plural=bases[0] != word, tail="") if bases else ()
            for other, weight in best_of(others, word)[:MOST_CHANGED]:
                changed = " ".join([*words[:place], other, *words[place + 1 :]])
                yield f"{changed} {name.tail}".strip(), PART_CHANGED * weight

    # ------------------------------------------------------------ links

    def _synonyms(self, name: str, synset: Synset) -> Found:
        for word in synset.words:
            longer = LONGER if name in word.split() or word == f"{name}ing" else 1.0
            gerund = GERUND if synset.part == "n" and word.endswith("ing") else 1.0
            yield word, SYNONYM * longer * gerund * self._usual(word, synset)

    def _by_sex(self, sense: Sense) -> Found:
        """Yield the words for one sex: "wife" and "husband" for "spouse", "son" and "daughter" for "child"."""
        for target in self._of_one_sex(sense.synset):
            below = [*self._linked(target, "~")]
            named = any(self._files.count(word, target) for word in target.words)
            yield from self._used(target, least=1, weight=NARROWER)
            for synset in below:
                least, weight = (LEAST_PET_NAME, NARROWER * PET_NAME) if named else (1, NARROWER)
                yield from self._used(synset, least=least, weight=weight)

    def _of_one_sex(self, synset: Synset) -> Iterator[Synset]:
        yield from (target for target in self._linked(synset, "~") if any(map(_SEX.search, target.words)))
        wider = [
            word for parent in self._linked(synset, "@") if parent.field == _PERSON for word in parent.words
        ]
        for word in (*synset.words, *wider):
            for sex in ("male", "female"):
                yield from (found.synset for found in self._files.senses(f"{sex} {word}", "n"))

    def _used(self, synset: Synset, *, least: int, weight: float) -> Found:
        for word in synset.words:
            if synset.field == _PERSON and self._files.count(word, synset) >= least:
                yield word, weight * self._usual(word, synset)

    def _wider(self, synset: Synset) -> Found:
        for parent in self._linked(synset, "@"):
            if parent.field == synset.field and len([*self._linked(parent, "~")]) <= FEW_NARROWER:
                for word in parent.words:
                    if self._files.count(word, parent) and " " not in word:
                        yield word, WIDER * self._usual(word, parent)

    def _done_by(self, synset: Synset) -> Found:
        """Yield "written by" for "author", "writer"."""
        for noun in synset.words:
            for verb, target in self._derived(noun, synset, "v"):
                if agrees(noun, verb):
                    yield f"{self._participle(verb)} by", DERIVED * self._usual(verb, target)

    def _derived(self, word: str, synset: Synset, part: str) -> Iterator[tuple[str, Synset]]:
        place = synset.words.index(word) + 1
        for pointer in synset.pointers:
            if pointer.symbol == "+" and pointer.part == part and pointer.source == place:
                target = self._files.synset(part, pointer.offset)
                yield target.words[pointer.target - 1], target

    def _linked(self, synset: Synset, symbol: str) -> Iterator[Synset]:
        for pointer in synset.pointers:
            if pointer.symbol == symbol:
                yield self._files.synset(pointer.part, pointer.offset)

    def _usual(self, word: str, synset: Synset) -> float:
        """Return how readily a word is used in a meaning, 0 to 1: seen in texts so, and mostly so."""
        rank = {1: 1.0, 2: 0.8}.get(self._files.rank(word, synset), 0.55)
        if self._files.count(word, synset):
            return rank
        seen = any(sense.count for sense in self._files.senses(word, synset.part))
        if seen:
            return rank * ELSEWHERE
        return rank * (UNSEEN_PHRASE if " " in word else UNSEEN)


def _main(senses: list[Sense]) -> list[tuple[Sense, float]]:
    """Return the senses that a name is likely to have, each with a weight: 1 where there is no other."""
    weighed = [(_likelihood(sense), sense) for sense in senses]
    total = sum(weight for weight, _ in weighed)
    likely = sorted(weighed, key=lambda item: (-item[0], item[1].rank))[:MOST_SENSES]
    return [(sense, (weight / total) ** 0.5) for weight, sense in likely if weight >= LEAST_SENSE**2 * total]


def _likelihood(sense: Sense) -> float:
    return (sense.count + 1 / sense.rank) * _FIELDS.get(sense.synset.field, 1.0)
