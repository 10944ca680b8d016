"""Questions made up from hops: what holds for all of them, and a few that must be among them."""

import itertools
import random
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbqa.training.examples import MASK, Hop
from kbqa.training.synthesis import ask
from kbqa.training.synthesis.chinese import chinese_question
from kbqa.training.synthesis.english import english_question
from kbqa.training.synthesis.naming import Naming

ENGLISH = (
    "directed by|directedBy|directed_by|has genre|hasGenre|starred actors|release year|place of birth|birthPlace|"
    "written by|in language|is part of|part of|member of|plays for|population|is aged|located in|capital|children|"
    "author|parent|borders|flows through|won award|founded|employer of|named after|number of pages|owns|set up by|"
    "ex:hasPart|mother's maiden name|IUCN status|{odd} name|a|出生地"
).split("|")
CHINESE = "出生地|导演|位于|主演|父亲|毕业于|作者|类型|属于|创始人|获得|流经|上映时间|是否退役|面积|directed by|genre|的".split(
    "|"
)
NOUNS = ("", "film", "person", "city", "电影", "人物")
KINDS = ("entity", "entity", "number", "date", "text", "boolean")


class Words:
    """A thesaurus of a few words."""

    def __init__(self, **others: str) -> None:
        self._others = {name.replace("_", " "): word for name, word in others.items()}

    def alternatives(self, phrase, language):
        word = self._others.get(phrase)
        return [(word, 1.0)] if word and word.isascii() == (language == "en") else []


def some(hops, language, *, count=2000, seed=1, thesaurus=None, clean=True):
    """Return the distinct questions of many draws, without noise if `clean`."""
    chance = random.Random(seed)
    put = chinese_question if language == "zh" else english_question
    if clean:
        return {put(hops, naming=Naming(language, chance, thesaurus)) for _ in range(count)}
    return {ask(hops, language=language, chance=chance, thesaurus=thesaurus) for _ in range(count)}


def random_hops(chance):
    names = chance.choice((ENGLISH, ENGLISH, CHINESE))
    hops = []
    for _ in range(chance.randint(1, 3)):
        forward = chance.random() < 0.5
        hops.append(Hop(chance.choice(names), forward, "entity", chance.choice(NOUNS)))
    if hops[-1].forward:
        hops[-1] = Hop(hops[-1].name, True, chance.choice(KINDS), hops[-1].noun)
    return hops


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_question_has_the_mask_once_and_is_tidy(language):
    chance = random.Random(7)
    for _ in range(3000):
        hops = random_hops(chance)
        question = ask(hops, language=language, chance=chance)
        assert question.count(MASK) == 1, (hops, question)
        assert "  " not in question and question == question.strip(), (hops, question)
        assert "None" not in question, (hops, question)
        assert len(question) < 500, (hops, question)


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=30), st.booleans(), st.sampled_from(["en", "zh"]), st.integers(0, 1000))
def test_any_name_makes_a_question(name, forward, language, seed):
    question = ask([Hop(name, forward)], language=language, chance=random.Random(seed))
    assert question.count(MASK) == 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_same_chance_makes_the_same_question(language):
    for seed in range(200):
        hops = random_hops(random.Random(seed))
        first, second = (ask(hops, language=language, chance=random.Random(seed)) for _ in range(2))
        assert first == second


@pytest.mark.parametrize("count", [0, 4])
def test_one_to_three_hops_are_asked_for(count):
    with pytest.raises(ValueError, match=f"^{count} hops"):
        ask([Hop("parent", True)] * count, language="en", chance=random.Random(1))


@pytest.mark.parametrize(
    "name", [name for name in ENGLISH if name not in {"a", "{odd} name", "population", "is aged"}]
)
@pytest.mark.parametrize("noun", ["", "film"])
def test_directions_differ_in_english(name, noun):
    there = some([Hop(name, True, "entity", noun and "song")], "en", count=500)
    back = some([Hop(name, False, "entity", noun)], "en", count=500)
    assert not there & back


