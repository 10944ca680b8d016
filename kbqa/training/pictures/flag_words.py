"""Plans of flags → descriptions in English and Chinese, in several wordings."""

from __future__ import annotations

import re
from random import Random

from kbqa.training.pictures.colors import Color
from kbqa.training.pictures.flag_plan import FlagPlan, Part

__all__ = ["in_chinese", "in_english"]

_ARTICLE = re.compile(r"\ba(?= [aeio])")
NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve thirteen".split()
DIGITS = "零一两三四五六七八九十"
WHERE = {
    "middle": ("in the middle", "in the centre", "in the center"),
    "corner": ("in the canton", "in the upper hoist corner", "in the upper left corner"),
    "left": ("towards the hoist", "on the left"),
    "right": ("on the fly side", "on the right"),
}
WHERE_ZH = {
    "middle": ("中央是", "中间是", "中央有"),
    "corner": ("左上角有", "左上角是"),
    "left": ("旗杆侧有", "左侧有"),
    "right": ("右侧是", "右侧有"),
}


def in_english(plan: FlagPlan, random: Random) -> str:
    """Return a description, e.g. "three vertical bands of green, white and red with a star in the middle"."""
    told = _field(plan, random)
    parts, number = [], 0
    while number < len(plan.parts):
        after = plan.parts[number + 1 : number + 2]
        held = after[0] if after and after[0].place == "held" else None
        parts.append(_part(plan.parts[number], held, random))
        number += 2 if held else 1
    whole = f"{told} with {' and '.join(parts)}" if parts else told
    return _ARTICLE.sub("an", whole)


def in_chinese(plan: FlagPlan, random: Random) -> str:
    """Return a description, e.g. "绿、白、红三条竖带，中央是一颗五角星"."""
    told, number = [_field_zh(plan, random)], 0
    while number < len(plan.parts):
        after = plan.parts[number + 1 : number + 2]
        held = after[0] if after and after[0].place == "held" else None
        told.append(_part_zh(plan.parts[number], held, random))
        number += 2 if held else 1
    return "，".join(told)


def _name(color: Color, random: Random) -> str:
    return random.choice((color.english[0], *color.english))


def _name_zh(color: Color, random: Random) -> str:
    return random.choice((color.chinese[0], *color.chinese))


def _listed(colors: tuple[Color, ...], random: Random) -> str:
    names = [_name(color, random) for color in colors]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _field(plan: FlagPlan, random: Random) -> str:
    colors, count = plan.colors, len(plan.colors)
    match plan.field:
        case "plain":
            return random.choice(("a {} field", "a {} field", "a {} flag", "a {} ground")).format(
                _name(colors[0], random)
            )
        case "stripes":
            return f"{NUMBERS[plan.count]} stripes of {_listed(colors, random)}"
        case "quarters":
            return f"four quarters of {_listed(colors, random)}"
        case "halves":
            return f"divided diagonally into {_listed(colors, random)}"
        case direction:
            return _bands(plan, direction, count, random)


def _bands(plan: FlagPlan, direction: str, count: int, random: Random) -> str:
    if count == 2 and plan.field == "horizontal" and random.random() < 0.4:
        return " over ".join(_name(color, random) for color in plan.colors)
    bands = random.choice(("bands", "bands", "bands", "stripes"))
    if count == 2 and random.random() < 0.3:
        bands = "halves"
    start = f"{NUMBERS[count]} " if random.random() < 0.92 else ""
    told = f"{start}{direction} {bands} of {_listed(plan.colors, random)}"
    if plan.broad is None:
        return told
    broad = _name(plan.colors[plan.broad], random)
    wide = "high" if direction == "horizontal" else "wide"
    return told + random.choice((f", the {broad} one twice as {wide}", f", the {broad} one broader"))


def _part(part: Part, held: Part | None, random: Random) -> str:
    name = _cover(part, random)
    where = _where(part, random)
    if held is None:
        return f"{name} {where}".rstrip()
    inside = _charge(held, random)
    on = "in" if part.kind == "canton" else "on"
    if random.random() < 0.7:
        return f"{inside} {on} {name} {where}".rstrip()
    return f"{name} {where}".rstrip() + f" holding {inside}"


