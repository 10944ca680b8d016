"""A made-up world of science in any size, with questions about it: to measure how time grows with a graph.

Scholars, papers, institutes, cities, countries and fields. Degrees are as uneven as in real graphs: a few
papers, institutes and fields are hubs, most things have a handful of facts. Nothing is kept while writing:
the name of a thing follows from its number.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["World"]

NAMESPACE = "https://scaled.example/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_TRIPLES_PER_SCHOLAR = 23.5
_PAPERS_PER_SCHOLAR = 1.5
_SKEW = 3.0  # the n-th thing is chosen with a probability that falls as n ** (1 / skew - 1)
_MIX, _PRIME = 48_271, 2_147_483_647  # neighbours in number get names far apart

_STARTS = "ba be bo da de do fa fe ga go ha he ka ke ko la le lo ma me mo na ne no pa pe ra re ro sa se so ta te to va ve wa ya za".split()
_ENDS = "ban bel bor dan del dor fin gan gor han kan kel lan len lin man mer min nan nel nor pan per ran rel rin san sel tan tel tor van ven vor wan wel yan yor zan zel".split()
_GIVEN = "Ada Alma Anton Bela Bruno Carla Clara Dario Edda Elena Emil Ester Felix Flora Georg Greta Hanna Hugo Ida Igor Irma Ivan Jana Jonas Julia Karl Lara Leon Lidia Lorenz Marek Marta Milan Mira Nadia Nils Nora Olga Oscar Otto Paula Pavel Petra Rosa Rudolf Selma Sonja Stefan Tamara Theo Tilda Ugo Vera Viktor Wanda Yuri Zelda Zora".split()
_ADJECTIVES = "Ancient Bright Broken Calm Central Clear Cold Common Dark Deep Distant Early Eastern Empty Exact Fallen Final Fine Gentle Golden Grand Green Hidden Hollow Inner Late Light Little Local Long Lost Lower Modern Narrow New Northern Old Open Outer Pale Plain Quiet Rapid Rare Red Rough Secret Sharp Short Silent Simple Slow Small Soft Southern Steep Strange Upper Warm Western Wide".split()
_NOUNS = "Balance Border Bridge Circle Colour Current Curve Desert Edge Field Flame Forest Garden Glass Harbour Horizon Island Lake Limit Machine Map Market Measure Method Mirror Model Motion Mountain Mouth Number Ocean Order Pattern Phase Plain Pressure Question Rhythm River Root Shadow Shape Signal Silence Sound Source Spectrum Stone Storm Structure Surface System Theory Tide Tower Valley Wave Weight Wind".split()
_FIELDS = "acoustics anatomy archaeology astronomy bacteriology botany cartography climatology cosmology cryptography ecology economics entomology epistemology ethics genetics geology geometry geriatrics heraldry hydrology linguistics logic mechanics metallurgy meteorology mineralogy musicology neurology numismatics oceanography optics ornithology palaeontology pharmacology philology seismology sociology thermodynamics topology toxicology virology volcanology zoology".split()

_CLASSES = {
    "Scholar": ("scholar", "学者"),
    "Paper": ("paper", "论文"),
    "Institute": ("institute", "研究所"),
    "City": ("city", "城市"),
    "Country": ("country", "国家"),
    "Field": ("field", "学科"),
}
_PREDICATES = {
    "bornIn": ("born in", "出生地"),
    "birthDate": ("birth date", "出生日期"),
    "worksAt": ("works at", "工作单位"),
    "supervisor": ("supervisor", "导师"),
    "author": ("written by", "作者"),
    "about": ("about", "主题"),
    "published": ("publication date", "发表日期"),
    "pages": ("number of pages", "页数"),
    "cites": ("cites", "引用"),
    "locatedIn": ("located in", "所在城市"),
    "founded": ("founding year", "成立年份"),
    "country": ("country", "所属国家"),
    "population": ("population", "人口"),
}
# What is asked, with the kind of thing that takes the place of the braces.
_ENGLISH = (
    ("scholar", "Where was {} born?"),
    ("scholar", "When was {} born?"),
    ("scholar", "Who was the supervisor of {}?"),
    ("scholar", "Which papers were written by {}?"),
    ("scholar", "How many papers were written by {}?"),
    ("paper", "Who is the author of {}?"),
    ("paper", "Which papers cite {}?"),
    ("paper", "How many papers cite {}?"),
    ("city", "What is the population of {}?"),
    ("city", "How many scholars were born in {}?"),
    ("field", "How many papers are about {}?"),
    ("scholar", "In which country was {} born?"),
    ("scholar", "Where was the supervisor of {} born?"),
    ("paper", "Where do the authors of {} work?"),
    ("paper", "What are the papers cited by {} about?"),
    ("country", "What is the most populous city of {}?"),
    ("country", "Which institutes are located in the most populous city of {}?"),
    ("scholar", "What is the population of the city where the supervisor of {} was born?"),
    ("paper", "In which country was the supervisor of the author of {} born?"),
    ("scholar", "Which papers written by {} were published after 1990?"),
)
_CHINESE = (
    ("scholar", "{}的出生地是哪里？"),
    ("scholar", "{}的导师是谁？"),
    ("paper", "{}的作者是谁？"),
    ("city", "{}的人口是多少？"),
    ("scholar", "{}的导师的出生地是哪里？"),
)


@dataclass(frozen=True, slots=True)
class World:
    """A made-up world of about so many triples; the same for the same size and seed.

    Example:
    >>> world = World.of_size(1_000, seed=0)
    >>> 900 < sum(1 for _ in world.lines()) < 1_100
    True
    >>> world.questions(1)[0].endswith(("?", "？"))
    True
    """

    scholars: int
    papers: int
    institutes: int
    cities: int
    countries: int
    seed: int

    @classmethod
    def of_size(cls, triples: int, *, seed: int) -> World:
        """Return the world that has about so many triples, at least some hundreds."""
        scholars = max(20, round(triples / _TRIPLES_PER_SCHOLAR))
        papers = round(_PAPERS_PER_SCHOLAR * scholars)
        return cls(
            scholars, papers, scholars // 50 + 2, scholars // 40 + 5, min(120, scholars // 400 + 4), seed
        )

    def write(self, path: Path) -> int:
        """Write the world as N-Triples and return how many lines that were."""
        count = 0
        with path.open("w", encoding="utf-8") as file:
            for line in self.lines():
                file.write(line)
                count += 1
        return count

    def lines(self) -> Iterator[str]:
        """Yield the triples as lines of N-Triples."""
        chance = random.Random(self.seed)  # noqa: S311 - a sample, no secret
        yield from _vocabulary()
        for number in range(len(_FIELDS)):
            yield from _described("field", number)
        for number in range(self.countries):
            yield from _described("country", number)
        for number in range(self.cities):
            yield from _described("city", number)
            yield _link("city", number, "country", "country", _skewed(chance, self.countries))
            yield _value("city", number, "population", str(int(1_000 * chance.paretovariate(0.9))), "integer")
        for number in range(self.institutes):
            yield from _described("institute", number)
            yield _link("institute", number, "locatedIn", "city", _skewed(chance, self.cities))
            yield _value("institute", number, "founded", str(chance.randint(1600, 2020)), "gYear")
        for number in range(self.scholars):
            yield from self._scholar(number, chance)
        for number in range(self.papers):
            yield from self._paper(number, chance)

    def questions(self, count: int) -> list[str]:
        """Return questions about randomly chosen things, a fifth of them in Chinese."""
        chance = random.Random(self.seed + 1)  # noqa: S311 - a sample, no secret
        asked = []
        for number in range(count):
            patterns = _CHINESE if number % 5 == 4 else _ENGLISH
            kind, pattern = patterns[
                (number // 5 if number % 5 == 4 else number - number // 5) % len(patterns)
            ]
            asked.append(pattern.format(_name(kind, chance.randrange(self._counts()[kind]))))
        return asked

    def _counts(self) -> dict[str, int]:
        return {
            "scholar": self.scholars,
            "paper": self.papers,
            "city": self.cities,
            "country": self.countries,
            "field": len(_FIELDS),
        }

    def _scholar(self, number: int, chance: random.Random) -> Iterator[str]:
        yield from _described("scholar", number)
        yield _link("scholar", number, "bornIn", "city", _skewed(chance, self.cities))
        yield _value("scholar", number, "birthDate", _date(chance, 1900, 1989), "date")
        yield _link("scholar", number, "worksAt", "institute", _skewed(chance, self.institutes))
        if number:
            yield _link("scholar", number, "supervisor", "scholar", _skewed(chance, number))

    def _paper(self, number: int, chance: random.Random) -> Iterator[str]:
        yield from _described("paper", number)
        for author in {chance.randrange(self.scholars) for _ in range(chance.choice((1, 1, 2, 2, 3)))}:
            yield _link("paper", number, "author", "scholar", author)
        yield _link("paper", number, "about", "field", _skewed(chance, len(_FIELDS)))
        yield _value("paper", number, "published", _date(chance, 1930, 2020), "date")
        yield _value("paper", number, "pages", str(chance.randint(2, 80)), "integer")
        cited = {_skewed(chance, number) for _ in range(chance.randrange(10))} if number else set()
        for other in sorted(cited):
            yield _link("paper", number, "cites", "paper", other)


def _vocabulary() -> Iterator[str]:
    for kind, named in (("Class", _CLASSES), ("Property", _PREDICATES)):
        namespace = _RDFS if kind == "Class" else _RDF
        for local, (english, chinese) in named.items():
            yield f"<{NAMESPACE}{local}> <{_RDF}type> <{namespace}{kind}> .\n"
            yield f'<{NAMESPACE}{local}> <{_RDFS}label> "{english}"@en .\n'
            yield f'<{NAMESPACE}{local}> <{_RDFS}label> "{chinese}"@zh .\n'


def _described(kind: str, number: int) -> Iterator[str]:
    subject = f"<{NAMESPACE}{kind}/{number}>"
    yield f"{subject} <{_RDF}type> <{NAMESPACE}{kind.capitalize()}> .\n"
    yield f'{subject} <{_RDFS}label> "{_name(kind, number)}" .\n'


def _link(kind: str, number: int, predicate: str, other: str, target: int) -> str:
    return f"<{NAMESPACE}{kind}/{number}> <{NAMESPACE}{predicate}> <{NAMESPACE}{other}/{target}> .\n"


def _value(kind: str, number: int, predicate: str, value: str, datatype: str) -> str:
    return f'<{NAMESPACE}{kind}/{number}> <{NAMESPACE}{predicate}> "{value}"^^<{_XSD}{datatype}> .\n'


def _skewed(chance: random.Random, count: int) -> int:
    return int(count * chance.random() ** _SKEW)


def _date(chance: random.Random, first: int, last: int) -> str:
    return f"{chance.randint(first, last)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"


def _name(kind: str, number: int) -> str:
    """Return the name of a thing; two things of one kind never share it."""
    mixed = (number + 1) * _MIX % _PRIME
    match kind:
        case "scholar":
            rest, given = divmod(mixed, len(_GIVEN))
            return f"{_GIVEN[given]} {_word(rest)}"
        case "paper":
            rest, adjective = divmod(mixed, len(_ADJECTIVES))
            rest, noun = divmod(rest, len(_NOUNS))
            return f"The {_ADJECTIVES[adjective]} {_NOUNS[noun]} of {_word(rest)}"
        case "institute":
            return f"{_word(mixed)} Institute"
        case "field":
            return _FIELDS[number]
        case "country":
            return f"{_word(mixed % 64_000_000)}ia"
        case _:
            return _word(mixed)


def _word(number: int) -> str:
    """Return a made-up word of two syllables or more, another one for every number."""
    number, last = divmod(number, len(_ENDS))
    syllables = [_ENDS[last]]
    while True:
        number, digit = divmod(number, len(_STARTS))
        syllables.append(_STARTS[digit])
        if not number:
            return "".join(reversed(syllables)).capitalize()
        number -= 1
