"""The worklist: filters, order, pages, search, saved views, export, and nobody else's cargo."""

import io
from datetime import date

import polars as pl
import pytest

from tests.fixtures.traffic import NORTH, SOUTH, append, item, selection
from tidewaiter.desks.targeting.queries.worklist import Wanted, default_window, worklist
from tidewaiter.engine.records import SELECTIONS
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.ledger.models import Entry

pytestmark = pytest.mark.django_db
URL = "/targeting/worklist/"


def ids(user, *, order="declaration", descending=False, page=1, size=50, **wanted):
    found = worklist(
        user, Wanted(**wanted), order=order, descending=descending, page=page, size=size
    )
    return [int(i[4:]) for i in found.rows["declaration_id"]], found.total


@pytest.fixture
def anna(officer, traffic):
    return officer("targeting_officer", national=True)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, range(30)),
        ({"lane": "red"}, [n for n in range(30) if n % 6 in (0, 3)]),
        ({"office": NORTH}, range(0, 30, 2)),
        ({"importer": "IMP1", "persons": True}, range(1, 30, 3)),
        ({"step": "mandatory"}, range(1, 30, 6)),
        ({"step": "none", "area": "drugs"}, [5, 20]),
        ({"hs": "8517"}, range(30)),
        ({"hs": "6404", "origin": "CN", "lane": "blue"}, range(4, 30, 6)),
        ({"hs": "8517", "origin": "CN"}, []),
        ({"profile": "PHONES"}, range(0, 30, 4)),
        ({"least": 505.0}, range(25, 30)),
        ({"since": date(2026, 3, 9)}, [8, 9, 18, 19, 28, 29]),
        ({"until": date(2026, 3, 1)}, [0, 10, 20]),
        ({"since": date(2026, 3, 2), "until": date(2026, 3, 2)}, [1, 11, 21]),
        ({"text": "26XT0007"}, [7]),
        ({"text": "26XT000"}, range(10)),
        ({"text": "IMP2", "persons": True}, range(2, 30, 3)),
        ({"text": "dormark", "persons": True}, range(1, 30, 3)),
        ({"importer": "IMP1"}, []),
        ({"text": "IMP2"}, []),
        ({"text": "dormark"}, []),
        ({"text": "nobody at all"}, []),
    ],
)
def test_filters(anna, wanted, expected):
    assert ids(anna, **wanted) == (list(expected), len(list(expected)))


def test_a_whole_number_is_found_outside_the_days_asked_for(anna):
    assert ids(anna, text="26XT0007", since=date(2027, 1, 1)) == ([7], 1)


def test_order_and_pages(anna):
    assert ids(anna, order="expected", descending=True, size=3)[0] == [29, 28, 27]
    assert ids(anna, order="expected", descending=True, page=2, size=3)[0] == [26, 25, 24]
    assert ids(anna, order="score", size=2)[0] == [0, 1]
    lanes, total = ids(anna, order="lane", size=30)
    assert [n % 6 for n in lanes[:10]] == [3, 0] * 5
    assert total == 30
    assert ids(anna, page=99) == ([], 30)


def test_rows_carry_their_worst_item_and_the_lane_in_force(anna):
    newer = selection(item(3), version=2, lane="green", selected_by="override")
    append(SELECTIONS, [newer], "again")
    found = worklist(anna, Wanted(text="26XT0003"), order="expected", descending=True)
    row = found.rows.row(0, named=True)
    assert (found.total, row["lane"], row["selected_by"]) == (1, "green", "override")
    assert (row["hs"], row["origin"], row["importer_name"]) == (
        "85171300",
        "VN",
        "Velora Textiles Ltd",
    )
    assert "26XT0003" not in str(ids(anna, lane="red"))


def test_default_window_is_the_last_week_of_what_the_officer_may_see(anna, officer):
    assert default_window(anna) == (date(2026, 3, 4), date(2026, 3, 10))
    append(SELECTIONS, [selection(item(40, declaration_date=date(2026, 5, 1)))], "later")
    assert default_window(anna)[1] == date(2026, 5, 1)
    south = officer("targeting_officer", offices=[SOUTH])
    assert default_window(south)[1] == date(2026, 3, 10)
    nowhere = officer("targeting_officer")
    assert default_window(nowhere) is None


@pytest.mark.parametrize(
    "wanted", [{}, {"office": NORTH}, {"text": "26XT0002"}, {"hs": "8517"}, {"text": "velora"}]
)
def test_another_offices_declarations_are_neither_listed_nor_counted(officer, traffic, wanted):
    south = officer("targeting_officer", offices=[SOUTH])
    numbers, total = ids(south, **wanted)
    assert all(number % 2 for number in numbers)
    assert total == len(numbers)


