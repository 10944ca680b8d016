"""Graphs that keep numbers as text, and questions asked as people ask in Chinese."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import kbqa
from kbqa.knowledge_base import KnowledgeBase

FACTS = """东湖大学\t重点学科\t18个
东湖大学\t校训\t求是
白塔\t高度\t172米
拉里\t体重\t235磅（107千克）
软化器\t工作压力\t0.15-0.6MPa
东湖站\t乘客\t2,061[1]人/日（不含下车乘客）
李安\t导演作品\t24小时
24小时\t类型\t电影
镜\t笔顺编号\t4143-1
凤台\t图像制式\t576i
第三届东湖国际煤炭工业与绿色建材技术博览会\t地点\t东湖市
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    folder: Path = tmp_path_factory.mktemp("stated")
    (folder / "facts.tsv").write_text(FACTS, encoding="utf-8")
    with kbqa.build(folder / "stated.kb", graph=[folder / "facts.tsv"]) as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("东湖大学有多少个重点学科？", "18个"),  # what is counted says itself how many there are
        ("李安有多少部导演作品？", "1"),  # a film may be called "24小时"
        ("拉里的体重有多少？", "235磅（107千克）"),
        ("软化器有多少工作压力？", "0.15-0.6MPa"),
        ("东湖站有多少乘客？", "2,061[1]人/日（不含下车乘客）"),
        ("白塔有多高？", "172米"),  # a text that begins with a number is a measure
        ("你知道东湖大学的校训吗？", "求是"),  # 吗 asks whether one knows it
        ("有人记得东湖大学的校训是什么吗？", "求是"),
        ("镜的笔顺编号是多少？", "4143-1"),  # a name of one character
        ("凤台的图像制式是什么？", "576i"),  # no picture is asked for
        ("第三届东湖国际煤炭工业与绿色建材技术博览会的地点是哪里？", "东湖市"),  # a long name
    ],
)
def test_chinese_questions_to_a_graph_of_texts(base: KnowledgeBase, question: str, answer: str) -> None:
    assert [found.text for found in base.ask(question).answers] == [answer]


def test_a_given_name_with_underscores_is_found_in_the_question(base: KnowledgeBase) -> None:
    result = base.ask("What is the 校训 of 东湖大学_?", entities=["东湖大学"])
    assert result.links[0].mention.text == "东湖大学"
