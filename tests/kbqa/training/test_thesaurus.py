"""Thesauri on hand-made files in the true formats, and on the real ones where there are."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from kbqa.errors import InputError
from kbqa.training.thesaurus import (
    DictionaryThesaurus,
    NeighbourThesaurus,
    Thesauri,
    WordNetThesaurus,
    encoder_words,
)
from kbqa.training.thesaurus.wordnet_files import WordNetFiles
from kbqa.types import Language
from retrieval.types import Floats

ROOT = Path(__file__).resolve().parents[3]
WORDNET = Path("/usr/share/wordnet")
LICENCE = "  1 This software and database is being provided to you  \n"
# name, part of speech, lexicographer's field, words, pointers: (symbol, name, word here, word there)
SYNSETS = (
    ("spouse", "n", 18, ["spouse", "partner", "better_half"], [("~", "husband", 0, 0), ("~", "wife", 0, 0), ("~", "bigamist", 0, 0)]),
    ("husband", "n", 18, ["husband", "married_man"], [("@", "spouse", 0, 0)]),
    ("wife", "n", 18, ["wife", "married_woman"], [("@", "spouse", 0, 0)]),
    ("bigamist", "n", 18, ["bigamist"], [("@", "spouse", 0, 0)]),
    ("sibling", "n", 18, ["sibling"], []),
    ("brother", "n", 18, ["brother"], [("@", "male sibling", 0, 0)]),
    ("male sibling", "n", 18, ["male_sibling"], [("~", "brother", 0, 0)]),
    ("writer", "n", 18, ["writer", "author"], [("+", "write", 1, 1)]),
    ("birthplace", "n", 15, ["birthplace", "place_of_birth"], []),
    ("dog", "n", 5, ["dog"], []),
    ("hound", "n", 18, ["cad", "dog"], []),
    ("kid", "n", 18, ["kid", "child"], []),
    ("write", "v", 36, ["write", "pen"], [("+", "writer", 1, 1)]),
    ("find", "v", 40, ["find"], []),
    ("found", "v", 41, ["establish", "found", "set_up"], []),
    ("tall", "a", 0, ["tall"], [("&", "lofty", 0, 0)]),
    ("lofty", "s", 0, ["lofty(a)"], []),
)  # fmt: skip
COUNTS = {"husband": 68, "wife": 120, "partner": 9, "writer": 20, "author": 8, "brother": 36, "child": 80,
          "kid": 9, "birthplace": 2, "pen": 3, "establish": 30, "set_up": 5, "lofty": 2}  # fmt: skip
CODES = {"n": "1", "v": "2", "a": "3", "s": "5"}
NAMES = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
CEDICT = """\
# CC-CEDICT
#! license=https://creativecommons.org/licenses/by-sa/4.0/
配偶 配偶 [pei4 ou3] /consort/mate/spouse/
愛人 爱人 [ai4 ren5] /spouse (PRC)/lover (non-PRC)/CL:個|个[ge4]/
職業 职业 [zhi2 ye4] /occupation/profession/vocation/
行當 行当 [hang2 dang5] /profession/occupation/
出生地 出生地 [chu1 sheng1 di4] /birthplace/
創立 创立 [chuang4 li4] /to found/to establish/
建立 建立 [jian4 li4] /to establish/to set up/to found/
電影 电影 [dian4 ying3] /movie/film/
片子 片子 [pian1 zi5] /film/
影 影 [ying3] /picture/film/shadow/
類型 类型 [lei4 xing2] /genre/
丈夫 丈夫 [zhang4 fu5] /husband/CL:個|个[ge4]/
良人 良人 [liang2 ren2] /husband (arch.)/
北京 北京 [Bei3 jing1] /Beijing, capital of China/
貓咪 猫咪 [mao1 mi1] /see 貓|猫[mao1]/
"""


def write_wordnet(folder: Path) -> Path:
    """Write the synsets as WordNet's database files, with the right offsets."""
    folder.mkdir()
    offsets = place_synsets()
    for part, name in NAMES.items():
        data = LICENCE + "".join(
            synset_line(synset, offsets) for synset in SYNSETS if synset[1].replace("s", "a") == part
        )
        (folder / f"data.{name}").write_text(data)
        (folder / f"index.{name}").write_text(LICENCE + index_lines(part, offsets))
        (folder / f"{name}.exc").write_text(
            {"n": "children child\n", "v": "found find\nwritten write\nwrote write\n"}.get(part, "")
        )
    keys = (f"{word}%1:00:00:: 1 {count}\n" if word not in {"pen", "establish", "set_up", "lofty"} else
            f"{word}%{'5' if word == 'lofty' else '2'}:00:00:: 1 {count}\n" for word, count in COUNTS.items())  # fmt: skip
    (folder / "cntlist.rev").write_text("".join(keys))
    return folder


