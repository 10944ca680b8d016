"""Words of English and Chinese that carry structure or name an operation.

These are words of the languages, not of any graph or data set: which property "largest" means is
decided later, by the properties that a graph has.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ADJECTIVES",
    "ADJECTIVES_ZH",
    "FUNCTION_WORDS",
    "FUNCTION_WORDS_ZH",
    "MEASURED",
    "MONTHS",
    "NUMBER_WORDS",
    "ORDINALS",
    "ORDINALS_ZH",
    "UNITS",
    "UNIT_NOUNS",
    "WEEKDAYS",
    "Adjective",
]


@dataclass(frozen=True, slots=True)
class Adjective:
    """A gradable adjective: the properties it may speak of, likeliest first, and which end it means."""

    nouns: tuple[str, ...]
    largest: bool


_SIZE = ("area", "size", "population")
_DATE = ("date", "year", "founded", "opened", "built", "established", "independence", "born", "release year")

ADJECTIVES: dict[str, Adjective] = {
    "big": Adjective(_SIZE, True),
    "large": Adjective(_SIZE, True),
    "huge": Adjective(_SIZE, True),
    "great": Adjective(_SIZE, True),
    "small": Adjective(_SIZE, False),
    "tiny": Adjective(_SIZE, False),
    "little": Adjective(_SIZE, False),
    "long": Adjective(("length", "duration", "running time", "number of pages", "pages"), True),
    "short": Adjective(("length", "height", "duration", "number of pages", "pages"), False),
    "high": Adjective(("elevation", "height", "altitude"), True),
    "tall": Adjective(("height", "elevation"), True),
    "low": Adjective(("elevation", "height", "altitude"), False),
    "deep": Adjective(("depth",), True),
    "shallow": Adjective(("depth",), False),
    "wide": Adjective(("width",), True),
    "broad": Adjective(("width",), True),
    "narrow": Adjective(("width",), False),
    "old": Adjective(_DATE, False),
    "early": Adjective(_DATE, False),
    "first": Adjective(_DATE, False),
    "young": Adjective(_DATE, True),
    "new": Adjective(_DATE, True),
    "late": Adjective(_DATE, True),
    "recent": Adjective(_DATE, True),
    "populous": Adjective(("population",), True),
    "populated": Adjective(("population",), True),
    "densely populated": Adjective(("population density", "density"), True),
    "thinly populated": Adjective(("population density", "density"), False),
    "sparsely populated": Adjective(("population density", "density"), False),
    "dense": Adjective(("density", "population density"), True),
    "sparse": Adjective(("density", "population density"), False),
    "heavy": Adjective(("weight", "mass"), True),
    "light": Adjective(("weight", "mass"), False),
    "fast": Adjective(("speed",), True),
    "quick": Adjective(("speed",), True),
    "slow": Adjective(("speed",), False),
    "expensive": Adjective(("price", "cost"), True),
    "cheap": Adjective(("price", "cost"), False),
    "rich": Adjective(("wealth", "income", "gdp"), True),
    "wealthy": Adjective(("wealth", "income", "gdp"), True),
    "poor": Adjective(("wealth", "income", "gdp"), False),
    "hot": Adjective(("temperature",), True),
    "warm": Adjective(("temperature",), True),
    "cold": Adjective(("temperature",), False),
    "far": Adjective(("distance",), True),
    "close": Adjective(("distance",), False),
    "near": Adjective(("distance",), False),
    "popular": Adjective(("popularity", "votes", "rating"), True),
    "good": Adjective(("rating", "score"), True),
    "bad": Adjective(("rating", "score"), False),
}

MEASURED = {"old": ("age", "aged"), "young": ("age", "aged"), "大": ("年龄", "岁数"), "老": ("年龄", "岁数")}
"""Adjective → properties that "how old" asks for before those of the adjective: an age grows as its date does not."""

WEEKDAYS = {
    f"{week}{day}": (name,)
    for day, name in zip(
        "一二三四五六日天",
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday Sunday".split(),
        strict=True,
    )
    for week in ("周", "星期", "礼拜")
}
"""Day of the week in Chinese → its English name, which a graph may have for a value."""

ADJECTIVES_ZH: dict[str, Adjective] = {
    "大": Adjective(("面积", "大小", "人口"), True),
    "小": Adjective(("面积", "大小", "人口"), False),
    "长": Adjective(("长度", "全长", "时长", "页数"), True),
    "短": Adjective(("长度", "全长", "时长", "页数"), False),
    "高": Adjective(("海拔", "高度", "身高"), True),
    "低": Adjective(("海拔", "高度"), False),
    "矮": Adjective(("高度", "身高"), False),
    "深": Adjective(("深度",), True),
    "浅": Adjective(("深度",), False),
    "宽": Adjective(("宽度",), True),
    "窄": Adjective(("宽度",), False),
    "久": Adjective(("入职日期", "入职时间", "日期", "时间"), False),
    "早": Adjective(("日期", "时间", "独立", "成立", "年份", "founded", "opened", "date", "year"), False),
    "晚": Adjective(("日期", "时间", "独立", "成立", "年份", "founded", "opened", "date", "year"), True),
    "老": Adjective(("日期", "出生", "成立", "年份"), False),
    "年轻": Adjective(("出生日期", "生日"), True),
    "年长": Adjective(("出生日期", "生日"), False),
    "新": Adjective(("日期", "出生", "成立", "年份"), True),
    "重": Adjective(("重量", "质量", "体重", "净重"), True),
    "轻": Adjective(("重量", "质量", "体重", "净重"), False),
    "快": Adjective(("速度",), True),
    "慢": Adjective(("速度",), False),
    "贵": Adjective(("价格", "单价", "售价", "票价", "费用"), True),
    "便宜": Adjective(("价格", "单价", "售价", "票价", "费用"), False),
    "多": Adjective((), True),
    "少": Adjective((), False),
    "密集": Adjective(("人口密度", "密度"), True),
    "稠密": Adjective(("人口密度", "密度"), True),
    "稀疏": Adjective(("人口密度", "密度"), False),
    "稀少": Adjective(("人口密度", "密度"), False),
    "远": Adjective(("距离",), True),
    "近": Adjective(("距离",), False),
}

ORDINALS = {
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "fifth": 5,
    "5th": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
}
NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), start=1
    )
}
MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan|february feb|march mar|april apr|may may|june jun|july jul|august aug|"
        "september sep|october oct|november nov|december dec".split("|"),
        start=1,
    )
    for name in names.split()
}
ORDINALS_ZH = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}

LIGHT = frozenset(
    """available existing present exist exists various certain particular specific relevant respective given involved concerned come include
    actually please overall single sole entire whole wondering register registered 今天 如今 厂里 店里 馆里 校内 校里 公司里 库里 这里 这儿 咱们厂 全厂 全公司 全校 全馆 次数 发生 出现 出 出过 有过 进行 具体 相关 有关 各自 大概 大约""".split()
)
"""Words that say little: an answer that passes them over is hardly less sure."""

FUNCTION_WORDS = frozenset(
    """a an the this that these those of in on at by for from to into with within over through about as and or
    both all each every any some one ones it its itself he she him his her hers they them their there here
    i me my we us our you your who whom whose what which when where why how is are was were be been being am
    do does did done have has had having can could will would shall should may might must please tell give
    show list name find get let know got me many much more most less least than then also too so very just only
    neither either exactly precisely top
    not no nor n't 's s don't doesn't didn't isn't aren't wasn't weren't hasn't haven't dont doesnt didnt isnt arent wasnt hasnt havent if but out up down off per via et al such like same following called named
    anything anyone anybody something someone somebody everything everyone everybody ever
    mention say want need think kind type sort different thing things world earth globe""".split()
)
FUNCTION_WORDS_ZH = frozenset(
    """的 了 是 在 有 和 与 跟 及 以及 或 或者 还是 吗 呢 吧 啊 呀 什么 谁 哪 哪个 哪些 哪里 哪儿 哪国 哪位 哪一个
    多少 几 几个 几位 怎么 怎样 如何 为什么 请 请问 告诉 我 你 他 她 它 我们 你们 他们 都 也 又 就 还 很 更 最 不 没
    没有 并 而 但 但是 这 那 这个 那个 这些 那些 个 位 座 条 种 部 本 名 所 之 其 被 把 给 对 从 到 由 于 为 以 等
    既 既不 且 并且 而且 也不 又不 但不 任何 只有 仅有 恰好 正好 刚好 之间 一个 一下 叫 叫做 是否 是不是 有没有 哪几个 何 何时 何地 分别 所有 全部 中 里 上 下 的话 列出 说 知道 想 要 会 能
    啥时候 啥时 啥样 咋样 咋 咱 多会儿 啥地方 可以 以外 之外 世界 世界上 全球 全世界 来自 属于 拥有 那么 同时 一共 总共 时候 是什么 多 下面 下属
    您 咱们 大家 各位 有人 有谁 谁能 请教 想问 想知道 我想 好奇 了解 记得 晓得 清楚 知不知道 帮 帮忙 麻烦 哪家 哪类 哪种 哪所 哪款 哪张
    哪台 哪辆 哪件 哪条 哪名 哪只 哪间 哪栋 哪门 哪场 哪项 哪几台 哪几名 哪首 哪本 哪部 哪年 哪一年 哪一 这款 这张 这首 这本 啥 么 嘛 啦 哦 噢 呐 来着 究竟 到底 关于 过 着 来 款 首 张 该 什么样 怎么样
    篇 届 幅 份 支 笔 批 只 棵 艘 栋 幢 枚 间 场 那篇 这篇 那届 那台 这台 那位 这位 那家 这家 那本 这本书 那部 这部 那首 那座 这座 那次 这次 那条 这条 那辆 这辆 那件 这件 那种 这种 那项 这项 那间 那场 这场
    正在 正 曾 曾经 已 已经 才 便 则 应该 现在 目前 当中 里面 ， 。 ？ ！ 、 ： ； “ ” 《 》 （ ） ? ! , .""".split()
)

UNIT_NOUNS = {
    "元": ("price", "cost", "价格", "单价", "费用"),
    "€": ("price", "cost", "价格", "费用"),
    "$": ("price", "cost", "价格", "费用"),
}
"""Unit → what properties are called that it may measure, where nothing else is said."""

UNITS = {
    "km²": (
        "km²",
        "km2",
        "sq km",
        "square kilometers",
        "square kilometres",
        "square kilometer",
        "平方公里",
        "平方千米",
    ),
    "km": ("km", "kilometers", "kilometres", "kilometer", "kilometre", "公里", "千米"),
    "m": ("m", "meters", "metres", "meter", "metre", "米"),
    "mi": ("mi", "miles", "mile", "英里"),
    "ft": ("ft", "feet", "foot", "英尺"),
    "kg": ("kg", "kilograms", "公斤", "千克"),
    "%": ("%", "percent", "per cent"),
    "cm": ("cm", "centimeters", "centimetres", "centimeter", "centimetre", "厘米", "公分"),
    "mm": ("mm", "millimeters", "millimetres", "millimeter", "millimetre", "毫米"),
    "g": ("grams", "gram", "grammes", "克"),
    "t": ("tonnes", "tonne", "tons", "ton", "吨"),
    "ha": ("ha", "hectares", "hectare", "公顷"),
    "GB": ("gb", "gigabytes", "gigabyte"),
    "MB": ("mb", "megabytes", "megabyte"),
    "TB": ("tb", "terabytes", "terabyte"),
    "kW": ("kw", "kilowatts", "kilowatt", "千瓦"),
    "MW": ("mw", "megawatts", "megawatt", "兆瓦"),
    "kWh": ("kwh", "kilowatt hours", "kilowatt-hours", "千瓦时"),
    "h": ("hours", "hour", "hrs", "小时", "个小时", "钟头", "个钟头"),
    "min": ("minutes", "minute", "mins", "分钟"),
    "d": ("days", "day", "天"),
    "€": ("€", "eur", "euros", "euro", "欧元"),
    "元": ("yuan", "rmb", "cny", "元", "块钱", "人民币"),
    "$": ("$", "usd", "dollars", "dollar", "美元"),
}
