"""Negation normal form: NOT pushed to the leaves, so that AND and OR of leaves are all that is left.

Each leaf has a complement that is true exactly when it is false and unknown when it is unknown,
which makes SQL's three-valued logic two questions of ordinary logic: is the form true, and is the
form of its negation true? When neither holds, the condition is unknown.
"""

from __future__ import annotations

from dataclasses import replace

from tidewaiter.engine.risk.language import tree as t

OPPOSITE: dict[t.Comparison, t.Comparison] = {
    "=": "<>",
    "<>": "=",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
}


def normal(node: t.Condition, *, negate: bool = False) -> t.Condition:
    """An equal condition without Not, Between and nested And/Or of the same kind."""
    match node:
        case t.Not(part):
            return normal(part, negate=not negate)
        case t.And(parts):
            return _joined(parts, conjunction=not negate, negate=negate)
        case t.Or(parts):
            return _joined(parts, conjunction=negate, negate=negate)
        case t.Between(value, low, high, negated):
            ends = (t.Compare(">=", value, low), t.Compare("<=", value, high))
            flip = negate != negated
            return _joined(ends, conjunction=not flip, negate=flip)
        case t.Compare(operator):
            return replace(node, operator=OPPOSITE[operator]) if negate else node
        case _:
            return replace(node, negated=not node.negated) if negate else node


def question(node: t.Condition) -> t.Question:
    """A leaf of a tree in normal form, as such."""
    if isinstance(node, t.And | t.Or | t.Not | t.Between):
        raise TypeError(f"{type(node).__name__} is not a leaf in normal form")
    return node


def opposite(leaf: t.Question) -> t.Question:
    """True where the leaf is false, unknown where it is unknown."""
    return question(normal(leaf, negate=True))


def _joined(parts: tuple[t.Condition, ...], *, conjunction: bool, negate: bool) -> t.Condition:
    kind = t.And if conjunction else t.Or
    flat: list[t.Condition] = []
    for part in parts:
        inner = normal(part, negate=negate)
        flat.extend(inner.parts if isinstance(inner, kind) else (inner,))
    unique = tuple(dict.fromkeys(flat))
    return unique[0] if len(unique) == 1 else kind(unique)