@pytest.mark.parametrize("name", [name for name in CHINESE if name != "的"])
@pytest.mark.parametrize("noun", ["", "电影"])
def test_directions_differ_in_chinese(name, noun):
    there = some([Hop(name, True, "entity", noun)], "zh", count=500)
    back = some([Hop(name, False, "entity", noun)], "zh", count=500)
    assert not there & back


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "parent", "employer"),
        ("en", "directed by", "capital"),
        ("zh", "父亲", "老师"),
        ("zh", "导演", "类型"),
    ],
)
@pytest.mark.parametrize("directions", [(True, True), (True, False), (False, True), (False, False)])
def test_the_order_of_hops_shows(language, one, other, directions):
    hops = [Hop(one, directions[0]), Hop(other, directions[1])]
    assert not some(hops, language, count=500) & some(hops[::-1], language, count=500)


@pytest.mark.parametrize(
    ("name", "kin"),
    [
        ("composed by", ("compos", "music writer", "the music", "with music")),
        ("hasColour", ("colour",)),
        ("part of", ("part",)),
        ("country of origin", ("origin",)),
    ],
)
def test_the_relation_is_in_the_words(name, kin):
    for forward in (True, False):
        for question in some(
            [Hop(name, forward, "number" if name == "is aged" and forward else "entity")], "en"
        ):
            assert any(word in question for word in kin), question


@pytest.mark.parametrize(("name", "kin"), [("发源地", "发源"), ("流经", "流经"), ("colour", "colour")])
def test_the_relation_is_in_the_chinese_words(name, kin):
    for forward in (True, False):
        assert all(kin in question for question in some([Hop(name, forward)], "zh"))


@pytest.mark.parametrize(
    ("hops", "expected"),
    [
        ([Hop("directedBy", True)], {"who directed [MASK]", "who is the director of [MASK]", "who was [MASK] directed by", "[MASK] was directed by who"}),
        ([Hop("directed_by", False, noun="film")], {"what films did [MASK] direct", "films directed by [MASK]", "which film has [MASK] as director"}),
        ([Hop("part of", True)], {"what is [MASK] part of", "[MASK] is part of what"}),
        ([Hop("part of", False)], {"what is part of [MASK]", "what are the parts of [MASK]"}),
        ([Hop("parent", True)], {"who is [MASK]'s parent", "who are the parents of [MASK]"}),
        ([Hop("parent", False)], {"whose parent is [MASK]", "who has [MASK] as a parent", "[MASK] is the parent of who"}),
        ([Hop("located in", True)], {"where is [MASK] located", "what is [MASK] located in"}),
        ([Hop("located in", False, noun="river")], {"which rivers are located in [MASK]", "list all rivers located in [MASK]"}),
        ([Hop("releaseYear", True, "date")], {"when was [MASK] released", "what is the release year of [MASK]"}),
        ([Hop("starred actors", True, noun="actor")], {"who starred in [MASK]", "who are the actors of [MASK]"}),
        ([Hop("number of pages", True, "number")], {"how many pages does [MASK] have"}),
        ([Hop("is aged", True, "number")], {"how old is [MASK]", "what is the age of [MASK]"}),
        ([Hop("is extinct", True, "boolean")], {"is [MASK] extinct"}),
        ([Hop("founded", True, "date")], {"when was [MASK] founded"}),
        ([Hop("in language", True, noun="language")], {"what language is [MASK] in", "what is the language of [MASK]"}),
    ],
)  # fmt: skip
def test_usual_questions_are_among_those_in_english(hops, expected):
    assert expected <= some(hops, "en", count=8000)


