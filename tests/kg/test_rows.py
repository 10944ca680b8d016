"""Keys: cells that are keys of rows lead to these rows, numbers and codes that only happen to be equal do not."""

from __future__ import annotations

import gzip
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kg.load import load
from kg.rows import keys_beside
from kg.store import Store
from kg.types import RDF_TYPE, RDFS_LABEL, XSD, Iri

EMPLOYEES = """\
Employee ID,Full Name,Line Manager,Age
E01,Ana Ribeiro,E05,30
E02,Bruno Keller,E05,41
E05,Elena Marchetti,,52
"""
PROJECTS = """\
Project No,Project Name,Project Lead,Team
P-1,Cold Chain Audit,E02,E01;E02
P-2,Fraud Dashboard,E05,E05
"""
TIMESHEETS = """\
Employee,Project,Date,Hours,Billable
E01,P-1,2024-03-04,6,yes
E01,P-2,2024-03-05,4.5,no
E02,P-1,2024-03-04,8,yes
"""
CUSTOMERS = "id,name,city,year\n" + "".join(
    f"{n},Customer {'ABCDEFGHIJ'[n - 1]},Bergen,{n}\n" for n in range(1, 11)
)


def tables(
    store: Store, tmp_path: Path, files: Mapping[str, str], **options: Any
) -> set[tuple[str, str, Any]]:
    """Write all files, then load them, and return the facts by local names, but labels and types."""
    for name, content in files.items():
        data = content.encode()
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    for name in files:
        load(store, tmp_path / name, **options)
    found = store.triples(limit=10_000)
    return {
        (short(fact.subject), short(fact.predicate), short(fact.object))
        for fact in found
        if fact.predicate not in (RDF_TYPE, RDFS_LABEL)
    }


def short(term: Any) -> Any:
    if isinstance(term, Iri):
        return term.value.rsplit(":", 1)[-1]
    return f'"{term.value}"' if term.datatype == XSD + "string" else term.value


def objects(found: set[tuple[str, str, Any]], relation: str) -> set[tuple[str, Any]]:
    return {(subject, object_) for subject, predicate, object_ in found if predicate == relation}


@pytest.mark.parametrize("order", [1, -1])
def test_tables_of_a_firm(store: Store, tmp_path: Path, order: int) -> None:
    files = {"employees.csv": EMPLOYEES, "projects.csv": PROJECTS, "timesheets.csv": TIMESHEETS}
    found = tables(store, tmp_path, dict(list(files.items())[::order]))
    assert found == {
        ("Ana_Ribeiro", "Employee%20ID", '"E01"'),
        ("Ana_Ribeiro", "Line%20Manager", "Elena_Marchetti"),
        ("Ana_Ribeiro", "Age", "30"),
        ("Bruno_Keller", "Employee%20ID", '"E02"'),
        ("Bruno_Keller", "Line%20Manager", "Elena_Marchetti"),
        ("Bruno_Keller", "Age", "41"),
        ("Elena_Marchetti", "Employee%20ID", '"E05"'),
        ("Elena_Marchetti", "Age", "52"),
        ("Cold_Chain_Audit", "Project%20No", '"P-1"'),
        ("Cold_Chain_Audit", "Project%20Lead", "Bruno_Keller"),
        ("Cold_Chain_Audit", "Team", "Ana_Ribeiro"),
        ("Cold_Chain_Audit", "Team", "Bruno_Keller"),
        ("Fraud_Dashboard", "Project%20No", '"P-2"'),
        ("Fraud_Dashboard", "Project%20Lead", "Elena_Marchetti"),
        ("Fraud_Dashboard", "Team", "Elena_Marchetti"),
        ("timesheet_1", "Employee", "Ana_Ribeiro"),
        ("timesheet_1", "Project", "Cold_Chain_Audit"),
        ("timesheet_1", "Date", "2024-03-04"),
        ("timesheet_1", "Hours", "6"),
        ("timesheet_1", "Billable", "true"),
        ("timesheet_2", "Employee", "Ana_Ribeiro"),
        ("timesheet_2", "Project", "Fraud_Dashboard"),
        ("timesheet_2", "Date", "2024-03-05"),
        ("timesheet_2", "Hours", "4.5"),
        ("timesheet_2", "Billable", "false"),
        ("timesheet_3", "Employee", "Bruno_Keller"),
        ("timesheet_3", "Project", "Cold_Chain_Audit"),
        ("timesheet_3", "Date", "2024-03-04"),
        ("timesheet_3", "Hours", "8"),
        ("timesheet_3", "Billable", "true"),
    }
    assert store.ask(
        "ASK { c:timesheet a rdfs:Class . e:timesheet_3 a c:timesheet . e:Ana_Ribeiro a c:employee }"
    )
    assert not store.ask('ASK { ?thing rdfs:label ?key FILTER(?key IN ("E01", "P-1")) }')


