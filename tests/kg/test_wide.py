"""Ordinary tables into the store: what rows, columns and cells become, and what is wrong with bad ones."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from kg.errors import LoadError
from kg.load import load
from kg.store import Store
from kg.types import RDF_TYPE, RDFS_LABEL, XSD, Iri

PRODUCTS = """\
name,category,weight_kg,launchDate,in stock,supplier,colours
Alpina Tent,Tents,2.4,2021-03-15,yes,Bergwerk Sport,green;orange
"Tent ""Solo"", small",Tents,1,2019-05-02,no,Nordfjell AS,
Rysy Bag,Sleeping bags,,2020-01-31,yes,Nordfjell AS,blue | green
"""
SUPPLIERS = """\
supplier_id;supplier_name;country;website;email;phone\r
S-1;Bergwerk Sport;Germany;https://bergwerk.example;info@bergwerk.example;+49 89 1234567\r
S-2;Nordfjell AS;Norway;www.nordfjell.example;;0047 55123456\r
"""
ORDERS = """\
order_no\tproduct\tquantity\tnote
1001\tRysy Bag\t2\t"a tab\tand
a line"
1002\tAlpina Tent\t1\tn/a
"""


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def short(term: Any) -> Any:
    if isinstance(term, Iri):
        return "a" if term == RDF_TYPE else term.value.removeprefix("urn:kbqa:")
    return term.value if term.datatype == XSD + "string" else (term.value, term.datatype.removeprefix(XSD))


def facts(store: Store) -> set[tuple[Any, Any, Any]]:
    """Return all triples but those of labels and the classes' own, in short."""
    found = {(triple.subject, triple.predicate, triple.object) for triple in store.triples(limit=10_000)}
    kept = (t for t in found if t[1] != RDFS_LABEL and ":class:" not in t[0].value)
    return {
        (short(s).removeprefix("entity:"), short(p).removeprefix("relation:"), short(o)) for s, p, o in kept
    }


def table(store: Store, tmp_path: Path, content: str, name: str = "t.csv", **options: Any) -> set[Any]:
    load(store, write(tmp_path / name, content), **options)
    return facts(store)


def named(found: set[tuple[Any, Any, Any]]) -> set[str]:
    return {subject for subject, predicate, _ in found if predicate == "a"}


def test_three_tables_make_one_graph(store: Store, tmp_path: Path) -> None:
    counts = [
        load(store, write(tmp_path / name, content)).triples
        for name, content in (
            ("products.csv", b"\xef\xbb\xbf" + PRODUCTS.encode()),
            ("suppliers.csv", SUPPLIERS),
            ("orders.tsv.gz", gzip.compress(ORDERS.encode())),
        )
    ]
    assert counts == [3 + 18, 2 + 9, 2 + 7]
    solo = "Tent_%22Solo%22%2C_small"
    assert facts(store) == {
        ("Alpina_Tent", "a", "class:product"),
        ("Alpina_Tent", "category", "entity:Tents"),
        ("Alpina_Tent", "weight_kg", ("2.4", "decimal")),
        ("Alpina_Tent", "launchDate", ("2021-03-15", "date")),
        ("Alpina_Tent", "in%20stock", ("true", "boolean")),
        ("Alpina_Tent", "supplier", "entity:Bergwerk_Sport"),
        ("Alpina_Tent", "colours", "entity:green"),
        ("Alpina_Tent", "colours", "entity:orange"),
        (solo, "a", "class:product"),
        (solo, "category", "entity:Tents"),
        (solo, "weight_kg", ("1", "integer")),
        (solo, "launchDate", ("2019-05-02", "date")),
        (solo, "in%20stock", ("false", "boolean")),
        (solo, "supplier", "entity:Nordfjell_AS"),
        ("Rysy_Bag", "a", "class:product"),
        ("Rysy_Bag", "category", "entity:Sleeping_bags"),
        ("Rysy_Bag", "launchDate", ("2020-01-31", "date")),
        ("Rysy_Bag", "in%20stock", ("true", "boolean")),
        ("Rysy_Bag", "supplier", "entity:Nordfjell_AS"),
        ("Rysy_Bag", "colours", "entity:blue"),
        ("Rysy_Bag", "colours", "entity:green"),
        ("Bergwerk_Sport", "a", "class:supplier"),
        ("Bergwerk_Sport", "supplier_id", "S-1"),
        ("Bergwerk_Sport", "country", "entity:Germany"),
        ("Bergwerk_Sport", "website", "https://bergwerk.example"),
        ("Bergwerk_Sport", "email", "info@bergwerk.example"),
        ("Bergwerk_Sport", "phone", "+49 89 1234567"),
        ("Nordfjell_AS", "a", "class:supplier"),
        ("Nordfjell_AS", "supplier_id", "S-2"),
        ("Nordfjell_AS", "country", "entity:Norway"),
        ("Nordfjell_AS", "website", "www.nordfjell.example"),
        ("Nordfjell_AS", "phone", "0047 55123456"),
        ("order_1001", "a", "class:order"),
        ("order_1001", "order_no", ("1001", "integer")),
        ("order_1001", "product", "entity:Rysy_Bag"),
        ("order_1001", "quantity", ("2", "integer")),
        ("order_1001", "note", "entity:a_tab%09and%0Aa_line"),
        ("order_1002", "a", "class:order"),
        ("order_1002", "order_no", ("1002", "integer")),
        ("order_1002", "product", "entity:Alpina_Tent"),
        ("order_1002", "quantity", ("1", "integer")),
    }
    assert store.ask(
        'ASK { ?order a c:order ; rdfs:label "order 1001" ; r:product/r:supplier/r:country e:Norway .'
        '  c:order a rdfs:Class ; rdfs:label "order" . r:weight_kg rdfs:label "weight kg" .'
        '  r:launchDate rdfs:label "launch date" . e:Tents rdfs:label "Tents" }'
    )
    assert not store.ask('ASK { ?x rdfs:label "info@bergwerk.example" }')


