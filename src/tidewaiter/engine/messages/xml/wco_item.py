"""A GovernmentAgencyGoodsItem of the WCO Data Model: the fields that are more than one path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidewaiter.engine.messages.xml import wco_fields as at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidewaiter.engine.messages.xml.leaves import Leaves
    from tidewaiter.engine.messages.xml.stated import Stated

NON_PREFERENTIAL = "1"  # type of origin; 2 is the preferential one
CUSTOMS_DUTY = "A00"  # EU and UK tax type of customs duty


def state_item(stated: Stated, leaves: Leaves) -> None:
    """Everything an item states for itself."""
    for target, paths in at.ITEM_FIELDS.items():
        stated.pick(leaves, target, paths)
    _commodity(stated, leaves)
    _procedures(stated, leaves)
    _origin(stated, leaves)
    _masses(stated, leaves)
    _packages(stated, leaves)
    _taxes(stated, leaves)
    own = containers(leaves, "Commodity/TransportEquipment").split()
    shared = str(stated.raw.get("containers", "")).split()
    stated.raw["containers"] = " ".join(dict.fromkeys(own + shared))
    stated.add("documents", references(leaves, "AdditionalDocument"))
    stated.add("previous_documents", references(leaves, "PreviousDocument"))


def containers(leaves: Leaves, path: str) -> str:
    """Container numbers, separated by spaces."""
    found = [f"{group}/ID" for group in leaves.groups(path) if f"{group}/ID" in leaves.texts]
    leaves.take(*found)
    return " ".join(leaves.texts[name] for name in found)


def references(leaves: Leaves, path: str) -> Iterator[str]:
    """Documents as category, type and number: `N935:INV-1`."""
    for group in leaves.groups(path):
        category, kind, number = (f"{group}/{n}" for n in ("CategoryCode", "TypeCode", "ID"))
        leaves.take(category, kind, number)
        code = leaves.texts.get(category, "") + leaves.texts.get(kind, "")
        yield f"{code}:{leaves.texts.get(number, '')}"


def _commodity(stated: Stated, leaves: Leaves) -> None:
    """Commodity code (type TSP) and the TARIC digits (TRC) that follow it; else the first code."""
    codes: dict[str, str] = {}
    for group in leaves.groups("Commodity/Classification"):
        kind = leaves.texts.get(f"{group}/IdentificationTypeCode", "")
        codes.setdefault(kind, f"{group}/ID")
    main = codes.get("TSP") or codes.get("HS") or codes.get("")
    if main is None or main not in leaves.texts:
        return
    further = codes.get("TRC", "")
    stated.raw["hs"] = leaves.texts[main] + leaves.texts.get(further, "")
    stated.places["hs"] = f"{stated.place}/{main}"
    leaves.take(main, further)


def _procedures(stated: Stated, leaves: Leaves) -> None:
    """The procedure with its previous one, `4000`; those without one are additional."""
    additional = []
    for group in leaves.groups("GovernmentProcedure"):
        current = leaves.texts.get(f"{group}/CurrentCode", "")
        previous = leaves.texts.get(f"{group}/PreviousCode", "")
        leaves.take(f"{group}/CurrentCode", f"{group}/PreviousCode")
        if previous and "procedure" not in stated.raw:
            stated.raw["procedure"] = current + previous
        else:
            additional.append(current + previous)
    stated.raw["additional_procedure"] = " ".join(filter(None, additional))


def _origin(stated: Stated, leaves: Leaves) -> None:
    groups = leaves.groups("Origin")
    usual = [g for g in groups if leaves.texts.get(f"{g}/TypeCode", "") == NON_PREFERENTIAL]
    for group in (usual or groups)[:1]:
        stated.pick(leaves, "origin", (f"{group}/CountryCode",))


def _masses(stated: Stated, leaves: Leaves) -> None:
    """Masses in kilograms. A mass in a unit unknown here stays among what is kept beside."""
    for target, path in at.MASSES.items():
        unit = leaves.texts.get(f"{path}/@unitCode", "KGM")
        if unit == "KGM":
            stated.pick(leaves, target, (path,))
            leaves.take(f"{path}/@unitCode")
        elif unit in at.MASS_UNITS and (number := _number(leaves.texts.get(path))) is not None:
            stated.raw[target] = number * at.MASS_UNITS[unit]
            stated.places[target] = f"{stated.place}/{path}"


def _packages(stated: Stated, leaves: Leaves) -> None:
    paths = [f"{group}/QuantityQuantity" for group in leaves.groups("Packaging")]
    if len(paths) == 1:
        stated.pick(leaves, "packages", paths)
    elif numbers := [n for path in paths if (n := _number(leaves.texts.get(path))) is not None]:
        stated.raw["packages"] = sum(numbers)


def _taxes(stated: Stated, leaves: Leaves) -> None:
    """Sums over the taxes of the item, in the currency of its customs value only."""
    sums: dict[str, float] = {}
    for group in leaves.groups("Commodity/DutyTaxFee"):
        path = f"{group}/Payment/TaxAssessedAmount"
        if path not in leaves.texts:
            path = f"{group}/Payment/PaymentAmount"
        amount = _number(leaves.texts.get(path))
        currency = leaves.texts.get(f"{path}/@currencyID", "")
        if amount is None or currency != stated.raw.setdefault("currency", currency):
            continue
        sums["taxes"] = sums.get("taxes", 0.0) + amount
        if leaves.texts.get(f"{group}/TypeCode") == CUSTOMS_DUTY:
            sums["duty"] = sums.get("duty", 0.0) + amount
    stated.raw |= sums


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
