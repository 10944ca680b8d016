"""The kind of answer that a question word asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kbqa.types import AnswerType, Cue, Language, ParsedQuestion
from kg.types import Mention

__all__ = ["asked_noun", "asks_for_several", "asks_what_about", "done_verb", "expected_answer", "placed_noun"]

_ENGLISH: list[tuple[str, AnswerType]] = [
    (r"\bwho(?:m|se)?\b", "person"),
    (r"\bwhen\b|\bwhat year\b|\bwhich year\b|\bwhat date\b|\bin what year\b", "time"),
    (r"\bwhere\b", "place"),
    (
        r"\bhow (?:many|much|long|high|tall|big|large|deep|far|old|wide|fast|heavy|small)\b|\bnumber of\b",
        "number",
    ),
]
_ASKS_FOR = re.compile(
    r"(?:.*\b(?P<which>which|what)(?!\s+(?:was|were|is|are|did|do|does)\b)|(?:please )?(?:name|list|give me)(?: a| an| the| one| some| all)*)\b",
    re.I,
)
_WHICH_SEVERAL = re.compile(r"which (\w+s)\b(?! (?:is|was|does|has)\b)", re.IGNORECASE)
_ASKS_FOR_ZH = re.compile("什么|何种|哪[一几]?[个些种类门所家部款项位条座本首]?")
_ASKS_ABOUT = re.compile(
    r"\b(?:topics?|themes?|key ?words?|tags?)\b|\b(?:words?|terms?)\b.*\bdescrib|\bdescrib(?:e|es|ed|ing)\b|"
    r"^what(?:'s| is| are| was| were) .+ about\W*$",
    re.I,
)
_ASKS_ABOUT_ZH = re.compile(r"主题|关键词|标签|话题|(?:关于|讲的?是?|描述)了?些?什么|什么词.*(?:描述|形容)")
_ASKS_PLACE = re.compile(
    r"where (?:is|are|was|were) (?:the |a |an )?[^,?]*?(\w+) (?:that|which|who|whose|where)\b", re.I
)
_DOES_BEFORE = re.compile(r"^(?:who|whom|what|which)\b.*\b(?:does|do|did) (?:the )?$", re.I)
_VERB_BEHIND = re.compile(r" (\w+)(?: (?:to|on|for|with|from|in|at|by))?\W*$")
_AUXILIARIES = frozenset(
    "is are was were do does did has have had can could will would may might must that who which whose".split()
)
_CHINESE: list[tuple[str, AnswerType]] = [
    (r"谁|哪位|何人", "person"),
    (r"什么时候|啥时候?|何时|多会儿|哪一?年|哪几年|哪[一]?天|何年|几号|几月", "time"),
    (r"哪里|哪儿|何地|在哪|什么地方|啥地方", "place"),
    (r"多少|几个|几位|几条|几座|多大|多长|多高|多深|多远|多重", "number"),
]


def expected_answer(text: str, language: Language, cues: tuple[Cue, ...]) -> AnswerType:
    """Return the kind of answer asked for; "any" where the words do not say.

    Example:
    >>> expected_answer("When did Kenya become independent?", "en", ())
    'time'
    >>> expected_answer("谁设计了丹麦国旗", "zh", ())
    'person'
    """
    kinds = {cue.kind for cue in cues}
    if "image" in kinds:
        return "image"
    if "ask" in kinds and "or" not in kinds:
        return "boolean"
    for pattern, answer_type in _CHINESE if language == "zh" else _ENGLISH:
        if re.search(pattern, text, re.IGNORECASE):
            return answer_type
    return "any"


def done_verb(parsed: ParsedQuestion, names: Iterable[Mention]) -> str:
    """Return the verb of which a name is the subject in an English question, in its dictionary form; "" where there is none.

    Example:
    >>> from kbqa.parsing.parser import Parser
    >>> from kbqa.types import Question
    >>> asked = ("Who does Osk report to?", "Which teams did Osk manage?", "Who reports to Osk?", "Does Osk report to us?")
    >>> [done_verb(Parser().parse(Question(text)), [Mention(text.find("Osk"), text.find("Osk") + 3, "Osk")]) for text in asked]
    ['report', 'manage', '', '']
    """
    for name in names if parsed.language == "en" else ():
        verb = _VERB_BEHIND.match(parsed.text, name.end)
        if verb and _DOES_BEFORE.search(parsed.text[: name.start]):
            return next((token.lemma for token in parsed.tokens if token.start == verb.start(1)), "")
    return ""


def asks_what_about(parsed: ParsedQuestion, names: Iterable[Mention] = ()) -> bool:
    """Return whether a question asks for words that describe something, or for what words describe.

    Args:
        parsed: The question.
        names: What it names: a film may be called "The Theme".

    Example:
    >>> from kbqa.parsing.parser import Parser
    >>> from kbqa.types import Question
    >>> asked = ("Which words describe Osk?", "What is it about?", "Which films are described by war?", "Who won?")
    >>> [asks_what_about(Parser().parse(Question(text))) for text in (*asked, "这部电影的主题是什么？")]
    [True, True, True, False, True]
    """
    text = parsed.text
    for name in names:
        text = text[: name.start] + "·" * (name.end - name.start) + text[name.end :]
    return bool((_ASKS_ABOUT_ZH if parsed.language == "zh" else _ASKS_ABOUT).search(text))


def placed_noun(parsed: ParsedQuestion) -> str:
    """Return the noun of which an English question asks the place, in its dictionary form; "" where there is none.

    Example:
    >>> from kbqa.parsing.parser import Parser
    >>> from kbqa.types import Question
    >>> asked = ("Where is the old club that Osk plays for?", "Where is Osk?", "Which club is it?")
    >>> [placed_noun(Parser().parse(Question(text))) for text in asked]
    ['club', '', '']
    """
    found = _ASKS_PLACE.match(parsed.text) if parsed.language == "en" else None
    return next((token.lemma for token in parsed.tokens if found and token.start == found.start(1)), "")


def asked_noun(parsed: ParsedQuestion) -> str:
    """Return the noun that a question asks for, in its dictionary form; "" where it has none.

    In English it is the last of the content words behind "which" or "what", or behind "name a", but for the verb; in Chinese
    the word behind 什么 or 哪.

    Example:
    >>> from kbqa.parsing.parser import Parser
    >>> from kbqa.types import Question
    >>> asked = ("Which soccer club is based in Mexico?", "What is the capital?", "Name a film actor of Osk", "Who won?")
    >>> [asked_noun(Parser().parse(Question(text))) for text in (*asked, "Which river flows through Osk?")]
    ['club', '', 'actor', '', 'river']
    >>> [asked_noun(Parser().parse(Question(text))) for text in ("这幅画属于什么流派？", "法国的首都是什么？")]
    ['流派', '']
    """
    if parsed.language == "zh":
        return _asked_noun_zh(parsed)
    found = _ASKS_FOR.match(parsed.text)
    if found is None:
        return ""
    run: list[str] = []
    for token in parsed.tokens:
        if token.start < found.end():
            continue
        if token.function:
            # Behind "which" and more than one content word all but auxiliaries follow the verb: "which club plays in …".
            ends = not found["which"] or token.text in _AUXILIARIES or len(run) == 1
            return "".join(run[-1:] if ends else run[-2:-1])
        run.append(token.lemma)
    return "".join(run[-1:])


def _asked_noun_zh(parsed: ParsedQuestion) -> str:
    asks = _ASKS_FOR_ZH.search(parsed.text)
    behind = next((token for token in parsed.tokens if asks and token.start >= asks.end()), None)
    return behind.lemma if behind is not None and not behind.function else ""


def asks_for_several(parsed: ParsedQuestion, kinds: Sequence[Mention]) -> bool:
    """Return whether a question asks for several things of a kind: "the cities in Utah", 犹他州有哪些城市.

    Args:
        parsed: The question.
        kinds: Where it names kinds of things.

    Example:
    >>> from kbqa.parsing.parser import Parser
    >>> from kbqa.types import Question
    >>> asked = Parser().parse(Question("give me the cities in Utah"))
    >>> asks_for_several(asked, [Mention(12, 18, "cities")]), asks_for_several(asked, [])
    (True, False)
    >>> asks_for_several(Parser().parse(Question("Which offices belong to Finance?")), [])
    True
    """
    if parsed.language == "zh":
        return any(parsed.text[: kind.start].endswith("哪些") for kind in kinds)
    ends = {kind.end for kind in kinds}
    if several := _WHICH_SEVERAL.match(parsed.text):
        ends.add(several.end(1))
    return any(token.end in ends and token.text != token.lemma for token in parsed.tokens)