def _where(part: Part, random: Random) -> str:
    if part.kind in ("triangle", "hoist"):
        return random.choice(("at the hoist", "at the hoist", "on the hoist side", "on the left"))
    if part.kind in ("canton", "jack"):
        return random.choice(("in the canton", "in the upper left corner", "in the upper hoist corner"))
    if part.kind == "panel":
        return random.choice(WHERE["middle"])
    if part.kind in ("nordic", "cross", "saltire", "diagonal", "stripe", "teeth", "arrow"):
        return ""
    return random.choice(WHERE[part.place]) if part.place in WHERE else ""


def _cover(part: Part, random: Random) -> str:
    color = _name(part.color, random)
    edge = (
        random.choice((" edged in {}", " bordered in {}")).format(_name(part.edge, random))
        if part.edge
        else ""
    )
    names = {
        "nordic": (f"a {color} Nordic cross", f"a {color} Scandinavian cross"),
        "cross": (f"a large {color} cross", f"a {color} cross"),
        "saltire": (f"a {color} diagonal cross", f"a {color} saltire"),
        "diagonal": (f"a {color} diagonal band", f"a {color} diagonal stripe"),
        "stripe": (f"a {color} horizontal stripe", f"a {color} stripe"),
        "triangle": (f"a {color} triangle",),
        "hoist": (f"a {color} vertical band", f"a {color} band"),
        "canton": (f"a {color} canton", f"a {color} square", f"a {color} rectangle"),
        "panel": (f"a {color} rectangle", f"a {color} panel"),
        "teeth": (
            f"a {color} band at the hoist and a serrated edge of {NUMBERS[part.count]} {color} points",
        ),
        "arrow": (f"a {color} arrowhead", f"a large {color} triangle"),
        "jack": ("the Union Jack", "the British flag"),
    }
    return random.choice(names[part.kind]) + edge if part.kind in names else _charge(part, random)


def _charge(part: Part, random: Random) -> str:
    color = _name(part.color, random)
    count = NUMBERS[part.count]
    pointed = "" if part.points == 5 else f"{NUMBERS[part.points]}-pointed "
    names = {
        "star": (f"a {color} {pointed}star", f"a {color} {pointed}star", f"a large {color} {pointed}star"),
        "stars": (f"{count} {color} stars",),
        "row": (f"a row of {color} stars", f"a row of {count} {color} stars"),
        "ring": (f"a ring of {count} {color} stars", f"a circle of {color} stars"),
        "cluster": (f"four {color} stars", f"the Southern Cross in {color} stars"),
        "crescent": (f"a {color} crescent", f"a {color} crescent moon"),
        "crescent and star": (
            f"a {color} crescent and {pointed}star",
            f"a {color} crescent moon and {pointed}star",
        ),
        "disc": (f"a {color} disc", f"a {color} disc", f"a {color} circle"),
        "sun": (f"a {color} sun", f"a {color} sun of {count} rays", f"a {color} sun with rays"),
        "diamond": (f"a {color} diamond", f"a {color} rhombus"),
        "wheel": (f"a {color} wheel", f"a {color} wheel with spokes"),
        "hexagram": (f"a {color} six-pointed star", f"a {color} Star of David"),
        "small cross": (f"a {color} cross",),
    }
    return random.choice(names[part.kind])


def _count_zh(count: int) -> str:
    """Return a count of things in Chinese.

    >>> _count_zh(2), _count_zh(12)
    ('两', '十二')
    """
    return DIGITS[count] if count <= 10 else "十" + "零一二三四五六七八九"[count - 10]