def place_synsets() -> dict[str, int]:
    offsets: dict[str, int] = {}
    for part in NAMES:
        end = len(LICENCE)
        for synset in SYNSETS:
            if synset[1].replace("s", "a") == part:
                offsets[synset[0]] = end
                end += len(synset_line(synset, {}))
    return offsets


def synset_line(synset: tuple, offsets: dict[str, int]) -> str:
    name, part, field, words, pointers = synset
    shown = " ".join(f"{word} 0" for word in words)
    parts = {other[0]: other[1] for other in SYNSETS}
    links = "".join(
        f"{symbol} {offsets.get(target, 0):08d} {parts[target]} {here:02x}{there:02x} "
        for symbol, target, here, there in pointers
    )
    return f"{offsets.get(name, 0):08d} {field:02d} {part} {len(words):02x} {shown} {len(pointers):03d} {links}| a gloss  \n"


def index_lines(part: str, offsets: dict[str, int]) -> str:
    senses: dict[str, list[str]] = {}
    for name, kind, _, words, _ in SYNSETS:
        for word in words if kind.replace("s", "a") == part else ():
            senses.setdefault(word.partition("(")[0], []).append(name)
    return "".join(
        f"{word} {part} {len(names)} 1 @ {len(names)} 0 {' '.join(f'{offsets[name]:08d}' for name in names)}  \n"
        for word, names in sorted(senses.items())
    )


@pytest.fixture
def wordnet(tmp_path: Path) -> WordNetThesaurus:
    return WordNetThesaurus(write_wordnet(tmp_path / "wordnet"))


@pytest.fixture
def dictionary(tmp_path: Path) -> DictionaryThesaurus:
    path = tmp_path / "cedict.txt.gz"
    path.write_bytes(gzip.compress(CEDICT.encode(), mtime=0))
    return DictionaryThesaurus(path, texts=["这部电影是老电影，电影院"])


class FakeEncoder:
    """Puts words where the test says, all shifted alike as a real encoder's vectors are."""

    name = "fake@0"
    dim = 4

    def __init__(self, angles: dict[str, float]) -> None:
        self.angles = angles
        self.calls = 0

    def encode(self, texts: Sequence[str]) -> Floats:
        self.calls += 1
        angles = np.radians([self.angles[text] for text in texts])
        rows = np.stack([np.cos(angles), np.sin(angles), 0 * angles, 0 * angles + 0.5], axis=1)
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


# Filler words on all sides, so that no group is the middle of all words.
FILLER = {f"{letter * 3}": angle for letter, angle in zip("bcdefgh", range(60, 340, 40), strict=True)}
ENGLISH = {"spouse": 0, "husband": 3, "wife": 5, "husbands": 4, "spousal": 2, "unspouse": 1} | FILLER
CHINESE = {"丈夫": 2, "配偶": 0, "湖泊": 90, "山脉": 180, "日期": 270}


def neighbours(**options: Path) -> tuple[NeighbourThesaurus, FakeEncoder]:
    encoder = FakeEncoder(ENGLISH | CHINESE | {"founded by": 60, "founder": 62, "found": 61})
    return NeighbourThesaurus(encoder, [*ENGLISH, *CHINESE], **options), encoder


