"""Two hundred officers at once on PostgreSQL: each reads a page, thinks, reads the next one or writes.

The server runs as in production, the database waits for the disk, and both share this machine with
the officers. A round of thinking lasts THINKING seconds in the mean. The peer is what the house
promises: 95 of 100 pages within 500 ms, and no error.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import numpy as np

from bench.house import House, row
from bench.http import declaration, machine_token

if TYPE_CHECKING:
    from collections.abc import Generator

PROMISED = 500.0  # ms
THINKING = 20.0  # seconds
# 404, 409: the order was given to somebody else meanwhile. 422: the lane is that one already.
ANSWERS = (200, 201, 302, 404, 409, 422)
A_THIRD, FINDS = 1 / 3, 0.2
WARM, SECONDS = 30.0, 90.0
# role → how many; 200 in all, beside them a broker's machine that declares once a second
OFFICERS = {
    "targeting_officer": 80, "inspector": 80, "supervisor": 16, "analyst": 12,
    "head_of_enforcement": 8, "internal_affairs": 4,
}  # fmt: skip
NATIONAL = ("targeting_officer", "analyst", "head_of_enforcement", "internal_affairs")
# Makes the officers, gives out all orders, and prints what the officers work with.
STAFF = """
import django, itertools, json, sys
django.setup()
from django.conf import settings
from django.test import Client
from tidewaiter.desks.control import actions as control
from tidewaiter.engine.records import SELECTIONS
from tidewaiter.platform.accounts.actions import Person, Rights, create_user
from tidewaiter.platform.accounts.models import Office, User
from tidewaiter.platform.store import lake
wanted, national = json.loads(sys.argv[1]), json.loads(sys.argv[2])
offices = itertools.cycle(Office.objects.values_list("code", flat=True))
said = {"officers": []}
for role, many in wanted.items():
    for number in range(many):
        whole = role in national
        rights = Rights(frozenset([role]), frozenset() if whole else frozenset([next(offices)]), whole)
        user = create_user(None, f"{role}-{number}", Person("", ""), rights)
        client = Client()
        client.force_login(user)
        said["officers"].append([role, client.session.session_key])
boss = create_user(None, "boss", Person("", ""), Rights(frozenset(["supervisor"]), frozenset(), True))
said["orders"] = control.assign_waiting(boss).orders
said["declarations"] = (
    lake().current(SELECTIONS).select("declaration_id").collect()["declaration_id"].to_list()[-5_000:]
)
print(json.dumps(said))
"""
Step = tuple[str, str, str, dict[str, Any] | None]  # its name, method, address, form


@dataclass
class Told:
    """What happened, by name of the step: milliseconds; answers that were errors."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: Counter[str] = field(default_factory=Counter)


def run() -> list[dict[str, Any]]:
    house = House(postgresql=True)
    try:
        house.run("demo", "--no-serve")
        staff = _staff(house)
        with house.served() as address:
            told = _work(address, staff)
    finally:
        house.close()
    _show(told)
    times = [one for several in told.times.values() for one in several]
    p50, p95, p99 = np.percentile(times, [50, 95, 99])
    wrong = sum(told.wrong.values())
    return [
        row(
            f"200 officers on PostgreSQL, p95 (median {p50:.0f}, p99 {p99:.0f}, {len(times):,} pages, "
            f"{len(times) / SECONDS:.0f} a second, {wrong} errors)",
            "ms", float(p95), PROMISED, "promised at most", more_is_better=False,
        )
    ]  # fmt: skip


def _staff(house: House) -> dict[str, Any]:
    environment = {**house.environment, "DJANGO_SETTINGS_MODULE": "tidewaiter.site.settings"}
    said = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-c", STAFF, json.dumps(OFFICERS), json.dumps(NATIONAL)],
        env=environment, stdout=subprocess.PIPE, check=True, text=True,
    )  # fmt: skip
    return json.loads(said.stdout) | {"token": machine_token(house)}


def _work(address: str, staff: dict[str, Any]) -> Told:
    told = Told()
    begin = time.monotonic()
    people = [
        threading.Thread(target=_officer, args=(address, number, *one, staff, begin, told))
        for number, one in enumerate(staff["officers"])
    ]
    people.append(threading.Thread(target=_broker, args=(address, staff["token"], begin, told)))
    for one in people:
        one.start()
    for one in people:
        one.join()
    return told


def _officer(
    address: str,
    number: int,
    role: str,
    session: str,
    staff: dict[str, Any],
    begin: float,
    told: Told,
) -> None:
    chance = random.Random(number)  # noqa: S311  no secret
    steps = ROLES[role](chance, staff)
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    token = uuid.uuid4().hex
    headers = {"Cookie": f"sessionid={session}; csrftoken={token}", "X-CSRFToken": token}
    page = ""
    while True:
        thought = chance.expovariate(1 / THINKING)
        if time.monotonic() - begin + thought > WARM + SECONDS:
            return
        time.sleep(thought)
        name, method, path, form = steps.send(page or None)
        page = _ask(connection, name, method, path, form, headers, begin, told) or " "


