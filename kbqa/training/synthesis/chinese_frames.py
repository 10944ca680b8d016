"""How people ask in Chinese: sentences with slots.

Of where one starts: {x}. Of what is asked for: {what} (谁, 什么, 哪里 ...) {which} ("哪部电影") {several} ("哪些电影") {many}
("电影") {are} ("是什么", "有哪些" ... at the end). Of the relation: {n} (noun) {v} (verb) {e} (what happens). {person},
{simple}, ... are empty: they say when a sentence fits.
"""

from __future__ import annotations

from kbqa.training.synthesis.frames import frames

__all__ = [
    "APPOSED",
    "ASKED",
    "PHRASES",
    "QUESTIONS",
    "SHARED",
    "SHARED_BACK",
    "SHORT_ASKED",
    "SHORT_PHRASES",
]

PHRASES = {
    ("noun", True): frames(
        "10 {x}的{n}|1 {simple}{x}{n}|0.5 {x}的那{one}{n}|0.4 {x}所有的{n}|0.3 作为{x}的{n}的那{one}{person}"
    ),
    ("noun", False): frames(
        "4 {n}是{x}的{many}|4 {n}为{x}的{many}|3 以{x}为{n}的{many}|1 把{x}作为{n}的{many}|1 {x}是其{n}的{many}|1 {x}作为{n}的{many}",
        "1 有{x}作为{n}的{many}|1 {x}担任{n}的{many}{person_n}|1 {x}当{n}的{many}{person_n}|0.5 {n}叫{x}的{many}{person_n}|1 {n}是{x}的那些{many}",
    ),
    ("role", True): frames(
        "4 {x}{v}的{many}|2 由{x}{v}的{many}|1 {x}{v}过的{many}|1 {x}参与{v}的{many}|1 {x}所{v}的{many}|0.5 {x}{v}的那些{many}"
    ),
    ("role", False): frames("4 {v}{x}的人|2 {v}了{x}的人|1 负责{v}{x}的人|0.5 {v}{x}的那个人"),
    ("verb", True): frames(
        "4 {x}{v}的{many}|1 {x}所{v}的{many}|2 {x}{v_bare}的{many}|0.5 {x}{v}的那{one}{many}"
    ),
    ("verb", False): frames(
        "5 {v}{x}的{many}|1 {v}{x}的那些{many}|1 {free}{v}了{x}的{many}|0.5 所有{v}{x}的{many}"
    ),
    ("event", True): frames("3 {x}{e}的{noun}|2 {time}{x}的{e}{noun}"),
    ("event", False): frames(
        "4 在{x}{e}的{many}|2 {e}于{x}的{many}|1 {e}在{x}的{many}{where}|1 {x}{e}的{many}|1 于{x}{e}的{many}"
    ),
}
"""Noun phrases for what a hop leads to, by the saying's shape and whether one starts at its S."""

