"""Other words for the names of relations and classes, for making questions to train on."""

from kbqa.training.thesaurus.dictionary import DictionaryThesaurus
from kbqa.training.thesaurus.merge import Thesauri, Thesaurus
from kbqa.training.thesaurus.neighbours import NeighbourThesaurus, encoder_words
from kbqa.training.thesaurus.wordnet import WordNetThesaurus

__all__ = [
    "DictionaryThesaurus",
    "NeighbourThesaurus",
    "Thesauri",
    "Thesaurus",
    "WordNetThesaurus",
    "encoder_words",
]
