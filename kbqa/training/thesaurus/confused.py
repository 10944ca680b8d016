"""Words whose vectors are near and whose meanings are not: opposites, and a kind with its examples."""

from __future__ import annotations

from itertools import product

__all__ = ["are_confused"]

# No word of one side stands for one of the other.
_SIDES = (
    (
        "husband man boy male father son brother uncle nephew king grandfather grandson actor masculine groom dad "
        "丈夫 先生 老公 男性 男子 男孩 父亲 爸爸 儿子 哥哥 弟弟 兄弟",
        "wife woman girl female mother daughter sister aunt niece queen grandmother granddaughter actress feminine "
        "bride mom 妻子 太太 老婆 夫人 内人 正室 女性 女子 女孩 妇女 母亲 妈妈 女儿 姐姐 妹妹 姐妹",
    ),
    ("men boys males husbands fathers sons brothers", "women girls females wives mothers daughters sisters"),
    (
        "parent parents father mother ancestor ancestors grandparents grandfather grandmother dad mom",
        "child children son daughter sons daughters offspring descendant descendants kid kids sibling brother sister "
        "grandchildren husband wife spouse baby babies",
    ),
    ("brother sister sibling siblings twin", "husband wife spouse child children son daughter cousin uncle aunt"),
    ("husband wife spouse", "fiance fiancee widow widower divorce divorced lover son daughter friend"),
    ("teacher professor educator", "student pupil learner"),
    ("employer boss employers", "employee worker staff employees workers"),
    ("birth born birthplace birthday birthdate births", "death die died dead dying demise burial deaths"),
    ("start begin began beginning opening founded opened first established", "end finish ending closing dissolved last"),
    ("predecessor previous preceding before former", "successor next following after subsequent latter"),
    ("author writer novelist authors writers", "reader publisher editor readers publishers"),
    ("buyer buy customer", "seller sell vendor"),
    ("winner win victory won", "loser loss defeat lost"),
    ("north northern", "south southern east west"),
    ("east eastern", "west western south north"),
    ("high highest upper top tall tallest", "low lowest lower bottom short shortest"),
    ("large larger largest big bigger biggest", "small smaller smallest little"),
    ("long longest length", "short shortest brief width height depth"),
    ("old older oldest elder", "young younger youngest new"),
    ("income revenue profit", "expense cost loss"),
    ("import imports imported", "export exports exported"),
    ("source origin", "destination target mouth"),
    ("question", "answer"),
    ("cause reason causes", "effect result consequence"),
    ("disease illness symptom symptoms", "cure treatment health"),
    ("left", "right"),
    ("day", "night"),
    ("minimum min least", "maximum max most"),
    ("departure leaving", "arrival arriving"),
    ("ally friend", "enemy opponent rival foe"),
    ("war", "peace"),
    ("height", "tall"),
    ("weight", "heavy light lightweight pound"),
    ("city", "urban 本市 市立 城乡 市郊"),
    ("country nation", "邻国 他国 国名 全国各地 入境 建国"),
    ("president leader 总统", "bush obama trump reagan clinton"),
    ("owner", "own"),
    ("book", "write"),
    ("area 面积", "local regional 边区"),
    ("height tall high elevation", "width weight depth length"),
    ("director", "actor producer screenwriter cinematographer composer editor"),
    ("producer", "actor screenwriter composer director"),
    ("country", "city town state"),
    ("river", "lake mountain sea bridge"),
    ("mountain", "river valley lake"),
    ("population", "area income"),
    ("父亲 母亲 父母 双亲 祖先 爸爸 妈妈", "儿子 女儿 子女 孩子 儿童 后代 后裔 丈夫 妻子 兄弟 姐妹"),
    ("老师 教师 教授", "学生 弟子"),
    ("出生 诞生 生日 出生地 出生日期", "死亡 去世 逝世 病逝 身亡 死因 忌日"),
    ("开始 开幕 创立 成立 创办", "结束 闭幕 解散 终止"),
    ("前任 上一 之前", "继任 下一 之后 后任"),
    ("结婚 已婚", "未婚 离婚 单身"),
    ("作者 作家", "读者 出版商 编辑 授权"),
    ("最大 大", "最小 小"),
    ("最高 高", "最低 低"),
    ("最长 长", "最短 短"),
    ("进口", "出口"),
    ("胜利 赢", "失败 输"),
    ("首都 首府 省会 都城", "资本 资金"),
    ("东 东部", "西 西部"),
    ("南 南部", "北 北部"),
    ("雇主 老板", "雇员 员工 职员"),
    ("收入", "支出"),
    ("原因", "结果"),
    ("国家", "城市"),
    (
        "language languages 语言",
        "english spanish french german italian chinese arabic latin russian japanese translation translator "
        "linguist bilingual 英语 英文 法语 德语 汉语 汉文 华语 马来语 外语 斯拉夫语 语言学 书面语 官方语言 日语 俄语",
    ),
    (
        "religion faith 宗教",
        "christianity islam catholicism buddhism hinduism judaism scientology christian muslim jewish catholic "
        "secular church 基督教 天主教 天主教会 印度教 佛教 伊斯兰教 基督徒 教徒 宗教团 穆罕默德 圣经",
    ),
    (
        "currency 货币",
        "usd dollar dollars euro euros cents shillings pound pounds yen coin coins 美元 美金 欧元 港币 日圆 日元 金额 财宝",
    ),
    ("nationality 国籍", "american mexican european british french asian 美国人 英国人 德国人 中国人 欧洲人 外国人 塞族 本地人"),
    ("gender sex 性别", "male female males females masculine feminine transgender man woman 男性 女性 男子 妇女 男女"),
    ("genre 流派 体裁", "thriller indie fiction rap fantasy nonfiction comedy drama 摇滚乐 文学 古典音乐 流行音乐 音乐 多事"),
    ("spouse", "marriage marital 婚姻 已婚 未婚 结婚"),
    ("author writer", "授权"),
    ("capital", "柱头 资本 迁都 建都"),
    ("population", "人口密度 人均"),
)  # fmt: skip
_PAIRS = frozenset(pair for one, other in _SIDES for pair in product(one.split(), other.split()))
_NEGATIONS = ("un", "in", "im", "ir", "il", "dis", "non", "anti", "非", "不", "未", "无", "反")


def are_confused(one: str, other: str) -> bool:
    """Return whether two words, of either language, are of a pair that vectors confuse, or one is the other's negation.

    >>> are_confused("wife", "husband"), are_confused("known", "unknown"), are_confused("wife", "spouse")
    (True, True, False)
    """
    if (one, other) in _PAIRS or (other, one) in _PAIRS:
        return True
    return any(negation + one == other or negation + other == one for negation in _NEGATIONS)
