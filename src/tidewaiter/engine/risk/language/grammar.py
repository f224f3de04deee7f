"""The closed grammar (LALR). Nothing else can be said.

One hierarchy for conditions and values keeps brackets unambiguous; `checking` then refuses what
has no meaning, such as `(a > 1) + 2`.
"""

from __future__ import annotations

KEYWORDS = (
    "AND",
    "OR",
    "NOT",
    "BETWEEN",
    "IN",
    "LIST",
    "LIKE",
    "IS",
    "NULL",
    "DATE",
    "TRUE",
    "FALSE",
)

_RULES = r"""
?start: disjunction
?disjunction: conjunction
    | conjunction (OR conjunction)+ -> any_of
?conjunction: negation
    | negation (AND negation)+ -> all_of
?negation: predicate
    | NOT negation -> negate
?predicate: sum
    | sum COMPARISON sum -> compare
    | sum NOT? BETWEEN sum AND sum -> between
    | sum NOT? IN LPAR constant (COMMA constant)* RPAR -> among
    | sum NOT? IN LIST LPAR TEXT RPAR -> in_list
    | sum NOT? LIKE TEXT -> like
    | sum IS NOT? NULL -> is_null
?sum: product
    | sum SIGN product -> arithmetic
?product: factor
    | product TIMES factor -> arithmetic
?factor: atom
    | SIGN factor -> signed
?atom: literal
    | NAME -> name
    | NAME LPAR disjunction (COMMA disjunction)* RPAR -> call
    | LPAR disjunction RPAR -> bracket
?literal: NUMBER -> number
    | TEXT -> text
    | DATE TEXT -> day
    | TRUE -> flag
    | FALSE -> flag
?constant: literal
    | SIGN NUMBER -> signed
COMPARISON: "<=" | ">=" | "<>" | "!=" | "=" | "<" | ">"
SIGN: "+" | "-"
TIMES: "*" | "/" | "%"
LPAR: "("
RPAR: ")"
COMMA: ","
NUMBER.3: /(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?/
TEXT: /'(?:[^']|'')*'/
NAME: /[A-Za-z_][A-Za-z0-9_]*/
%ignore /\s+/
"""

GRAMMAR = _RULES + "\n".join(f"{word}.2: /{word}\\b/i" for word in KEYWORDS)

# What an officer is told instead of the name of a terminal.
SHOWN = {
    "COMPARISON": ("=", "<>", "<", "<=", ">", ">="),
    "SIGN": ("+", "-"),
    "TIMES": ("*", "/", "%"),
    "LPAR": ("(",),
    "RPAR": (")",),
    "COMMA": (",",),
    "NUMBER": ("number",),
    "TEXT": ("'text'",),
    "NAME": ("field",),
    "$END": ("end",),
    **{word: (word,) for word in KEYWORDS},
}