def _ask(
    connection: http.client.HTTPConnection, name: str, method: str, path: str,
    form: dict[str, Any] | None, headers: dict[str, str], begin: float, told: Told,
) -> str:  # fmt: skip
    body = urlencode(form, doseq=True) if form is not None else None
    sent = headers | ({"Content-Type": "application/x-www-form-urlencoded"} if body else {})
    started = time.monotonic()
    try:
        page, status = _answer(connection, method, path, body, sent)
    except (http.client.RemoteDisconnected, BrokenPipeError):  # the server let go of it: once more
        connection.close()
        page, status = _answer(connection, method, path, body, sent)
    except OSError as error:
        connection.close()
        page, status = "", str(error)
    took = (time.monotonic() - started) * 1000
    if started - begin > WARM:
        told.times[name].append(took)
        if status not in ANSWERS:
            told.wrong[f"{name}: {status}"] += 1
    return page


def _answer(
    connection: http.client.HTTPConnection, method: str, path: str, body: str | None,
    headers: dict[str, str],
) -> tuple[str, int | str]:  # fmt: skip
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.read().decode(errors="replace"), answer.status


def _broker(address: str, token: str, begin: float, told: Told) -> None:
    """A declaration of five items a second; told as errors only, for it is no page."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    for number in count():
        due = begin + number
        if due > begin + WARM + SECONDS:
            return
        time.sleep(max(0.0, due - time.monotonic()))
        body = json.dumps(declaration(f"OFFICERS-{number}"))
        connection.request("POST", "/api/declarations", body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            told.wrong[f"declaration: {answer.status}"] += 1


def _targeting(chance: random.Random, staff: dict[str, Any]) -> Generator[Step, str, None]:
    """Works down the list: the list narrowed, some declarations, now and then a trader; keeps a view,
    adds to a list, proposes another lane."""
    while True:
        query = chance.choice(("", "?lane=red", "?sort=-score", "?hs=8517", "?lane=orange&page=2"))
        yield "worklist", "GET", f"/targeting/worklist/{query}", None
        for _ in range(3):
            chosen = chance.choice(staff["declarations"])
            page = yield "declaration", "GET", f"/targeting/declarations/{quote(chosen)}/", None
            trader = re.search(r'href="(/targeting/traders/[^"]+)"', page)
            if trader and chance.random() < A_THIRD:
                yield "trader", "GET", trader[1], None
        which = chance.randrange(3)
        if which == 0:
            form = {"name": uuid.uuid4().hex[:20], "query": "lane=red"}
            yield "keep a view", "POST", "/targeting/worklist/views/", form
        elif which == 1:
            page = yield "lists", "GET", "/targeting/lists/", None
            named = re.findall(r'href="(/targeting/lists/[a-z][^"/]*/)"', page)
            form = {"value": f"X{chance.randrange(10**9)}", "note": "seen at the port"}
            yield "add to a list", "POST", f"{named[0]}add", form
        else:
            chosen = chance.choice(staff["declarations"])
            form = {"lane": "red", "reason": "The weight does not fit the goods."}
            path = f"/targeting/overrides/propose/{quote(chosen)}/"
            yield "propose a lane", "POST", path, form


def _inspector(chance: random.Random, _staff: dict[str, Any]) -> Generator[Step, str, None]:
    """Takes the next order, begins it, records what was found."""
    while True:
        page = yield "my orders", "GET", "/control/my/", None
        mine = re.findall(r'href="/control/my/(\d+)/"', page)
        if not mine:
            continue
        pk = chance.choice(mine)
        yield "my order", "GET", f"/control/my/{pk}/", None
        yield "begin", "POST", f"/control/my/{pk}/begin/", {}
        form = {"id": str(uuid.uuid4()), "found": "no", "minutes": 30}
        if chance.random() < FINDS:
            form |= {
                "found": "yes",
                "area_revenue": "on",
                "severity_revenue": 1,
                "revenue": "120.50",
            }
        yield "record a result", "POST", f"/control/my/{pk}/result/", form


def _supervisor(chance: random.Random, _staff: dict[str, Any]) -> Generator[Step, str, None]:
    while True:
        yield "board", "GET", "/control/board/", None
        page = yield "orders", "GET", "/control/orders/?state=open", None
        listed = re.findall(r'href="/control/orders/(\d+)/"', page)
        if not listed:
            continue
        pk = chance.choice(listed)
        page = yield "order", "GET", f"/control/orders/{pk}/", None
        if "/reassign/" in page:
            form = {"inspector": "", "reason": "The inspector is ill."}
            yield "reassign", "POST", f"/control/orders/{pk}/reassign/", form


def _reader(*paths: str) -> Any:
    def steps(chance: random.Random, _staff: dict[str, Any]) -> Generator[Step, str, None]:
        while True:
            path = chance.choice(paths)
            yield path.split("?")[0], "GET", path, None

    return steps


ROLES = {
    "targeting_officer": _targeting,
    "inspector": _inspector,
    "supervisor": _supervisor,
    "analyst": _reader(
        "/targeting/profiles/", "/jobs/", "/intake/", "/targeting/worklist/?sort=-score"
    ),
    "head_of_enforcement": _reader(
        "/performance/", "/performance/profiles", "/control/orders/", "/targeting/overrides/"
    ),
    "internal_affairs": _reader("/ledger/", "/ledger/?action=account.login", "/ledger/heads"),
}


def _show(told: Told) -> None:
    for name, times in sorted(told.times.items(), key=lambda pair: -np.percentile(pair[1], 95)):
        p50, p95 = np.percentile(times, [50, 95])
        print(f"{name:32}{len(times):7}{p50:9.0f}{p95:9.0f} ms", file=sys.stderr)
    for what, many in told.wrong.most_common():
        print(f"{many} × {what}", file=sys.stderr)