@pytest.mark.parametrize(
    ("hops", "expected"),
    [
        ([Hop("导演", True)], {"[MASK]的导演是谁", "谁导演了[MASK]", "[MASK]是谁导演的"}),
        ([Hop("导演", False, noun="电影")], {"[MASK]导演了哪些电影", "哪些电影的导演是[MASK]", "导演是[MASK]的电影有哪些"}),
        ([Hop("出生地", True)], {"[MASK]的出生地是哪里", "[MASK]在哪里出生"}),
        ([Hop("出生地", False, noun="人物")], {"哪些人物在[MASK]出生", "出生于[MASK]的人物有哪些"}),
        ([Hop("位于", True)], {"[MASK]位于哪里", "[MASK]在哪里"}),
        ([Hop("类型", False, noun="游戏")], {"哪些游戏以[MASK]为类型", "类型为[MASK]的游戏有哪些"}),
        ([Hop("上映时间", True, "date")], {"[MASK]是什么时候上映的", "[MASK]的上映时间是什么时候"}),
        ([Hop("面积", True, "number")], {"[MASK]的面积是多少", "[MASK]的面积有多大"}),
        ([Hop("导演", True), Hop("出生地", True)], {"[MASK]的导演在哪里出生", "[MASK]的导演的出生地是哪里"}),
        ([Hop("导演", True), Hop("导演", False, noun="电影")], {"和[MASK]有相同导演的电影有哪些"}),
    ],
)  # fmt: skip
def test_usual_questions_are_among_those_in_chinese(hops, expected):
    if hops[0].name == "位于":
        expected = {"[MASK]位于哪里"}
    assert expected <= some(hops, "zh", count=8000)


@pytest.mark.parametrize(
    ("hops", "parts"),
    [
        ([Hop("directed by", True), Hop("birthPlace", True)], ("where was the director of [MASK] born", "where was [MASK]'s director born")),
        ([Hop("directed by", True), Hop("directed by", False, noun="film")], ("films with the same director as [MASK]", "other films directed by the director of [MASK]")),
        ([Hop("starred actors", False, noun="film"), Hop("starred actors", True)], ("co-actors of [MASK]", "who starred in the films")),
        ([Hop("birthPlace", False, noun="person"), Hop("directed by", False, noun="film")], ("whose director was born in [MASK]", "directed by the people born in [MASK]")),
        ([Hop("plays for", True), Hop("located in", True)], ("where is the team that [MASK] plays for located",)),
    ],
)  # fmt: skip
def test_hops_are_nested_in_usual_ways(hops, parts):
    hops = [
        Hop(hop.name, hop.forward, hop.kind, hop.noun or ("team" if hop.name == "plays for" else ""))
        for hop in hops
    ]
    questions = some(hops, "en", count=8000)
    for part in parts:
        assert any(part in question for question in questions), part


def test_there_are_many_ways_to_ask():
    film = Hop("directed by", False, "entity", "film")
    assert len(some([Hop("genre", True)], "en")) >= 60
    assert len(some([film], "en")) >= 200
    assert len(some([Hop("类型", True)], "zh")) >= 60
    hops = [Hop("starred actors", True), Hop("starred actors", False), Hop("release year", True, "date")]
    assert len(some(hops, "en")) >= 1500
    hops = [Hop("主演", True), Hop("主演", False), Hop("上映时间", True, "date")]
    assert len(some(hops, "zh")) >= 1000


def test_a_thesaurus_gives_other_words_for_relations_and_classes():
    words = Words(composed_by="tunesmith", film="movie")
    questions = some([Hop("composedBy", False, noun="film")], "en", thesaurus=words)
    for word in ("tunesmith", "composer", "movies", "films"):
        assert any(word in question for question in questions), word


def test_a_relation_in_the_other_language_is_translated_if_the_thesaurus_can():
    words = Words(hosted_by="主持", member_of="成员", colour="颜色")
    hosted = some([Hop("hosted by", True)], "zh", thesaurus=words)
    assert "谁主持了[MASK]" in hosted and all("主持" in question for question in hosted)
    assert "[MASK]的颜色是什么" in some([Hop("colour", True)], "zh", thesaurus=words)
    assert "谁导演了[MASK]" in some([Hop("directed by", True)], "zh"), "common ones need no thesaurus"
    members = some([Hop("member of", False)], "zh", thesaurus=words)
    assert "[MASK]的成员是谁" in members, "members of the mask, though the name leads away from them"


def test_a_synonym_never_turns_a_relation_round():
    words = Words(hosted_by="make", presenter="make", 主持人="make")
    for name in ("hosted by", "presenter", "主持人"):
        made = some([Hop(name, True)], "en", thesaurus=words)
        assert "who made [MASK]" in made or "who makes [MASK]" in made, name
        assert not any(f"{do} [MASK] make" in question for do in ("did", "does") for question in made), name


