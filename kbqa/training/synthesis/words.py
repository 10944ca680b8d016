"""English words in their forms, and the few words that tell which question word fits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

__all__ = [
    "MEASURES",
    "NATURAL_VERBS",
    "PREPOSITIONS",
    "agent",
    "gerund",
    "is_person",
    "is_place",
    "is_time",
    "is_word",
    "lemma",
    "participle",
    "past",
    "plural",
    "singular",
    "third_person",
    "verb_of",
    "with_article",
]

PREPOSITIONS = frozenset(
    "about across after against along among around as at before behind below between beyond by down during for from in "
    "into near of off on onto out over past through to towards toward under until up upon via with within without".split()
)

_IRREGULAR_VERBS = {
    base: (past_form, participle_form)
    for base, past_form, participle_form in (
        entry.split("/")
        for entry in (
            "be/was/been bear/bore/born become/became/become begin/began/begun break/broke/broken "
            "bring/brought/brought build/built/built buy/bought/bought catch/caught/caught choose/chose/chosen "
            "come/came/come do/did/done draw/drew/drawn drive/drove/driven eat/ate/eaten feed/fed/fed "
            "fall/fell/fallen fight/fought/fought find/found/found fly/flew/flown get/got/got give/gave/given "
            "go/went/gone grow/grew/grown have/had/had hear/heard/heard hide/hid/hidden hit/hit/hit "
            "hold/held/held keep/kept/kept know/knew/known lay/laid/laid lead/led/led learn/learnt/learnt "
            "leave/left/left lend/lent/lent let/let/let lie/lay/lain lose/lost/lost make/made/made mean/meant/meant "
            "meet/met/met pay/paid/paid put/put/put read/read/read ride/rode/ridden ring/rang/rung rise/rose/risen "
            "run/ran/run say/said/said see/saw/seen sell/sold/sold send/sent/sent set/set/set shoot/shot/shot "
            "show/showed/shown shut/shut/shut sing/sang/sung sit/sat/sat sleep/slept/slept speak/spoke/spoken "
            "spend/spent/spent split/split/split stand/stood/stood steal/stole/stolen swim/swam/swum "
            "take/took/taken teach/taught/taught tell/told/told think/thought/thought throw/threw/thrown "
            "understand/understood/understood wear/wore/worn win/won/won write/wrote/written"
        ).split()
    )
}
_BASE_OF = {form: base for base, forms in _IRREGULAR_VERBS.items() for form in forms if form != base}
_BASE_OF["found"] = "found"  # people found companies more often than graphs find things
_IRREGULAR_PLURALS = {
    "person": "people",
    "man": "men",
    "woman": "women",
    "child": "children",
    "foot": "feet",
    "tooth": "teeth",
    "mouse": "mice",
    "wife": "wives",
    "life": "lives",
    "half": "halves",
    "leaf": "leaves",
    "species": "species",
    "series": "series",
    "sheep": "sheep",
    "staff": "staff",
    "cast": "cast",
    "music": "music",
    "criterion": "criteria",
    "phenomenon": "phenomena",
    "analysis": "analyses",
    "basis": "bases",
}
_SINGULARS = {several: one for one, several in _IRREGULAR_PLURALS.items()}
_NO_DOUBLING = re.compile(r"(?:[aeiou][aeiou]|[^aeiou]{2})[^aeiou]$|[wxy]$|(?:er|or|on|en|it|et|op|ish|al)$")
_PERSONS = frozenset(
    "person people man woman child parent father mother son daughter brother sister sibling spouse husband wife "
    "partner friend relative ancestor descendant uncle aunt cousin nephew niece grandfather grandmother actor "
    "actress cast star author president king queen monarch chief ceo head chairman chairperson mayor minister "
    "member artist musician scientist colleague coach captain guest host pilot student teacher crew citizen "
    "inhabitant resident heir chancellor bishop pope poet journalist politician athlete staff winner pupil "
    "successor predecessor creator leader owner founder".split()
)
_NOT_PERSONS = frozenset(
    "number order computer paper river water power letter chapter corner border center quarter color colour sector "
    "factor tower header matter error floor door harbor harbour tenor winter summer former layer character prior "
    "peer minor major armor motor vector flavor flavour interior exterior diameter parameter meter newspaper "
    "discover cover container printer processor reactor server trailer carrier tumor tumour offer answer order "
    "honor honour rumor labor labour vapor odor terror mirror gender weather temperature other newsletter poster folder behavior register identifier semester cluster".split()
)
_PLACES = frozenset(
    "place location city town village country state province county region district area continent site venue "
    "home residence headquarters birthplace deathplace address territory".split()
)
_TIMES = frozenset("date year time day month century decade birthday".split())
MEASURES = {
    "age": "old",
    "height": "tall",
    "length": "long",
    "depth": "deep",
    "width": "wide",
    "area": "big",
    "size": "big",
    "weight": "heavy",
    "mass": "heavy",
    "elevation": "high",
    "distance": "far",
    "duration": "long",
    "runtime": "long",
    "speed": "fast",
    "temperature": "hot",
}
"""What "how" is put before to ask for a quantity."""

NATURAL_VERBS = frozenset(
    "accept acquire adapt admire adopt advise affect affiliate appoint approve attack attend award border cause "
    "cite claim coach command compose conduct connect consume contain contribute control cover create cross defeat "
    "define depict describe design develop direct discover distribute drain edit employ enter establish examine "
    "export feature finance fill flow follow found fund govern guest head help host import include influence "
    "inhabit inherit inspire introduce invent invest issue join kill lack last launch like list live love lower "
    "maintain manage manufacture marry mention motivate name narrate nominate occupy offer operate organise "
    "organize own oppose perform play praise precede prefer produce promote provide publish raise receive record "
    "regulate release replace report represent require rule serve share sponsor star start succeed supply support "
    "surround sign teach train translate treat use visit voice vote want watch work belong consist depend derive "
    "originate participate reside die graduate study major retire specialise specialize".split()
) | frozenset(_IRREGULAR_VERBS)
"""Common verbs, by which "borders" and "plays" are told from plural nouns."""


@lru_cache(maxsize=20_000)
def is_word(word: str) -> bool:
    """Return whether an English dictionary has the word.

    Example:
    >>> is_word("director"), is_word("foundor")
    (True, False)
    """
    import simplemma

    return bool(simplemma.is_known(word, lang="en"))


@lru_cache(maxsize=20_000)
def lemma(word: str) -> str:
    """Return the basic form of an English word.

    Example:
    >>> lemma("directed"), lemma("wrote"), lemma("found")
    ('direct', 'write', 'found')
    """
    import simplemma

    if word in _BASE_OF:
        return _BASE_OF[word]
    return str(simplemma.lemmatize(word, lang="en"))


def verb_of(word: str) -> str:
    """Return the basic form of a verb in its past form or past participle, "" where it is none.

    Example:
    >>> verb_of("directed"), verb_of("won"), verb_of("red"), verb_of("capital")
    ('direct', 'win', '', '')
    """
    if word in _BASE_OF and word not in _IRREGULAR_VERBS:
        return _BASE_OF[word]
    if word == "founded":
        return "found"
    if word.endswith("ed") and len(word) > 4 and (base := lemma(word)) != word and not base.endswith("ed"):
        return base
    return ""


def plural(noun: str) -> str:
    """Return the plural of a noun phrase.

    Example:
    >>> plural("city"), plural("birth place"), plural("child"), plural("导演"), plural("place of birth")
    ('cities', 'birth places', 'children', '导演', 'places of birth')
    """
    before, last, after = _parts(noun)
    return before + _plural_word(last) + after


def _parts(noun: str) -> tuple[str, str, str]:
    """Return what stands before the main word of a noun phrase, that word, and what stands after it."""
    main, of, after = noun.partition(" of ")
    before, blank, last = main.rpartition(" ")
    return before + blank, last, of + after


def _plural_word(word: str) -> str:
    if word in _IRREGULAR_PLURALS:
        return _IRREGULAR_PLURALS[word]
    if not word.isascii() or not word.isalpha():
        return word
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    if re.search(r"(?:s|x|z|ch|sh)$", word):
        return word + "es"
    return word + "s"


def with_article(noun: str) -> str:
    """Return a noun after "a" or "an".

    Example:
    >>> with_article("employer"), with_article("member")
    ('an employer', 'a member')
    """
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def singular(noun: str) -> str:
    """Return the singular of a noun phrase, the phrase itself where it is no plural.

    Example:
    >>> singular("starred actors"), singular("children"), singular("series"), singular("boss")
    ('starred actor', 'child', 'series', 'boss')
    """
    before, last, after = _parts(noun)
    return before + _singular_word(last) + after


def _singular_word(word: str) -> str:
    if word in _SINGULARS:
        return _SINGULARS[word]
    if not word.endswith("s") or word.endswith(("ss", "us", "is", "ics")) or len(word) < 4:
        return word
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        base = word.removesuffix(ending) + instead
        if word.endswith(ending) and _plural_word(base) == word and is_word(base):
            return base
    return word.removesuffix("s") if is_word(word.removesuffix("s")) else word


def _doubled(verb: str) -> str:
    if len(verb) > 2 and re.search(r"[aeiou][^aeiou]$", verb) and not _NO_DOUBLING.search(verb):
        return verb + verb[-1]
    return verb


def past(verb: str) -> str:
    """Return the past form of a verb.

    Example:
    >>> past("direct"), past("star"), past("write"), past("marry")
    ('directed', 'starred', 'wrote', 'married')
    """
    return _IRREGULAR_VERBS[verb][0] if verb in _IRREGULAR_VERBS and verb != "found" else _regular_past(verb)


def participle(verb: str) -> str:
    """Return the past participle of a verb.

    Example:
    >>> participle("write"), participle("own")
    ('written', 'owned')
    """
    return _IRREGULAR_VERBS[verb][1] if verb in _IRREGULAR_VERBS and verb != "found" else _regular_past(verb)


def _regular_past(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ied"
    return _doubled(verb) + "ed"


def gerund(verb: str) -> str:
    """Return the -ing form of a verb.

    Example:
    >>> gerund("star"), gerund("write"), gerund("border"), gerund("die")
    ('starring', 'writing', 'bordering', 'dying')
    """
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "be")):
        return verb[:-1] + "ing"
    return _doubled(verb) + "ing"


def third_person(verb: str) -> str:
    """Return the form of a verb after "it".

    Example:
    >>> third_person("border"), third_person("have"), third_person("carry"), third_person("go")
    ('borders', 'has', 'carries', 'goes')
    """
    special = {"have": "has", "be": "is", "do": "does", "go": "goes"}
    return special.get(verb) or _plural_word(verb)


@lru_cache(maxsize=5_000)
def agent(verb: str) -> str:
    """Return the noun for who does what a verb says, "" where English has none.

    Example:
    >>> agent("direct"), agent("write"), agent("found"), agent("border")
    ('director', 'writer', 'founder', '')
    """
    return next((noun for noun in _agents(verb) if is_word(noun) and noun not in _NOT_PERSONS), "")


def _agents(verb: str) -> Iterator[str]:
    if verb.endswith(
        ("t", "ate", "se", "ise")
    ):  # director, creator, supervisor; "directer" is in dictionaries too
        yield verb.removesuffix("e") + "or"
    yield (verb if verb.endswith("e") else _doubled(verb) + "e") + "r"


def _main_word(noun: str) -> str:
    return _singular_word(_parts(noun)[1])


def is_person(noun: str) -> bool:
    """Return whether a noun phrase names people, by its main word.

    Example:
    >>> is_person("film director"), is_person("parents"), is_person("number"), is_person("genre")
    (True, True, False, False)
    """
    last = _main_word(noun)
    if last in _PERSONS:
        return True
    return last not in _NOT_PERSONS and bool(re.search(r"[a-z]{3}(?:[eo]r|ist|ess|ian|ant|man|woman)$", last))


def is_place(noun: str) -> bool:
    """Return whether a noun phrase says by its main word that it is a place.

    Example:
    >>> is_place("birth place"), is_place("genre")
    (True, False)
    """
    return _main_word(noun) in _PLACES


def is_time(noun: str) -> bool:
    """Return whether a noun phrase says by its main word that it is a time.

    Example:
    >>> is_time("release year"), is_time("genre")
    (True, False)
    """
    return _main_word(noun) in _TIMES
