"""The monthly report: what it says, where it is kept, who may read it."""

from __future__ import annotations

import hashlib
import json
from datetime import date

import pypdfium2
import pytest
from click.testing import CliRunner

from tests.fixtures.simulated import furnish_world
from tidewaiter.cli.main import main
from tidewaiter.desks.performance.actions.reports import NothingToReport, write_report
from tidewaiter.desks.performance.jobs import report as report_job
from tidewaiter.desks.performance.models import ComplianceReport
from tidewaiter.engine.records import DECLARATIONS
from tidewaiter.platform.accounts.access import Denied
from tidewaiter.platform.jobs.models import Job
from tidewaiter.platform.jobs.steps import Unwatched
from tidewaiter.platform.ledger.models import Entry
from tidewaiter.platform.store import lake
from tidewaiter.platform.vault.actions import open_verified

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)


@pytest.fixture
def head(officer):
    return officer("head_of_enforcement", national=True)


def pages(report: ComplianceReport) -> list[str]:
    with open_verified(report.file_id) as file:
        document = pypdfium2.PdfDocument(file.read())
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def flat(text: str) -> str:
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def test_the_report_says_first_what_is_missed_and_last_how_it_is_known(simulated, head):
    report = write_report(head, MARCH)
    told = pages(report)
    assert 2 <= len(told) <= 4
    whole = flat(" ".join(told))
    assert "State of compliance: March 2026" in flat(told[0])
    assert flat(report.headline) in flat(told[0])
    for said in ("What is not known", "Method", "Horvitz and Thompson", "Twelve months", "page 2"):
        assert said in whole
    assert "do not comply (between" in whole


def test_the_report_is_kept_for_good_under_its_hash(simulated, head):
    report = write_report(head, MARCH)
    with open_verified(report.file_id) as file:
        content = file.read()
    assert content.startswith(b"%PDF-")
    assert hashlib.sha256(content).hexdigest() == report.file_id
    entry = Entry.objects.get(action="performance.report")
    assert (entry.subject, entry.detail["sha256"]) == ("2026-03", report.file_id)
    assert (report.national, report.offices) == (True, [])


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_report_speaks_the_language_it_is_asked_for(language, simulated, head):
    report = write_report(head, MARCH, language=language)
    told = flat(pages(report)[0])
    assert {"fr": "mars 2026", "ar": "2026"}[language] in told


def test_an_office_gets_and_sees_its_own_report_alone(simulated, officer, head, browse):
    office = lake().scan(DECLARATIONS).collect()["office"].mode()[0]
    analyst = officer("analyst", offices=[office])
    report = write_report(analyst, MARCH)
    assert report.offices == [office]
    assert office in pages(report)[0]
    national = write_report(head, MARCH)
    client = browse(analyst)
    assert client.get(f"/performance/reports/{report.pk}").status_code == 200
    assert client.get(f"/performance/reports/{national.pk}").status_code == 404
    elsewhere = browse("analyst", offices=["XT999999"])
    assert elsewhere.get(f"/performance/reports/{report.pk}").status_code == 404
    assert browse(head).get(f"/performance/reports/{report.pk}").status_code == 200


def test_a_month_without_traffic_has_no_report(simulated, head, officer):
    with pytest.raises(NothingToReport):
        write_report(head, date(2025, 3, 1))
    with pytest.raises(Denied):
        write_report(officer("supervisor", national=True), MARCH)


def test_the_button_asks_a_job_that_writes_in_the_officers_name(simulated, browse):
    client = browse("head_of_enforcement", national=True)
    answer = client.post("/performance/reports", {"month": "2026-03"})
    job = Job.objects.get(kind="performance.report")
    assert answer["Location"] == f"/jobs/{job.pk}/"
    done = report_job(_Progress(), **job.parameters)
    report = ComplianceReport.objects.get(pk=done["report"])
    assert report.written_by == client.user
    page = client.get("/performance/compliance").content.decode()
    assert report.file_id[:16] in page
    wrong = client.post("/performance/reports", {"month": "yesterday"})
    assert wrong["Location"] == "/performance/compliance"


class _Progress(Unwatched):
    def log(self, line: str) -> None: ...


def test_a_month_with_few_controls_by_chance_is_reported_honestly(home, head):
    furnish_world(items=900, months=2, seed=9)
    report = write_report(head, date(2026, 2, 1))
    assert "cannot be told yet" in report.headline
    assert "nothing can be said of the declarations nobody looked at" in flat(
        " ".join(pages(report))
    )


@pytest.mark.django_db(transaction=True)
def test_the_command_writes_the_file(simulated, tmp_path):
    CliRunner().invoke(main, ["init", "--json"])
    out = tmp_path / "march.pdf"
    command = ["report", "compliance", "--month", "2026-03", "--out", str(out)]
    told = json.loads(CliRunner().invoke(main, [*command, "--json"]).stdout)
    assert hashlib.sha256(out.read_bytes()).hexdigest() == told["sha256"]
    assert CliRunner().invoke(main, [*command[:3], "March", *command[4:]]).exit_code == 2
    assert CliRunner().invoke(main, [*command, "--language", "xx"]).exit_code == 2
    empty = CliRunner().invoke(main, [*command[:3], "2020-01", *command[4:]])
    assert empty.exit_code == 1
    assert "no declarations in 2020-01" in empty.stderr
