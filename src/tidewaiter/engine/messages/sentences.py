"""What a finding says to the person who must act on it: what is wrong, and how to mend it.

One sentence and one remedy a code, in English, with the parameters of the finding in braces.
`gettext_noop` marks them for the catalogues without translating.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidewaiter.engine.messages.findings import Finding


def gettext_noop(text: str) -> str:
    """Mark a text as translatable; the page translates it."""
    return text


_ = gettext_noop

SENTENCES: dict[str, tuple[str, str]] = {
    # Carriers
    "empty": (
        _("The file is empty."),
        _("Send the file again; check that the export had finished before it was sent."),
    ),
    "truncated": (
        _("The compressed file breaks off: its end is missing after {after} expanded bytes."),
        _("Nothing of it was accepted. Send the whole file again."),
    ),
    "archive_damaged": (
        _("The compressed file is damaged: {reason}."),
        _("Nothing of it was accepted. Compress the original again and send it."),
    ),
    "bomb": (
        _("The file expands {ratio} times, far more than records do (limit {limit})."),
        _("Send the records uncompressed, or in an ordinary gzip or zip file."),
    ),
    "too_large": (
        _("The content is larger than the limit of {limit} bytes."),
        _("Split it into several messages."),
    ),
    "too_many_members": (
        _("The archive has {members} files; at most {limit} are read."),
        _("Split it into several archives."),
    ),
    "nested_archive": (
        _("There is another compressed file ({inner}) inside the compressed file."),
        _("Send the inner file itself."),
    ),
    "encrypted": (
        _("The file is protected by a password."),
        _("Send it without a password over the protected connection."),
    ),
    "foreign_format": (
        _("This is a file of another kind ({format}), not declarations."),
        _("Send declarations as CSV, XLSX, Parquet, WCO XML or JSON."),
    ),
    "binary": (
        _("The file holds no readable text and is of no known format."),
        _("Send declarations as CSV, XLSX, Parquet, WCO XML or JSON."),
    ),
    # Tables
    "mapping_needed": (
        _("No mapping explains the {columns} columns of this table."),
        _("Open the proposed mapping, confirm or correct it, save it: the file is then read."),
    ),
    "too_many_columns": (
        _("The table has {columns} columns, more than any declaration file."),
        _(
            "Check the character that separates the cells, and send only the columns that are needed."
        ),
    ),
    "line_too_long": (
        _("A line is longer than {limit} bytes: the lines do not end."),
        _("Write one record a line, with a line end after each."),
    ),
    "ragged_line": (
        _("The line has {cells} cells where the header has {expected}."),
        _(
            "A separator is missing, or stands unquoted in a text. Put such texts between quotation "
            "marks and send the record again."
        ),
    ),
    "stray_quote": (
        _("A quotation mark stands inside a quoted text."),
        _('Write quotation marks inside a quoted text twice (""), and send the record again.'),
    ),
    "unclosed_quote": (
        _("A quotation mark opens a text that is never closed."),
        _(
            "Close the text, or write the mark twice if it is part of it, and send the record again."
        ),
    ),
    "more_like_this": (
        _("{count} more records with the same finding ({of}) follow."),
        _("Mend them in the same way."),
    ),
    "column_absent": (
        _('The mapping expects a column "{column}" for {field}; the file has none.'),
        _("Records were read without it. Add the column, or take it out of the mapping."),
    ),
    "decimal_mark_assumed": (
        _('The numbers of "{column}" do not show their decimal mark; "{mark}" was assumed.'),
        _("Say the decimal mark in the mapping."),
    ),
    "date_order_open": (
        _('The dates of "{column}" may be day/month or month/day; day/month was assumed.'),
        _("Say the date format in the mapping."),
    ),
    "date_order_mixed": (
        _('The dates of "{column}" put now the day first, now the month; neither was read.'),
        _("Write dates as year-month-day."),
    ),
    "legacy_encoding": (
        _("{lines} lines are not UTF-8 and were read in the Windows code page."),
        _("Export the file as UTF-8; check letters with accents."),
    ),
    "nul_characters": (
        _("{count} NUL characters were removed."),
        _("Check the program that wrote the file."),
    ),
    "totals_row": (
        _("The line holds totals, not a record; it was left out."),
        _("Nothing to do. To avoid this remark, export without totals."),
    ),
    "sheet_ignored": (
        _('The sheet "{sheet}" has another header and was not read.'),
        _("If it holds declarations, send it as a file of its own with its own mapping."),
    ),
    "workbook_damaged": (
        _("The workbook cannot be opened: {reason}."),
        _("Open it, save it as a new XLSX file, and send that."),
    ),
    "workbook_too_large": (
        _("The workbook expands to {size} bytes; the limit is {limit}."),
        _("Send the records as CSV or Parquet."),
    ),
    "parquet_damaged": (
        _("The Parquet file cannot be read: {reason}"),
        _("Nothing of it was accepted. Write the file again and send it."),
    ),
    # Records
    "required_missing": (
        _('"{column}" is empty; a record cannot be kept without it.'),
        _("Fill it and send the record again."),
    ),
    "number_unreadable": (
        _('"{value}" in "{column}" is not a number.'),
        _("Write a plain number, or set the decimal mark of the column in the mapping."),
    ),
    "negative": (
        _('"{value}" in "{column}" is less than zero.'),
        _("Correct the amount. To withdraw a record, send a cancellation."),
    ),
    "too_long": (
        _('What stands in "{column}" is longer than any such number or code.'),
        _("Check the character that separates the cells, and send the record again."),
    ),
    "date_unreadable": (
        _('"{value}" in "{column}" is not a date that could be read.'),
        _("Write dates as year-month-day, or say the format in the mapping."),
    ),
    "date_implausible": (
        _('The date "{value}" in "{column}" lies before 1990 or more than a year ahead.'),
        _("Correct the date; check day, month and century."),
    ),
    "flag_unreadable": (
        _('"{value}" in "{column}" is neither yes nor no.'),
        _("Add the value to the mapping's value list."),
    ),
    "text_unreadable": (
        _("A text is expected in {field}, not an object or a list."),
        _("Send the value itself."),
    ),
    "list_unreadable": (
        _("A list of texts is expected in {field}."),
        _("Send an array, also for a single value."),
    ),
    "hs_invalid": (
        _('"{value}" in "{column}" is not a commodity code of 4 to 12 digits.'),
        _("Write the code of the tariff, digits only."),
    ),
    "hs_zero_restored": (
        _('{count} codes in "{column}" had lost their leading zero ({value}); it was put back.'),
        _("Format the column as text before saving the sheet."),
    ),
    "country_unknown": (
        _('"{value}" in "{column}" is no country of ISO 3166 ({count} times); it was left empty.'),
        _("Use two-letter codes, or translate the value in the mapping."),
    ),
    "currency_unknown": (
        _('"{value}" in "{column}" is no currency of ISO 4217: an amount means nothing without.'),
        _("Use three-letter codes, or translate the value in the mapping."),
    ),
    "function_unknown": (
        _('"{value}" in "{column}" is neither original nor amendment nor cancellation.'),
        _("Translate the value in the mapping."),
    ),
    "direction_unknown": (
        _('"{value}" in "{column}" is neither import nor export nor transit; import was assumed.'),
        _("Translate the value in the mapping."),
    ),
    "conflicting_duplicate": (
        _("Item {item_no} of {declaration_id} is stated twice with different content."),
        _(
            "Nobody can tell which is meant. Correct one, or mark it as an amendment, and send it again."
        ),
    ),
    "office_out_of_scope": (
        _('You may not hand in declarations of the office "{office}".'),
        _("Let an officer of that office hand it in, or correct the office."),
    ),
    "mapping_wrong": (
        _("The mapping the file came with is wrong: {problems}."),
        _("Correct the mapping and read the file again with it."),
    ),
    "sibling_unreadable": (
        _("{count} more items of declaration {declaration} were kept out with the unreadable one."),
        _("Send the whole declaration again once the item is mended."),
    ),
    "date_of_receipt_taken": (
        _("The declaration bears no acceptance date; the day of receipt, {date}, was taken."),
        _("Nothing to do for a declaration lodged ahead."),
    ),
    "no_goods_items": (
        _("The declaration has no goods items; its header was kept as item 0."),
        _("Nothing to do if goods are declared later."),
    ),
    # XML
    "xml_placeholder": (
        _("The placeholder {placeholder} of a template was left in {element}."),
        _("Put the real value in its place (for a trader, the EORI number) and send it again."),
    ),
    "xml_tag_mismatch": (
        _("The element {opened}, opened in line {opened_line}, is closed as {closed}."),
        _("Close each element by its own name, innermost first."),
    ),
    "xml_comment_hyphens": (
        _("A comment holds two hyphens (--), which XML forbids."),
        _("Take the hyphens, or the whole comment, out. Declarations need no comments."),
    ),
    "xml_cut_off": (
        _("The XML breaks off: {reason}."),
        _("Send the whole file again."),
    ),
    "xml_not_well_formed": (
        _("This is not well-formed XML: {reason}."),
        _("Correct the place named; characters such as & and < are written &amp; and &lt;."),
    ),
    "xml_too_deep": (
        _("Elements are nested deeper than {limit} levels."),
        _("Send a declaration of the WCO Data Model."),
    ),
    "document_type": (
        _("The file starts with a document type ({name}), which could carry an attack."),
        _("Send it without the <!DOCTYPE ...> line and without entities."),
    ),
    "information_response": (
        _("This is an answer of an information service ({root}), not a declaration."),
        _("Send the declaration itself; answers need not be sent."),
    ),
    "no_declaration": (
        _("There is no Declaration element in this XML (it starts with {root})."),
        _("Send a declaration of the WCO Data Model."),
    ),
    # JSON
    "json_not_well_formed": (
        _("This is not JSON: {reason} (line {line}, column {column})."),
        _("Correct the place named and send it again."),
    ),
    "json_not_a_declaration": (
        _("A declaration is an object with names and values; this is {found}."),
        _("Send an object, an array of objects, or one object a line."),
    ),
    "json_items": (
        _('"items" must be an array with at least one item; it is {found}.'),
        _("Send the goods items as an array of objects, or leave it out for a single item."),
    ),
    "json_item": (
        _("A goods item must be an object with names and values."),
        _("Send each goods item as an object."),
    ),
    "json_too_large": (
        _("A JSON file of more than {limit} bytes is not read as one value."),
        _("Send one declaration a line (JSON Lines); such files may be of any size."),
    ),
}


class _Parameters(dict[str, Any]):
    """The parameters of a finding; one that is not given shows as a question mark."""

    def __missing__(self, name: str) -> str:
        return "?"


def explain(finding: Finding, gettext: Callable[[str], str] = gettext_noop) -> tuple[str, str]:
    """The sentence and the remedy of a finding, translated by `gettext`."""
    return explain_code(finding.code, finding.parameters, gettext)


def explain_code(
    code: str, parameters: dict[str, Any], gettext: Callable[[str], str] = gettext_noop
) -> tuple[str, str]:
    """The same for a finding as the journal keeps it."""
    sentence, remedy = SENTENCES[code]
    given = _Parameters(parameters)
    return gettext(sentence).format_map(given), gettext(remedy).format_map(given)
