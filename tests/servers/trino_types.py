"""What Athena refuses for its types: DuckDB casts where Trino will not."""

import json
from collections.abc import Iterator, Mapping

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from .trino import DIALECT, RefusedError

Schema = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Database → table → column → type, in Trino's words."""

_TEXT_FUNCTIONS = (exp.Lower, exp.Upper, exp.Substring, exp.Pad, exp.Length, exp.Trim, exp.DPipe, exp.Like)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ)
_ALIKE = (*_COMPARISONS, exp.Coalesce, exp.Case, exp.In, exp.Between, exp.Add, exp.Sub, exp.Mul, exp.Div)


_typed_before: dict[tuple[str, str, str], exp.Query] = {}


def typed(query: exp.Query, database: str, schema: Schema) -> exp.Query:
    """The query with its columns resolved and its types; raises RefusedError."""
    known = (query.sql(DIALECT), database, json.dumps(schema, sort_keys=True))
    if known not in _typed_before:  # a tenth of a second for a view, and views are made all the time
        _typed_before[known] = _typed(query, database, schema)
    return _typed_before[known].copy()


def _typed(query: exp.Query, database: str, schema: Schema) -> exp.Query:
    try:
        resolved = qualify(
            query.copy(),
            dialect=DIALECT,
            db=database,
            schema={name: dict(tables) for name, tables in schema.items()},
            # An alias is for ORDER BY only; DuckDB takes it in WHERE and GROUP BY as well.
            expand_alias_refs=False,
            quote_identifiers=False,
        )
        annotated = annotate_types(resolved, schema=dict(schema), dialect=DIALECT)
    except SqlglotError as error:
        raise RefusedError("COLUMN_NOT_FOUND", str(error)) from None
    for node in annotated.walk():
        for message in _faults(node):
            raise RefusedError("TYPE_MISMATCH", f"{message}: {node.sql(DIALECT)}")
    return annotated


def _faults(node: exp.Expr) -> Iterator[str]:
    if isinstance(node, _TEXT_FUNCTIONS):
        families = _families([node.this, node.expression if isinstance(node, exp.DPipe) else node.this])
        if families - {"text"}:
            yield f"{node.key} is for varchar, not {' and '.join(sorted(families - {'text'}))}"
    if isinstance(node, _ALIKE):
        families = _families(_operands(node))
        if isinstance(node, (exp.Add, exp.Sub)) and families in ({"time", "interval"}, {"time"}):
            return
        if isinstance(node, exp.Mul) and families == {"number", "interval"}:
            return
        if len(families) > 1:
            yield f"Cannot apply operator: {', '.join(sorted(families))}"


def _operands(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Case):
        branches = [branch.args["true"] for branch in node.args["ifs"]]
        return [*branches, *filter(None, [node.args.get("default")])]
    return [each for each in node.iter_expressions() if isinstance(each, exp.Expr)]


def _families(operands: list[exp.Expr]) -> set[str]:
    found = {_family(operand) for operand in operands}
    return {family for family in found if family}


def _family(operand: exp.Expr) -> str:
    if isinstance(operand, exp.Mul) and operand.find(exp.Interval):
        return "interval"  # sqlglot takes it for a number
    kind = operand.type.this if operand.type else None
    if kind in exp.DataType.TEXT_TYPES:
        return "text"
    if kind in exp.DataType.NUMERIC_TYPES:
        return "number"
    if kind in exp.DataType.TEMPORAL_TYPES:
        return "time"
    names = {exp.DataType.Type.BOOLEAN: "boolean", exp.DataType.Type.INTERVAL: "interval"}
    return names.get(kind, "") if kind else ""