@pytest.mark.parametrize(
    ("content", "nodes"),
    [
        ("employee,project,hours\nE01,P-1,6\nE02,P-2,4\n", {"timesheet_1", "timesheet_2"}),
        ("Employee,Project\nE01,P-1\nE02,P-2\n", {"timesheet_1", "timesheet_2"}),
        ("employee,project,role\nE01,P-1,lead\nE01,P-2,lead\n", {"timesheet_1", "timesheet_2"}),
        ("Employee ID,Project,Hours\nE01,P-1,6\nE02,P-2,4\n", {"timesheet_1", "timesheet_2"}),
        ("Project,Timesheet No,Hours\nP-1,T-7,6\nP-2,T-8,4\n", {"T-7", "T-8"}),
    ],
)
def test_a_row_is_not_what_it_is_about(store: Store, tmp_path: Path, content: str, nodes: set[str]) -> None:
    tables(store, tmp_path, {"employees.csv": EMPLOYEES, "projects.csv": PROJECTS, "timesheets.csv": content})
    rows = store.select("SELECT ?row { ?row a c:timesheet }")
    assert {short(row["row"]) for row in rows} == nodes
    assert store.ask("ASK { ?row a c:timesheet ; ?to e:Cold_Chain_Audit }")


def test_numbers_are_keys_where_the_header_says_of_what(store: Store, tmp_path: Path) -> None:
    orders = (
        "order_no,customer_id,Customer,billing_customer_id,quantity,customers,year,Customer Since,price\n"
        + "".join(f"{n},{n % 3 + 1},{n % 4 + 1},{n},{n % 3 + 1},{n},{n},{n},{n}\n" for n in range(1, 6))
    )
    lines = "order_no,number,product\n1,1,Tent\n1,2,Bag\n2,1,Tent\n"
    files = {"customers.csv": CUSTOMERS, "orders.csv": orders, "order_lines.csv": lines}
    found = tables(store, tmp_path, files)
    assert ("order_1", "customer_id", "Customer_B") in found  # there is a column "Customer", too
    assert ("order_1", "Customer", "Customer_B") in found
    assert ("order_4", "billing%20customer", "Customer_D") in found
    assert objects(found, "order") == {
        ("order_line_1", "order_1"), ("order_line_2", "order_1"), ("order_line_3", "order_2")
    }  # fmt: skip
    for relation in ("quantity", "customers", "Customer%20Since", "price", "number", "order_no", "id"):
        values = objects(found, relation)
        assert values and all(value.isdecimal() for _, value in values), relation
    years = store.select("SELECT ?year { ?row r:year ?year FILTER(isLiteral(?year)) }")
    assert len(years) == 15