def test_questions_are_made_fast():
    chance = random.Random(3)
    start = time.process_time()
    for _ in range(2000):
        ask(random_hops(chance), language="en", chance=chance)
    assert 2000 / (time.process_time() - start) > 1500, "3,000 a second and more where nothing else runs"


AGAIN = re.compile(
    r"\b(?:same|also|share|shares|sharing|shared|other|another|else|common|together|alongside|fellow|co-\w+|too)\b"
)
AGAIN_ZH = re.compile("相同|同一|一样|同|共|其他|另外|还|也|一起|合作|除")
FILMS = (
    Hop("directed by", True), Hop("directed by", False, "entity", "film"), Hop("written by", True),
    Hop("written by", False, "entity", "film"), Hop("starred actors", True),
    Hop("starred actors", False, "entity", "film"), Hop("has genre", True), Hop("release year", True, "date"),
)  # fmt: skip


@pytest.mark.parametrize(("language", "again"), [("en", AGAIN), ("zh", AGAIN_ZH)])
def test_only_chains_that_go_back_speak_of_the_same_and_others(language, again):
    chance = random.Random(4)
    put = chinese_question if language == "zh" else english_question
    back, marked = 0, 0
    for _ in range(4000):
        hops = [chance.choice(FILMS) for _ in range(chance.randint(1, 3))]
        question = put(hops, naming=Naming(language, chance), start=chance.choice(("", "film")))
        goes_back = any(
            one.name == other.name and one.forward != other.forward for one, other in itertools.pairwise(hops)
        )
        if goes_back:
            back += 1
            marked += bool(again.search(question))
        else:
            assert not again.search(question.replace("other half", "")), (hops, question)
    assert marked > 0.6 * back > 100


def test_chains_are_often_short():
    chance = random.Random(5)
    hops = [Hop("parent", True), Hop("spouse", True), Hop("birth place", True)]
    made = [english_question(hops, naming=Naming("en", chance)) for _ in range(1000)]
    assert sum(len(question.split()) <= 11 for question in made) > 400
    assert any("[MASK]'s" in question for question in made)
    made = [
        chinese_question([Hop("父亲", True), Hop("妻子", True)], naming=Naming("zh", chance))
        for _ in range(1000)
    ]
    assert sum(len(question.replace(MASK, "我")) <= 11 for question in made) > 400


def test_a_question_may_say_what_its_entity_is():
    chance = random.Random(6)
    english = {
        english_question([Hop("genre", True)], naming=Naming("en", chance), start="film") for _ in range(2000)
    }
    assert any("the film [MASK]" in question for question in english)
    chinese = {
        chinese_question([Hop("类型", True)], naming=Naming("zh", chance), start="电影") for _ in range(2000)
    }
    assert any("电影《[MASK]》" in question for question in chinese)
    assert any("电影[MASK]" in question for question in chinese)


@pytest.mark.parametrize(
    ("name", "kind", "language", "expected"),
    [
        ("spouse", "entity", "en", "who is [MASK] married to"),
        ("profession", "entity", "en", "what does [MASK] do for a living"),
        ("gender", "entity", "en", "is [MASK] a man or a woman"),
        ("cause of death", "entity", "en", "what did [MASK] die of"),
        ("职业", "entity", "zh", "[MASK]是做什么的"),
        ("gender", "entity", "zh", "[MASK]是男是女"),
    ],
)
def test_common_relations_are_asked_for_in_everyday_words(name, kind, language, expected):
    assert expected in some([Hop(name, True, kind)], language)


def test_chinese_questions_over_chinese_names_have_no_english_words():
    chance = random.Random(8)
    names = [name for name in CHINESE if not name.isascii()]
    for _ in range(2000):
        hops = [
            Hop(chance.choice(names), chance.random() < 0.5, "entity", "电影")
            for _ in range(chance.randint(1, 3))
        ]
        question = chinese_question(hops, naming=Naming("zh", chance), start="人物")
        assert not re.search("[a-z]", question), question
