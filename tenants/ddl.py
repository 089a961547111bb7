"""Pure text work on the dump of a schema: what to keep, and where the schema's name is meant.

A dump names its schema as an identifier (`template_shop.orders`) and inside `regclass`-like literals
(`nextval('template_shop.orders_id_seq'::regclass)`). Everything else that happens to contain the word - texts in
checks and defaults, comments, trigger arguments - is left as it is, because it says the same in every shop.
"""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<comment>--[^\n]*|/\*.*?\*/)
  | (?P<psql>^\\[^\n]*)
  | (?P<dollar>\$(?P<tag>[A-Za-z_]\w*|)\$.*?\$(?P=tag)\$)
  | (?P<literal>\b[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*')
  | (?P<quoted>"(?:[^"]|"")*")
  | (?P<word>[A-Za-z_][\w$]*)
  | (?P<space>\s+)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_KINDS = ("comment", "psql", "dollar", "literal", "quoted", "word", "space", "other")
_REG_CAST = re.compile(r"::\s*(?:pg_catalog\.)?reg(?:class|type|procedure|proc|config|dictionary|oper|operator)\b")
# Settings of pg_dump's own session: replayed, they would outlive the transaction or move the search path.
_SESSION = re.compile(r"(?:SET\s|SELECT\s+pg_catalog\.set_config\()")
_ROUTINE = re.compile(r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\b")


class NotReplayable(RuntimeError):
    """The dump carries something that cannot be pointed at another schema with certainty."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def replayable(dump: str, *, schema: str, marker: str) -> str:
    """The statements of `dump` without session settings, with `schema` replaced by `marker` where it is meant.

    `marker` is a plain lower-case identifier that occurs nowhere in the dump, so a later plain replace is exact.
    Refuses: `NotReplayable` for a routine inside the schema that names it in its body, or a marker that occurs.
    """
    if marker in dump:
        raise NotReplayable("The marker occurs in the dump.")
    kept = [_renamed(statement, schema, marker) for statement in _statements(dump) if _belongs(statement, schema)]
    return "\n".join(kept) + "\n"


def _statements(dump: str) -> list[list[_Token]]:
    """Token lists cut after each `;`, without comments and psql commands."""
    statements: list[list[_Token]] = [[]]
    for match in _TOKEN.finditer(dump):
        kind = next(name for name in _KINDS if match.group(name) is not None)
        if kind in ("comment", "psql") or (kind == "space" and not statements[-1]):
            continue
        statements[-1].append(_Token(kind, match.group()))
        if kind == "other" and match.group() == ";":
            statements.append([])
    return [statement for statement in statements if statement]


def _belongs(statement: list[_Token], schema: str) -> bool:
    text = "".join(token.text for token in statement)
    if _ROUTINE.match(text):
        bodies = [token.text for token in statement if token.kind in ("dollar", "literal")]
        if any(schema in body for body in bodies):
            raise NotReplayable(f"A routine of the schema names it in its body: {text[:80]}")
    return not _SESSION.match(text)


def _renamed(statement: list[_Token], schema: str, marker: str) -> str:
    names = (schema, f'"{schema}"')
    out = []
    for index, token in enumerate(statement):
        if token.kind in ("word", "quoted") and token.text in names and _is_schema(statement, index):
            out.append(marker)
        elif token.kind == "literal" and _is_reg_literal(statement, index):
            out.append(re.sub(rf"^'(?:{schema}|\"{schema}\")\.", f"'{marker}.", token.text))
        else:
            out.append(token.text)
    return "".join(out)


def _is_schema(statement: list[_Token], index: int) -> bool:
    before = [token.text for token in statement[:index] if token.kind != "space"]
    after = next((token.text for token in statement[index + 1 :] if token.kind != "space"), "")
    if before and before[-1] == ".":
        return False
    return after == "." or (bool(before) and before[-1].upper() == "SCHEMA")


def _is_reg_literal(statement: list[_Token], index: int) -> bool:
    following = "".join(token.text for token in statement[index + 1 : index + 8])
    return bool(_REG_CAST.match(following.lstrip()))