def test_the_relation_is_called_without_the_word_for_keys(store: Store, tmp_path: Path) -> None:
    orders = "order_no,customer_id,amount\nO-1,1,5\nO-2,2,6\nO-3,2,6\n"
    found = tables(store, tmp_path, {"customers.csv": CUSTOMERS, "orders.csv": orders})
    assert objects(found, "customer") == {
        ("O-1", "Customer_A"), ("O-2", "Customer_B"), ("O-3", "Customer_B")
    }  # fmt: skip
    assert store.ask('ASK { r:customer rdfs:label "customer" }')
    assert not store.ask("ASK { ?row r:customer_id ?customer }")
    assert store.ask("ASK { e:Customer_A r:id 1 }")


def test_chinese_tables(store: Store, tmp_path: Path) -> None:
    customers = "客户编号,客户名称,城市\n1,光明公司,北京\n2,长城公司,上海\n"
    orders = "订单号,客户编号,数量,金额\nD1,2,1,￥300\nD2,1,2,￥1,200.50\n".replace(
        "￥1,200.50", '"￥1,200.50"'
    )
    found = tables(store, tmp_path, {"客户.csv": customers, "订单.csv": orders})
    assert objects(found, "客户") == {("D1", "长城公司"), ("D2", "光明公司")}
    assert objects(found, "数量") == {("D1", "1"), ("D2", "2")}
    assert objects(found, "金额") == {("D1", "300"), ("D2", "1200.5")}


@pytest.mark.parametrize(
    ("column", "cells", "said"),
    [
        ("Lead", "E01 E02 E05", "Ana_Ribeiro Bruno_Keller Elena_Marchetti"),
        ("Lead", "E01 E01 E01", "Ana_Ribeiro Ana_Ribeiro Ana_Ribeiro"),
        ("Lead", "E01 E02 n/a", "Ana_Ribeiro Bruno_Keller"),
        ("Lead", "E01 E02 E99", "E01 E02 E99"),  # too few are keys
        ("Lead", "e01 e02 e05", "e01 e02 e05"),
        ("Lead", " ".join(["E01", "E02"] * 5 + ["E99"]), " ".join(["Ana_Ribeiro", "Bruno_Keller"] * 5 + ['"E99"'])),
        ("Lead", " ".join(["E01"] * 11), " ".join(["E01"] * 11)),  # one code by chance
        ("Employee", " ".join(["E01"] * 11), " ".join(["Ana_Ribeiro"] * 11)),
        ("Lead", " ".join(["E01", "E02"] * 5 + ["Elena_Marchetti"]), " ".join(["Ana_Ribeiro", "Bruno_Keller"] * 5 + ["Elena_Marchetti"])),
        ("Paid", "yes no yes", "true false true"),
    ],
)  # fmt: skip
def test_codes_are_keys_by_themselves(
    store: Store, tmp_path: Path, column: str, cells: str, said: str
) -> None:
    rows = "".join(f"thing {n},{cell.replace('_', ' ')},x\n" for n, cell in enumerate(cells.split(), start=1))
    files = {"employees.tsv": EMPLOYEES.replace(",", "\t"), "things.csv": f"name,{column},other\n{rows}"}
    found = tables(store, tmp_path, files)
    given = objects(found, column)
    assert given == {(f"thing_{n}", object_) for n, object_ in enumerate(said.split(), start=1)}


@pytest.mark.parametrize(
    "others",
    [
        {"answers.csv": "name,code\nall,yes\nnothing,no\n"},
        {"grades.csv": "name,code\nbest,A\nworst,F\n"},
        {"suppliers.csv": "name,country code\nNordfjell,NO\nBergwerk,DE\n"},
        {"twice.csv": "name,code\none,X-1\ntwo,X-1\n"},
        {"gap.csv": "name,code\none,X-1\ntwo,X-2\nthree,\n"},
        {"a.csv": "name,code\none,X-1\ntwo,X-2\n", "b.csv": "name,code\neins,X-1\nzwei,X-2\n"},
        {"bad.csv": "name,code\none,X-1\ntwo,X-2,1\n"},
        {"triples.csv": "X-1,code,X-1\nX-2,code,X-2\n"},
        {".hidden.csv": "name,code\none,X-1\ntwo,X-2\n"},
    ],
)
def test_what_is_no_key(store: Store, tmp_path: Path, others: dict[str, str]) -> None:
    rows = "thing 1,A,NO,X-1,yes\nthing 2,F,DE,X-2,no\nthing 3,A,NO,X-2,no\n"
    alone = f"name,mark,origin,part,paid\n{rows}"
    for name, content in others.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    found = tables(store, tmp_path, {"things.csv": alone})
    assert objects(found, "mark") == {("thing_1", "A"), ("thing_2", "F"), ("thing_3", "A")}
    assert objects(found, "origin") == {("thing_1", "NO"), ("thing_2", "DE"), ("thing_3", "NO")}
    assert objects(found, "paid") == {("thing_1", "true"), ("thing_2", "false"), ("thing_3", "false")}
    assert objects(found, "part") == {("thing_1", "X-1"), ("thing_2", "X-2"), ("thing_3", "X-2")}


