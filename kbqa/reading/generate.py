"""Result → an answer in sentences, each with what it rests on, by template or by a language model that is checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kbqa.encoders.hub import hub_folder, load_hub_model
from kbqa.types import Answer, Evidence, FactEvidence, ImageEvidence, PassageEvidence, Reading, Result
from kg.names import Names
from kg.text import normalise
from kg.types import Iri, Literal
from retrieval.errors import ModelError

__all__ = ["Generator", "ModelGenerator", "TemplateGenerator", "Told", "load_generator", "unsupported"]

_MOST = 10  # answers that are named
_MOST_CITED = 5
_MOST_TOKENS, _MOST_NEW = 480, 96  # of a prompt and of what is written
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_CITED = re.compile(r"\[\d+\]")
_NAMED = re.compile(r"[A-Z][\w'’-]*(?: (?:(?:of|the|de|von|van) )?[A-Z][\w'’-]*)*")
_QUOTED = re.compile(r"[《“\"「]([^》”\"」]+)[》”\"」]")
_CHINESE_RUN = re.compile(r"[㐀-鿿]{2,}")
_CONNECTED = re.compile(r"\b(?:by|in|at|of|from|to|through|for|with|on|into)$|^(?:has|is|was)\b", re.I)
_PARTICIPLE = re.compile(r"^\w+(?:ed|en|wn|rn|ded)\b.*\b(?:by|in|at|from|on)$", re.I)
_VERB = re.compile(r"^(?!.*ss$)\w{3,}s$")  # one word in the third person; a plural reads no worse


@dataclass(frozen=True, slots=True)
class Told:
    """An answer in sentences.

    Attributes:
        text: The sentences; "[1]" stands behind what the first piece of evidence says.
        citations: The evidence, numbered from 1 in the text.
        by: "template" or the name of the model.
        refused: What the model wrote that the evidence does not hold, so that the template answers instead.
    """

    text: str
    citations: tuple[Evidence, ...]
    by: str = "template"
    refused: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "text": self.text,
            "citations": [item.to_dict() for item in self.citations],
            "by": self.by,
            "refused": list(self.refused),
        }


class Generator(Protocol):
    """Result → answer in sentences."""

    def generate(self, result: Result) -> Told:
        """Return the answer in sentences, in the language of the question."""
        ...


class TemplateGenerator:
    """Puts facts, counts, quotes and pictures into sentences of a fixed form; nothing can be in them that is not found."""

    def __init__(self, names: Names) -> None:
        """Prepare; `names` says what relations and entities are called."""
        self._names = names

    def generate(self, result: Result) -> Told:
        """Return the answer in one sentence; that there is none, and why, where the knowledge base does not hold it."""
        chinese = result.parsed.language == "zh"
        if not result.answers:
            return Told(
                f"知识库里没有答案：{result.reason}。" if chinese else f"No answer: {result.reason}.", ()
            )
        best = result.answers[0]
        match best.source:
            case "graph":
                text, cited = self._of_graph(result, chinese=chinese)
            case "passage":
                text, cited = _of_passage(best, chinese=chinese), []
            case "image":
                text, cited = f"图片：{best.text}" if chinese else f"A picture of it: {best.text}", []
        if best.guessed:
            text = f"没有明说，猜测：{text}" if chinese else f"It is not stated; a guess: {text}"
        more = [item for item in result.evidence if item not in cited][: max(0, _MOST_CITED - len(cited))]
        marks = "".join(_mark(len(cited) + place) for place in range(1, len(more) + 1))
        text = text.rstrip(" .。") + (f"{'' if chinese else ' '}{marks}" if marks else "")
        return Told(text + ("。" if chinese else "."), (*cited, *more))

    def _of_graph(self, result: Result, *, chinese: bool) -> tuple[str, list[Evidence]]:
        """Return the sentence, and the evidence that is cited in it; a truth and a number cite none yet."""
        reading = result.reading
        assert reading is not None  # the answers come from one
        if reading.operation == "ask":
            return _truth(reading.words, reading.terms[0] == _TRUE, chinese=chinese), []
        cited: list[Evidence] = []
        texts: list[str] = []
        for answer in result.answers:
            own = answer.evidence[:1] if answer.id else ()
            cited += [item for item in own if item not in cited and len(texts) < _MOST]
            marks = "".join(_mark(cited.index(item) + 1) for item in own if item in cited)
            texts.append(f"{answer.text}{'' if chinese or not marks else ' '}{marks}")
        said = _listed(texts, chinese=chinese)
        if chinese:
            joint = "：" if "，" in reading.words else "是" if len(result.answers) == 1 else "有"
            return f"{reading.words}{joint}{said}", cited
        return self._in_english(result, reading, said), cited

    def _in_english(self, result: Result, reading: Reading, said: str) -> str:
        words = reading.words
        fact = next((item.triple for item in result.evidence if isinstance(item, FactEvidence)), None)
        if reading.operation == "select" and not reading.guessed and fact is not None and _is_one_step(words):
            label = self._names.label(fact.predicate, language="en")
            ends = {answer.id or answer.text for answer in result.answers}
            if _is_verbal(label) and isinstance(fact.subject, Iri) and _end(fact.object) in ends:
                was = "was " if _PARTICIPLE.search(label) else ""
                return f"{self._names.label(fact.subject, language='en')} {was}{label} {said}"
        if len(result.answers) == 1 and words[:1].islower() and " or " not in words:
            return f"The {words} is {said}"
        return f"{words[:1].upper()}{words[1:]}: {said}"


def _mark(number: int) -> str:
    return f"[{number}]"


def _is_one_step(words: str) -> bool:
    """Return whether a query in words is one relation of one thing, such as "borders of France"."""
    return words.count(" of ") == 1 and " with " not in words and " that " not in words


_TRUE = Literal("true", "http://www.w3.org/2001/XMLSchema#boolean")


def _end(term: object) -> str:
    return term.value if isinstance(term, Iri | Literal) else ""


def _is_verbal(label: str) -> bool:
    """Return whether a relation is called by a verb rather than a noun.

    >>> [_is_verbal(label) for label in ("capital", "borders", "directed by", "flows through", "date of birth")]
    [False, True, True, True, False]
    """
    return bool(_CONNECTED.search(label) or _PARTICIPLE.search(label) or _VERB.search(label))


def _truth(words: str, truth: bool, *, chinese: bool) -> str:
    """Return a yes or no with what was asked.

    >>> _truth("whether Berlin is capital of Germany", True, chinese=False)
    'Yes, Berlin is capital of Germany'
    >>> _truth("whether Bonn is capital of Germany", False, chinese=False)
    'No, the knowledge base does not say that Bonn is capital of Germany'
    """
    said = words.removeprefix("whether ").replace("是否为", "是").replace("是否", "")
    if chinese:
        return f"是的，{said}" if truth else f"不，知识库里没有这样的事实：{said}"
    return f"Yes, {said}" if truth else f"No, the knowledge base does not say that {said}"


def _of_passage(answer: Answer, *, chinese: bool) -> str:
    evidence = next((item for item in answer.evidence if isinstance(item, PassageEvidence)), None)
    text = " ".join(answer.text.split())
    if evidence is None or evidence.span is None:
        return text.rstrip(" .。")
    quote = " ".join(evidence.text.split()).rstrip(" .。")
    return f"{text}：“{quote}”" if chinese else f"{text}: “{quote}”"


def _listed(texts: Sequence[str], *, chinese: bool) -> str:
    """Return texts as one list, the first ten of them.

    >>> _listed(["a", "b", "c"], chinese=False), _listed(["a", "b"], chinese=True)
    ('a, b and c', 'a和b')
    """
    shown = list(texts[:_MOST])
    left = len(texts) - len(shown)
    if chinese:
        head = "、".join(shown[:-1]) if not left else "、".join(shown)
        return head + (f"等{len(texts)}项" if left else ("和" if head else "") + shown[-1])
    if left:
        return f"{', '.join(shown)} and {left:,} more"
    return " and ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)


class ModelGenerator:
    """Lets a language model say it, and takes that only if the evidence holds every name and number in it."""

    def __init__(self, model: Any, tokenizer: Any, name: str, names: Names) -> None:
        """Put the parts together; `load_generator` does it from a folder."""
        self._model = model
        self._tokenizer = tokenizer
        self._name = name
        self._names = names
        self._template = TemplateGenerator(names)

    def generate(self, result: Result) -> Told:
        """Return what the model says, always with the evidence; the template's answer where the model's fails the check."""
        plain = self._template.generate(result)
        if not plain.citations:
            return plain
        written = self._write(_prompt(result, plain))
        said = [_CITED.sub("", plain.text), result.question.text]
        lacking = unsupported(written, [*said, *(_text(item) for item in plain.citations)], self._names)
        if lacking or not _says_answer(written, result.answers[0]):
            return Told(plain.text, plain.citations, "template", lacking or (written,))
        marks = "".join(f"[{number}]" for number in range(1, len(plain.citations) + 1))
        return Told(f"{_CITED.sub('', written).rstrip()} {marks}", plain.citations, self._name)

    def _write(self, prompt: str) -> str:
        """Return what the model continues a prompt with, greedily; its first paragraph."""
        import torch

        encoded = self._tokenizer(prompt, return_tensors="pt", truncation=True, max_length=_MOST_TOKENS)
        with torch.inference_mode():
            found = self._model.generate(
                input_ids=encoded["input_ids"],
                attention_mask=encoded["attention_mask"],
                max_new_tokens=_MOST_NEW,
                do_sample=False,
                pad_token_id=self._tokenizer.pad_token_id,
            )[0]
        if not self._model.config.is_encoder_decoder:
            found = found[encoded["input_ids"].shape[1] :]
        return str(self._tokenizer.decode(found, skip_special_tokens=True)).strip().split("\n\n")[0]


def load_generator(name: str, names: Names) -> ModelGenerator:
    """Return the generator of a seq2seq or causal language model.

    Args:
        name: A folder in the Hugging Face layout, or the id of a model in the local Hugging Face cache.
        names: Of the graph, for the check.

    Raises:
        ModelError: If it is missing, damaged, lacks weights, or is neither.
    """
    place = hub_folder(name)
    try:
        model, tokenizer = load_hub_model(place, "AutoModelForSeq2SeqLM")
    except ModelError:
        model, tokenizer = load_hub_model(place, "AutoModelForCausalLM")
    return ModelGenerator(model, tokenizer, place.name, names)


def unsupported(text: str, evidence: Sequence[str], names: Names) -> tuple[str, ...]:
    """Return the numbers and names in a text that no piece of evidence holds, in order, each once.

    Names are what is written large in English, stands in quotation marks, or is called so in the graph.

    Args:
        text: What is checked.
        evidence: What it may say.
        names: Of the graph.
    """
    said = " " + normalise(" ".join(evidence)) + " "
    numbers = {number.replace(",", "") for piece in evidence for number in _NUMBER.findall(piece)}
    found = [
        number for number in _NUMBER.findall(_CITED.sub("", text)) if number.replace(",", "") not in numbers
    ]
    for name in _names_in(_CITED.sub("", text), names):
        if normalise(name) not in said:
            found.append(name)
    return tuple(dict.fromkeys(found))


def _names_in(text: str, names: Names) -> list[str]:
    """Return what may be a name in a text; the first word of a sentence is part of one only if the graph knows it."""
    found = [match.group(1) for match in _QUOTED.finditer(text)]
    for match in _NAMED.finditer(text):
        first = not text[: match.start()].strip() or text[: match.start()].rstrip()[-1] in ".!?:。！？"
        name = match.group()
        if first and not names.find_exact([name]):
            name = name.partition(" ")[2]
        found += [name] * bool(name)
    runs = [run.group() for run in _CHINESE_RUN.finditer(text)]
    stretches = {
        run[start : start + size]
        for run in runs
        for size in range(2, 9)
        for start in range(len(run) - size + 1)
    }
    known = names.find_exact(sorted(stretches)) if stretches else {}
    return found + [
        stretch for stretch in sorted(known) if any(one.kind == "entity" for one in known[stretch])
    ]


def _says_answer(text: str, answer: Answer) -> bool:
    """Return whether a text says an answer, in words or as the number that it is."""
    return normalise(answer.text) in normalise(text)


def _prompt(result: Result, plain: Told) -> str:
    """Return what a model is asked: the question, the evidence, and what is to be said."""
    lines = [f"[{number}] {_text(item)}" for number, item in enumerate(plain.citations, start=1)]
    if result.parsed.language == "zh":
        head, end = "请只用下面的依据，用一句话回答问题。", "回答："
    else:
        head, end = "Answer the question in one sentence, from the evidence alone.", "Answer:"
    return "\n".join([head, *lines, _CITED.sub("", plain.text), result.question.text, end])


def _text(item: Evidence) -> str:
    match item:
        case FactEvidence() | PassageEvidence():
            return item.text
        case ImageEvidence():
            return item.image.caption or item.image.source
