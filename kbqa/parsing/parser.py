"""Question → parsed question."""

from __future__ import annotations

import re
import unicodedata

from kbqa.errors import QuestionError
from kbqa.parsing.answer_type import expected_answer
from kbqa.parsing.cues import find_cues
from kbqa.parsing.language import detect, tokenize
from kbqa.parsing.quantities import find_quantities
from kbqa.types import ParsedQuestion, Question

__all__ = ["MAX_QUESTION_CHARACTERS", "Parser"]

MAX_QUESTION_CHARACTERS = 2_000


class Parser:
    """Reads what the words of a question say, with no model and no graph."""

    def parse(self, question: Question) -> ParsedQuestion:
        """Return the words, operations and quantities of a question.

        Raises:
            QuestionError: If the question is empty, too long or holds no word at all.

        Example:
        >>> parsed = Parser().parse(Question("How many countries border Germany?"))
        >>> parsed.language, parsed.expects, [cue.kind for cue in parsed.cues]
        ('en', 'number', ['count'])
        """
        text = _tidy(question.text)
        language = question.language or detect(text)
        cues = find_cues(text, language)
        return ParsedQuestion(
            text=text,
            language=language,
            tokens=tokenize(text, language),
            cues=cues,
            quantities=find_quantities(text, language),
            expects=expected_answer(text, language, cues),
        )


# Letters and digits of full width, as Chinese keyboards may give them, and the narrow ones they stand for.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B) if chr(code).isalnum()}


def _tidy(text: str) -> str:
    if len(text) > MAX_QUESTION_CHARACTERS:
        raise QuestionError(
            f"the question has {len(text):,} characters; ask in at most {MAX_QUESTION_CHARACTERS:,}"
        )
    kept = "".join(char for char in text if not unicodedata.category(char).startswith("C") or char.isspace())
    tidy = re.sub(r"\s+", " ", kept.translate(_NARROW)).strip()
    if not tidy:
        raise QuestionError("the question is empty; ask something such as 'What is the capital of France?'")
    if not any(char.isalnum() for char in tidy):
        raise QuestionError(f"the question {tidy[:40]!r} holds no word; ask it in English or Chinese")
    return tidy