def test_the_right_to_read_is_needed(officer, traffic):
    with pytest.raises(Denied):
        ids(officer("inspector", national=True))


def test_page_shows_links_figures_and_reasons(browse, traffic):
    client = browse("targeting_officer", national=True)
    page = client.get(URL, {"since": "2026-03-01"})
    text = page.content.decode()
    assert page.status_code == 200
    assert 'href="/targeting/declarations/26XT0029/"' in text
    assert "Phones at 2.10 a piece" in text
    assert "585\N{NO-BREAK SPACE}EUR" in text
    assert "<strong>1 to 30</strong> of 30" in text


def test_a_wrong_filter_is_shown_and_left_out(browse, traffic):
    page = browse("targeting_officer", national=True).get(
        URL,
        {"hs": "85.17", "lane": "pink", "since": "2026-03-01", "sort": "-nonsense", "page": "x"},
    )
    text = page.content.decode()
    assert "Two to twelve digits" in text
    assert "<strong>1 to 30</strong> of 30" in text


def test_an_empty_lake_says_so(browse):
    page = browse("targeting_officer", national=True).get(URL)
    assert "No declaration matches" in page.content.decode()


def test_views_are_kept_by_name_and_belong_to_their_officer(browse, traffic):
    client = browse("targeting_officer", national=True)
    other = browse("analyst", national=True)
    for query in ("?lane=red", "lane=blue&office=X"):
        assert (
            client.post(f"{URL}views/", {"name": " My  reds ", "query": query}).status_code == 302
        )
    text = client.get(URL).content.decode()
    assert text.count("My reds") >= 1
    assert "?lane=blue&amp;office=X" in text
    assert "My reds" not in other.get(URL).content.decode()
    pk = client.user.saved_views.get().pk
    assert other.post(f"{URL}views/{pk}/remove").status_code == 404
    assert client.post(f"{URL}views/{pk}/remove").status_code == 302
    assert not client.user.saved_views.exists()


@pytest.mark.parametrize(("name", "query"), [("", "x=1"), ("n" * 81, "x=1"), ("ok", "q" * 2001)])
def test_a_view_that_cannot_be_kept_says_why(browse, traffic, name, query):
    client = browse("targeting_officer", national=True)
    page = client.post(f"{URL}views/", {"name": name, "query": query}, follow=True)
    assert not client.user.saved_views.exists()
    assert "view" in page.content.decode() or "filters are too long" in page.content.decode()


def read(response):
    return b"".join(response.streaming_content)


def test_export_respects_filters_scope_and_enters_the_ledger(browse, traffic):
    client = browse("targeting_officer", offices=[SOUTH])
    response = client.get(f"{URL}export", {"since": "2026-03-01", "lane": "red", "format": "csv"})
    rows = pl.read_csv(io.BytesIO(read(response)))
    assert sorted(rows["declaration_id"]) == [f"26XT{n:04d}" for n in (3, 9, 15, 21, 27)]
    assert "key" not in rows.columns
    parquet = read(client.get(f"{URL}export", {"since": "2026-03-01", "format": "parquet"}))
    assert pl.read_parquet(io.BytesIO(parquet)).height == 15
    entry = Entry.objects.filter(action="worklist.export").order_by("sequence").first()
    assert entry.detail["rows"] == 5
    assert entry.detail["lane"] == "red"


def test_only_ticked_rows_that_the_officer_may_see_are_exported(browse, traffic):
    client = browse("targeting_officer", offices=[SOUTH])
    url = f"{URL}export?since=2026-03-01"
    response = client.post(url, {"declaration": ["26XT0003", "26XT0002", "26XT0005"]})
    rows = pl.read_csv(io.BytesIO(read(response)))
    assert sorted(rows["declaration_id"]) == ["26XT0003", "26XT0005"]


def test_a_spreadsheet_takes_no_text_for_a_formula(browse, home):
    append(SELECTIONS, [selection(item(1), importer="=1+1", office=SOUTH)], "odd")
    response = browse("targeting_officer", national=True).get(f"{URL}export")
    assert pl.read_csv(io.BytesIO(read(response)))["importer"].to_list() == ["'=1+1"]


def test_export_needs_its_right(browse, traffic):
    assert browse("supervisor", national=True).get(f"{URL}export").status_code == 403
    assert browse("targeting_officer").get(f"{URL}export", {"format": "exe"}).status_code == 404