@pytest.mark.parametrize(
    ("header", "name", "rows"),
    [
        ("city,Name,n,m", "people.csv", {"b", "e"}),
        ("id,label,n", "people.csv", {"b", "e"}),
        ("编号,姓名,年龄", "员工.csv", {"b", "e"}),
        ("first_name,lastName,n,m", "people.csv", {"a_b", "d_e"}),
        ("first_name,n,m", "people.csv", {"a", "d"}),
        ("product_id,product_name,n", "stock.csv", {"b", "e"}),
        ("sku,product name,n", "products.csv", {"b", "e"}),
        ("产品编号,产品名称,n", "库存.csv", {"b", "e"}),
        ("order_no,customer_name,n", "orders.csv", {"b", "e"}),  # they tell the rows apart
        ("customer,course,grade,year", "enrolments.csv", {"a", "d"}),
        ("code,country,n", "countries.csv", {"b", "e"}),
        ("code,country", "countries.csv", {"b", "e"}),
        ("customer,course", "enrolments.csv", None),
        ("customer,course,grade", "enrolments.csv", None),
        ("name,property,value", "t.csv", None),
    ],
)
def test_the_column_of_names(
    store: Store, tmp_path: Path, header: str, name: str, rows: set[str] | None
) -> None:
    width = header.count(",") + 1
    content = "\n".join((header, ",".join("abxy"[:width]), ",".join("dexy"[:width])))
    load(store, write(tmp_path / name, content), on_error="skip" if rows is None else "stop")
    assert named(facts(store)) == (rows or set())


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("customer,course,grade,year\na,x,1,1\na,y,1,1\n", {"order_line_1", "order_line_2"}),
        ("customer,course,grade,year\na,x,1,1\n,y,1,1\n", {"order_line_1", "order_line_2"}),
        ("order_no,customer_name,n,m\na,x,1,1\na,x,1,1\n", {"a"}),
        ("name,n\nx,1\n,2\n", {"x", "order_line_2"}),
        ("name,n\n1984,1\n1989,2\n", {"1984", "1989"}),
        ("year,births,deaths,n\n1984,1,1,1\n1985,1,1,1\n", {"order_line_1984", "order_line_1985"}),
        ("name,n\nx,1\ny,2\nx,3\n", {"x", "y"}),
        ("first name,surname,n,m\nAda,Byron,1,1\nAda,,1,1\n", {"Ada_Byron", "Ada"}),
        (f"question,n,m,k\n{'x' * 600},1,1,1\n", {"order_line_1"}),
    ],
)
def test_names_of_rows(store: Store, tmp_path: Path, content: str, rows: set[str]) -> None:
    assert named(table(store, tmp_path, content, "Order-Lines_2024.csv")) == rows


NAMES = "Python Excel Welding Rhetoric Chess Latin Baking Sailing Physics Dance".split()


