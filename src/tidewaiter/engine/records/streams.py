"""The canonical streams of the house. Names follow the WCO Data Model (version 3) where it has one.

A declaration is kept as one row a goods item, with its header on every row: a risk engine reads
items, and columnar files store a repeated header for next to nothing.
"""

from __future__ import annotations

from tidewaiter.engine.records.schema import Field, Stream

_KEEPING = (
    Field("key", "integer", "Record key", source="xxHash64 of the natural key"),
    Field("version", "integer", "Version", source="1, then one more for each superseding fact"),
    Field("month", "code", "Month", source="YYYY-MM of the declaration date; the partition"),
)

DECLARATIONS = Stream(
    name="declarations",
    natural_key=("declaration_id", "item_no"),
    keeping=(
        *_KEEPING,
        Field("content", "integer", "Content hash", source="xxHash64 of all incoming fields"),
        Field("message_id", "integer", "Journal message"),
        Field("received_at", "time", "Received"),
    ),
    fields=(
        Field("declaration_id", "text", "Declaration", source="WCO 042 Declaration/ID"),
        Field(
            "item_no", "integer", "Item", source="WCO 006 GovernmentAgencyGoodsItem/SequenceNumeric"
        ),
        Field("function", "code", "Function", source="WCO 017: original, amendment, cancellation"),
        Field(
            "functional_reference_id",
            "text",
            "Trader's reference",
            source="WCO D026",
            personal="identifier",
        ),
        Field("type_code", "code", "Declaration type", source="WCO D013"),
        Field("direction", "code", "Direction", source="import, export or transit"),
        Field("declaration_date", "date", "Acceptance date", source="WCO 023"),
        Field("release_date", "date", "Release date"),
        Field("office", "code", "Customs office", source="WCO 065 DeclarationOfficeID"),
        Field("procedure", "code", "Procedure", source="WCO 166 and 167: current and previous"),
        Field("additional_procedure", "code", "Additional procedure"),
        Field("process_type", "code", "Process type", source="national"),
        Field("import_type", "code", "Import type", source="national"),
        Field("import_use", "code", "Use of the goods", source="national"),
        Field("transaction_nature", "code", "Nature of transaction", source="WCO 103"),
        Field("payment_method", "code", "Payment method", source="WCO 095"),
        Field("transport_mode", "code", "Mode of transport", source="WCO 183 BorderTransportMeans"),
        Field(
            "transport_means_id",
            "code",
            "Means of transport",
            source="WCO T005",
            personal="identifier",
        ),
        Field("transport_nationality", "code", "Nationality of means", source="WCO T014"),
        Field("containers", "text", "Containers", source="WCO 159, separated by spaces"),
        Field("dispatch_country", "code", "Country of dispatch", source="WCO 062 ExportCountry"),
        Field("destination_country", "code", "Country of destination", source="WCO 080"),
        Field("loading_place", "code", "Place of loading", source="WCO 009 UN/LOCODE"),
        Field("unloading_place", "code", "Place of unloading", source="WCO 080 UN/LOCODE"),
        Field("goods_location", "code", "Location of goods", source="WCO 085"),
        Field("incoterm", "code", "Delivery terms", source="WCO 090 Incoterms"),
        Field("importer", "code", "Importer", source="WCO R037", personal="identifier"),
        Field("importer_name", "text", "Importer's name", source="WCO R038", personal="name"),
        Field("importer_country", "code", "Importer's country"),
        Field("exporter", "code", "Exporter", source="WCO R031", personal="identifier"),
        Field("exporter_name", "text", "Exporter's name", source="WCO R030", personal="name"),
        Field("exporter_country", "code", "Exporter's country"),
        Field("seller", "code", "Seller", source="WCO R021", personal="identifier"),
        Field("seller_name", "text", "Seller's name", source="WCO R020", personal="name"),
        Field("buyer", "code", "Buyer", source="WCO R014", personal="identifier"),
        Field("buyer_name", "text", "Buyer's name", personal="name"),
        Field("declarant", "code", "Declarant", source="WCO R123", personal="identifier"),
        Field("declarant_name", "text", "Declarant's name", personal="name"),
        Field("carrier", "code", "Carrier or courier", source="WCO R012", personal="identifier"),
        Field("hs", "code", "Commodity code", source="WCO 145, national digits kept"),
        Field("hs6", "code", "HS heading of six digits", source="first six digits of hs"),
        Field("hs_version", "code", "HS edition", source="2022 unless said"),
        Field("description", "text", "Description of goods", source="WCO 137", personal="text"),
        Field("origin", "code", "Country of origin", source="WCO 063"),
        Field("origin_indicator", "code", "Origin marking", source="national"),
        Field("preference", "code", "Preference", source="WCO 100 DutyRegimeCode"),
        Field("tax_type", "code", "Tax type", source="national"),
        Field("duty_rate", "number", "Duty rate", unit="%"),
        Field("quantity", "number", "Quantity", source="WCO 130 TariffQuantity"),
        Field("quantity_unit", "code", "Unit of quantity", source="UN/ECE Recommendation 20"),
        Field("net_mass", "number", "Net mass", unit="kg", source="WCO 128"),
        Field("gross_mass", "number", "Gross mass", unit="kg", source="WCO 126"),
        Field("packages", "number", "Packages", source="WCO 144"),
        Field("package_kind", "code", "Kind of packages", source="UN/ECE Recommendation 21"),
        Field(
            "invoice_value", "money", "Invoice value", currency="invoice_currency", source="WCO 112"
        ),
        Field("invoice_currency", "code", "Invoice currency", source="ISO 4217"),
        Field("customs_value", "money", "Customs value", currency="currency", source="WCO 114"),
        Field(
            "statistical_value", "money", "Statistical value", currency="currency", source="WCO 114"
        ),
        Field("duty", "money", "Duty", currency="currency"),
        Field("taxes", "money", "Duties and taxes in all", currency="currency"),
        Field("currency", "code", "Currency of customs value", source="ISO 4217"),
        Field("valuation_method", "code", "Valuation method", source="WCO 115"),
        Field(
            "documents",
            "texts",
            "Documents",
            source="WCO D005/D006: type and number",
            personal="identifier",
        ),
        Field(
            "previous_documents",
            "texts",
            "Previous documents",
            source="WCO D018/D019",
            personal="identifier",
        ),
        Field(
            "extra",
            "text",
            "Everything else that was declared",
            source="JSON object",
            personal="text",
        ),
    ),
)

