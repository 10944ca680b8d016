"""The values that pass from stage to stage: one frozen type for each, never one for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from typing import Literal as OneOf

from kbqa.semantics.form import Aggregation, Calculation, Form
from kg.query import Operator
from kg.types import Iri, Link, Literal, Triple
from retrieval.types import Hit, Image, Passage

__all__ = [
    "Answer",
    "AnswerType",
    "Cue",
    "CueKind",
    "Evidence",
    "FactEvidence",
    "ImageEvidence",
    "Language",
    "Operation",
    "ParsedQuestion",
    "PassageEvidence",
    "Quantity",
    "Question",
    "Reading",
    "Result",
    "Scored",
    "Token",
]

Language = OneOf["en", "zh"]
AnswerType = OneOf["any", "person", "place", "time", "number", "boolean", "image"]
Operation = OneOf["select", "count", "ask"]
CueKind = OneOf[
    "count",
    "superlative",
    "comparative",
    "comparison",
    "measure",
    "aggregate",
    "arithmetic",
    "quotient",
    "degree",
    "sort",
    "negation",
    "same",
    "ask",
    "and",
    "or",
    "image",
]


@dataclass(frozen=True, slots=True)
class Question:
    """What a user asks.

    Attributes:
        text: The question.
        language: "en", "zh", or "" to detect it.
        entities: IRIs or names that the question is about, where the caller knows them; they replace
            linking. None links as usual.
        image: Path of a picture that belongs to the question, or "".
        shown: IRIs of what a picture shows that the text names; they are linked beside what else it names.
    """

    text: str
    language: Language | OneOf[""] = ""
    entities: tuple[str, ...] | None = None
    image: str = ""
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the question: characters [start, end).

    Attributes:
        start: First character.
        end: One past the last character.
        text: The word, lower-cased.
        lemma: Its dictionary form; equals `text` for Chinese.
        function: True for words that carry structure, not content ("the", "of", 的).
    """

    start: int
    end: int
    text: str
    lemma: str
    function: bool


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that ask for an operation: "how many", "largest", "比", 不.

    Attributes:
        start: First character.
        end: One past the last character.
        kind: Which operation.
        text: The words.
        nouns: Names of the property that the words speak of ("longest": length), best first; may be empty.
        largest: For superlatives and comparatives: whether the large end is meant.
        operator: For comparisons: how the property relates to the quantity.
        rank: For superlatives: 1 for the first, 2 for the second …
        count: For superlatives: how many are asked for ("the five largest").
        function: For aggregates and arithmetic: what is worked out, "" for other operations.
        of: Names of the property that is divided by the one of `per`, where a graph has none of `nouns`
            ("population density": population by area); empty where that is no quotient.
        per: Names of the property that is divided by.
    """

    start: int
    end: int
    kind: CueKind
    text: str
    nouns: tuple[str, ...] = ()
    largest: bool = True
    operator: Operator = ">"
    rank: int = 1
    count: int = 1
    function: Aggregation | Calculation | OneOf[""] = ""
    of: tuple[str, ...] = ()
    per: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, year or date in the question, as a literal of the graph's types.

    Attributes:
        start: First character.
        end: One past the last character.
        literal: The value.
        unit: Its unit as written in short form ("km", "m", "km²"), "" where there is none.
        upper: For periods ("the 1990s", "August 1991"), the end of what `literal` begins; else None.
    """

    start: int
    end: int
    literal: Literal
    unit: str = ""
    upper: Literal | None = None


@dataclass(frozen=True, slots=True)
class ParsedQuestion:
    """What the words of a question say, before any graph is looked at.

    Attributes:
        text: The question, trimmed and with its spaces and quotes made regular.
        language: Its language.
        tokens: Its words in order.
        cues: Its operations in order.
        quantities: Its numbers and dates in order.
        expects: The kind of answer that its question word asks for.
    """

    text: str
    language: Language
    tokens: tuple[Token, ...]
    cues: tuple[Cue, ...]
    quantities: tuple[Quantity, ...]
    expects: AnswerType


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand the question as a query over the graph.

    Attributes:
        form: What it asks for, as a logical form (`kbqa.semantics.form`).
        sparql: The query, complete and runnable.
        short: The same query with prefixes and without their declarations.
        words: The query in words.
        score: How well it fits the question; comparable inside one question only.
        confidence: Probability in [0, 1] that its answers are right.
        operation: "select", "count" or "ask".
        terms: The answers, in the order of the store; a number for counts, a boolean for ask.
        facts: Triples that prove the answers, at most a few for each.
        signs: What the confidence rests on (`kbqa.semantics.confidence`), empty where words alone led here.
        guessed: Whether the graph does not state the answers: they are guesses, and `facts` what speaks for the first.
    """

    form: Form
    sparql: str
    short: str
    words: str
    score: float
    confidence: float
    operation: Operation
    terms: tuple[Iri | Literal, ...]
    facts: tuple[Triple, ...] = ()
    signs: Mapping[str, float] = field(default_factory=dict)
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class FactEvidence:
    """A fact of the graph, with the words for it."""

    triple: Triple
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        subject, predicate, object_ = (term.value for term in self.triple)
        return {"kind": "fact", "text": self.text, "triple": [subject, predicate, object_]}


@dataclass(frozen=True, slots=True)
class PassageEvidence:
    """A stretch of a document.

    Attributes:
        passage: That holds it.
        start: First character in the source.
        end: One past the last character.
        text: The source's text [start:end].
        span: First character in the source, and one past the last, of the answer in it; None where the stretch as a
            whole answers.
    """

    passage: Passage
    start: int
    end: int
    text: str
    span: tuple[int, int] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values; `question` and `span` are there only where there are such."""
        place = {"source": self.passage.source, "start": self.start, "end": self.end}
        asked = {"question": self.passage.question} if self.passage.question else {}
        span = {"span": list(self.span)} if self.span else {}
        return {"kind": "passage", "text": self.text, **asked, **place, **span}


