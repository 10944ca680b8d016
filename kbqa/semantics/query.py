"""Links → queries over the graph, run and verified: the stage that answers from facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from kbqa.parsing.answer_type import (
    asked_noun,
    asks_for_several,
    asks_what_about,
    done_verb,
    placed_noun,
)
from kbqa.parsing.genitives import genitive_nouns, had_noun
from kbqa.parsing.nouns import ABOUT, OPPOSED, SAME_NOUNS, TURNED
from kbqa.parsing.plain import without_asides
from kbqa.semantics.asked import asked_kind
from kbqa.semantics.candidates import Candidate, find_candidates
from kbqa.semantics.effort import Effort
from kbqa.semantics.event_words import EventWords
from kbqa.semantics.execute import Executor
from kbqa.semantics.form import Form, relations
from kbqa.semantics.guess import Guesser
from kbqa.semantics.learnt import LearntMatcher
from kbqa.semantics.matcher import RelationMatcher
from kbqa.semantics.off_kind import behind_others
from kbqa.semantics.pieces import Pieces
from kbqa.semantics.rank import may_be_chain, rank
from kbqa.semantics.reorder import (
    along_nouns,
    beyond_noun,
    like_nouns,
    not_walking,
    of_asked_noun,
    of_relations,
    of_several,
)
from kbqa.semantics.shape import Shape, Shapes
from kbqa.semantics.shortcuts import Shortcuts
from kbqa.semantics.sole import only_ways
from kbqa.semantics.untyped import relation_to
from kbqa.semantics.words import NameOf
from kbqa.types import Language, ParsedQuestion, Reading
from kg.names import Names
from kg.same import Sameness
from kg.schema import Schema
from kg.types import Graph, Iri, Link, Literal
from kg.verbalise import name_of
from retrieval.types import Floats, TextEncoder

__all__ = ["GraphQuerying"]

_CANDIDATES = 10
_PATHS = 24


class GraphQuerying:
    """Finds what a question may ask of one graph, asks it, and keeps what has answers."""

    def __init__(
        self,
        graph: Graph,
        names: Names,
        schema: Schema,
        encoder: TextEncoder | None,
        *,
        relation_vectors: dict[str, Floats] | None = None,
        learnt: Path | None = None,
        languages: frozenset[Language] = frozenset({"en"}),
        readings: int = 3,
        completion: Path | None = None,
    ) -> None:
        """Prepare for one graph.

        Args:
            graph: The facts.
            names: Labels and aliases of the graph.
            schema: Profile of the graph.
            encoder: Turns phrases into vectors; None matches relations by words alone.
            relation_vectors: Vectors of predicate names that are known already.
            learnt: Folder of the learnt matcher; None goes by words alone.
            languages: Of which questions the encoder's vectors mean something.
            readings: How many readings to keep.
            completion: Folder of the completion model; None never guesses.
        """
        self._graph = graph
        self._names = names
        self._readings = readings
        self._languages = languages if encoder is not None else frozenset[Language]()
        self._same = Sameness(graph, schema.same)
        self._taxonomy = schema.taxonomy
        self._shapes = Shapes(graph, schema, same=self._same)
        matcher = RelationMatcher(self._shapes.profiles, names, encoder, vectors=relation_vectors)
        self._learnt = LearntMatcher(learnt, encoder, self._shapes, names, vectors=relation_vectors)
        self._effort = Effort(schema, names)
        # A remote graph may change, and what holds of one IRI of a thing may be said of another.
        self._shortcuts = None if graph.remote or schema.same else Shortcuts(self._shapes)
        self._pieces = Pieces(self._shapes, matcher, EventWords(self._shapes, names), languages)
        self._matcher = matcher
        # A guess takes thousands of look-ups, which a remote graph would have to answer one by one.
        self._guesser = (
            Guesser(graph, completion, same=self._same, taxonomy=schema.taxonomy)
            if completion is not None and not graph.remote
            else None
        )

    @property
    def remote(self) -> bool:
        """Whether asking the graph crosses a network."""
        return self._graph.remote

    def query(self, parsed: ParsedQuestion, links: Sequence[Link]) -> list[Reading]:
        """Return readings that have answers, best first, the first with the facts that prove it.

        A guess at what the graph does not state comes last, where the question fits that better than all else.
        """
        parsed, links = without_asides(parsed, links)
        # What a picture is asked of is often said beside words that name relations ("the flag of …").
        pictured = parsed.expects == "image"
        kept = 3 * self._readings if pictured else self._readings
        candidates = find_candidates(parsed, links, pieces=self._pieces, shapes=self._shapes, k=_CANDIDATES)
        if may_be_chain(parsed, links, candidates):
            paths = self._learnt.find(parsed, links, k=_PATHS)
            candidates = rank(
                parsed,
                candidates,
                paths,
                weight=self._learnt.weight,
                asked=asked_kind(parsed, links, self._taxonomy),
            )
        candidates = self._as_asked(parsed, links, candidates)
        candidates = [replace(one, only=only_ways(one.form, self._shapes)) for one in candidates]
        executor = self._executor(parsed.language)
        readings = _distinct(executor.run(candidates, k=2 * kept, rivals=not pictured), k=kept)
        if readings:
            readings[0] = replace(readings[0], facts=executor.prove(readings[0].form))
        guess = self._guesser and self._guesser.reading(
            candidates, readings, self._namer(parsed.language), language=parsed.language
        )
        return [*readings, guess] if guess else readings

    def read(self, form: Form, language: Language, *, confidence: float) -> Reading | None:
        """Return what a form reads as, with its answers and what proves them, None where it has no answers.

        Args:
            form: What is asked for.
            language: Of its words.
            confidence: How sure it is.
        """
        executor = self._executor(language)
        candidate = Candidate(form, Shape("entity", frozenset(), frozenset()), 0.0, 1.0, 1.0, 0)
        found = next(executor.run([candidate], k=1), None)
        return found and replace(found, confidence=confidence, facts=executor.prove(found.form))

    def name(self, term: Iri | Literal, language: Language) -> str:
        """Return the name of a term in a language."""
        relation = relation_to(term) if isinstance(term, Iri) else None
        return name_of(relation or term, self._names, language)

    def _namer(self, language: Language) -> NameOf:
        return lambda term: self.name(term, language)

    def _executor(self, language: Language) -> Executor:
        return Executor(
            self._graph,
            self._namer(language),
            language=language,
            same=self._same,
            effort=self._effort,
            shortcuts=self._shortcuts,
            taxonomy=self._taxonomy,
            nests=self._shapes.nests,
        )

    def _as_asked(
        self, parsed: ParsedQuestion, links: Sequence[Link], candidates: Sequence[Candidate]
    ) -> list[Candidate]:
        """Return candidates in order again by what the question says of the things that it asks for."""
        weight = self._learnt.weight
        names = [link.mention for link in links if link.candidates[0].kind == "entity"]
        if asks_what_about(parsed, names):
            said = [predicate for noun in ABOUT for predicate in self._matcher.naming(noun)]
            candidates = of_relations(candidates, said, weight=weight)
        elif (noun := asked_noun(parsed)) and not _is_class(noun, parsed, links):
            named = self._named(noun)
            if parsed.language == "zh":
                # 哪个人口更多 asks for no population.
                named = [iri for iri in named if not self._shapes.is_measured(iri)]
            candidates = of_asked_noun(candidates, named, weight=weight)
        elif noun := placed_noun(parsed):
            candidates = beyond_noun(candidates, self._named(noun), weight=weight)
        if verb := done_verb(parsed, names):
            candidates = not_walking(candidates, self._matcher.by_verb(verb), forward=False, weight=weight)
        if turned := self._pieces.turned(parsed, links):
            candidates = not_walking(candidates, turned, forward=True, weight=weight)
        if asks_for_several(parsed, [link.mention for link in links if link.candidates[0].kind == "class"]):
            candidates = of_several(candidates, self._shapes.leads_to_one, weight=weight)
        candidates = behind_others(candidates, parsed, links, self._shapes, self._pieces.events)
        return self._along_nouns(parsed, links, candidates)

    def _along_nouns(
        self, parsed: ParsedQuestion, links: Sequence[Link], candidates: Sequence[Candidate]
    ) -> list[Candidate]:
        """Return candidates with how like they are to the nouns that hang on the likeliest entity.

        Those of a genitive put them in the order in which the nouns lead away from it, too.
        """
        for link in links:
            if link.candidates[0].kind == "entity":
                mention = link.mention
                place = parsed.text, mention.start, mention.end, parsed.language
                nouns = genitive_nouns(*place, self._matcher.nouns_of)
                hung = nouns or tuple(filter(None, (had_noun(*place),)))
                if not hung:
                    break
                likeness = self._likeness(hung, candidates)
                if parsed.language in self._languages:
                    candidates = like_nouns(candidates, likeness)
                topics = {candidate.term for candidate in link.candidates}
                return along_nouns(candidates, topics, likeness) if nouns else list(candidates)
        return list(candidates)

    def _likeness(self, nouns: Sequence[str], candidates: Sequence[Candidate]) -> list[dict[Iri, float]]:
        """Return for each noun how like it each relation's names are, and 1 for those that another word for it names."""
        found = self._matcher.likeness(nouns, of={iri for one in candidates for iri in relations(one.form)})
        for noun, like in zip(nouns, found, strict=True):
            others = [iri for other in SAME_NOUNS.get(noun, ()) for iri in self._matcher.naming(other)]
            # "narrower terms" are what has a term for its broader one
            turned = (other for word in noun.split() for other in TURNED.get(word, ()))
            others += [iri for other in turned for iri in self._matcher.naming(other)]
            like.update(dict.fromkeys(others, 1.0))
            opposed = {iri for other in OPPOSED.get(noun, ()) for iri in self._matcher.naming(other)}
            like.update(dict.fromkeys(opposed.difference(self._matcher.naming(noun)), 0.0))
        return found

    def _named(self, noun: str) -> list[Iri]:
        """Return the relations of whose names a noun is one, else those of whose names another word for it is."""
        others = SAME_NOUNS.get(noun, ())
        return self._matcher.naming(noun) or [
            found for other in others for found in self._matcher.naming(other)
        ]


def _distinct(readings: Iterable[Reading], *, k: int) -> list[Reading]:
    """Return the first `k` that neither say nor give the same as a better one."""
    kept: list[Reading] = []
    seen: set[object] = set()
    for reading in readings:
        keys = {reading.words, (reading.operation, frozenset(reading.terms))}
        if not keys & seen:
            kept.append(reading)
        if len(kept) == k:
            break
        seen |= keys
    return kept


def _is_class(noun: str, parsed: ParsedQuestion, links: Sequence[Link]) -> bool:
    """Return whether a noun of a question is the very name of a class: what is asked for are its instances."""
    named = [
        link.mention for link in links if (best := link.candidates[0]).kind == "class" and best.how == "exact"
    ]
    return any(
        token.lemma == noun and mention.start <= token.start and token.end <= mention.end
        for token in parsed.tokens
        for mention in named
    )
