"""Words of English and Chinese that carry structure or name an operation.

These are words of the languages, not of any graph or data set: which property "largest" means is
decided later, by the properties that a graph has.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ABOUT",
    "ADJECTIVES",
    "ADJECTIVES_ZH",
    "FUNCTION_WORDS",
    "FUNCTION_WORDS_ZH",
    "GENERIC",
    "JOBS",
    "MEASURED",
    "MONTHS",
    "NUMBER_WORDS",
    "ORDINALS",
    "ORDINALS_ZH",
    "SAME_NOUNS",
    "SORTS",
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
_DATE = ("date", "year", "founded", "independence", "born", "release year")

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

JOBS = (
    "job title",
    "job",
    "occupation",
    "profession",
    "position",
    "role",
    "职务",
    "职位",
    "职业",
    "岗位",
    "职称",
)
"""What relations are called that say what somebody does."""

ABOUT = ("keyword", "tag", "topic", "subject", "theme", "description", "summary")
"""What relations are called that say what a thing is about: in DCAT, Dublin Core, schema.org, and plainly."""

_SAME = """employee worker staff 员工 职员 雇员
customer client 客户 顾客
product item 产品 商品
team club squad side
job profession occupation career
wife husband spouse partner
kid child son daughter offspring
parent father mother
author writer 作者 作家
creator maker inventor designer developer
boss head chief leader 负责人 领导
nation country 国家 国
school college university
firm company business corporation enterprise 公司 企业
faith religion
money currency 货币
cost price 价格 价钱 售价 票价 单价
illness disease 疾病
race ethnicity
award prize 奖项 奖
title name
genre category
concept term
nickname alias
hometown birthplace 出生地 家乡
rank position
tongue language 语言
doctor physician 医生 大夫 医师
lawyer attorney
car vehicle automobile
ship vessel boat
airplane aircraft plane
road street
attendance audience crowd turnout
inhabitant population resident 人口
stadium arena venue ground
coach manager trainer
sport game
film movie 电影 影片
song track 歌曲
book novel 书 书籍 图书
paper newspaper journal
老师 教师 教员 teacher
课 课程 科目 course
学生 学员 student pupil
部门 科室 department
供应商 供货商 supplier vendor
工资 薪水 薪资 薪酬 salary wage
餐馆 饭店 餐厅 restaurant
酒店 宾馆 旅馆 hotel
妻子 老婆 太太 夫人
丈夫 老公
孩子 子女 小孩
父亲 爸爸
母亲 妈妈
地址 住址 address
志愿者 义工 volunteer
病人 患者 patient
护士 nurse
药品 药物 药 drug medicine medication
设备 器材 机器 equipment device machine
项目 project
发票 invoice bill
订单 order
会员 成员 member
分店 分馆 分行 branch
舞台 stage
乐队 band
门票 票 ticket
床位 bed
合同 contract
仓库 warehouse
城市 city
电话 电话号码 联系电话 phone telephone
邮箱 电子邮件 email
预算 budget
状态 status
导演 director
演员 actor cast
年龄 age
体重 重量 weight
身高 高度 height
容量 capacity
库存 stock inventory
评分 rating
颜色 colour color
材料 材质 material
症状 symptom
房间 room
楼层 floor storey
首都 capital
面积 area
产量 output production"""
SAME_NOUNS = {
    noun: tuple(other for other in line.split() if other != noun)
    for line in _SAME.splitlines()
    for noun in line.split()
}
"""Noun → others that relations may be named by where the question says this one; each stands in one line only."""

_TURNED = """narrower = broader
broader = narrower
child children = parent
subtopic subtopics subconcept subcategory subcategories subgenre = broader, parent, parent category
subsidiary subsidiaries = parent company, parent organization, owned by
subordinate subordinates report reports underling = reports to, manager, line manager, supervisor, boss
apprentice apprentices mentee trainee = master, mentor, trained by
predecessor = successor, replaced by, followed by
successor = predecessor, replaces, preceded by
prequel = sequel
sequel = prequel
component components = part of, component of
子公司 = 母公司
母公司 = 子公司
徒弟 学徒 = 师傅, 师父
师傅 师父 = 徒弟
下属 下级 手下 = 上级, 直属上级, 汇报对象, 经理
儿子 女儿 孩子 子女 = 父亲, 母亲, 父母
前任 = 继任者, 继任
继任者 = 前任"""
TURNED = {
    noun: tuple(line.split(" = ")[1].split(", "))
    for line in _TURNED.splitlines()
    for noun in line.split(" = ")[0].split()
}
"""Noun → what relations may be called that lead the other way: the narrower terms of one have it for their broader one."""

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

GENERIC = ("type", "kind", "record", "entry", "item", "类型", "种类", "记录")
"""Heads of the names of classes that say nothing: a "ticket type" is a ticket."""

SORTS = ("type", "kind", "category", "genre", "类别", "类型", "种类", "分类")
"""What relations are called that lead to the kind of a thing, where a graph or table has no class for it."""

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
    "早": Adjective(("日期", "时间", "独立", "成立", "年份"), False),
    "晚": Adjective(("日期", "时间", "独立", "成立", "年份"), True),
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
    actually please overall 次数 发生 出现 出 出过 有过 进行 具体 相关 有关 各自 大概 大约""".split()
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
    曾 曾经 已 已经 才 便 则 应该 现在 目前 当中 里面 ， 。 ？ ！ 、 ： ； “ ” 《 》 （ ） ? ! , .""".split()
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