def words(found: Sequence[tuple[str, float]]) -> list[str]:
    return [word for word, _ in found]


# ---------------------------------------------------------------- WordNet


def test_wordnet_gives_synonyms_and_the_words_for_each_sex(wordnet: WordNetThesaurus) -> None:
    found = dict(wordnet.alternatives("spouse", "en"))
    assert found["partner"] > found["husband"] == found["wife"] > found["better half"]
    assert "bigamist" not in found
    assert words(wordnet.alternatives("sibling", "en")) == ["brother"]


def test_wordnet_keeps_the_form_of_the_name(wordnet: WordNetThesaurus) -> None:
    assert words(wordnet.alternatives("written by", "en")) == ["penned by", "writer", "author"]
    assert "kids" in words(wordnet.alternatives("children", "en"))
    assert "written by" in words(wordnet.alternatives("author", "en"))
    assert words(wordnet.alternatives("founded by", "en")) == ["established by", "set up by"]


def test_wordnet_knows_phrases(wordnet: WordNetThesaurus) -> None:
    assert words(wordnet.alternatives("Place of  Birth", "en"))[0] == "birthplace"
    assert words(wordnet.alternatives("tall", "en")) == ["lofty"]


@pytest.mark.parametrize(
    ("phrase", "language"), [("首都", "en"), ("spouse", "zh"), ("xyzzy", "en"), ("", "en")]
)
def test_wordnet_knows_nothing_of_chinese_or_unknown_words(
    wordnet: WordNetThesaurus, phrase: str, language: Language
) -> None:
    assert wordnet.alternatives(phrase, language) == ()


@pytest.mark.parametrize("counts", ["index.sense", "cntlist"])
def test_wordnet_reads_counts_of_each_form(tmp_path: Path, counts: str) -> None:
    folder = write_wordnet(tmp_path / "wordnet")
    (folder / "cntlist.rev").unlink()
    line = {"index.sense": "wife%1:18:00:: 00000000 1 120", "cntlist": "120 wife%1:18:00:: 1"}[counts]
    (folder / counts).write_text(line + "\n")
    assert [sense.count for sense in WordNetFiles(folder).senses("wife", "n")] == [120]


def test_wordnet_names_the_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"index\.noun cannot be read"):
        WordNetThesaurus(tmp_path)


@pytest.mark.parametrize("file", ["index.noun", "data.noun", "cntlist.rev"])
def test_wordnet_says_where_a_file_is_damaged(tmp_path: Path, file: str) -> None:
    folder = write_wordnet(tmp_path / "wordnet")
    content = (folder / file).read_text()
    (folder / file).write_text("damaged\n" + content)
    with pytest.raises(InputError, match=rf"{file}, (line 1|byte \d+): not in the format"):
        WordNetThesaurus(folder).alternatives("spouse", "en")


# ---------------------------------------------------------------- dictionary


def test_dictionary_translates_both_ways(dictionary: DictionaryThesaurus) -> None:
    assert set(words(dictionary.alternatives("spouse", "zh"))) == {"爱人", "配偶"}
    assert words(dictionary.alternatives("配偶", "en")) == ["consort", "mate", "spouse"]
    assert words(dictionary.alternatives("founded by", "zh")) == ["创立", "建立"]
    assert dictionary.alternatives("職業", "en") == dictionary.alternatives("职业", "en") != ()
    assert words(dictionary.alternatives("建立", "en")) == ["establish", "set up", "found"]


def test_dictionary_ranks_old_words_and_single_characters_last(dictionary: DictionaryThesaurus) -> None:
    husband = dict(dictionary.alternatives("husband", "zh"))
    assert husband["丈夫"] > 3 * husband.get("良人", 0.0)
    film = dict(dictionary.alternatives("film", "zh"))
    assert film["电影"] > 2 * film["影"]


def test_dictionary_joins_words_that_share_several_translations(dictionary: DictionaryThesaurus) -> None:
    assert words(dictionary.alternatives("职业", "zh")) == ["行当"]
    assert dictionary.alternatives("配偶", "zh") == ()  # shares only "spouse" with 爱人