ASSESSMENTS = Stream(
    name="assessments",
    natural_key=("declaration_id", "item_no"),
    keeping=_KEEPING,
    fields=(
        Field("declaration_id", "text", "Declaration"),
        Field("item_no", "integer", "Item"),
        Field("declaration_version", "integer", "Version of the declared item"),
        Field("declaration_date", "date", "Acceptance date"),
        Field("office", "code", "Customs office"),
        Field("importer", "code", "Importer", personal="identifier"),
        Field("hs", "code", "Commodity code"),
        Field("origin", "code", "Country of origin"),
        Field("run_id", "code", "Assessment run: its pins name all versions used"),
        Field("assessed_at", "time", "Assessed"),
        Field("score", "number", "Risk score", unit="0 to 1"),
        Field("probability", "number", "Probability of non-compliance", unit="0 to 1"),
        Field(
            "revenue_at_stake", "money", "Revenue at stake if non-compliant", currency="currency"
        ),
        Field("expected_value", "money", "Expected value of a control", currency="currency"),
        Field("currency", "code", "Currency of values"),
        Field("profiles", "texts", "Profiles hit", source="codes"),
        Field("not_evaluable", "texts", "Profiles that could not be judged", source="codes"),
        Field("mandatory", "flag", "A mandatory profile was hit"),
        Field("risk_area", "code", "Main risk area"),
        Field(
            "reasons",
            "text",
            "Reasons",
            source="JSON array of {code, facts, weight}, heaviest first",
            personal="facts",
        ),
        Field("importer_name", "text", "Importer's name", personal="name"),
        Field("description", "text", "Description of goods", personal="text"),
    ),
)