def test_tables_about_the_same_rows(store: Store, tmp_path: Path) -> None:
    files = {
        "employees.csv": EMPLOYEES,
        "employees_old.csv": EMPLOYEES.replace("Ana", "Anna"),
        "employee_details.csv": "Employee ID,Salary,Bonus\nE01,50,1\nE02,60,2\n",
        "projects.csv": PROJECTS,
    }
    found = tables(store, tmp_path, files)
    assert objects(found, "Employee") == {
        ("employee_detail_1", "Ana_Ribeiro"), ("employee_detail_2", "Bruno_Keller"),
        ("Anna_Ribeiro", "Ana_Ribeiro"), ("Bruno_Keller", "Bruno_Keller"), ("Elena_Marchetti", "Elena_Marchetti"),
    }  # fmt: skip
    assert ("Cold_Chain_Audit", "Team", "Ana_Ribeiro") in found


def test_a_table_beside_is_looked_at_as_it_is_now(store: Store, tmp_path: Path) -> None:
    lead = {"projects.csv": PROJECTS}
    found = tables(store, tmp_path, lead)
    assert ("Cold_Chain_Audit", "Project%20Lead", "E02") in found
    (tmp_path / "employees.csv.gz").write_bytes(gzip.compress(EMPLOYEES.encode()))
    found = tables(store, tmp_path, lead)
    assert ("Cold_Chain_Audit", "Project%20Lead", "Bruno_Keller") in found
    (tmp_path / "employees.csv.gz").write_bytes(gzip.compress(EMPLOYEES.replace("Bruno", "Benno").encode()))
    found = tables(store, tmp_path, lead)
    assert ("Cold_Chain_Audit", "Project%20Lead", "Benno_Keller") in found


def test_limits(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "employees.csv").write_text(EMPLOYEES, encoding="utf-8")
    monkeypatch.setattr("kg.rows.MAX_BYTES", len(EMPLOYEES) - 1)
    found = tables(store, tmp_path, {"projects.csv": PROJECTS})
    assert ("Cold_Chain_Audit", "Project%20Lead", "E02") in found
    monkeypatch.undo()
    monkeypatch.setattr("kg.headers.MAX_FILES", 1)
    found = tables(store, tmp_path, {"projects.csv": PROJECTS})
    assert ("Cold_Chain_Audit", "Project%20Lead", "Bruno_Keller") not in found


def test_columns_named_by_the_user_are_looked_for_nowhere(store: Store, tmp_path: Path) -> None:
    (tmp_path / "employees.csv").write_text(EMPLOYEES, encoding="utf-8")
    found = tables(store, tmp_path, {"leads.csv": "Audit,E01\nReview,E02\n"}, columns=("name", "lead"))
    assert found == {("Audit", "lead", "E01"), ("Review", "lead", "E02")}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
@pytest.mark.timeout(20)
def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "employees.csv").write_text(EMPLOYEES, encoding="utf-8")
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    found = keys_beside(tmp_path / "projects.csv")
    assert [key.header.path for key in found.all] == [tmp_path / "employees.csv"]
