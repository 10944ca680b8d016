"""The operations that the words of a question ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kbqa.parsing.calculations import (
    PEOPLE,
    calculations_en,
    calculations_zh,
    density,
    quotients_en,
    quotients_zh,
)
from kbqa.parsing.lexicon import (
    ADJECTIVES,
    ADJECTIVES_ZH,
    MEASURED,
    NUMBER_WORDS,
    ORDINALS,
    ORDINALS_ZH,
    Adjective,
)
from kbqa.parsing.nouns import JOBS
from kbqa.types import Cue, CueKind, Language
from kg.query import Operator

__all__ = ["find_cues"]

_IRREGULAR = {
    "good": ("better", "best"),
    "bad": ("worse", "worst"),
    "far": ("farther", "farthest"),
    "little": ("less", "least"),
    "first": ("first", "first"),
    "late": ("later", "latest"),
}
_LONG_FORMS = frozenset(
    {"populous", "populated", "expensive", "popular", "recent"}
    | {f"{how} populated" for how in ("densely", "sparsely", "thinly")}
)


def _forms(word: str) -> tuple[str, str]:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _LONG_FORMS:
        return f"more {word}", f"most {word}"
    if word.endswith("e"):
        return word + "r", word + "st"
    if word.endswith("y"):
        return word[:-1] + "ier", word[:-1] + "iest"
    if re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", word):
        return word + word[-1] + "er", word + word[-1] + "est"
    return word + "er", word + "est"


def _alternatives(words: Iterator[str] | list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_SUPERLATIVES = {_forms(word)[1]: adjective for word, adjective in ADJECTIVES.items() if word != "little"}
_SUPERLATIVES |= {f"least {word}": Adjective(ADJECTIVES[word].nouns, False) for word in _LONG_FORMS}
_COMPARATIVES = {
    _forms(word)[0]: adjective for word, adjective in ADJECTIVES.items() if word not in {"little", "first"}
}
_COMPARATIVES |= {f"less {word}": Adjective(ADJECTIVES[word].nouns, False) for word in _LONG_FORMS}
_ORDINAL = _alternatives(list(ORDINALS))
_COUNT = rf"{_alternatives(list(NUMBER_WORDS))}|\d{{1,2}}"
_COUNT_ZH = r"[二两三四五六七八九十]|\d{1,2}"
_SERVING = ("hire date", "start date", "date", "year", "joined")
_NAMED: dict[str, Adjective] = {
    "most": Adjective((), True),
    "fewest": Adjective((), False),
    "least": Adjective((), False),
    "longest-serving": Adjective(_SERVING, False),
    "longest serving": Adjective(_SERVING, False),
    "last": Adjective(("date", "year", "founded", "independence", "born"), True),
    "maximum": Adjective((), True),
    "minimum": Adjective((), False),
}
# "Who has been here the longest?" asks for the earliest day.
_LASTED = re.compile(
    r"\b(?:been|worked|served)\b(?: (?:here|there|with|at|in|for|on|a member)\b[^,?]*?)? (?P<longest>(?:the )?longest)\b",
    re.IGNORECASE,
)
# Which of many times is meant: "when did it last fail?", "the most recent order".
_OCCURRENCES_ZH = ((r"最近一次|上一?次|最后一次|最新一次", True), (r"第一次|首次|最早一次|头一次", False))
_TIMES_ZH = ("日期", "时间", "date")
_BOUNDS: list[tuple[str, Operator, tuple[str, ...]]] = [
    (r"more than|greater than|over|above|exceeding|exceeds?|upwards of", ">", ()),
    (r"less than|fewer than|under|below", "<", ()),
    (r"at least|no less than|no fewer than|not less than|a minimum of", ">=", ()),
    (r"at most|no more than|up to|not more than|a maximum of", "<=", ()),
    (r"after(?: the end of)?|later than", ">", ("date", "year")),
    (r"since(?: the (?:start|beginning) of)?|from the (?:start|beginning) of", ">=", ("date", "year")),
    (r"before(?: the (?:start|beginning) of)?|earlier than|prior to", "<", ("date", "year")),
    (r"until|till|by the end of", "<=", ("date", "year")),
    (r"exactly|precisely|only|just", "=", ()),
]
_PEOPLE = r"(?:people|inhabitants|residents|citizens)"
_MONTH = "january|february|march|april|may|june|july|august|september|october|november|december"
_DOES_WHAT = re.compile(
    r"\bwhat (?:does|do|did)\b(?=[^,]*\bdo(?: here| for (?:a living|work|us|them))?\W*$)", re.IGNORECASE
)
_DOES_WHAT_ZH = re.compile(r"(?:做|干)什么(?:工作|职业)?的|担任什么(?:职务|职位)?|什么(?:职务|职位|岗位)")
_FLOOR_ZH = re.compile(r"几楼|几层|哪一?层楼?")
_QUANTITY_NEXT = rf"(?=\s+(?:the\s+year\s+)?(?:\d|(?:{_MONTH}|{_alternatives(list(NUMBER_WORDS))})\b))"

_ENGLISH: list[tuple[str, CueKind]] = [
    (
        r"\bhow (?:many(?: times)?|often)\b|\b(?:what is |what's )?the (?:total )?number of\b|^(?:total )?number of\b|\bcount (?:the|of|all)\b",
        "count",
    ),
    (
        r"\b(?:show me(?! (?:all|every|each|any|which|what|who|how|where|when|(?:a|the) list)\b)|picture of|pictures of|photo of|photos of|image of|images of|portrait of|look like)\b",
        "image",
    ),
    (
        r"\bneither\b|\b(?:do|does|did|is|are|was|were|has|have|had|could|would|should|wo|ca)n['’]?t\b|\bcannot\b|\b(?:not|without|except|excluding|other than|never|nothing|nobody|no one)\b|\b(?:have|has|with|are|is|borders?) no\b",
        "negation",
    ),
    (r"\b(?:share|shares|shared|sharing|in common|the same|common|together)\b|\bco(?=-[a-z])", "same"),
    (
        r"^\s*(?:is|are|was|were|does|do|did|has|have|can(?!\s+(?:you|i|we|anybody|anyone|somebody|someone)\b))\b",
        "ask",
    ),
    (r"\b(?:and|both)\b|,", "and"),
    (r"\bn?or\b|\beither\b", "or"),
]
_THEN_WHO = re.compile(
    r"[,.?!;] *(?:and |or )?(?:if (?:so|yes),? )?(?:who|which|what)(?: ones?| (?:is|was|are|were) (?:it|that|they))*\W*$|"
    r"有没有.*[，,。？?] *(?:是|都是)?(?:哪|谁)[^，。？?]{0,4}[？?]?$",
    re.IGNORECASE,
)
_SEX = ("gender", "sex", "性别")
_WHICH_SEX = re.compile(
    r"\b(?:an? )?(?:(?:man|male|boy|he) or (?:an? )?(?:woman|female|girl|she)|(?:woman|female|girl|she) or (?:an? )?(?:man|male|boy|he))\b|"
    r"男的?(?:还是|或者?)女的?|女的?(?:还是|或者?)男的?",
    re.IGNORECASE,
)
_COUNTED_ZH = "[次个座条种位人部本名门所家项间篇款首台只张场栋回届幅份支棵艘枚辆件批架]"
_CHINESE: list[tuple[str, CueKind]] = [
    (
        rf"多少(?:{_COUNTED_ZH}|国)|(?<![哪前这那])几(?:{_COUNTED_ZH})|有几|多少(?=国家|城市|河)|数量",
        "count",
    ),
    (
        r"(?:图片|照片|画像|肖像|图像)(?=$|[\s，。？?！!、]|[吗呢吧啊有是在里中的给看或和与])|长什么样|什么样子|长啥样|的样子",
        "image",
    ),
    (
        r"不是(?!不)|没有(?!$)|(?<!有)没(?=[^有错问想用关人])|从未|未(?=[曾被获设])|不(?!是|同)|除了",
        "negation",
    ),
    (r"共同|相同|同一个?|一样", "same"),
    (r"吗|是否|是不是|有没有|对吗|对不对", "ask"),
    (
        r"和|与|跟|以及|及|、|同时|并且|而且|(?<!并)(?<!而)且|[又也](?=与|和|跟|是|有|在|说|讲|使|流|不|没)",
        "and",
    ),
    (r"或者|还是|或", "or"),
]
# "Do you know what …?", "can anybody tell me the … of …?": 吗 asks whether one knows, not whether it is so.
_INDIRECT_ZH = re.compile(
    r"^(?:请问|那么?|嗨|喂)?[，,]?(?:你们?|您|大家|各位|有人|有谁|有没有人|谁)(?:还)?(?:能不能|可不可以|可以|能|会)?(?:\w{2})?"
    r"(?:知道|了解|记得|晓得|清楚|好奇|告诉|说说|说一下)(?!.*(?:是不是|是否|有没有))"
)
_BOUNDS_ZH: list[tuple[str, Operator, tuple[str, ...]]] = [
    (r"超过|大于|多于|高于|长于|不止", ">", ()),
    (r"小于|少于|低于|短于|不到|不足", "<", ()),
    (r"至少|不少于|不小于|不低于", ">=", ()),
    (r"至多|最多(?=\d)|不超过|不多于", "<=", ()),
    (r"只有|仅有|恰好|正好|刚好", "=", ()),
    (r"晚于", ">", ("日期", "年份", "时间")),
    (r"早于", "<", ("日期", "年份", "时间")),
]
_AFTER_ZH: list[tuple[str, Operator, tuple[str, ...]]] = [
    (r"以上", ">=", ()),
    (r"以下", "<=", ()),
    (r"之后|以后", ">", ("日期", "年份", "时间")),
    (r"之前|以前", "<", ("日期", "年份", "时间")),
]


def find_cues(text: str, language: Language) -> tuple[Cue, ...]:
    """Return the operations of a question in order, longest first where they overlap.

    Example:
    >>> [(cue.kind, cue.text, cue.nouns[:1]) for cue in find_cues("How long is the second longest river?", "en")]
    [('measure', 'How long', ('length',)), ('superlative', 'second longest', ('length',))]
    >>> [(cue.kind, cue.text) for cue in find_cues("世界上第二长的河是什么", "zh")]
    [('superlative', '第二长')]
    """
    found = list(_cues_zh(text) if language == "zh" else _cues_en(text))
    found += [Cue(*match.span(), "sort", match.group(), _SEX) for match in _WHICH_SEX.finditer(text)]
    found.sort(key=lambda cue: (cue.start - cue.end, cue.start))
    kept: list[Cue] = []
    for cue in found:
        if all(cue.end <= other.start or cue.start >= other.end for other in kept):
            kept.append(cue)
    if any(cue.nouns == _SEX for cue in kept) or _THEN_WHO.search(text):
        # "Is Ada a man or a woman?" is not answered by yes, nor "is there one? Which?".
        kept = [cue for cue in kept if cue.kind != "ask"]
    return tuple(sorted((density(cue, text) for cue in kept), key=lambda cue: cue.start))


def _cues_en(text: str) -> Iterator[Cue]:
    for pattern, kind in _ENGLISH:
        for match in re.finditer(pattern, text, re.IGNORECASE):
            yield Cue(match.start(), match.end(), kind, match.group())
    yield from calculations_en(text, _COMPARATIVES)
    yield from quotients_en(text)
    yield from _measures_en(text)
    yield from _sorts_en(text)
    yield from _superlatives_en(text)
    comparative = rf"\b({_alternatives(list(_COMPARATIVES))})\b(?: than\b)?"
    quantity_next = re.compile(_QUANTITY_NEXT, re.IGNORECASE)
    for match in re.finditer(comparative, text, re.IGNORECASE):
        adjective = _COMPARATIVES[match.group(1).lower()]
        if match.group().lower().endswith("than") and quantity_next.match(text, match.end()):
            yield _bound(match, ">" if adjective.largest else "<", adjective.nouns)
            continue
        yield Cue(
            match.start(), match.end(), "comparative", match.group(), adjective.nouns, adjective.largest
        )
    for match in re.finditer(
        rf"\b(more|fewer|less)(?: {_PEOPLE}\b|(?= (?:\w+ ){{1,3}}than\b))", text, re.IGNORECASE
    ):
        largest = match.group(1).lower() == "more"
        nouns = PEOPLE if " " in match.group() else ()
        yield Cue(match.start(), match.end(), "comparative", match.group(), nouns, largest)
    for match in re.finditer(rf"\b(before|after)\b(?!{_QUANTITY_NEXT[3:]}", text, re.IGNORECASE):
        largest = match.group(1).lower() == "after"
        nouns = ADJECTIVES["early"].nouns
        yield Cue(match.start(), match.end(), "comparative", match.group(), nouns, largest)
    for words, operator, nouns in _BOUNDS:
        for match in re.finditer(rf"\b(?:{words})\b{_QUANTITY_NEXT}", text, re.IGNORECASE):
            yield _bound(match, operator, nouns)


def _measures_en(text: str) -> Iterator[Cue]:
    for match in re.finditer(rf"\bhow ({_alternatives(list(ADJECTIVES))})\b", text, re.IGNORECASE):
        word = match.group(1).lower()
        nouns = MEASURED.get(word, ()) + ADJECTIVES[word].nouns
        yield Cue(match.start(), match.end(), "measure", match.group(), nouns)
    people = r"\bhow many (?:people|inhabitants|residents|citizens)(?: live| lives| are there| reside)?\b"
    for match in re.finditer(people, text, re.IGNORECASE):
        yield Cue(match.start(), match.end(), "measure", match.group(), PEOPLE)
    for match in re.finditer(rf"(?:\d|\b(?:thousand|[mbtr]+illion)) ({_PEOPLE})\b", text, re.IGNORECASE):
        yield Cue(match.start(1), match.end(1), "measure", match.group(1), PEOPLE)
    for match in re.finditer(r"\bhow much (?:does .* cost|is)\b", text, re.IGNORECASE):
        yield Cue(match.start(), match.start() + 8, "measure", match.group()[:8], ("price", "cost"))


def _sorts_en(text: str) -> Iterator[Cue]:
    for match in re.finditer(r"\b(?:types?|kinds?|sorts?)\b(?: of\b)?", text, re.IGNORECASE):
        yield Cue(match.start(), match.end(), "sort", match.group(), ("type", "kind", "genre", "category"))
    for match in _DOES_WHAT.finditer(text):
        yield Cue(match.start(), match.end(), "sort", match.group(), JOBS)


def _sorts_zh(text: str) -> Iterator[Cue]:
    for match in _DOES_WHAT_ZH.finditer(text):
        yield Cue(match.start(), match.end(), "sort", match.group(), JOBS)
    for match in _FLOOR_ZH.finditer(text):
        yield Cue(
            match.start(), match.end(), "sort", match.group(), ("楼层", "层", "floor", "storey", "level")
        )


def _superlatives_en(text: str) -> Iterator[Cue]:
    words = _SUPERLATIVES | _NAMED
    forms = rf"(?P<form>{_alternatives(list(words))})(?P<people> {_PEOPLE})?"
    pattern = rf"\b(?:(?P<rank>{_ORDINAL})[ -])?(?:(?:top )?(?P<count>{_COUNT})[ -])?{forms}\b"
    apart = re.search(rf"\b(?:which|what|name|list|the|are) (?P<count>{_COUNT})(?= \w)", text, re.IGNORECASE)
    found = False
    for match in re.finditer(pattern, text, re.IGNORECASE):
        adjective = words[match["form"].lower()]
        count = match["count"] or (apart["count"] if apart and apart.end() <= match.start() else "1")
        found = found or not match["count"]
        yield Cue(
            match.start(),
            match.end(),
            "superlative",
            match.group(),
            PEOPLE if match["people"] else adjective.nouns,
            adjective.largest,
            rank=ORDINALS.get((match["rank"] or "").lower(), 1),
            count=_count(count),
        )
    if found and apart:
        yield Cue(apart.start("count"), apart.end("count"), "degree", apart["count"])
    for match in _LASTED.finditer(text):
        yield Cue(match.start(), match.end(), "superlative", match.group(), _SERVING, largest=False)
    for match in re.finditer(rf"\btop ({_COUNT})\b", text, re.IGNORECASE):
        yield Cue(match.start(), match.end(), "superlative", match.group(), count=_count(match.group(1)))


def _count(word: str) -> int:
    return NUMBER_WORDS.get(word.lower()) or max(1, int(word))


def _cues_zh(text: str) -> Iterator[Cue]:
    indirect = _INDIRECT_ZH.search(text) is not None
    for pattern, kind in _CHINESE:
        for match in re.finditer(pattern, text):
            if not (indirect and match.group() == "吗"):
                yield Cue(match.start(), match.end(), kind, match.group())
    yield from calculations_zh(text)
    yield from quotients_zh(text)
    yield from _superlatives_zh(text)
    yield from _sorts_zh(text)
    adjectives = _alternatives(list(ADJECTIVES_ZH))
    for match in re.finditer(
        rf"比(?=.+?(?:更|还)?({adjectives}))|更({adjectives})|(?<=[谁个哪])({adjectives})(?=[，,？?一]|$)",
        text,
    ):
        word = match.group(1) or match.group(2) or match.group(3)
        adjective = ADJECTIVES_ZH[word]
        yield Cue(
            match.start(), match.end(), "comparative", match.group(), adjective.nouns, adjective.largest
        )
    for match in re.finditer(rf"(?:谁|哪[个座条位])的?\w{{1,4}}?({adjectives})(?=[，,？?一]|$)", text):
        adjective = ADJECTIVES_ZH[match.group(1)]
        yield Cue(
            match.start(1), match.end(1), "comparative", match.group(1), adjective.nouns, adjective.largest
        )
    gradable = _alternatives([word for word, adjective in ADJECTIVES_ZH.items() if adjective.nouns])
    for match in re.finditer(rf"有?多({gradable})", text):
        word = match.group(1)
        nouns = ADJECTIVES_ZH[word].nouns + MEASURED.get(word, ())
        yield Cue(match.start(), match.end(), "measure", match.group(), nouns)
    for words, operator, nouns in _BOUNDS_ZH + _AFTER_ZH:
        for match in re.finditer(words, text):
            yield _bound(match, operator, nouns)


def _superlatives_zh(text: str) -> Iterator[Cue]:
    adjectives = _alternatives(list(ADJECTIVES_ZH))
    counted = rf"(?:的?前?(?P<count>{_COUNT_ZH})(?=[个座条种位名部本大]))?"
    pattern = rf"(?:[写建创作编发立成开来修出版表]{{1,2}}得)?(?:最(?P<form>{adjectives})|第(?P<rank>[一二三四五六七八九十])(?P<ranked>{adjectives})){counted}"
    for match in re.finditer(pattern, text):
        adjective = ADJECTIVES_ZH[match["form"] or match["ranked"]]
        yield Cue(
            match.start(),
            match.end(),
            "superlative",
            match.group(),
            adjective.nouns,
            adjective.largest,
            rank=ORDINALS_ZH.get(match["rank"] or "", 1),
            count=_count_zh(match["count"] or "1"),
        )
    for words, largest in _OCCURRENCES_ZH:
        for match in re.finditer(words, text):
            yield Cue(match.start(), match.end(), "superlative", match.group(), _TIMES_ZH, largest)
    for match in re.finditer(rf"(?:排名|排行|位列|排在)?前({_COUNT_ZH})(?=[个座条种位名部本大的]|$)", text):
        yield Cue(match.start(), match.end(), "superlative", match.group(), count=_count_zh(match.group(1)))


def _count_zh(word: str) -> int:
    return int(word) if word.isdigit() else 2 if word == "两" else ORDINALS_ZH[word]


def _bound(match: re.Match[str], operator: Operator, nouns: tuple[str, ...]) -> Cue:
    return Cue(match.start(), match.end(), "comparison", match.group(), nouns, operator=operator)
