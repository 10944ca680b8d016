"""Questions that describe a thing by another: what is described is looked for first, and then asked of.

"Who heads the department that the Statistics Office belongs to?" asks for the department, and then who heads it. Each half
is a shorter question, which is read as all others are (Talmor & Berant, "The Web as a Knowledge-Base for Answering Complex
Questions", NAACL 2018); both readings make one query.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kbqa.parsing.parser import Parser
from kbqa.parsing.phrases import Phrase, phrases
from kbqa.semantics.form import Extreme, Form, Members, MostLinks, Thing
from kbqa.semantics.form_parts import parts, replaced
from kbqa.semantics.query import GraphQuerying
from kbqa.types import ParsedQuestion, Question, Reading
from kg.types import Candidate, Iri, Link, Mention

__all__ = ["NestedQuerying"]

_SURE = 0.5  # a reading of the whole question, and of each half
_LONGEST = 40  # words of a question
_MOST = 2  # phrases that are tried


@dataclass(frozen=True, slots=True)
class NestedQuerying:
    """Reads questions as a whole, and those that this does not read surely in two halves.

    Attributes:
        whole: Reads a question as a whole.
        parser: Parses the halves.
    """

    whole: GraphQuerying
    parser: Parser

    def query(self, parsed: ParsedQuestion, links: Sequence[Link]) -> list[Reading]:
        """Return readings that have answers, best first; may be empty."""
        readings = self.whole.query(parsed, links)
        surely = bool(readings) and readings[0].confidence >= _SURE
        # A remote graph would be asked several times as much, and so would be what takes long already.
        dear = self.whole.remote or len(parsed.tokens) > _LONGEST
        if surely or dear or parsed.expects == "image" or parsed.language != "en":
            return readings
        named = (link.mention for link in links if link.candidates[0].kind != "class" and link.mention.text)
        names = [(mention.start, mention.end) for mention in named]
        names += [(quantity.start, quantity.end) for quantity in parsed.quantities]
        tried = (self._in_halves(parsed, links, phrase) for phrase in phrases(parsed.text, names)[:_MOST])
        nested = next(filter(None, tried), None)
        return [nested, *readings] if nested is not None else readings

    def _in_halves(self, parsed: ParsedQuestion, links: Sequence[Link], phrase: Phrase) -> Reading | None:
        """Return the reading of a question in two halves, None where one is not read surely."""
        inner = self._inner(parsed, links, phrase)
        thing = next((term for term in inner.terms if isinstance(term, Iri)), None) if inner else None
        if inner is None or thing is None:
            return None
        outer = self._outer(parsed, links, phrase, thing)
        confidence = inner.confidence * outer.confidence if outer is not None else 0.0
        if outer is None or confidence < _SURE:
            return None
        form = replaced(outer.form, Thing(thing), inner.form)
        return self.whole.read(form, parsed.language, confidence=confidence) if form != outer.form else None

    def _inner(self, parsed: ParsedQuestion, links: Sequence[Link], phrase: Phrase) -> Reading | None:
        """Return the reading of what is described."""
        start, end = phrase.start, phrase.end
        text = f"{phrase.asking}{parsed.text[start:end]}"
        shift = len(phrase.asking) - start
        half = self.parser.parse(Question(text, parsed.language))
        inside = [
            _moved(link, shift)
            for link in links
            if start <= link.mention.start and link.mention.end <= end and link.mention.text
        ]
        reading = self._best(half, inside)
        if reading is None or isinstance(reading.form, Thing | Members):
            return None
        compares = any(cue.kind == "superlative" for cue in half.cues)
        return reading if not compares or _compares(reading.form) else None

    def _outer(
        self, parsed: ParsedQuestion, links: Sequence[Link], phrase: Phrase, thing: Iri
    ) -> Reading | None:
        """Return the reading of what is asked of a thing that fits the description."""
        name = self.whole.name(thing, parsed.language)
        text = f"{parsed.text[: phrase.start_with_article]}{name}{parsed.text[phrase.end :]}"
        half = self.parser.parse(Question(text, parsed.language))
        start = phrase.start_with_article
        shift = start + len(name) - phrase.end
        known = Link(
            Mention(start, start + len(name), name), (Candidate(thing, "entity", 1.0, name, "exact"),)
        )
        before = [link for link in links if link.mention.end <= start]
        behind = [_moved(link, shift) for link in links if link.mention.start >= phrase.end]
        return self._best(half, [known, *before, *behind]) if half.text == text else None

    def _best(self, parsed: ParsedQuestion, links: Sequence[Link]) -> Reading | None:
        best = next(iter(self.whole.query(parsed, links)), None)
        sure = best is not None and best.confidence >= _SURE and not best.guessed and _is_said(best)
        return best if sure else None


def _is_said(reading: Reading) -> bool:
    """Return whether words of a half led to a reading, and none of them is passed over."""
    signs = reading.signs
    return not signs or (
        signs["said"] > 0 and not any(signs[name] for name in ("floating", "unsaid", "missing"))
    )


def _moved(link: Link, shift: int) -> Link:
    mention = link.mention
    return replace(link, mention=replace(mention, start=mention.start + shift, end=mention.end + shift))


def _compares(form: Form) -> bool:
    return isinstance(form, Extreme | MostLinks) or any(map(_compares, parts(form)))