QUESTIONS = {
    ("noun", True): frames(
        "20 {boolean}{x}是否{n}|10 {boolean}{x}是不是{n}|10 {boolean}{x}{n}吗|3 {boolean}{x}有没有{n}",
        "6 {x}的{n}是{what}|3 {what}是{x}的{n}|3 {x}的{n}有哪些{entity}|2 {x}有哪些{n}{entity}|1.5 {x}有什么{n}{thing}|2 {x}的{n}有谁{person}",
        "1.5 {x}的{n}叫什么{entity}|1.5 {x}的{n}叫什么名字{entity}|1.5 {x}的{n}是哪{one}|1.5 {x}的{n}都有谁{person}|1 {x}的{n}都有哪些{entity}",
        "1.5 {x}是什么{n}{thing}|2 {x}的{n}|1.5 {x} {n}|1.5 {x}{n}是{what}|1 {x}{n}|1 {entity}{x}以{what}为{n}|1 哪{one}是{x}的{n}{entity}|1 {n}是{what}，{x}的",
        "3 {x}的{n}在哪里{place}|2 {x}的{n}在哪{place}|3 {x}的{n}是什么时候{time}|2 {x}的{n}是哪一年{time}|1 {x}的{n}是哪天{time}|4 {x}的{n}是多少{number}",
        "4 {x}的{n}有{how}{number}|3 {x}有{how}{n}{number}|2 {x}{n}{how}{number}|1 {x}的{n}具体是{what}|1 谁在当{x}的{n}{person}|0.7 {x}的{n}是何人{person}",
        "1 {x}的{n}究竟是{what}|1 关于{x}，它的{n}是{what}{thing}|0.7 {x}属于什么{n}{thing}{entity}|0.7 {x}属于哪{one}{n}{thing}{entity}|1 {x}的{n}怎么说{text}",
    ),
    ("noun", False): frames(
        "3 {x}是{which}的{n}|2 {x}是{several}的{n}|2 {x}是谁的{n}|1.5 {x}是什么的{n}|3 {several}的{n}是{x}|3 {which}的{n}是{x}|1.5 {what}的{n}是{x}",
        "2 {several}以{x}为{n}|2 {which}以{x}为{n}|2 有{several}的{n}是{x}|1 {several}把{x}作为{n}|1 {x}在{several}中担任{n}{person_n}{thing}",
        "1 {x}作为{n}的{many}有哪些|1 {x}当过{several}的{n}{person_n}|1 {n}是{x}的是{which}|1 {n}为{x}的有哪些{many}|1 {what}有{x}这{a}{n}|1 {x}做{n}的{many}{person_n}",
        "1 {n}{x}的{many}{simple}|1 都有{several}的{n}是{x}",
    ),
    ("role", True): frames(
        "3 {x}{v}了{several}|3 {x}{v}过{several}|2 {x}{v}了什么|2 {x}{v}的{many}有哪些|1.5 {several}是{x}{v}的|1.5 {which}是由{x}{v}的|1 {x}都{v}过什么{many}",
        "1 由{x}{v}的{many}有哪些|1 {x}{v}过的{many}|1 {x}都{v}了哪些|1 有{several}是{x}{v}的|1 {x}参与{v}了{several}|1 {x}{v}的是{which}",
    ),
    ("role", False): frames(
        "4 谁{v}了{x}|3 {x}是谁{v}的|3 {x}由谁{v}|2 {x}是由谁{v}的|1 {x}是哪位{v}的|1 哪些人{v}了{x}|1 谁{v}的{x}|1 {x}都有谁{v}|1 {v}{x}的是谁|1 {x}谁{v}的|1 {v}{x}的人叫什么"
    ),
    ("verb", True): frames(
        "4 {x}{v}{which}|3 {x}{v}{what}|2 {x}{v}{several}|2 {free}{x}{v}了{several}|2 {free}{x}{v}了什么|1.5 {x}{v}的{many}是{what}|1 {several}是{x}{v}的{free}",
        "2 {x}{v}哪里{place}|2 {x}在哪里{v_bare}{place}|1 {x}都{v}{several}|1.5 {x}是{v}{which}的|1 {x}{v_bare}的{many}是{which}|1 {x}{v}的是{what}|1 {free}{x}{v}过{several}",
    ),
    ("verb", False): frames(
        "3 {several}{v}{x}|3 {which}{v}{x}|2 {what}{v}{x}|2 {free}谁{v}了{x}|2 有{several}{v}{x}|2 {v}{x}的{many}有哪些|1.5 {v}{x}的是{what}|1 {free}{several}{v}了{x}",
        "1 {v}{x}的都有{what}|1 都有{several}{v}{x}|1 {v}{x}的有谁{person}|1 {free}{x}是谁{v}的|1 {free}{x}被谁{v}|1 {free}{x}是被{which}{v}的",
    ),
    ("event", True): frames(
        "3 {x}是什么时候{e}的{time}|3 {x}什么时候{e}{time}|2 {x}是哪一年{e}的{time}|2 {x}{e}于哪一年{time}|1 {x}{e}于何时{time}|1 {x}哪年{e}{time}|1 {x}何时{e}{time}",
        "3 {x}在哪里{e}{where}|3 {x}是在哪里{e}的{where}|2 {x}{e}在哪{where}|2 {x}{e}于{which}{where}|1 {x}{e}于何地{where}|1 {x}在哪儿{e}的{where}|1 {x}在{which}{e}{where}",
        "1 {x}{e}的{noun}是{what}|1 {x}{e}的{noun}",
    ),
    ("event", False): frames(
        "3 {several}在{x}{e}|3 {which}是在{x}{e}的|2 {several}{e}于{x}|2 在{x}{e}的有哪些{many}|2 谁{e}在{x}{person}|2 谁是在{x}{e}的{person}|1 {x}{e}的{many}有哪些|1 有{several}{e}于{x}",
        "1 {x}{e}了{several}|1 哪些是在{x}{e}的|1 {x}都有{several}{e}",
    ),
}
"""Questions for what a hop leads to, by the saying's shape and whether one starts at its S."""