SELECTIONS = Stream(
    name="selections",
    natural_key=("declaration_id",),
    keeping=_KEEPING,
    fields=(
        Field("declaration_id", "text", "Declaration"),
        Field("declaration_date", "date", "Acceptance date"),
        Field("office", "code", "Customs office"),
        Field("importer", "code", "Importer", personal="identifier"),
        Field("items", "integer", "Goods items"),
        Field("score", "number", "Highest item score", unit="0 to 1"),
        Field("expected_value", "money", "Expected value of a control", currency="currency"),
        Field("currency", "code", "Currency of values"),
        Field("lane", "code", "Lane", source="red, orange, yellow, blue, green"),
        Field("controls", "texts", "Controls to perform"),
        Field(
            "selected_by",
            "code",
            "Step that chose",
            source="mandatory:CODE, rate:CODE, random, unseen, after:CODE, value, override, limit:…, cancelled, none",
        ),
        Field("selection_probability", "number", "Probability of selection", unit="0 to 1"),
        Field("risk_area", "code", "Main risk area"),
        Field("run_id", "code", "Selection run"),
        Field("selected_at", "time", "Selected"),
        Field("importer_name", "text", "Importer's name", personal="name"),
        Field("hs", "code", "Commodity code", source="of the item of highest expected value"),
        Field("origin", "code", "Country of origin", source="of the same item"),
        Field(
            "description",
            "text",
            "Description of goods",
            source="of the same item",
            personal="text",
        ),
        Field(
            "reason",
            "text",
            "Main reason",
            source="of the same item: JSON {code, facts, weight}",
            personal="facts",
        ),
        Field("policy", "code", "Selection policy", source="SHA-256 of the version that decided"),
    ),
)

OUTCOMES = Stream(
    name="outcomes",
    natural_key=("declaration_id", "item_no", "control_ref"),
    keeping=_KEEPING,
    fields=(
        Field("declaration_id", "text", "Declaration"),
        Field(
            "item_no", "integer", "Item", source="0 when the result is for the whole declaration"
        ),
        Field("control_ref", "code", "Control order or file the result came from"),
        Field("declaration_date", "date", "Acceptance date"),
        Field("office", "code", "Customs office"),
        Field("known_on", "date", "Day the result was recorded: nothing may learn from it earlier"),
        Field("found", "flag", "Non-compliance found"),
        Field("severity", "integer", "Severity", source="0 none, 1 irregularity, 2 critical"),
        Field("risk_area", "code", "Risk area"),
        Field("revenue", "money", "Revenue assessed", currency="currency"),
        Field("currency", "code", "Currency"),
        Field("control_type", "code", "Control performed"),
        Field("lane", "code", "Lane at the time"),
        Field("selected_by", "code", "Step that chose"),
        Field("selection_probability", "number", "Probability of selection", unit="0 to 1"),
        Field("minutes", "number", "Time spent", unit="min"),
        Field("source", "code", "Where the result came from", source="file, control"),
    ),
)

SHADOW = Stream(
    name="shadow",
    natural_key=("profile", "profile_version", "declaration_id", "item_no"),
    keeping=_KEEPING,
    fields=(
        Field("profile", "code", "Risk profile in shadow: its hits decide nothing"),
        Field("profile_version", "integer", "Version of the profile"),
        Field("declaration_id", "text", "Declaration"),
        Field("item_no", "integer", "Item"),
        Field("declaration_date", "date", "Acceptance date"),
        Field("office", "code", "Customs office"),
        Field("run_id", "code", "Assessment run whose baselines were used"),
        Field("judged_at", "time", "Judged"),
        Field("would_select", "flag", "A control would have been asked for because of it"),
    ),
)

CHALLENGES = Stream(
    name="challenges",
    natural_key=("model", "declaration_id", "item_no"),
    keeping=_KEEPING,
    fields=(
        Field("model", "code", "Challenger: its scores decide nothing"),
        Field("champion", "code", "Model in force when the item was assessed"),
        Field("declaration_id", "text", "Declaration"),
        Field("item_no", "integer", "Item"),
        Field("declaration_date", "date", "Acceptance date"),
        Field("office", "code", "Customs office"),
        Field("run_id", "code", "Assessment run whose baselines were used"),
        Field("probability", "number", "Probability by the challenger", unit="0 to 1"),
        Field("revenue_at_stake", "money", "Revenue at stake by it", currency="currency"),
        Field("champion_probability", "number", "Probability assessed", unit="0 to 1"),
        Field("champion_revenue", "money", "Revenue at stake assessed", currency="currency"),
        Field("currency", "code", "Currency of values"),
        Field("judged_at", "time", "Judged"),
    ),
)

STREAMS: dict[str, Stream] = {
    s.name: s for s in (DECLARATIONS, ASSESSMENTS, SELECTIONS, OUTCOMES, SHADOW, CHALLENGES)
}