@pytest.mark.parametrize(
    "content",
    [
        "employee,project,hours\nAna,Audit,6\nBob,Audit,4.5\n",
        "employee,hours,project\nAna,6,Audit\nBob,4,Audit\n",
        "employee,date,project\nAna,5/3/2024,Audit\nBob,6/3/2024,Audit\n",
        "employee,project,billable\nAna,Audit,yes\nBob,Audit,no\n",
        "employee,project,rate\nAna,Audit,€60\nBob,Audit,€85\n",
        "employee,project,role\nAna,P-1,lead\nBob,P-2,member\n",
        "Employee,Skill,Level\n" + "".join(f"Ana{n},{name},high\n" for n, name in enumerate(NAMES)),
        "sheet,project,role\nAna,Audit,lead\nBob,Audit,member\n",  # called as the file
    ],
)
def test_three_columns_of_things(store: Store, tmp_path: Path, content: str) -> None:
    found = table(store, tmp_path, content, "sheets.csv")
    assert len(named(found)) == content.count("\n") - 1
    assert {object_ for _, predicate, object_ in found if predicate == "a"} == {"class:sheet"}


def test_rows_of_one_name_are_one_thing(store: Store, tmp_path: Path) -> None:
    found = table(store, tmp_path, "name,colour,size\nx,red,1\nx,blue,1\n", "things.csv")
    assert {triple[1:] for triple in found if triple[0] == "x"} == {
        ("a", "class:thing"),
        ("colour", "entity:red"),
        ("colour", "entity:blue"),
        ("size", ("1", "integer")),
    }


BAG = "a bag that keeps its owner warm down to minus twenty degrees or lower"


@pytest.mark.parametrize(
    ("cells", "objects"),
    [
        ("1 -2.5", {("1", "integer"), ("-2.5", "decimal")}),
        ("2008-07-18 1999", {("2008-07-18", "date"), ("1999", "integer")}),
        ("1 N/A – NULL \\N 2", {("1", "integer"), ("2", "integer")}),
        ("TRUE False", {("true", "boolean"), ("false", "boolean")}),
        ("是 否 是", {("true", "boolean"), ("false", "boolean")}),
        ("yes true", {"entity:yes", "entity:true"}),
        ("yes maybe", {"entity:yes", "entity:maybe"}),
        ("a;b c", {"entity:a", "entity:b", "entity:c"}),
        ("1;2 3", {("1", "integer"), ("2", "integer"), ("3", "integer")}),
        ("a|b; c", {"entity:a", "entity:b", "entity:c"}),
        (["one; two, three", "c;d"], {"entity:one%3B_two%2C_three", "entity:c%3Bd"}),
        (["Tom &amp; Jerry", "c"], {"entity:Tom_%26amp%3B_Jerry", "entity:c"}),
        ([f"{BAG};b", BAG], {f"{BAG};b", BAG}),
        ("a@b.example;c@d.example e@f.example", {"a@b.example", "c@d.example", "e@f.example"}),
        ("http://a.example/x https://a.example/y,z", {"http://a.example/x", "https://a.example/y,z"}),
        (["(020) 7946 0000", "555-0123"], {"(020) 7946 0000", "555-0123"}),
        ("007 008", {"entity:007", "entity:008"}),
        (
            ["He came. He saw it all.", "She came. She left it."],
            {"He came. He saw it all.", "She came. She left it."},
        ),
        ("<urn:x> <urn:y>", {"urn:x", "urn:y"}),
    ],
)
def test_cells(store: Store, tmp_path: Path, cells: str | list[str], objects: set[Any]) -> None:
    rows = enumerate(cells.split() if isinstance(cells, str) else cells)
    content = "name,property\n" + "".join(f'r{n},"{cell}"\n' for n, cell in rows)
    found = table(store, tmp_path, content)
    assert {object_ for _, predicate, object_ in found if predicate == "property"} == objects


@pytest.mark.parametrize(
    "content",
    ["name;n;m\nx;1;2\n", "name\tn\tm\nx\t1\t2\n", "name,n,m,\nx,1,2,\n", "\n\nname,n,m\n\nx,1,2\n,,\n"],
)
@pytest.mark.parametrize("name", ["t.csv", "t.tsv"])
def test_separators(store: Store, tmp_path: Path, content: str, name: str) -> None:
    found = table(store, tmp_path, content, name)
    assert found == {("x", "a", "class:t"), ("x", "n", ("1", "integer")), ("x", "m", ("2", "integer"))}


