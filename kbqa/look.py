"""A question with a picture → what the picture shows, and questions that can be answered without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kbqa.errors import InputError
from kbqa.parsing.language import detect
from kbqa.parsing.pictured import clauses, refers
from kbqa.types import Answer, ImageEvidence, Language, Question, Result
from kg.names import Names
from kg.types import Iri
from retrieval.errors import ImageError
from retrieval.image_search import ImageSearch, Sighting

__all__ = ["Look", "PictureLooker", "together"]

SAME = 0.99  # confidence in a picture that is one of the knowledge base's own
# Below these a picture is taken for unknown. Measured for the small encoder on the bundled flags: of 58 flags drawn by
# another hand 88 % pass, all rightly; of 120 flags of other countries 6 do, which differ from a bundled one by a small
# emblem only; of 300 emoji and 210 aerial photographs none. Hence also the confidence: 51 of 57.
LEAST_COSINE, LEAST_MARGIN = 0.985, 0.01
LIKE = 0.9


@dataclass(frozen=True, slots=True)
class Look:
    """What became of a question with a picture.

    Attributes:
        questions: What is left to be asked, with what the picture shows named in words; may be empty.
        answers: What the picture shows, where that was asked.
        picture: The image that it was recognised by, None where it was not.
        confidence: That it was recognised rightly, in [0, 1].
        reason: Why it cannot be answered, "" where it can.
    """

    questions: tuple[Question, ...] = ()
    answers: tuple[Answer, ...] = ()
    picture: ImageEvidence | None = None
    confidence: float = 1.0
    reason: str = ""


class PictureLooker:
    """Recognises pictures among the images of a knowledge base."""

    def __init__(self, pictures: ImageSearch, names: Names) -> None:
        """Prepare for one knowledge base."""
        self._pictures = pictures
        self._names = names

    def look(self, question: Question) -> Look:
        """Return what a question with a picture asks.

        A picture that is not known well enough gives a reason, unless the question does not speak of it.

        Raises:
            InputError: If the picture cannot be read.
        """
        language: Language = question.language or detect(question.text)
        plain = replace(question, image="", language=language)
        try:
            seen = self._pictures.look(Path(question.image))
        except ImageError as error:
            raise InputError(f"the picture of the question cannot be read: {error}") from error
        if seen is None or not _is_known(seen):
            if not refers(question.text, language):
                return Look((plain,))
            return Look(reason=_unknown(seen, language))
        return self._known(plain, language, seen)

    def _known(self, question: Question, language: Language, seen: Sighting) -> Look:
        """Return what is asked about an image of the knowledge base."""
        picture = ImageEvidence(seen.image)
        confidence = SAME if seen.same else LIKE
        shown = [Iri(entity_id) for entity_id in seen.entities if self._names.of(Iri(entity_id))]
        name = self._names.label(shown[0], language=language) if shown else seen.image.caption
        asked = clauses(question.text, name, language)
        answer = Answer(
            name, shown[0].value if shown else seen.image.id, confidence, "image", (picture,), ("image",)
        )
        entities = tuple(iri.value for iri in shown[:1])
        left = tuple(replace(question, text=clause.text, shown=entities) for clause in asked if clause.text)
        named = (answer,) if any(not clause.text for clause in asked) and name else ()
        return Look(left, named, picture, confidence)


def together(question: Question, look: Look, results: Sequence[Result]) -> Result:
    """Return one result of what a picture shows and of the questions that were left to be asked about it.

    No answer is surer than that the picture was recognised, and each rests on it. The query is that of the last
    question that has an answer.
    """
    shown = () if look.picture is None else (look.picture,)
    answers = [*look.answers]
    for result in results:
        for answer in result.answers:
            sure = answer.confidence * look.confidence
            evidence = tuple(dict.fromkeys((*answer.evidence, *shown)))
            answers.append(replace(answer, confidence=sure, evidence=evidence))
    main = next((result for result in reversed(results) if result.answers), results[-1])
    reason = "" if answers else look.reason or main.reason
    return replace(main, question=question, answers=answers, abstained=not answers, reason=reason)


def _is_known(seen: Sighting) -> bool:
    return seen.same or (seen.cosine >= LEAST_COSINE and seen.margin >= LEAST_MARGIN)


def _unknown(seen: Sighting | None, language: Language) -> str:
    if language == "zh":
        near = f"；最相近的是“{seen.image.caption}”（{seen.cosine:.2f}）" if seen else ""
        return f"知识库不认识这张图片{near}"
    near = f"; the nearest is {seen.image.caption!r} ({seen.cosine:.2f})" if seen else ""
    return f"the knowledge base does not know this picture{near}"
