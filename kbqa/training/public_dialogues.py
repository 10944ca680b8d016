"""Reads KdConv, Chinese conversations in which each reply names the fact that it gives.

Most turns of such a conversation are small talk: "Have you heard of …?". Only turns that ask, in words that people
use for it, for the very attribute that the reply gives are kept. Who says "he", "this film" or leaves the thing out,
as Chinese may, means what the reply is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from kbqa.training.examples import MASK, Example, Hop
from kbqa.training.public_files import as_published, read_json
from kbqa.training.public_names import kind_of

__all__ = ["kdconv"]

DOMAINS = ("film", "music", "travel")
PARTS = ("dev", "test")
CLAUSE = re.compile(r"[^，,。！!？?；;、…～~]+[？?]?")
ASKS = re.compile(r"谁|哪|什么|啥|多少|多大|多长|多久|多高|几|吗|呢|怎么|如何|么[？?]")
OPENING = re.compile(
    r"^(而(?!且)|而且|不过|但是?|可是|还有(?=[^什哪其别很])|那么|那(?!里|个|部|首|张|位|家|儿|次|些)|哦|噢|啊|嗯|对了|好的|是吗|你好)+"
)
POINTER = re.compile(
    r"[他她它]们?的?家?(?=[^们])|[这那该本](?:一?[部首张个家位支座]|些)?"
    r"(?:电影|影片|片子|片|歌曲|歌|曲子|曲|专辑|景点|景区|地方|组合|乐队|人|歌手|演员|导演|公司)|[此该]片|[这那]里(?!面)|此处|这儿|那儿|这(?=的)"
)
OF_WORKS = re.compile(r"专辑|歌曲|上映|发行|曲目|片长|制片|对白|票房|导演|主演|编剧|作词|作曲")
WAYS_TO_ASK = {
    "门票": r"门票|票价|收费|多少钱|多钱|要钱|免费",
    "周边景点": r"(周边|附近|边上|旁边|周围|临近).*(景点|景区|好玩|地方)",
    "游玩时间": r"(玩|游|逛|参观|花).{0,6}(多久|多长时间|几个?小时|多少时间)|游玩时间",
    "地址": r"地址|位置|在哪|在什么地方|怎么走",
    "电话": r"电话|号码|联系方式",
    "开放时间": r"开放|开门|营业|关门",
    "评分": r"评分|分数|多少分|几分",
    "代表作品": r"代表作|作品|哪些歌|哪首歌|哪几首歌|什么歌|演过|拍过|好听的歌",
    "(发行|上映|出版)时间": r"(哪一?年|什么时候|何时|时间|几几年|哪天|几号|几月|年份).*|.*(时间|日期)",
    "(出生日期|生日)": r"哪一?年出生|多大|岁数|年纪|年龄|几岁|出生日期|生日|什么时候出生|几几年",
    "(逝世|去世)日期": r"(哪一?年|什么时候|何时).*(去世|逝世|走的)",
    "(成立|创立|出道)时间": r"(哪一?年|什么时候|何时|几几年).*(成立|创|出道|组建)|(成立|创立|出道).*时间",
    "主演": r"主演|谁演|哪些演员|演员.*谁",
    "(主要成就|主要奖项|获得奖项|奖项)": r"什么奖|奖项|成就|哪些奖|啥奖|获.{0,4}奖",
    "(音乐风格|曲风)": r"风格|曲风|类型",
    "类型": r"类型|什么片|怎样的(影片|电影)|什么样的(影片|电影)",
    "职业": r"职业|做什么的|干什么的|是做啥的",
    "(?<!MV)导演": r"导演.*谁|谁.*导|导演",
    "MV导演": r"MV.*(导演|谁)",
    "编剧": r"编剧",
    "(出生地|籍贯)": r"出生.{0,5}哪|哪.{0,6}出生|哪里?人|哪儿人|哪的人|老家|出生地|来自哪",
    "国籍": r"国籍|哪国|哪个国家|什么国家",
    "(曲目|歌曲)数量": r"多少首|几首|数量",
    "(专辑歌手|歌曲原唱|歌手|演唱者)": r"谁唱|歌手|原唱|谁的歌|谁的专辑|演唱|谁的",
    "(唱片公司|经纪公司|出品公司|发行公司)": r"公司|谁出品",
    "(制片|发行)地区": r"哪(里|儿|国|个国家|个地区).{0,5}(制片|拍|发行|影片|电影|片)|地区",
    "所属专辑": r"专辑",
    "(片长|时长)": r"多长|多久|片长|时长|多少分钟",
    "(作词|填词)": r"词.*谁|谁.*词|作词|填词",
    "(作曲|谱曲)": r"曲.*谁|谁.*曲|作曲|谱曲",
    "编曲": r"编曲",
    "制作人": r"制作人|谁.*制作",
    "毕业院校": r"毕业|学校|院校|大学",
    "票房": r"票房",
    "(别名|其它译名|其他名称|外文名)": r"别名|译名|其他名|其它名|别的名|又叫|外文名|英文名|外号",
    "语言": r"语言|什么语|哪种语|国语|什么话",
    "身高": r"身高|多高",
    "体重": r"体重|多重",
    "星座": r"星座",
    "血型": r"血型",
    "民族": r"民族|哪个?族",
    "成本": r"成本|花了?多少|投资|耗资",
    "(成员|乐队成员)": r"成员|几个人|哪些人",
    "总部地点": r"总部",
}


def kdconv(folder: Path) -> Iterator[tuple[str, Example]]:
    """Yield (question, example) of KdConv's turns that ask for the one attribute that the reply gives, in Chinese.

    Args:
        folder: The set's folder; an absent file counts as empty.

    Raises:
        InputError: If a file is damaged or not in its published form.
    """
    for domain in DOMAINS:
        for part in PARTS:
            path = folder / f"{domain}_{part}.json"
            with as_published(path):
                for talk in read_json(path):
                    yield from _turns(talk["messages"], f"kdconv-{domain}")


def _turns(messages: list[Mapping[str, Any]], source: str) -> Iterator[tuple[str, Example]]:
    for turn, reply in pairwise(messages):
        facts = {(fact["name"], fact["attrname"]) for fact in reply.get("attrs") or []}
        if len(facts) == 1 and not turn.get("attrs"):
            name, attribute = facts.pop()
            masked = _masked(turn["message"], re.sub(r"[（(【].*", "", name), attribute)
            if masked:
                yield (
                    turn["message"],
                    Example(masked, (Hop(attribute, True, kind_of(attribute)),), "zh", source),
                )


def _masked(turn: str, name: str, attribute: str) -> str | None:
    """Return the clause that asks for the attribute, with `MASK` for the thing; None if there is none."""
    way = next((way for names, way in WAYS_TO_ASK.items() if re.search(names + "$", attribute)), None)
    clauses = CLAUSE.findall(turn)
    asking = [clause for clause in clauses if way and re.search(way, clause) and ASKS.search(clause)]
    if len(asking) != 1 or not name:
        return None
    clause = OPENING.sub("", asking[0].strip())
    pointers = list(POINTER.finditer(clause))
    if name in clause:
        masked = re.sub(rf"《?{re.escape(name)}》?", MASK, clause)
        return masked if masked.count(MASK) == 1 else None
    of_person = pointers and pointers[0][0][0] in "他她"
    if "《" in clause or len(pointers) > 1 or (of_person and OF_WORKS.search(attribute)):
        return None
    if pointers:
        return clause[: pointers[0].start()] + MASK + _joined(pointers[0][0]) + clause[pointers[0].end() :]
    return MASK + ("的" if clause[:2] == attribute[:2] else "") + clause


def _joined(pointer: str) -> str:
    return "的" if pointer.endswith("的") else ""
