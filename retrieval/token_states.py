"""The states of tokens after the first layers of a frozen text encoder, kept for many texts.

The first layers know what a word is and which words are beside it; the last ones mix a whole sentence's meaning into
every token, and with it blur which colour comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from retrieval.bert import padded

if TYPE_CHECKING:
    from torch import Tensor

    from retrieval.text_encoder import TransformerEncoder

__all__ = ["LAYERS", "MAX_TOKENS", "TokenStates", "token_states"]

LAYERS = 2  # of the text encoder
MAX_TOKENS = 64  # of a description
BATCH = 64


def token_states(encoder: TransformerEncoder, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Return the states of some texts' tokens, and which of them are real.

    Args:
        encoder: A plain BERT.
        texts: At least one; tokens beyond 64 are cut off.

    Returns:
        (texts, tokens, width) float32 and (texts, tokens) bool.

    Raises:
        ModelError: If the encoder is no plain BERT.
    """
    import torch

    tokens, mask = padded([_cut(row) for row in encoder.tokenise(texts)])
    with torch.inference_mode():
        states = replace(encoder.bert, layers=LAYERS)(tokens, mask).float()
    return states.clone(), mask


class TokenStates:
    """States of many texts, computed once, in half precision."""

    def __init__(self, encoder: TransformerEncoder, texts: Sequence[str]) -> None:
        """Compute the states of different texts."""
        import torch

        self.row = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        kept = list(self.row)
        order = sorted(range(len(kept)), key=lambda row: len(kept[row]))
        self._states: list[Tensor] = [torch.empty(0)] * len(kept)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            states, mask = token_states(encoder, [kept[row] for row in rows])
            for row, state, real in zip(rows, states.half(), mask, strict=True):
                self._states[row] = state[: int(real.sum())].clone()

    def gather(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Return the states of known texts, as `token_states` does."""
        import torch

        states = [self._states[self.row[text]] for text in texts]
        lengths = torch.tensor([len(state) for state in states])
        together = torch.nn.utils.rnn.pad_sequence(states, batch_first=True).float()
        return together, torch.arange(together.shape[1]) < lengths[:, None]


def _cut(row: Sequence[int]) -> Sequence[int]:
    """Return token ids cut to what is read, with the closing one kept.

    >>> len(_cut(list(range(100)))), _cut(list(range(100)))[-1]
    (64, 99)
    """
    return row if len(row) <= MAX_TOKENS else [*row[: MAX_TOKENS - 1], row[-1]]
