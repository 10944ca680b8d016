"""The default stages, put together for one knowledge base."""

from __future__ import annotations

from kbqa.config import Config
from kbqa.decide import Decider
from kbqa.foreign_classes import ForeignClasses
from kbqa.link import QuestionLinker
from kbqa.look import PictureLooker
from kbqa.merge import Merger
from kbqa.parsing.parser import Parser
from kbqa.pipeline import Pipeline, Sources, Stages
from kbqa.reading.cross_reranker import CrossReranker
from kbqa.reading.graph import GraphReader
from kbqa.reading.neighbourhood import Neighbourhood
from kbqa.reading.passage import LazyReader, PassageReader
from kbqa.reading.read import AnswerReader
from kbqa.rerank import SentenceReranker
from kbqa.search import EvidenceSearch
from kbqa.semantics.nested import NestedQuerying
from kbqa.semantics.query import GraphQuerying
from kbqa.storage.encoder import QuickEncoder, languages_of
from kbqa.types import Language
from kg.same import Sameness

__all__ = ["default_pipeline", "default_stages"]


def default_stages(sources: Sources, config: Config) -> Stages:
    """Return the stages that a knowledge base uses unless told otherwise."""
    languages: frozenset[Language] = languages_of(sources.encoder) if config.uses("vectors") else frozenset()
    held = sources.corpus.counts()
    encoder = sources.encoder if config.uses("vectors") else None
    search = sources.search.comparing_parts(config.compare_parts)
    same = Sameness(sources.graph, sources.schema.same)
    reader = LazyReader(encoder=sources.encoder) if config.uses("reader") else None
    reranker = LazyReader(sources.reranker, sources.encoder) if sources.reranker is not None else None
    neighbourhood = (
        Neighbourhood(
            sources.graph, sources.names, sources.corpus, vectors=sources.relation_vectors, encoder=encoder
        )
        if config.uses("knowledge")
        else None
    )
    parser = Parser()
    graph = GraphQuerying(
        sources.graph,
        sources.names,
        sources.schema,
        encoder,
        relation_vectors=dict(sources.relation_vectors),
        learnt=sources.matcher if config.uses("matcher") else None,
        languages=languages,
        readings=config.readings,
        completion=sources.completion,
    )
    return Stages(
        look=PictureLooker(search.pictures, sources.names) if config.uses("images") else None,
        parse=parser,
        link=QuestionLinker(
            sources.names,
            sources.graph,
            same=same,
            foreign=ForeignClasses(
                sources.names,
                (profile.iri for profile in sources.schema.kinds()),
                encoder if {"en", "zh"} <= languages else None,
            ),
        ),
        query=NestedQuerying(graph, parser),
        search=EvidenceSearch(
            search,
            config,
            languages,
            graph=sources.graph,
            passages=held.passages > 0,
            images=held.images > 0,
        ),
        rerank=SentenceReranker(
            encoder, languages, quick=QuickEncoder(encoder) if encoder is not None else None
        ),
        read=AnswerReader(
            GraphReader(sources.graph, sources.names, same=same),
            sources.corpus,
            PassageReader(reader, neighbourhood) if reader is not None else None,
            CrossReranker(reranker or reader, neighbourhood) if reader is not None else None,
        ),
        decide=Decider(config.threshold, Merger(sources.names), guesses=config.guesses),
    )


def default_pipeline(sources: Sources, config: Config | None = None) -> Pipeline:
    """Return the default pipeline over the parts of one knowledge base."""
    config = config or Config()
    return Pipeline(default_stages(sources, config), config)