def test_columns_named_by_the_user(store: Store, tmp_path: Path) -> None:
    columns = ("country", "capital", "since")
    expected = {
        ("Peru", "a", "class:t"),
        ("Peru", "capital", "entity:Lima"),
        ("Peru", "since", ("1535", "integer")),
    }
    assert table(store, tmp_path, "Peru,Lima,1535\n", columns=columns) == expected
    load(store, write(tmp_path / "t.csv", "country,capital,since\nPeru,Lima,1535\n"), columns=columns)
    assert facts(store) == expected
    with pytest.raises(LoadError, match="or each column of a table of things, got"):
        load(store, tmp_path / "t.csv", columns=("country", "capital"))


@pytest.mark.parametrize(
    "content",
    [
        "Your Name,by,Makoto Shinkai\nHeat,by,Michael Mann\n",
        "name,object,predicate\nx,y,z\n",
        "a,p,b\nname,n,1\n",
        "Peru,capital,Lima\nPeru,population,33000000\nPeru,area,1285216\n",
        "Nile,flows through,Egypt\nRhine,length,1230\n",
        "Q42,P31,Q5\nQ64,P17,Q183\nQ90,P36,Q142\n",
        "Q42\tP69\tQ691283\nQ64\tP17\tQ183\nQ90\tP36\tQ142\n",
        "employee,relation,hours\nAna,has,6\nBob,has,4\n",
        "主语,谓语,数量\n贾演,年龄,33\n贾源,年龄,30\n",
    ],
)
def test_tables_of_triples_stay(store: Store, tmp_path: Path, content: str) -> None:
    assert len(table(store, tmp_path, content)) == content.count("\n")
    assert not store.ask("ASK { ?class a rdfs:Class }")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name,n,m,k\nx,1,2\n", ", line 2: has 3 cells between ',', not 4 as the header"),
        ("name,n,m,k\nx,1,2,3\ny,1,2,3,4\n", ", line 3: has 5 cells between ',', not 4 as the header"),
        ("name,n,m,\nx,1,2,3\n", ", line 2: has a cell in a column without a name: 3"),
        ("name,n,m,n\nx,1,2,3\n", ", line 1: has two columns called 'n' in its header"),
        (
            "a,n,m,n\nx,1,2,3\n",
            ", line 1: has 4 cells between ',', not 3; name the columns to use others, or",
        ),
        ("name,2019,2020,2021\nx,1,2,3\n", ", line 1: has 4 cells between ',', not 3"),
        ("name,,m,k\nx,1,2,3\n", ", line 1: has 4 cells between ',', not 3"),
        ("name,n,m,k\n", ": holds no rows"),
        (f"name,n\n{'x' * 501},1\n", ", line 2: has a name of 501 characters; the limit is 500"),
        (b"name,n\nx,\xff\n", ", line 2: is not UTF-8"),
        ('name,n\nx,"1"2\n', ", line 2: is not valid CSV"),
    ],
)
def test_bad_tables(store: Store, tmp_path: Path, content: str | bytes, message: str) -> None:
    file = write(tmp_path / "t.csv", content)
    with pytest.raises(LoadError) as caught:
        load(store, file)
    assert str(caught.value).startswith(f"{file}{message}") and "\n" not in str(caught.value)
    assert not len(store)


def test_skipping_rows(store: Store, tmp_path: Path) -> None:
    file = write(tmp_path / "t.csv", f"name,n,m,k\nx,1,2,3\nshort,1\n{'y' * 501},1,2,3\nz,1,2,3\n")
    report = load(store, file, on_error="skip")
    assert (report.triples, report.skipped) == (8, 2)
    assert [problem.line for problem in report.problems] == [3, 4]
    assert named(facts(store)) == {"x", "z"}
    assert load(store, write(tmp_path / "none.csv", "name,n\nx\n"), on_error="skip").triples == 0
    assert set(store.sources()) == {str(file)}


def test_long_tables_are_read_twice_with_the_same_result(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "t.csv", "sku,tags,n\nx,a;b,1\nshort\ny,,2\ny,c,3\n")
    once = load(store, file, source="once", on_error="skip")
    monkeypatch.setattr("kg.load.KEPT_ROWS", 1)
    twice = load(store, file, source="twice", on_error="skip")
    assert once == twice and once.skipped == 1 and once.triples == 3 + 3 + 3
    assert store.sources()["once"] == store.sources()["twice"] == len(store)
