"""Gives an English word-piece tokenizer and its embeddings Chinese characters and words.

A simplified and a traditional form share one row of the embeddings: the vocabulary gives both the same id, so
traditional text costs nothing and is read as well as simplified text. Frequent words are tokens of their own: a
run of Chinese characters is one word to the word-piece model, which cuts it into the longest tokens from the left.
Each new row starts as the mean of the English word pieces of its glosses, so a sentence means something to the
encoder before it has learnt anything.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kbqa.training.bilingual_data import Entry, to_simplified

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

__all__ = ["Vocabulary", "bilingual_vocabulary", "first_rows", "frequent_words"]

HAN = re.compile(r"[㐀-鿿]")
HAN_RUN = re.compile(r"[㐀-鿿]{2,}")
ANY_HAN = "[㐀-鿿豈-﫿𠀀-𳎯]+"  # for the tokenizer, with the rare planes
LONGEST_RUN = 64  # characters; a longer run is cut, so that the time for it stays small
CONTINUED = "##"
LONGEST_WORD = 4
PUNCTUATION = {
    "，": ",", "。": ".", "？": "?", "！": "!", "：": ":", "；": ";", "、": ",", "（": "(", "）": ")", "《": '"',
    "》": '"', "“": '"', "”": '"', "「": '"', "」": '"', "‘": "'", "’": "'", "【": "[", "】": "]", "％": "%", "～": "~",
    "〇": "零",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A bilingual tokenizer and where its rows come from."""

    tokenizer: dict[str, Any]
    """Content of `tokenizer.json`."""
    kept: tuple[int, ...]
    """For each English row, its id in the English vocabulary; the new rows come after them."""
    added: tuple[str, ...]
    """The character or word of each new row, simplified."""

    def load(self, *, words: bool = True) -> Tokenizer:
        """Return the tokenizer; without its words it cuts all Chinese text into characters."""
        from tokenizers import Tokenizer

        content = self.tokenizer
        if not words:
            vocab = {token: row for token, row in content["model"]["vocab"].items() if not _is_word(token)}
            content = {**content, "model": {**content["model"], "vocab": vocab}}
        return Tokenizer.from_str(json.dumps(content))


def frequent_words(texts: Iterable[str], entries: Sequence[Entry], count: int) -> list[str]:
    """Return the dictionary's words of two to four characters that are the most frequent in texts.

    Args:
        texts: Chinese texts of either script.
        entries: The dictionary.
        count: How many words at most.

    Returns:
        Simplified words, the most frequent first.
    """
    known = {entry.simplified for entry in entries if 2 <= len(entry.simplified) <= LONGEST_WORD}
    seen: Counter[str] = Counter()
    for text in texts:
        for run in HAN_RUN.findall(to_simplified(text)):
            seen.update(_longest_words(run, known))
    return [word for word, _ in sorted(seen.items(), key=lambda item: (-item[1], item[0]))[:count]]


def _longest_words(run: str, known: set[str]) -> Iterable[str]:
    """Cut a run of characters into the longest known words, from the left; leave out single characters."""
    start = 0
    while start < len(run):
        for end in range(min(start + LONGEST_WORD, len(run)), start + 1, -1):
            if run[start:end] in known:
                yield run[start:end]
                start = end
                break
        else:
            start += 1


def bilingual_vocabulary(
    english: Path, entries: Sequence[Entry], words: Sequence[str], *, characters: int
) -> Vocabulary:
    """Return the vocabulary of an English tokenizer with Chinese characters and words.

    Rows of the English vocabulary that nothing uses or that hold a Chinese character are left out.

    Args:
        english: `tokenizer.json` of the English encoder.
        entries: The dictionary, whose most used characters are taken.
        words: Simplified words to be tokens of their own.
        characters: How many characters at most.
    """
    content = json.loads(english.read_text(encoding="utf-8"))
    old = content["model"]["vocab"]
    kept = sorted((row, token) for token, row in old.items() if not _is_unused(token))
    ids = {token: row for row, (_, token) in enumerate(kept)}
    added = [*_frequent_characters(entries, characters), *words]
    ids |= {token: len(kept) + row for row, token in enumerate(added)}
    chinese = {token: ids[token] for token in added} | _character_aliases(ids)
    chinese |= {form: ids[word] for form, word in _word_forms(entries, set(words)).items()}
    marks = {mark: ids[plain] for mark, plain in PUNCTUATION.items() if plain in ids}
    continued = {CONTINUED + token: row for token, row in chinese.items()}
    content["model"]["vocab"] = ids | chinese | continued | marks
    content["normalizer"]["handle_chinese_chars"] = False  # the pre-tokenizer does it
    content["pre_tokenizer"] = _pre_tokenizer(sorted(token for token in chinese if len(token) == 1))
    content["added_tokens"] = [{**token, "id": ids[token["content"]]} for token in content["added_tokens"]]
    for token in content["post_processor"].get("special_tokens", {}).values():
        token["ids"] = [ids[name] for name in token["tokens"]]
    content["padding"] = content["truncation"] = None
    return Vocabulary(content, tuple(row for row, _ in kept), tuple(added))


