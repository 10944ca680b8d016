"""Comparisons with quantities: which words of a question say how something compares with a number or date."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kbqa.parsing.lexicon import ADJECTIVES, UNIT_NOUNS
from kbqa.semantics.nodes import BoundBody, Node, tokens_in
from kbqa.types import Cue, ParsedQuestion, Quantity
from kg.query import Operator
from kg.types import XSD, Literal

__all__ = ["find_bounds"]

_OPENS_RANGE = re.compile(r"(?:\bbetween|\bfrom|在|从|介于)\s*(?:the years?\s*)?$", re.IGNORECASE)
_IN_STOCK: tuple[tuple[re.Pattern[str], Operator], ...] = (
    (re.compile(r"\b(?:sold out|out of stock)\b|售罄|卖完|卖光|缺货|没货|无货", re.IGNORECASE), "="),
    (re.compile(r"(?<!out of )\bin stock\b|有货|有现货", re.IGNORECASE), ">"),
)
_STOCK = ("stock", "in stock", "inventory", "stock level", "库存", "存货")
_COUNTERS = frozenset("人次元分岁")


def find_bounds(parsed: ParsedQuestion) -> Iterator[Node]:
    """Yield the quantities of a question with what stands beside them: "more than 120 cm high", "between 5 and 9".

    What is "sold out" or "in stock" compares with none.
    """
    for pattern, operator in _IN_STOCK:
        for found in pattern.finditer(parsed.text):
            body = BoundBody(operator, Literal("0", XSD + "integer"), _STOCK, said=True)
            yield Node(found.start(), found.end(), body, 1.0, tokens_in(parsed, found.start(), found.end()))
    for low, high in zip(parsed.quantities, parsed.quantities[1:], strict=False):
        start = _range_start(parsed.text, low, high)
        if start is not None:
            upper = high.upper or high.literal
            body = BoundBody(">=", low.literal, (), said=True, upper=upper, unit=high.unit)
            yield Node(start, high.end, body, 1.5, tokens_in(parsed, start, high.end))
    for quantity in parsed.quantities:
        alone = BoundBody("=", quantity.literal, (), said=False, unit=quantity.unit)
        if quantity.upper is not None:
            alone = BoundBody(">=", quantity.literal, (), said=False, upper=quantity.upper)
        tokens = tokens_in(parsed, quantity.start, quantity.end)
        yield Node(quantity.start, quantity.end, alone, 0.5, tokens, 0.8)
        for cue in parsed.cues:
            if cue.kind == "comparison" and _beside(parsed.text, cue, quantity.start, quantity.end):
                start, end = min(cue.start, quantity.start), max(cue.end, quantity.end)
                after = quantity.upper is not None and cue.operator in {">", "<="}
                bound = quantity.upper if after and quantity.upper else quantity.literal
                nouns, end = _degree_behind(parsed, end)
                unit = quantity.unit or _counter_behind(parsed, quantity.end)
                nouns = cue.nouns or nouns or UNIT_NOUNS.get(unit, ())
                body = BoundBody(cue.operator, bound, nouns, said=True, unit=unit)
                yield Node(start, end, body, 1.0, tokens_in(parsed, start, end))


def _beside(text: str, cue: Cue, start: int, end: int) -> bool:
    between = text[cue.end : start] if cue.end <= start else text[end : cue.start]
    return len(between.replace("the year", "").strip(" ,年")) <= 2


def _range_start(text: str, low: Quantity, high: Quantity) -> int | None:
    """Return where "between … and …" or 从…到… starts, None where two quantities are no range."""
    opening = _OPENS_RANGE.search(text[: low.start])
    middle = text[low.end : high.start].strip(" 年").lower()
    if opening and middle in {"and", "to", "到", "至", "和", "与"}:
        return opening.start()
    return low.start if middle in {"到", "至", "~", "–", "-"} else None


def _degree_behind(parsed: ParsedQuestion, end: int) -> tuple[tuple[str, ...], int]:
    """Return the nouns of an adjective that stands behind a quantity ("120 cm high"), and where it ends."""
    following = next((token for token in parsed.tokens if token.start >= end), None)
    if parsed.language == "en" and following is not None and following.lemma in ADJECTIVES:
        return ADJECTIVES[following.lemma].nouns, following.end
    return (), end


def _counter_behind(parsed: ParsedQuestion, end: int) -> str:
    """Return the Chinese counter behind a number, which a relation may have for its unit (超过100人: 选修人数)."""
    return parsed.text[end : end + 1] if parsed.text[end : end + 1] in _COUNTERS else ""
