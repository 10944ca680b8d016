"""Readers of question sets: made-up files in each set's form, and the real ones where they are."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from kbqa.errors import InputError
from kbqa.evaluation.datasets import SETS, Item, load_set, read_set


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = text.encode("utf-8")
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


# files of questions


def test_a_file_of_questions(tmp_path: Path) -> None:
    lines = [
        {"question": "Who?", "answers": ["Ann", 7, 1.5, True, "http://example.org/x"], "id": "q"},
        {"question": "谁？", "answers": [], "language": "zh", "entities": ["w:France"], "image": "a/b.png"},
        {"question": "What?", "answers": ["x", "x"], "kind": "odd", "hops": 2, "unknown": {}},
    ]
    file = write(tmp_path / "mine.jsonl.gz", "\n\n".join(json.dumps(line) for line in lines))
    assert load_set(str(file)) == [
        Item("q", "Who?", ("Ann", "7", "1.5", "true", "http://example.org/x")),
        Item("3", "谁？", (), "zh", ("w:France",), image=str(tmp_path / "a/b.png")),
        Item("5", "What?", ("x",), kind="odd", hops=2),
    ]
    assert read_set(file).name == "mine.jsonl.gz"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "is not JSON"),
        ("[]", "must be an object"),
        ('{"answers": []}', '"question" is missing'),
        ('{"question": " ", "answers": []}', '"question" is missing'),
        ('{"question": 3, "answers": []}', '"question" is missing'),
        ('{"question": "a"}', '"answers" must be a list'),
        ('{"question": "a", "answers": "b"}', '"answers" must be a list'),
        ('{"question": "a", "answers": [null]}', "null, which is no text"),
        ('{"question": "a", "answers": [""]}', "which is no text"),
        ('{"question": "a", "answers": [NaN]}', "which is no text"),
        ('{"question": "a", "answers": [["b"]]}', "which is no text"),
        ('{"question": "a", "answers": [], "id": [1]}', '"id" must be'),
        ('{"question": "a", "answers": [], "entities": "Paris"}', '"entities" must be a list'),
        ('{"question": "a", "answers": [], "language": 1}', '"language" must be a text'),
        ('{"question": "a", "answers": [], "hops": -1}', '"hops" must be'),
        ('{"question": "\\ud800", "answers": []}', "half a surrogate pair"),
        ('{"question": "a", "answers": [], "id": "first"}', "was used on line 1"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    file = write(tmp_path / "bad.jsonl", '{"question": "a", "answers": [], "id": "first"}\n' + line + "\n")
    with pytest.raises(InputError) as caught:
        load_set(file)
    assert f"{file}, line 2: " in str(caught.value)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_deeply_nested_json_is_an_error_not_a_crash(tmp_path: Path) -> None:
    file = write(tmp_path / "deep.jsonl", "[" * 100_000 + "\n")
    with pytest.raises(InputError, match="line 1"):
        load_set(file)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.jsonl", b"", "holds no question"),
        ("latin.jsonl", '{"question": "é"}'.encode("latin-1"), "line 1: is not UTF-8"),
        ("cut.jsonl.gz", gzip.compress(b'{"question": "a"}' * 100, mtime=0)[:-20], "cut off"),
        ("plain.jsonl.gz", b'{"question": "a"}', "gzip"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(InputError, match=reason) as caught:
        load_set(file)
    assert str(file) in str(caught.value)


def test_a_missing_file_and_an_unknown_set(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.jsonl: cannot be read"):
        load_set(tmp_path / "absent.jsonl")
    with pytest.raises(InputError, match="did you mean 'metaqa"):
        load_set("metaqaa", data=tmp_path)
    with pytest.raises(InputError, match="needs --data"):
        load_set("metaqa-1")
    with pytest.raises(InputError, match="no such folder"):
        load_set("metaqa-1", data=tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"holds no 1hop_vanilla_qa_dev\.txt"):
        load_set("metaqa-1", data=tmp_path)
    with pytest.raises(InputError, match="no split 'nope'; its splits are dev, train, test"):
        load_set("metaqa-1", data=tmp_path, split="nope")


def test_a_sample_is_random_seeded_and_in_order(tmp_path: Path) -> None:
    lines = [json.dumps({"question": f"q{number}", "answers": []}) for number in range(100)]
    file = write(tmp_path / "many.jsonl", "\n".join(lines))
    first, again, other = ([item.id for item in load_set(file, limit=10, seed=seed)] for seed in (1, 1, 2))
    assert first == again != other
    assert first == sorted(first, key=int)
    assert first != [str(number) for number in range(1, 11)]
    assert len(load_set(file, limit=1000)) == 100
    with pytest.raises(InputError, match="at least 1"):
        load_set(file, limit=0)


# known sets, in their published form


def test_metaqa(tmp_path: Path) -> None:
    write(tmp_path / "1-hop/vanilla/qa_dev.txt", "who made [Top Hat]\tAnn|Bob|Ann\n[A & B] is by\tC\n")
    write(tmp_path / "1-hop/qa_dev_qtype.txt", "movie_to_maker\nmovie_to_other\n")
    assert load_set("metaqa-1", data=tmp_path) == [
        Item("1hop-1", "who made Top Hat", ("Ann", "Bob"), "en", ("Top Hat",), "movie_to_maker", hops=1),
        Item("1hop-2", "A & B is by", ("C",), "en", ("A & B",), "movie_to_other", hops=1),
    ]


@pytest.mark.parametrize("line", ["who made Top Hat\tAnn", "who made [Top Hat]", "who made [Top Hat]\t"])
def test_metaqa_names_a_bad_line(tmp_path: Path, line: str) -> None:
    write(tmp_path / "1hop_vanilla_qa_dev.txt", f"[a]\tb\n{line}\n")
    with pytest.raises(InputError, match=r"qa_dev\.txt, line 2: "):
        load_set("metaqa-1", data=tmp_path)


def test_metaqa_types_must_fit(tmp_path: Path) -> None:
    write(tmp_path / "1hop_vanilla_qa_dev.txt", "[a]\tb\n[c]\td\n")
    write(tmp_path / "1hop_qa_dev_qtype.txt", "x\n")
    with pytest.raises(InputError, match="has 1 types for the 2 questions"):
        load_set("metaqa-1", data=tmp_path)


def test_pathquestion(tmp_path: Path) -> None:
    write(tmp_path / "PQ-2H.txt", "what is a_b 's x ?\tm(m/f/)\ta_b#child#c#sex#m#<end>#m\n")
    [item] = load_set("pathquestion-2", data=tmp_path)
    assert item == Item("PQ-2H-1", "what is a_b 's x ?", ("m", "f"), "en", ("a_b",), "child sex", hops=2)
    write(tmp_path / "PQ-2H.txt", "what\tm\ta#b#c\n")
    with pytest.raises(InputError, match=r"PQ-2H\.txt, line 1"):
        load_set("pathquestion-2", data=tmp_path)


def test_pathquestion_splits_are_disjoint_and_complete(tmp_path: Path) -> None:
    lines = [f"q{n} ?\ta(a/)\ts{n}#r{n % 20}#e#r#a#<end>#a" for n in range(200)]
    write(tmp_path / "PQ-2H.txt", "\n".join(lines))
    for prefix in ("", "path-"):
        parts = [
            load_set("pathquestion-2", data=tmp_path, split=prefix + name)
            for name in ("train", "dev", "test")
        ]
        assert [len(part) for part in parts] == [160, 20, 20]
        assert len({item.id for part in parts for item in part}) == 200
    kinds = [{item.kind for item in part} for part in parts]
    assert not kinds[0] & kinds[1] and not kinds[0] & kinds[2]


def test_wc2014(tmp_path: Path) -> None:
    write(tmp_path / "WC-P1.txt", "club of X ?\tC\tX#plays_in#C#<end>#C\tC/\tX#plays_in#C\n")
    write(tmp_path / "WC-P2.txt", "where is it ?\tM\tX#plays_in#C#is_in#M\tM/N/\tfacts\n")
    one, two = load_set("wc2014", data=tmp_path)
    assert one == Item("WC-P1-1", "club of X ?", ("C",), "en", ("X",), "plays_in", hops=1)
    assert two == Item("WC-P2-1", "where is it ?", ("M", "N"), "en", ("X",), "plays_in is_in", hops=2)


def test_mlpq_pools_the_answers_of_a_repeated_question(tmp_path: Path) -> None:
    path = "<http://e/A> <http://p/r> <http://e/B> <http://z/B> <http://p/s> <http://z/{}>"
    lines = [f"A@@@B?@@@{path.format(name)}" for name in ("C", "D")]
    write(tmp_path / "dev_en_zh_2h_zh.txt.gz", "\n".join(lines))
    first, second = load_set("mlpq-2-zh", data=tmp_path)
    assert first.question == "A@@@B?"
    assert first.answers == second.answers == ("http://z/C", "http://z/D")
    assert (first.entities, first.hops, first.language) == (("http://e/A",), 2, "zh")


def test_nlpcc2016_leaves_out_and_counts_questions_without_gold(tmp_path: Path) -> None:
    rule = "=" * 20
    text = (
        f"<question id=1>\t谁？\n<triple id=1>\t甲 ||| 作者 ||| 乙|丙\n<answer id=1>\t乙|丙\n{rule}\n"
        f"<question id=2>\t几？\n<triple id=2>\t甲 ||| 数 ||| \n<answer id=2>\t\n{rule}\n"
    )
    write(tmp_path / "nlpcc-iccpol-2016.kbqa.testing-data", text)
    found = read_set("nlpcc2016", data=tmp_path)
    assert found.items == (Item("test-1", "谁？", ("乙|丙",), "zh", ("甲",), hops=1),)
    assert (found.split, found.excluded) == ("test", 1)


def test_nlpcc2016_names_a_record_out_of_order(tmp_path: Path) -> None:
    write(tmp_path / "nlpcc-iccpol-2016.kbqa.testing-data", "<question id=1>\t谁？\n<answer id=2>\t乙\n")
    with pytest.raises(InputError, match="line 2: belongs to no question"):
        load_set("nlpcc2016", data=tmp_path)


def test_hlm_questions_are_made_from_relations_and_portraits(tmp_path: Path) -> None:
    write(tmp_path / "relation.txt", "丙,甲,儿子,x,x\n丁,甲,儿子,x,x\n甲,丙,父亲,x,x\n")
    write(tmp_path / "images/甲.jpg", "no picture, only a name")
    write(tmp_path / "images/manifest.jsonl", "{}")
    items = load_set("hlm", data=tmp_path)
    assert [(item.question, item.answers) for item in items] == [
        ("甲的儿子是谁？", ("丙", "丁")),
        ("丙的父亲是谁？", ("甲",)),
        ("这张画像上的人是谁？", ("甲",)),
    ]
    assert items[2].image == str(tmp_path / "images/甲.jpg")
    write(tmp_path / "relation.txt", "丙,甲\n")
    with pytest.raises(InputError, match="line 1: is not object,subject,relation"):
        load_set("hlm", data=tmp_path)


# the real files

REAL = {
    "geoquery": ("geoquery", 50),
    "metaqa-1": ("metaqa", 9992),
    "metaqa-2": ("metaqa", 14872),
    "metaqa-3": ("metaqa", 14274),
    "pathquestion-2": ("pathquestion", 1908),
    "pathquestion-3": ("pathquestion", 5198),
    "wc2014-1": ("wc2014", 6482),
    "wc2014-2": ("wc2014", 1472),
    "mlpq-2-en": ("mlpq_en_zh", 2788),
    "mlpq-2-zh": ("mlpq_en_zh", 2825),
    "mlpq-3-en": ("mlpq_en_zh", 2496),
    "mlpq-3-zh": ("mlpq_en_zh", 2511),
    "nlpcc2016": ("nlpcc2016_kbqa", 9870),
    "hlm": ("hlm_redchamber", 165),
}


@pytest.mark.parametrize("name", REAL)
def test_real_sets_are_read_whole(shared_data: Path, name: str) -> None:
    folder, n = REAL[name]
    found = read_set(name, data=shared_data / folder)
    assert (len(found.items), found.excluded) == (n, 0)
    assert len({item.id for item in found.items}) == n
    for item in found.items:
        assert item.answers
        assert all(answer == answer.strip() and answer for answer in item.answers)
        if name.startswith(("metaqa", "pathquestion", "wc2014")):
            assert item.entities[0] in item.question
            assert "[" not in item.question


def test_every_set_is_known_as_a_whole_and_in_parts() -> None:
    for name in ("metaqa", "pathquestion", "wc2014", "mlpq"):
        parts = [SETS[part] for part in SETS if part.startswith(f"{name}-")]
        assert len(SETS[name].readers) == len(parts)