def test_dictionary_composes_names_it_does_not_know(dictionary: DictionaryThesaurus) -> None:
    composed = dictionary.alternatives("film genre", "zh")
    assert words(composed)[0] == "电影类型" and composed[0][1] < 0.4
    assert words(dictionary.alternatives("genre of film", "zh")) == words(composed)


def test_dictionary_skips_names_and_pointers(dictionary: DictionaryThesaurus) -> None:
    assert dictionary.alternatives("北京", "en") == () == dictionary.alternatives("猫咪", "en")


def test_dictionary_counts_texts(tmp_path: Path) -> None:
    path = tmp_path / "cedict.txt"
    path.write_text("甲乙 甲乙 [jia3 yi3] /thing/\n丙丁 丙丁 [bing3 ding1] /thing/\n", encoding="utf-8")
    assert words(DictionaryThesaurus(path).alternatives("thing", "zh")) == ["丙丁", "甲乙"]
    counted = DictionaryThesaurus(path, texts=["甲乙，甲乙。"])
    assert words(counted.alternatives("thing", "zh"))[0] == "甲乙"


def test_dictionary_refuses_other_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        DictionaryThesaurus(tmp_path / "none.gz")
    (tmp_path / "other.txt").write_text("not a dictionary\n")
    with pytest.raises(InputError, match="holds no dictionary entry"):
        DictionaryThesaurus(tmp_path / "other.txt")


# ---------------------------------------------------------------- neighbours


def test_neighbours_leave_out_other_forms_and_negations() -> None:
    thesaurus, _ = neighbours()
    assert words(thesaurus.alternatives("spouse", "en")) == ["husband", "wife"]


def test_neighbours_cross_languages() -> None:
    thesaurus, _ = neighbours()
    assert set(words(thesaurus.alternatives("spouse", "zh"))) == {"配偶", "丈夫"}
    assert "husband" in words(thesaurus.alternatives("配偶", "en"))


def test_neighbours_leave_out_the_other_sex() -> None:
    thesaurus, _ = neighbours()
    assert "wife" not in words(thesaurus.alternatives("husband", "en"))


def test_neighbours_are_weighted_by_nearness_and_never_certain() -> None:
    thesaurus, _ = neighbours()
    weights = [weight for _, weight in thesaurus.alternatives("spouse", "zh")]
    assert weights == sorted(weights, reverse=True) and 0.3 <= weights[-1] <= weights[0] <= 0.75


def test_neighbours_encode_a_phrase_once_and_words_once_per_cache(tmp_path: Path) -> None:
    cache = tmp_path / "words.npz"
    first, encoder = neighbours(cache=cache)
    again = first.alternatives("spouse", "en")
    first.alternatives(" Spouse", "en")
    assert encoder.calls == 2
    second, encoder = neighbours(cache=cache)
    assert encoder.calls == 0
    assert second.alternatives("spouse", "en") == again


def test_neighbours_encode_again_for_another_encoder(tmp_path: Path) -> None:
    cache = tmp_path / "words.npz"
    neighbours(cache=cache)
    encoder = FakeEncoder(ENGLISH)
    encoder.name = "fake@1"
    NeighbourThesaurus(encoder, list(ENGLISH), cache=cache)
    assert encoder.calls == 1


def test_neighbours_refuse_a_damaged_cache(tmp_path: Path) -> None:
    (tmp_path / "words.npz").write_bytes(b"PK\x03\x04 damaged")
    with pytest.raises(InputError, match=r"words\.npz holds no vectors"):
        neighbours(cache=tmp_path / "words.npz")


def test_neighbours_without_words_of_a_language_find_none() -> None:
    thesaurus = NeighbourThesaurus(FakeEncoder(ENGLISH), list(ENGLISH))
    assert thesaurus.alternatives("spouse", "zh") == ()


