"""What Athena refuses although sqlglot parses it and DuckDB runs it: a small list.

`parsed` looks at the text alone; `typed`, in trino_types, at columns and types as well.
"""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from .trino_functions import FUNCTIONS, NOT_FUNCTIONS, RESERVED, TYPES_UNKNOWN

DIALECT = "athena"

_FIRST = {"select", "with", "(", "values", "create", "drop", "alter", "show", "describe", "msck", "insert"}
_UNITS = {"year", "month", "day", "hour", "minute", "second"}
_NO_ARRAY_BEFORE = {"", ",", "(", "[", "=", "select", "in", "then", "else", "when"}
_OPERATORS = {
    "::": "casts are CAST(… AS …)",
    "{": "there are no struct literals",
    "`": "names go in double quotes",
}
_UNKNOWN_WORDS = {
    "ilike",
    "qualify",
    "exclude",
    "glob",
    "sample",
    "asof",
    "anti",
    "semi",
    "positional",
    "pivot",
}


class RefusedError(Exception):
    """Athena would not run it; code and message are in the form of its StateChangeReason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


def parsed(sql: str) -> exp.Expr:
    """One statement; raises RefusedError for what is no SQL of Athena's."""
    return _parsed(sql).copy()


@cache
def _parsed(sql: str) -> exp.Expr:
    try:
        # Trino's own tokens: in Athena's, the DDL of Hive has its backquotes.
        tokens = sqlglot.tokenize(sql, read="trino")
        _check_tokens(sql, tokens)
        statements = [each for each in sqlglot.parse(sql, read=DIALECT) if each is not None]
    except SqlglotError as error:
        raise RefusedError("SYNTAX_ERROR", str(error)) from None
    if len(statements) != 1 or isinstance(statements[0], exp.Block):
        raise RefusedError("SYNTAX_ERROR", "Only one sql statement is allowed")
    _check_tree(statements[0])
    _check_functions(tokens, statements[0])
    return statements[0]


def _check_tokens(sql: str, tokens: list[Token]) -> None:
    if not tokens or tokens[0].text.lower() not in _FIRST:
        raise RefusedError("SYNTAX_ERROR", "line 1:1: mismatched input: no statement of Athena's")
    words = ["", *[sql[token.start : token.end + 1].lower() for token in tokens], "", "", ""]
    for at, token in enumerate(tokens, start=1):
        for message in _token_faults(words, at, token):
            raise RefusedError("SYNTAX_ERROR", f"line {token.line}:{token.col}: {message}")


def _token_faults(words: list[str], at: int, token: Token) -> Iterator[str]:
    before, word, after = words[at - 1 : at + 2]
    if token.token_type in (TokenType.STRING, TokenType.IDENTIFIER):
        return
    if word in _OPERATORS or word in _UNKNOWN_WORDS:
        yield f"mismatched input '{word}': {_OPERATORS.get(word, 'unknown to Athena')}"
    if word == "[" and before in _NO_ARRAY_BEFORE:
        yield "mismatched input '[': an array is ARRAY[…]"
    if word == "interval" and not _is_interval(words[at + 1 : at + 3]):
        yield "an interval is INTERVAL '7' DAY"
    if before == "as" and word in TYPES_UNKNOWN and after == ")":
        yield f"Unknown type: {word}"
    if before == "as" and word in RESERVED - {"select", "with", "values", "table"}:
        yield f"mismatched input '{word}': a reserved word"
    if word == "limit" and words[at + 2] == "offset":
        yield "mismatched input 'offset': OFFSET comes before LIMIT"


def _is_interval(words: list[str]) -> bool:
    return words[0].strip("'").isdecimal() and words[0].startswith("'") and words[1] in _UNITS


def _check_tree(statement: exp.Expr) -> None:
    for node in statement.walk():
        for kind, is_refused, message in _REFUSED_NODES:
            if isinstance(node, kind) and is_refused(node):
                raise RefusedError("SYNTAX_ERROR", message)


def _has(*names: str) -> Callable[[exp.Expr], bool]:
    return lambda node: any(node.args.get(name) for name in names)


_REFUSED_NODES: list[tuple[type[exp.Expr], Callable[[exp.Expr], bool], str]] = [
    (exp.Star, _has("except", "except_", "replace", "rename"), "mismatched input after '*'"),
    (exp.Group, _has("all"), "GROUP BY ALL is unknown to Athena"),
    (exp.Distinct, _has("on"), "DISTINCT ON is unknown to Athena"),
]


def _check_functions(tokens: list[Token], statement: exp.Expr) -> None:
    """Names are taken from the text: sqlglot gives a known function the same name whatever it was called."""
    aliases = {alias.name.lower() for alias in statement.find_all(exp.TableAlias)}
    for token, following in pairwise(tokens):
        name = token.text.lower()
        is_call = following.token_type is TokenType.L_PAREN and name.isidentifier()
        if is_call and name not in FUNCTIONS | NOT_FUNCTIONS | aliases:
            message = f"line {token.line}:{token.col}: Function '{name}' not registered"
            raise RefusedError("FUNCTION_NOT_FOUND", message)