def _field_zh(plan: FlagPlan, random: Random) -> str:
    names = [_name_zh(color, random) for color in plan.colors]
    match plan.field:
        case "plain":
            return random.choice((f"{names[0]}底", f"{names[0]}色底", f"{names[0]}底"))
        case "stripes":
            return f"{''.join(names)}相间{_count_zh(plan.count)}道横条"
        case "quarters":
            return f"{names[0]}{names[1]}相间的四块"
        case "halves":
            return f"沿对角线分为左上{names[0]}、右下{names[1]}"
        case direction:
            return _bands_zh(direction, names, plan.broad, random)


def _bands_zh(direction: str, names: list[str], broad: int | None, random: Random) -> str:
    down = direction == "horizontal"
    if len(names) == 2 and random.random() < 0.7:
        sides = "上下" if down else "左右"
        form = random.choice(("两条横带", "两个横长方形") if down else ("两条竖带", "两个竖长方形"))
        return f"{sides[0]}{names[0]}{sides[1]}{names[1]}{form}"
    told = f"{'、'.join(names)}{_count_zh(len(names))}条{'横' if down else '竖'}{random.choice('带带带条')}"
    return told if broad is None else f"{told}，{names[broad]}带{random.choice(('加倍宽', '较宽'))}"


def _part_zh(part: Part, held: Part | None, random: Random) -> str:
    color = _name_zh(part.color, random)
    edge = f"镶{_name_zh(part.edge, random)}边的" if part.edge else ""
    inside = f"内有{_charge_zh(held, random)}" if held else ""
    side = random.choice(("旗杆侧", "旗杆侧", "左侧"))
    link = "" if inside else "为"
    forms = {
        "nordic": (f"{edge}{color}色斯堪的纳维亚十字", f"{edge}{color}色北欧十字"),
        "cross": (f"{edge}{color}色大十字", f"{edge}{color}色十字"),
        "saltire": (f"{edge}{color}色对角十字", f"{edge}{color}色斜十字"),
        "diagonal": (f"{edge}{color}色斜带", f"{edge}{color}色斜条"),
        "stripe": (f"中间是{edge}{color}色横条", f"{edge}{color}色横条"),
        "triangle": (f"{side}{link}{edge}{color}色三角形{inside}",),
        "hoist": (f"{side}{link}{color}色竖带{inside}",),
        "canton": (f"左上角{link}{color}色方块{inside}", f"左上角{link}{color}色长方形{inside}"),
        "panel": (f"中央{link}{color}色长方形{inside}",),
        "teeth": (f"旗杆侧为{color}色，交界处是{_count_zh(part.count)}个{color}色尖齿的锯齿线",),
        "arrow": (f"{color}色箭头", f"{color}色大三角形"),
        "jack": ("左上角为英国米字旗", "左上角是英国国旗"),
    }
    if part.kind in forms:
        return random.choice(forms[part.kind])
    return f"{random.choice(WHERE_ZH.get(part.place, ('有',)))}{_charge_zh(part, random)}" + inside


def _charge_zh(part: Part, random: Random) -> str:
    color = _name_zh(part.color, random)
    count = _count_zh(part.count)
    star = "五角星" if part.points == 5 else f"{_count_zh(part.points)}角星"
    forms = {
        "star": (f"{color}色{star}", f"一颗{color}色{star}", f"一颗大的{color}色{star}"),
        "stars": (f"{count}颗{color}色五角星",),
        "row": (f"一行{color}色五角星", f"{count}颗{color}色五角星排成一行"),
        "ring": (f"{count}颗{color}色五角星排成一圈",),
        "cluster": (f"四颗{color}色五角星", f"{color}色南十字星"),
        "crescent": (f"{color}色新月", f"一弯{color}色新月"),
        "crescent and star": (f"{color}色新月和{star}", f"{color}色新月和{star}"),
        "disc": (f"{color}色圆盘", f"{color}色圆盘", f"{color}色圆形"),
        "sun": (f"{color}色太阳", f"放射{count}道光芒的{color}色太阳"),
        "diamond": (f"{color}色菱形",),
        "wheel": (f"{color}色法轮", f"{color}色轮子"),
        "hexagram": (f"{color}色六角星", f"{color}色大卫星"),
        "small cross": (f"{color}色十字",),
    }
    return random.choice(forms[part.kind])