def test_encoder_words_are_whole_simplified_words(tmp_path: Path) -> None:
    vocabulary = {
        "[PAD]": 0,
        "city": 2,
        "##city": 3,
        "of": 4,
        "the": 1,
        "首": 5,
        "首都": 6,
        "國家": 7,
        "国家": 7,
    }
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": {"vocab": vocabulary}}))
    assert encoder_words(tmp_path) == ["the", "city", "首都", "国家"]
    with pytest.raises(InputError, match="holds no vocabulary"):
        encoder_words(tmp_path / "none")


# ---------------------------------------------------------------- several


class Fixed:
    def __init__(self, table: dict[tuple[str, Language], list[tuple[str, float]]]) -> None:
        self.table = table

    def alternatives(self, phrase: str, language: Language) -> Sequence[tuple[str, float]]:
        return self.table.get((phrase, language), [])


def test_several_keep_the_highest_weight_in_order() -> None:
    one = Fixed({("film", "en"): [("movie", 0.5), ("flick", 0.4)]})
    two = Fixed({("film", "en"): [("movie", 0.9), ("cinema", 0.4), ("film", 1.0)]})
    assert Thesauri(one, two).alternatives("Film", "en") == (("movie", 0.9), ("cinema", 0.4), ("flick", 0.4))
    assert Thesauri().alternatives("film", "en") == ()


def test_several_translate_through_sure_synonyms_only(
    wordnet: WordNetThesaurus, dictionary: DictionaryThesaurus
) -> None:
    both = Thesauri(wordnet, dictionary)
    assert dictionary.alternatives("place of birth", "zh") == ()
    assert words(both.alternatives("place of birth", "zh")) == ["出生地"]
    spouse = dict(both.alternatives("spouse", "zh"))
    assert 0.5 < spouse["丈夫"] < 0.9
    unsure = Fixed({("film", "en"): [("husband", 0.7)]})
    assert "丈夫" not in words(Thesauri(unsure, dictionary).alternatives("film", "zh"))


def test_chinese_synonyms_are_found_through_english_ones(
    wordnet: WordNetThesaurus, dictionary: DictionaryThesaurus
) -> None:
    assert words(Thesauri(wordnet, dictionary).alternatives("配偶", "zh")) == ["丈夫"]


# ---------------------------------------------------------------- the real ones


@pytest.mark.parametrize(
    ("phrase", "wanted"),
    [
        ("spouse", {"husband", "wife", "partner"}),
        ("parent", {"father", "mother"}),
        ("sibling", {"brother", "sister"}),
        ("directed by", {"director"}),
        ("founded by", {"established by", "founder"}),
        ("place of birth", {"birthplace"}),
        ("film", {"movie"}),
        ("located in", {"situated in"}),
    ],
)
def test_the_real_wordnet_knows_everyday_names(phrase: str, wanted: set[str]) -> None:
    if not WORDNET.is_dir():
        pytest.skip(f"no WordNet at {WORDNET}")
    assert wanted <= set(words(WordNetThesaurus(WORDNET).alternatives(phrase, "en")))


def test_the_real_dictionary_knows_everyday_names(shared_data: Path) -> None:
    path = shared_data / "parallel_en_zh/cedict.txt.gz"
    if not path.is_file():
        pytest.skip(f"no dictionary at {path}")
    thesaurus = DictionaryThesaurus(path)
    best = {"population": "人口", "author": "作者", "occupation": "职业", "official language": "官方语言"}
    assert {phrase: thesaurus.alternatives(phrase, "zh")[0][0] for phrase in best} == best
    started = time.perf_counter()
    thesaurus.alternatives("population", "zh")
    assert time.perf_counter() - started < 0.001


@pytest.mark.slow
def test_the_shipped_encoder_knows_everyday_names() -> None:
    from kbqa.storage.encoder import load_encoder

    thesaurus = NeighbourThesaurus(
        load_encoder("bilingual"), encoder_words(ROOT / "kbqa/weights/text-encoder")
    )
    assert {"husband", "wife"} <= set(words(thesaurus.alternatives("spouse", "en")))
    assert "职业" in words(thesaurus.alternatives("profession", "zh"))
    assert "birthplace" in words(thesaurus.alternatives("出生地", "en"))