def _is_unused(token: str) -> bool:
    return token.startswith("[unused") or bool(HAN.search(token))


def _frequent_characters(entries: Sequence[Entry], count: int) -> list[str]:
    """Return the simplified characters of the most entries, sorted."""
    seen = Counter(character for entry in entries for character in HAN.findall(entry.simplified))
    seen.update(dict.fromkeys(map(to_simplified, seen), 0))
    common = sorted(seen, key=lambda character: (-seen[character], character))
    return sorted([character for character in common if to_simplified(character) == character][:count])


def _character_aliases(ids: Mapping[str, int]) -> dict[str, int]:
    """Return the traditional characters whose simplified form has an id, with that id."""
    aliases = {}
    for code in range(0x3400, 0xA000):
        simplified = to_simplified(chr(code))
        if chr(code) not in ids and simplified in ids:
            aliases[chr(code)] = ids[simplified]
    return aliases


def _word_forms(entries: Sequence[Entry], words: set[str]) -> dict[str, str]:
    """Return every written form of the words, with the simplified one."""
    forms = {word: word for word in words}
    for entry in entries:
        if entry.simplified in words:
            forms.setdefault(entry.traditional, entry.simplified)
    return forms


def _is_word(token: str) -> bool:
    bare = token.removeprefix(CONTINUED)
    return len(bare) > 1 and bool(HAN.search(bare))


def _pre_tokenizer(known: Sequence[str]) -> dict[str, Any]:
    """Return rules that cut a text into words as BERT does, and runs of known Chinese characters from the rest.

    An unknown character stands apart, since a word with one is unknown as a whole.
    """
    runs = [ANY_HAN, f"[{''.join(known)}]{{1,{LONGEST_RUN}}}"]
    splits = [
        {"type": "Split", "pattern": {"Regex": run}, "behavior": "Isolated", "invert": False} for run in runs
    ]
    return {"type": "Sequence", "pretokenizers": [{"type": "BertPreTokenizer"}, *splits]}


def first_rows(added: Sequence[str], entries: Sequence[Entry], english: Tokenizer, table: Tensor) -> Tensor:
    """Return what the new rows of the embeddings start as: (len(added), dim) float32.

    A word starts as the mean of the word pieces of its glosses, a character without glosses as the mean of the
    words that hold it, all with the mean length of an English row.

    Args:
        added: The characters and words, simplified.
        entries: The dictionary.
        english: The English tokenizer, without padding.
        table: (pieces, dim) embeddings of the English encoder.
    """
    import torch

    glosses: dict[str, list[str]] = {}
    for entry in entries:
        glosses.setdefault(entry.simplified, []).extend(entry.glosses[:2])
    holders: dict[str, list[str]] = {}
    for word in glosses:
        for character in word:
            holders.setdefault(character, []).append(word)
    length = table.norm(dim=-1).mean()
    rows = torch.empty(len(added), table.shape[1])
    for row, token in enumerate(added):
        texts = glosses.get(token) or [text for word in holders.get(token, [])[:20] for text in glosses[word]]
        texts = [text.removeprefix("to ") for text in texts] or ["unknown"]
        pieces = english.encode(" ".join(texts), add_special_tokens=False).ids
        mean = table[pieces].mean(0)
        rows[row] = mean * (length / mean.norm())
    return rows
