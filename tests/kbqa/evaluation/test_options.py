"""Sets with answers to choose from and blanks to fill: files to questions, and shares that were worked out by hand."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from kbqa.cli import main
from kbqa.errors import InputError
from kbqa.evaluation.adapters.blanks import Cloze, read_cloze
from kbqa.evaluation.adapters.choices import Choice, read_choices
from kbqa.evaluation.option_scores import sampled, score_choices, score_cloze


class First:
    """Chooses the first option."""

    def choose(self, question: str, options: Sequence[str], passage: str) -> list[float]:
        return [0.9] + [0.1] * (len(options) - 1)

    def fill(self, text: str, options: Sequence[str], passage: str = "") -> list[float]:
        return self.choose("", options, passage)


def write_dialogue(folder: Path, answer: str = "To change her job.") -> Path:
    asked = {"question": "What now?", "choice": ["To teach.", "To change her job."], "answer": answer}
    content = [[["M: How long?", "W: For ten years."], [asked], "14-349"]]
    (folder / "dev.json").write_text(json.dumps(content))
    return folder


def test_dialogues_are_read(tmp_path: Path) -> None:
    (one,) = read_choices("dream", write_dialogue(tmp_path))
    options = ("To teach.", "To change her job.")
    assert one == Choice("14-349-0", "M: How long?\nW: For ten years.", "What now?", options, 1, "en")


def test_mctest_is_read(tmp_path: Path) -> None:
    story = "It rained.\\newlineSally ran."
    row = ["mc160.dev.0", "Author: 1", story, "one: Who ran?", "Sally", "Tom", "nobody", "all"]
    row += ["multiple: Why?", "rain", "sun", "fun", "wind"]
    (tmp_path / "mc160.dev.tsv").write_text("\t".join(row) + "\n")
    (tmp_path / "mc160.dev.ans").write_text("A\tC\n")
    one, other = read_choices("mctest160", tmp_path)
    assert (one.question, one.options[one.right], one.passage) == (
        "Who ran?",
        "Sally",
        "It rained.\nSally ran.",
    )
    assert (other.question, other.options[other.right]) == ("Why?", "fun")
    (tmp_path / "mc160.dev.ans").write_text("A\n")
    with pytest.raises(InputError, match=r"mc160.dev.tsv, line 1: is not a story"):
        read_choices("mctest160", tmp_path)
    (tmp_path / "mc160.dev.ans").write_text("A\tE\n")
    with pytest.raises(InputError, match=r"mc160.dev.ans, line 1: 'E' is none of"):
        read_choices("mctest160", tmp_path)
    (tmp_path / "mc160.dev.ans").write_text("A\tC\nA\tC\n")
    with pytest.raises(InputError, match="has 2 lines for the 1 stories"):
        read_choices("mctest160", tmp_path)


@pytest.mark.parametrize(
    ("name", "split", "reason"),
    [
        ("race", "dev", "no choice set 'race'"),
        ("dream", "valid", "no split 'valid'"),
        ("c3", "dev", "c3-m-dev"),
    ],
)
def test_unknown_choices_are_refused(tmp_path: Path, name: str, split: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read_choices(name, tmp_path, split)


def test_an_answer_that_is_no_option_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"dev\.json: is not in the form"):
        read_choices("dream", write_dialogue(tmp_path, answer="To sleep."))


def write_tales(folder: Path, text: str) -> Path:
    with zipfile.ZipFile(folder / "cft.zip", "w") as archive:
        archive.writestr("cft/cft.test.human", text)
    return folder


def test_tales_are_read(tmp_path: Path) -> None:
    text = "1 ||| 猫 有 尾巴 。\n2 ||| 它 很 好 。\n3 ||| 猫 的 XXXXX ||| 尾巴\n1 ||| 狗 跑 。\n2 ||| XXXXX 跑 。 ||| 狗\n"
    one, other = read_cloze("cft", write_tales(tmp_path, text))
    assert (one.text, one.passage) == ("猫的[BLANK]", "猫有尾巴。它很好。")
    assert one.options == ("猫", "有", "尾巴", "它", "很", "好")
    assert one.options[one.right] == "尾巴"
    assert (other.text, other.options) == ("[BLANK]跑。", ("狗", "跑"))


def test_stories_with_blanks_for_sentences_are_read(tmp_path: Path) -> None:
    story = {
        "context": "甲。[BLANK1]，乙。[BLANK2]，丙。",
        "choices": ["一", "二", "三"],
        "answers": [2, 0],
        "context_id": "S",
    }
    (tmp_path / "cmrc2019_dev.json").write_text(json.dumps({"data": [story]}))
    one, other = read_cloze("cmrc2019", tmp_path)
    assert one == Cloze("S-1", "S", "甲。[BLANK]，乙。…，丙。", ("一", "二", "三"), 2)
    assert (other.text, other.right, other.story) == ("甲。…，乙。[BLANK]，丙。", 0, "S")


@pytest.mark.parametrize("text", ["no bars\n", "a ||| b\n"])
def test_malformed_tales_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="line 1: is not"):
        read_cloze("cft", write_tales(tmp_path, text))


def test_other_malformed_blanks_are_refused(tmp_path: Path) -> None:
    (tmp_path / "cft.zip").write_bytes(b"no archive")
    with pytest.raises(InputError, match="cannot be read"):
        read_cloze("cft", tmp_path)
    (tmp_path / "cmrc2019_dev.json").write_text(
        '{"data": [{"context": "a", "choices": ["x"], "answers": [4]}]}'
    )
    with pytest.raises(InputError, match="not in the form of CMRC 2019"):
        read_cloze("cmrc2019", tmp_path)
    with pytest.raises(InputError, match="no cloze set 'cbt'"):
        read_cloze("cbt", tmp_path)
    with pytest.raises(InputError, match="no split 'train'"):
        read_cloze("cmrc2019", tmp_path, "train")


def test_shares_are_those_worked_out_by_hand() -> None:
    asked = [Choice(str(at), "", "", ("a", "b", "c", "d")[: 2 + at % 2 * 2], at % 3, "en") for at in range(6)]
    found = score_choices("made up", asked, First())
    assert found.accuracy.value == pytest.approx(2 / 6)
    assert found.chance == pytest.approx((1 / 2 + 1 / 4) / 2)
    assert found.whole is None
    blanks = [Cloze(f"{at}", "ab"[at // 3], "[BLANK]", ("x", "y"), int(at == 5)) for at in range(6)]
    filled = score_cloze("made up", blanks, First())
    assert (filled.accuracy.value, filled.whole) == (pytest.approx(5 / 6), 0.5)
    assert "whole story    50.0" in filled.table()
    assert score_cloze("made up", blanks[:1], First()).whole is None
    assert score_cloze("made up", blanks, First(), sample=True).whole is None


def test_samples_are_in_order_and_repeatable() -> None:
    assert sampled(range(9), None, seed=0) == list(range(9))
    found = sampled(range(100), 5, seed=3)
    assert found == sorted(found) == sampled(range(100), 5, seed=3)


def test_the_commands_print_shares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_dialogue(tmp_path)
    assert main(["score-choice", "dream", "--data", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 1
    write_tales(tmp_path, "1 ||| 猫 有 尾巴 。\n2 ||| 猫 的 XXXXX ||| 尾巴\n")
    assert main(["score-cloze", "cft", "--data", str(tmp_path)]) == 0
    assert "by chance" in capsys.readouterr().out
