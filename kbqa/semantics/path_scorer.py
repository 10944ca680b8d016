"""How likely each relation of a graph is at each step from a question's entity, by the learnt matcher."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from kbqa.semantics.form import Step
from kbqa.semantics.path_model import MAX_STEPS, PathModel
from kbqa.semantics.relation_names import RelationName, all_relation_names
from kbqa.semantics.remember import Remembered
from kg.names import Names
from kg.types import Iri
from retrieval.bert import Bert, padded
from retrieval.types import Floats, TextEncoder

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["BertEncoder", "Columns", "PathScorer", "StepScores"]

Columns = NDArray[np.intp]

_REMEMBERED = 1024
_NEVER = -1e4
_RANKED = 200
_TURNED = 3.0  # log-odds against a name of the way back: what a graph says in its own words comes first


class BertEncoder(TextEncoder, Protocol):
    """A text encoder whose layers can be used for something else."""

    @property
    def bert(self) -> Bert:
        """Its layers."""
        ...

    def tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        """Return token ids with the special tokens."""
        ...


@dataclass(frozen=True, slots=True)
class StepScores:
    """Log-probabilities of steps from one question's entity.

    Attributes:
        values: (MAX_STEPS, steps + 1) float32; the last column is "no more relation".
        cosines: (MAX_STEPS, steps) how near each step is to what the question asks for, in [-1, 1].
        named: (MAX_STEPS, names) the same for each name of a step; see `PathScorer`.
        states: (length, dim) float32, the tokens of the question as the encoder left them.
        steps: What the columns stand for.
        columns: Where each step stands.
        ranked: (MAX_STEPS, at most 200) columns of the likeliest steps of each position, best first.
    """

    values: Floats
    cosines: Floats
    named: Floats
    states: Tensor
    steps: Sequence[Step]
    columns: Mapping[Step, int]
    ranked: Columns

    def likeliest(self, columns: Columns, position: int, *, k: int) -> Columns:
        """Return at most `k` of some columns, in ascending order, the likeliest at a position first.

        Of very many, those that are among the likeliest of all.
        """
        if len(columns) <= self.ranked.shape[1]:
            order = np.argsort(-self.values[position, columns], kind="stable")[:k]
            return columns[order]
        ranked = self.ranked[position]
        places = np.minimum(np.searchsorted(columns, ranked), len(columns) - 1)
        found: Columns = ranked[columns[places] == ranked][:k]
        return found

    def stop(self, position: int) -> float:
        """Return the log-probability that no relation follows at a position; 0 behind the last."""
        return float(self.values[position, -1]) if position < MAX_STEPS else 0.0


class PathScorer:
    """Scores the relations of one graph for masked questions; safe to use from several threads.

    A relation that has several names has one vector for each name and direction; the best one counts. A name of
    the way back, "child" for the relation "parent", has the vectors of its own two directions, turned round.
    """

    def __init__(
        self,
        base: BertEncoder,
        parameters: Mapping[str, Tensor],
        predicates: Iterable[Iri],
        names: Names,
        *,
        vectors: Mapping[str, Floats] | None = None,
        longer: float = 0.0,
    ) -> None:
        """Encode the names of the relations.

        Args:
            base: The unchanged encoder.
            parameters: What the matcher learnt.
            predicates: The relations.
            names: Where their labels and aliases are.
            vectors: Vectors of names that are known already.
            longer: As in `kbqa.semantics.path_model.Settings`.
        """
        self._longer = longer
        self._tokenise = base.tokenise
        self._model = PathModel.of(base.bert, parameters)
        named = all_relation_names(predicates, names)
        self._names = len(named)
        self._vectors = self._encode(named, base, vectors or {})
        self._offered: Floats = self._vectors.numpy()
        iris = list(dict.fromkeys(name.relation for name in named))
        # For names walked forwards, then backwards.
        self._against: Floats = np.array([_TURNED * name.turned for name in named] * 2, dtype=np.float32)
        self._starts = _first_of_each([name.relation for name in named])
        self._ends = [*self._starts[1:], self._names]
        self._steps = [Step(iri, forward) for forward in (True, False) for iri in iris]
        self._columns = {step: column for column, step in enumerate(self._steps)}
        self._scale = float(self._model.scale())
        self._known: Remembered[str, StepScores] = Remembered(_REMEMBERED)

    @property
    def columns(self) -> Mapping[Step, int]:
        """Where each step stands among the scores."""
        return self._columns

    def score(self, questions: Sequence[str]) -> list[StepScores]:
        """Return the scores of all steps for questions with `MASK` in place of their entity, in order."""
        found = {question: self._known.get(question) for question in questions}
        new = [question for question, scores in found.items() if scores is None]
        known = {question: scores for question, scores in found.items() if scores is not None}
        for question, (states, asked) in zip(new, self._ask(new) if new else (), strict=True):
            known[question] = self._scores(states, asked)
            self._known.put(question, known[question])
        return [known[question] for question in questions]

    def judge(
        self, scores: StepScores, chains: Sequence[Sequence[int]], likely: Sequence[float]
    ) -> tuple[Floats, Floats]:
        """Return what the cross-encoder makes of chains: two arrays, (chains,) float32.

        The first are log-probabilities among each other, the second log-odds that a chain, looked at alone, says
        what the question says.

        Args:
            scores: Of the question's steps.
            chains: Columns of the steps of each, at least one chain.
            likely: Log-probabilities of the chains by their steps.
        """
        import torch

        rows = torch.tensor(
            [
                [self._row(scores, at) for at in enumerate(chain)] + [-1] * (MAX_STEPS - len(chain))
                for chain in chains
            ]
        )
        taken = rows >= 0
        vectors = self._vectors[rows.clamp(min=0)]
        states = scores.states[None]
        mask = torch.ones(1, states.shape[1], dtype=torch.bool)
        with torch.inference_mode():
            found, fits = self._model.cross(states, mask, vectors[None], taken[None])
            blended = self._model.cross.blended(found[0], torch.tensor(likely)) + self._longer * taken.sum(1)
            blended -= (torch.from_numpy(self._against)[rows] * taken).sum(1)
            return blended.log_softmax(0).numpy(), fits[0].numpy()

    def _row(self, scores: StepScores, at: tuple[int, int]) -> int:
        """Return which name of a step fits best at a position, as a row of the vectors."""
        position, column = at
        relations = len(self._starts)
        way, relation = divmod(column, relations)
        first = self._starts[relation] + way * self._names
        last = self._ends[relation] + way * self._names
        return first + int(scores.named[position, first:last].argmax())

    def _ask(self, questions: Sequence[str]) -> Iterator[tuple[Tensor, Floats]]:
        """Yield the token states and one vector for each step of each question, all by one pass."""
        import torch

        tokens, mask = padded(self._tokenise(questions))
        with torch.inference_mode():
            states = self._model.read(tokens, mask)
            asked: Floats = self._model.steps(states, mask).numpy()
        for row, length in enumerate(mask.sum(1).tolist()):
            yield states[row, :length].clone(), asked[row]

    def _scores(self, states: Tensor, asked: Floats) -> StepScores:
        """Return log-probabilities, (MAX_STEPS, steps + 1), and the cosines of the steps."""
        cosines = asked @ self._offered.T
        cosines[:, :-1] -= self._against / self._scale
        ways = (cosines[:, : self._names], cosines[:, self._names : -1])
        best = [np.maximum.reduceat(way, self._starts, axis=1) for way in ways] if self._names else []
        near = np.concatenate(best or [np.empty((MAX_STEPS, 0), np.float32)], axis=1)
        relations = self._scale * near
        total = np.logaddexp.reduce(relations, axis=1, keepdims=True)
        stop = self._scale * cosines[:, -1:] - total
        stop[0] = _NEVER
        go_on, halt = -np.logaddexp(0.0, stop), -np.logaddexp(0.0, -stop)
        values = np.concatenate([relations - total + go_on, halt], axis=1).astype(np.float32)
        ranked = np.argsort(-values[:, :-1], axis=1, kind="stable")[:, :_RANKED]
        named = cosines[:, :-1].astype(np.float32)
        return StepScores(values, near.astype(np.float32), named, states, self._steps, self._columns, ranked)

    def _encode(
        self, named: Sequence[RelationName], base: BertEncoder, known: Mapping[str, Floats]
    ) -> Tensor:
        """Return the vectors of all names walked forwards, then backwards, then of STOP."""
        import torch

        texts = [name.text for name in named]
        new = list(dict.fromkeys(text for text in texts if text not in known))
        found = {**known, **dict(zip(new, base.encode(new), strict=True))}
        vectors = np.stack([found[text] for text in texts]) if texts else np.empty((0, base.dim), np.float32)
        turned = torch.tensor([name.turned for name in named], dtype=torch.bool)[:, None]
        with torch.inference_mode():
            ahead, back = (
                self._model.relations(torch.from_numpy(vectors), forward=way) for way in (True, False)
            )
            ways = [torch.where(turned, back, ahead), torch.where(turned, ahead, back)]
            return torch.cat([*ways, self._model.stop()])


def _first_of_each(values: Sequence[object]) -> list[int]:
    """Return where each run of equal values starts.

    >>> _first_of_each(["a", "a", "b"])
    [0, 2]
    """
    return [place for place, value in enumerate(values) if place == 0 or values[place - 1] != value]
