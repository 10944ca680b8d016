"""Answers of every source → one list, or an honest "not in this knowledge base"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kbqa.merge import Merger
from kbqa.types import Answer, FactEvidence, ParsedQuestion, PassageEvidence
from kg.text import has_cjk, normalise

__all__ = ["Decider"]

# A passage that says the same raises the confidence by this share of what is missing to certainty.
_AGREEMENT = 0.4
_MAX_SENTENCES = 1
_MAX_GUESS = 80


class Decider:
    """Merges equal answers across sources and keeps the surest source, if it is sure enough."""

    def __init__(self, threshold: float, merger: Merger | None = None, *, guesses: bool = False) -> None:
        """Prepare.

        Args:
            threshold: Answers below it, a probability in [0, 1], are not given.
            merger: Tells which answers mean the same.
            guesses: Whether guesses may be answers; else they are only told as the reason for having none.
        """
        self._threshold = threshold
        self._guesses = guesses
        self._merger = merger or Merger()

    def decide(self, parsed: ParsedQuestion, answers: Sequence[Answer]) -> tuple[list[Answer], str]:
        """Return the answers to give, best first, or none and the reason why."""
        graph = [answer for answer in answers if answer.source == "graph" and not answer.guessed]
        guesses = [answer for answer in answers if answer.guessed]
        passages = [answer for answer in answers if answer.source == "passage"]
        images = [answer for answer in answers if answer.source == "image"]
        graph = self._supported(graph, passages)
        passages = [_joined(first, others) for first, others in self._merger.firsts(passages)]
        groups = [group for group in (graph, passages[:_MAX_SENTENCES], images, guesses) if group]
        given = groups if self._guesses else [group for group in groups if group is not guesses]
        best = max(given, key=lambda group: group[0].confidence, default=[])
        sure = [answer for answer in best if answer.confidence >= self._threshold]
        if sure:
            return sure, ""
        return [], _reason(parsed, max(groups, key=lambda group: group[0].confidence, default=[]))

    def _supported(self, graph: list[Answer], passages: Sequence[Answer]) -> list[Answer]:
        """Attach to graph answers the sentences that hold them; all rows of a query gain alike."""
        merged = [self._with_passage(answer, passages) for answer in graph]
        if not any("passage" in answer.sources for answer in merged):
            return graph
        surest = max(answer.confidence for answer in merged)
        return [replace(answer, confidence=surest) for answer in merged]

    def _with_passage(self, answer: Answer, passages: Sequence[Answer]) -> Answer:
        wanted = normalise(answer.text)
        for passage in passages:
            evidence = passage.evidence[0]
            if isinstance(evidence, PassageEvidence) and (
                _says(normalise(evidence.text), wanted) or self._merger.same(answer, passage)
            ):
                return replace(
                    answer,
                    confidence=_raised(answer, passage),
                    evidence=(*answer.evidence, evidence),
                    sources=(*answer.sources, "passage"),
                )
        return answer


def _raised(answer: Answer, other: Answer) -> float:
    return answer.confidence + _AGREEMENT * other.confidence * (1.0 - answer.confidence)


def _joined(answer: Answer, others: Sequence[Answer]) -> Answer:
    """Return an answer of one passage with those of other passages that mean the same.

    Answers of stored questions stay alone: two that are "Yes." say yes to different things.
    """
    if any(isinstance(item, PassageEvidence) and item.passage.question for item in answer.evidence):
        return answer
    for other in others:
        held = {item.passage.id for item in answer.evidence if isinstance(item, PassageEvidence)}
        news = [
            item
            for item in other.evidence
            if isinstance(item, PassageEvidence) and item.passage.id not in held and not item.passage.question
        ]
        if news:
            answer = replace(answer, confidence=_raised(answer, other), evidence=(*answer.evidence, *news))
    return answer


def _says(text: str, wanted: str) -> bool:
    """Return whether a text holds an answer as words of its own: "Romania" does not say "Oman"."""
    if len(wanted) < 2:
        return False
    return wanted in text if has_cjk(wanted) else f" {wanted} " in f" {text} "


def _reason(parsed: ParsedQuestion, best: Sequence[Answer]) -> str:
    nearest = " ".join(best[0].text.split())[:_MAX_GUESS] if best else ""
    if best and best[0].guessed:
        because = ", ".join(item.text for item in best[0].evidence if isinstance(item, FactEvidence))
        if parsed.language == "zh":
            return (
                f"知识库没有说明；猜测是“{nearest}”（{best[0].confidence:.2f}）"
                + f"，因为{because}" * bool(because)
            )
        return (
            f"the knowledge base does not state it; a guess is {nearest!r} ({best[0].confidence:.2f})"
            + f", because {because}" * bool(because)
        )
    if parsed.language == "zh":
        guess = f"；最接近的是“{nearest}”（{best[0].confidence:.2f}）" if best else ""
        return f"知识库中没有足够可靠的答案{guess}"
    guess = f"; the nearest guess is {nearest!r} ({best[0].confidence:.2f})" if best else ""
    return f"the knowledge base holds no answer that is sure enough{guess}"
