"""What Chinese names of relations and classes say about themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal as OneOf

__all__ = ["Saying", "analyse_chinese", "asked_with", "classifier", "how", "is_chinese", "of_persons"]

Asks = OneOf["who", "where", "when", "what"]

_ROLES = re.compile(
    r"(?:总?导演|主演|领衔主演|编剧|制片|监制|作曲|作词|填词|编曲|演唱|原唱|翻译|主编|设计|制作|出版|发行|配音|主持|执导|改编|摄影|剪辑|开发|研发|建造|赞助|主办|承办)"
)
_VERBS = frozenset(
    "创立 创办 创建 建立 发明 发现 饰演 扮演 出演 参演 拥有 包含 包括 毗邻 接壤 流经 经过 著有 喜欢 影响 获得 荣获 收购 "
    "撰写 编写 创作 统治 治疗 导致 引起 使用 生产 击败 支持 反对 教授 指导 领导 管理 培养 提出 参加 加入 写 娶 嫁".split()
)
_STATE_END = re.compile(r"[于自在为至]$")
_STATE_START = re.compile(r"^(?:被|由|来自|属于|隶属|位于)")
_PERSON_END = re.compile(
    r"(?:人|者|员|师|导演|主演|编剧|作家|专家|画家|科学家|歌手|选手|父|母|亲|爸|妈|妻子?|丈夫|配偶|儿子|女儿|子女|孩子|"
    r"兄弟|姐妹|哥|弟|姐|妹|朋友|校长|市长|队长|部长|省长|院长|会长|总裁|总统|总理|主席|国王|女王|皇帝|教练|主帅|老师|学生|"
    r"伴侣|恋人|后代|祖先|嘉宾|主持|演唱|原唱|作曲|作词|编曲|配音|翻译|主编|监制|制片|门将|前锋|后卫|偶像)$"
)
_PLACE_END = re.compile(
    r"(?:地点?|地方|位置|国家|城市|省份?|首都|地区|家乡|籍贯|故乡|总部|住所|产地|所在国)$"
)
_TIME_END = re.compile(r"(?:时间|日期|年份|年代|生日|日|年)$")
_EVENT = re.compile(r"(?P<stem>..)(?:(?P<when>时间|日期|年份|日|年)|(?P<where>地点|地))")
_IN_PLACE = re.compile(r"(?:位于|坐落于|出生于|生于|葬于|居住|地处|定居|死于|逝世于|来自)")
_OF_PERSONS = re.compile(
    r"(?:父亲|母亲|父母|爸爸|妈妈|儿子|女儿|子女|孩子|妻子|丈夫|配偶|哥哥|弟弟|姐姐|妹妹|兄弟|出生|逝世|去世|毕业|国籍|"
    r"籍贯|民族|职业|身高|体重|星座|血型|祖籍|生日|学历)"
)
_NO_EVENTS = frozenset("目的 所在 殖民 根据 国庆 纪念 发源 主要 行政".split())
_HOW = (
    (r"面积", "多大"),
    (r"身高|高度|海拔", "多高"),
    (r"长度|全长|片长", "多长"),
    (r"年龄|岁数", "多大"),
    (r"深度", "多深"),
    (r"体重|重量", "多重"),
    (r"距离", "多远"),
)
_CLASSIFIERS = (
    (r"(?:电影|影片|片|剧|小说|作品|动画|漫画|片子)$", "部"),
    (r"(?:书|著作|书籍|杂志|刊)$", "本"),
    (r"(?:公司|企业|集团|俱乐部|医院|机构)$", "家"),
    (r"(?:大学|学校|学院|中学|小学|高校)$", "所"),
    (r"(?:城市|山|桥|塔|城|寺|建筑)$", "座"),
    (r"(?:河|河流|江|路|线|街|铁路)$", "条"),
    (r"(?:歌|歌曲|诗|曲)$", "首"),
    (r"(?:队|球队|乐队)$", "支"),
    (r"(?:游戏|软件|产品|手机|车)$", "款"),
)


@dataclass(frozen=True, slots=True)
class Saying:
    """One way to put a relation between its subject S and its object O in Chinese.

    Attributes:
        shape: "noun": S的WORD是O; "role": a noun that is a verb as well, O WORD S; "verb": S WORD O; "event": S
            WORD at a time or place that is O.
        word: The noun, verb or what happens.
        swapped: Whether S and O change places.
        noun: What O (not swapped) or S (swapped) is called, "" where the word does not say.
        asks: The question word for that.
        weight: How likely people choose it.
    """

    shape: OneOf["noun", "role", "verb", "event"]
    word: str
    swapped: bool = False
    noun: str = ""
    asks: Asks = "what"
    weight: float = 1.0


def is_chinese(text: str) -> bool:
    """Return whether a text has a Chinese character."""
    return any("\u3400" <= character <= "\u9fff" for character in text)


def asked_with(noun: str) -> Asks:
    """Return the question word for what a Chinese noun names.

    Example:
    >>> asked_with("创始人"), asked_with("出生地"), asked_with("上映时间"), asked_with("类型")
    ('who', 'where', 'when', 'what')
    """
    if _PERSON_END.search(noun):
        return "who"
    if _TIME_END.search(noun):
        return "when"
    return "where" if _PLACE_END.search(noun) else "what"


def of_persons(name: str) -> bool:
    """Return whether what a relation starts from is surely a person.

    Example:
    >>> of_persons("毕业于"), of_persons("类型")
    (True, False)
    """
    return _OF_PERSONS.match(name) is not None


def classifier(noun: str) -> str:
    """Return the word between "which" and a noun.

    Example:
    >>> classifier("电影"), classifier("国家"), classifier("演员")
    ('部', '个', '位')
    """
    for pattern, word in _CLASSIFIERS:
        if re.search(pattern, noun):
            return word
    return "位" if asked_with(noun) == "who" else "个"


def how(noun: str) -> str:
    """Return the question word for a quantity: "多大" for "面积", "多少" where nothing else is said."""
    return next((word for pattern, word in _HOW if re.search(pattern, noun)), "多少")


@lru_cache(maxsize=10_000)
def analyse_chinese(name: str) -> tuple[Saying, ...]:
    """Return the ways to put a relation with a Chinese name, one at least.

    Example:
    >>> [(saying.shape, saying.word) for saying in analyse_chinese("出生地")]
    [('noun', '出生地'), ('event', '出生')]
    >>> [(saying.shape, saying.word) for saying in analyse_chinese("毕业于")]
    [('verb', '毕业于')]
    """
    word = name.removesuffix("的") or name
    word = re.sub(r"^(?:是否|是|有)(?=..)", "", word)
    if (_STATE_END.search(word) and len(word) > 1) or _STATE_START.match(word) or word in _VERBS:
        return (Saying("verb", word, asks="where" if _IN_PLACE.match(word) else "what"),)
    asks = asked_with(word)
    named = Saying("noun", word, noun=word, asks=asks)
    if _ROLES.fullmatch(word):
        return (named, Saying("role", word, swapped=True, noun="", asks="who", weight=0.8))
    event = _EVENT.fullmatch(word)
    if event and event["stem"] not in _NO_EVENTS:
        noun = "时间" if event["when"] else "地方"
        return (named, Saying("event", event["stem"], noun=noun, asks="when" if event["when"] else "where"))
    return (named,)