@dataclass(frozen=True, slots=True)
class ImageEvidence:
    """A picture."""

    image: Image

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "kind": "image",
            "text": self.image.caption,
            "source": self.image.source,
            "path": self.image.path,
        }


Evidence = FactEvidence | PassageEvidence | ImageEvidence


@dataclass(frozen=True, slots=True)
class Scored:
    """A piece of evidence from a passage or image, with how well it answers the question.

    Attributes:
        evidence: The stretch of the passage, or the image.
        score: In [0, 1]; higher is better, comparable across kinds.
        hit: The hit that it comes from.
    """

    evidence: PassageEvidence | ImageEvidence
    score: float
    hit: Hit


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer with what it rests on.

    Attributes:
        text: The answer in the language of the question.
        id: IRI of the entity, id of the passage or image, or "" for plain values.
        confidence: Probability in [0, 1] that it is right.
        source: Where it was found.
        evidence: What proves it, best first; empty only for a count of nothing and a plain no.
        sources: Every source that gave the same answer.
        same_as: The other IRIs of the entity, where the graph has several for it.
        guessed: Whether no source states it: other facts, which are its evidence, make it likely.
    """

    text: str
    id: str
    confidence: float
    source: OneOf["graph", "passage", "image"]
    evidence: tuple[Evidence, ...]
    sources: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()
    guessed: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values; `same_as` is there only where the entity has other IRIs, `guessed` for guesses."""
        values = {
            "text": self.text,
            "id": self.id,
            "confidence": round(self.confidence, 4),
            "source": self.source,
        }
        others = {"same_as": list(self.same_as)} if self.same_as else {}
        return {**values, **others, **({"guessed": True} if self.guessed else {})}


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that came of a question.

    Attributes:
        question: What was asked.
        parsed: What its words say.
        links: Its mentions and what each may mean.
        readings: The queries that were tried, best first.
        hits: The passages and images that were found, best first.
        answers: The answers, best first; empty where the knowledge base does not hold one.
        abstained: True if there is no answer that is sure enough.
        reason: One line that says why there is no answer, "" where there is one.
        seconds: Time of each stage.
    """

    question: Question
    parsed: ParsedQuestion
    links: Sequence[Link]
    readings: Sequence[Reading]
    hits: Sequence[Hit]
    answers: Sequence[Answer]
    abstained: bool
    reason: str
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def reading(self) -> Reading | None:
        """The reading that the graph answers come from, None where no answer came from the graph."""
        graph = [one for one in self.answers if "graph" in one.sources or one.source == "graph"]
        if not graph:
            return None
        return next((one for one in self.readings if one.guessed == graph[0].guessed), None)

    @property
    def sparql(self) -> str:
        """The query of the best graph answer, "" where no answer came from the graph."""
        return self.reading.sparql if self.reading is not None else ""

    @property
    def evidence(self) -> list[Evidence]:
        """The evidence of all answers, best first, each once."""
        return list(dict.fromkeys(item for answer in self.answers for item in answer.evidence))

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON values, in the form that `kbqa ask --json` prints."""
        chosen = self.reading or next(iter(self.readings), None)
        return {
            "question": self.question.text,
            "answers": [answer.to_dict() for answer in self.answers],
            "sparql": self.sparql,
            "evidence": [item.to_dict() for item in self.evidence],
            "seconds": {stage: round(spent, 4) for stage, spent in self.seconds.items()},
            "abstained": self.abstained,
            "reason": self.reason,
            "also_read_as": [
                {"words": reading.words, "confidence": round(reading.confidence, 4), "sparql": reading.sparql}
                for reading in self.readings
                if reading is not chosen
            ],
        }