ASKED = frames(
    "6 {np}是{what}|4 {np}有哪些{entity}|2 {np}都有哪些{entity}|2 {np}有谁{person}|2 {what}是{np}|3 {np}|1 有哪些{np}{entity}|1 {np}包括哪些{entity}",
    "1 {np}分别是{what}|1 {np}具体是{what}|1.5 列出{np}|1 列举{np}|1.5 告诉我{np}|1 我想知道{np}|1 我想知道{np}是{what}|1 帮我查{np}|1 帮我找{np}|1 查询{np}",
    "1 查一下{np}|1 求{np}|1 说出{np}|1 想问一下{np}是{what}|1 {np}叫什么{entity}|1 {np}叫什么名字{entity}|1 能告诉我{np}是{what}|1 {np}是哪{one}|0.7 {np}又是{what}",
    "0.7 想了解{np}|0.7 给我{np}|0.7 找出{np}|0.7 请列出{np}|0.7 谁知道{np}是{what}|0.7 {np}到底是{what}|0.7 说说{np}|0.7 介绍一下{np}|0.7 哪{one}是{np}{entity}|0.7 {np}究竟是{what}",
    "2 {np}是多少{number}|1.5 {np}有{how}{number}|1 {np}有多少{number}|2 {np}是什么时候{time}|1 {np}是哪一年{time}|1.5 {np}在哪里{place}|1 {np}在哪{place}",
)
"""Questions around a noun phrase."""

SHORT_PHRASES = {
    ("noun", True): frames("12 {x}的{n}|2 {x}{n}"),
    ("noun", False): frames("3 {n}是{x}的{many}|3 以{x}为{n}的{many}|2 {n}为{x}的{many}"),
    ("role", True): frames("4 {x}{v}的{many}|2 {x}{v}过的{many}|1 {x}{v}{many}"),
    ("role", False): frames("4 {v}{x}的人|2 {x}的{v}"),
    ("verb", True): frames("5 {x}{v}的{many}|2 {x}{v_bare}的{many}"),
    ("verb", False): frames("5 {v}{x}的{many}|1 {free}{v}了{x}的{many}"),
    ("event", True): frames("3 {x}{e}的{noun}|1 {x}{e}{noun}"),
    ("event", False): frames("4 在{x}{e}的{many}|3 {e}于{x}的{many}"),
}
"""Noun phrases as short as people make them, for chains above all."""

SHORT_ASKED = frames(
    "8 {np}是{what}|4 {np}有哪些{entity}|3 {np}叫什么{entity}|6 {np}|2 {what}是{np}|2 {np}有谁{person}|1 {np}叫什么名字{person}|1 {np}都有哪些{entity}",
    "3 {np}是哪里{place}|2 {np}在哪{place}|2 {np}是什么时候{time}|1 {np}是哪年{time}|2 {np}是多少{number}|1 {np}是哪{one}{entity}|1 哪些是{np}{entity}",
)
"""Short questions around a noun phrase."""

APPOSED = frames("4 {noun}{mask}|3 {work}《{mask}》|1 {mask}这{a}{noun}|1 名叫{mask}的{noun}")
"""The entity with what it is."""

SHARED = frames(
    "4 和{x}有相同{n}的{many}|3 与{x}{n}相同的{many}|2 跟{x}同一{a}{n}的{many}|2 和{x}{n}一样的{many}|2 和{x}同{n}的其他{many}|1 与{x}有共同{n}的{many}",
    "1 {n}和{x}相同的{many}|1 {n}跟{x}一样的其他{many}|1 除了{x}，{n}相同的其他{many}|1 同样有{x}的{n}的{many}|1 跟{x}是同一{a}{n}的{many}|1 {x}的{n}所对应的其他{many}",
    "2 {x}的{n}还{role}过的{many}|2 {x}的{n}{role}的其他{many}|1.5 {x}的{n}也{role}过的{many}|1 由{x}的{n}{role}的其他{many}|1.5 {n}也是{x}的{n}的{many}|1 和{x}共用{n}的{many}",
)
"""Noun phrases for what has the same noun as {x}: a hop towards the noun and back."""

SHARED_BACK = frames(
    "3 和{x}一起担任同一{a_middle}{middle}的{n}的人{person_n}|3 和{x}同为一{a_middle}{middle}的{n}的|2 与{x}是同一{a_middle}{middle}的{n}的|2 和{x}同属一{a_middle}{middle}的其他{n}",
    "2 {x}作为{n}的{middle}的其他{n}|2 除{x}以外，同一{a_middle}{middle}的其他{n}|1 跟{x}共同担任{n}的人{person_n}|1 {n}是{x}的{middle}的另外的{n}",
    "2 和{x}一起{role}过{middle}的人|2 与{x}共同{role}{middle}的人|1.5 {x}{role}的{middle}的其他{n}|1.5 和{x}合作{role}过的人",
)
"""Noun phrases for what is a noun of the same things as {x}: a hop back from the noun and towards it."""
