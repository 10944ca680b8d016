"""The syntax tests of the W3C: what is right loads, what is wrong is refused."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from kg.errors import LoadError
from kg.load import read_triples

SUITES = {"rdf-turtle": "turtle", "rdf-n-triples": "ntriples", "rdf-n-quads": "nquads", "rdf-trig": "trig"}
BASE = "https://w3c.github.io/rdf-tests/rdf/rdf11/"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"


@pytest.fixture(scope="module")
def suites(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = shared_data / "w3c_rdf_tests" / "rdf-tests.tar.gz"
    if not file.exists():
        pytest.skip(f"no {file}")
    folder = tmp_path_factory.mktemp("w3c")
    with tarfile.open(file) as archive:
        archive.extractall(folder, filter="data")
    return folder / "rdf" / "rdf11"


def cases(suite: Path, base: str) -> list[tuple[str, str, Path]]:
    """Return name, kind ("Positive", "Negative" or "Eval") and file of every test of a suite."""
    found = list(read_triples(suite / "manifest.ttl", base=f"{base}manifest.ttl"))
    actions = {t.subject: t.object.value for t in found if t.predicate.value == MF + "action"}
    kinds = {
        t.subject: t.object.value
        for t in found
        if t.predicate.value.endswith("#type") and t.subject in actions
    }
    names = {t.subject: t.object.value for t in found if t.predicate.value == MF + "name"}
    return [(names[s], kinds[s].rsplit("#", 1)[1], suite / actions[s].removeprefix(base)) for s in actions]


def verdict(path: Path, format_name: str, base: str) -> bool:
    try:
        list(read_triples(path, format=format_name, base=base + path.name))
    except LoadError as error:
        if error.reason == "is empty":  # a file of no bytes is right RDF, but refused here on purpose
            return True
        assert "\n" not in str(error) and str(path) in str(error)
        return False
    return True


@pytest.mark.parametrize("suite", SUITES)
def test_syntax(suites: Path, suite: str) -> None:
    base = f"{BASE}{suite}/"
    accepted, refused, positive, negative = set(), set(), 0, 0
    for name, kind, path in cases(suites / suite, base):
        good = "Negative" not in kind
        positive, negative = positive + good, negative + (not good)
        is_accepted = verdict(path, SUITES[suite], base)
        if is_accepted and not good:
            accepted.add(name)
        if not is_accepted and good:
            refused.add(name)
    print(f"{suite}: {positive} positive, {negative} negative; deviations {sorted(accepted | refused)}")
    assert positive > 20 and negative > 20
    assert not accepted, "wrong files were accepted"
    assert not refused, "right files were refused"
