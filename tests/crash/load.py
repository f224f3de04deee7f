"""Brokers, inspectors and officers who work without a pause, and note what was acknowledged.

What was not answered is sent again with the same identity, as a phone or a broker's program does,
until it is. So nothing may be lost, and nothing doubled.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import random
import re
import threading
import time
import uuid
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CSRF = "c" * 32
PATIENCE = 60  # seconds for an answer
LONGEST = 1200  # seconds until somebody gives up, on a machine with other work
BACKUPS = 0.4  # of the jobs that are asked for
MORE = 6  # acknowledgements that show a house at work
EVERY_KIND = {"declared", "message", "photograph", "result", "value", "profile"}
TODAY = datetime.now(UTC).date().isoformat()


class Refused(AssertionError):
    """An answer that nobody expects, killed or not."""


class Unanswered(Exception):
    """The connection broke, or the house said that it cannot now."""


class Person:
    """Sends requests as one officer or machine client."""

    def __init__(self, port: int, *, session: str = "", token: str = "") -> None:
        self.port = port
        self.headers = {"Host": "localhost"}
        if session:
            self.headers |= {
                "Cookie": f"sessionid={session}; csrftoken={CSRF}", "X-CSRFToken": CSRF,
            }  # fmt: skip
        if token:
            self.headers |= {"Authorization": f"Bearer {token}"}

    def ask(
        self, method: str, path: str, body: bytes | None = None, kind: str = ""
    ) -> tuple[int, str]:
        """Status and body. Raises Unanswered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = self.headers | ({"Content-Type": kind} if kind else {})
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise Unanswered(f"{path}: {error!r}") from error
        finally:
            connection.close()
        if answer.status >= 500:
            raise Unanswered(f"{path}: {answer.status}")
        return answer.status, text

    def form(self, path: str, **fields: Any) -> tuple[int, str]:
        body = urlencode(fields, doseq=True).encode()
        return self.ask("POST", path, body, "application/x-www-form-urlencoded")

    def file(self, path: str, content: bytes, **fields: str) -> tuple[int, str]:
        edge = "=edge="
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        parts.append(
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="p.png"\r\n'
            "Content-Type: image/png\r\n\r\n".encode()
            + content
            + f"\r\n--{edge}--\r\n".encode()
        )
        return self.ask("POST", path, b"".join(parts), f"multipart/form-data; boundary={edge}")


class Load:
    """All who work on a house; `acknowledged` is what they were told is done, by kind."""

    def __init__(self, port: int, known: dict[str, Any], seed: int) -> None:
        self.acknowledged: dict[str, list[Any]] = defaultdict(list)
        self.unanswered = 0
        self.faults: list[str] = []
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        people = {
            name: Person(port, session=session) for name, session in known["sessions"].items()
        }
        broker = Person(port, token=known["token"])
        work: list[tuple[Callable[..., None], Person]] = [
            (self._declare, broker),
            (self._declare, broker),
            (self._message, broker),
            (self._inspect, people["inspector1"]),
            (self._inspect, people["inspector2"]),
            (self._assign, people["supervisor"]),
            (self._list, people["targeting"]),
            (self._propose, people["targeting"]),
            (self._run_jobs, people["keeper"]),
        ]
        chances = [random.Random(f"{seed}-{n}") for n in range(len(work))]  # noqa: S311  no secret
        self._threads = [
            threading.Thread(target=self._work, args=(act, person, chance), daemon=True)
            for (act, person), chance in zip(work, chances, strict=True)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wait_for_work(self, kinds: set[str] | None = None) -> None:
        """Until something more was acknowledged, or something of each of these kinds."""
        before, until = self._count(), time.monotonic() + LONGEST
        while not self.faults and time.monotonic() < until:
            if kinds <= self.acknowledged.keys() if kinds else self._count() >= before + MORE:
                return
            time.sleep(0.05)
        raise Refused(f"nobody can work: {dict(self.acknowledged)} {self.faults}")

    def _count(self) -> int:
        return sum(map(len, list(self.acknowledged.values())))

    def stop(self) -> None:
        """Let everybody finish what was begun; the house must be there for that."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(LONGEST)
            assert not thread.is_alive(), "somebody is still waiting for an answer"

    def _work(self, act: Callable[..., None], person: Person, chance: random.Random) -> None:
        while not self._stopping.is_set():
            try:
                act(person, chance)
            except Exception as error:  # noqa: BLE001  told to the test, which fails
                self.faults.append(f"{act.__name__}: {error!r}")
                return
            time.sleep(chance.uniform(0.02, 0.2))

    def _until_answered(self, send: Callable[[], tuple[int, str]], *good: int) -> tuple[int, str]:
        until = time.monotonic() + LONGEST
        while True:
            try:
                status, text = send()
            except Unanswered as unanswered:
                self.unanswered += 1
                if time.monotonic() > until:
                    raise Refused(f"no answer for a long time: {unanswered}") from None
                time.sleep(0.2)
                continue
            if status not in good:
                raise Refused(f"{status}: {text[:600]}")
            return status, text

    def _note(self, **told: Any) -> None:
        with self._lock:
            for kind, identity in told.items():
                self.acknowledged[kind.replace("_", " ")].append(identity)

    def _declare(self, person: Person, chance: random.Random) -> None:
        name = f"D{chance.getrandbits(64):016x}"
        body = json.dumps(_declaration(name)).encode()
        _, text = self._until_answered(
            lambda: person.ask("POST", "/api/declarations", body, "application/json"), 200
        )
        answer = json.loads(text)
        if answer["state"] not in ("accepted", "recorded"):
            raise Refused(text[:600])
        self._note(declared=name, journal=hashlib.sha256(body).hexdigest(), order=name)

    def _message(self, person: Person, chance: random.Random) -> None:
        names = [f"M{chance.getrandbits(64):016x}" for _ in range(4)]
        lines = [f"{one},{TODAY},XT001,610910,CN,12.5,900" for one in names]
        head = "declaration_id,declaration_date,office,hs,origin,net_mass,customs_value"
        body = "\n".join([head, *lines, ""]).encode()
        path = f"/api/messages?name={names[0]}.csv"
        _, text = self._until_answered(lambda: person.ask("POST", path, body, "text/csv"), 202)
        self._note(message=json.loads(text)["message"], journal=hashlib.sha256(body).hexdigest())
        for name in names:
            self._note(declared=name)

    def _inspect(self, person: Person, chance: random.Random) -> None:
        _, page = self._until_answered(lambda: person.ask("GET", "/control/my/"), 200)
        orders = sorted({int(pk) for pk in re.findall(r"/control/my/(\d+)/", page)})
        if not orders:
            return
        pk = chance.choice(orders)
        shot, result = (
            uuid.UUID(int=chance.getrandbits(128)),
            uuid.UUID(int=chance.getrandbits(128)),
        )
        status, _ = self._until_answered(
            lambda: person.file(f"/control/api/orders/{pk}/photographs", PICTURE, id=str(shot)),
            200, 201, 409,
        )  # fmt: skip
        if status == 409:  # it was recorded meanwhile: the page was older
            return
        self._note(photograph=str(shot))
        said = {"id": result, "found": "no", "minutes": "7", "photograph": shot}
        status, _ = self._until_answered(
            lambda: person.form(f"/control/api/orders/{pk}/result", **said), 200, 201, 409
        )
        if status != 409:
            self._note(result=str(result), result_in_the_ledger=str(result))

    def _assign(self, person: Person, chance: random.Random) -> None:
        self._until_answered(lambda: person.form("/control/board/assign/", office="XT001"), 302)
        time.sleep(chance.uniform(0.2, 1.0))

    def _list(self, person: Person, chance: random.Random) -> None:
        value = f"V{chance.getrandbits(64):016x}"
        path = "/targeting/lists/watched/add"
        self._until_answered(lambda: person.form(path, value=value), 302)
        self._note(value=value)

    def _propose(self, person: Person, chance: random.Random) -> None:
        code = f"P{chance.getrandbits(48):012X}"
        said = {
            "code": code, "title": "Tried", "condition": "customs_value > 1000000", "severity": "2",
            "risk_area": "revenue", "weight": "0.1", "change": "under load", "propose": "1",
            "reason": "much",
        }  # fmt: skip
        status, _ = self._until_answered(
            lambda: person.form("/targeting/profiles/new", **said), 302, 400
        )
        if status == 400:  # the first sending was done, its answer lost
            self._until_answered(lambda: person.ask("GET", f"/targeting/profiles/{code}/"), 200)
        self._note(profile=code)
        time.sleep(chance.uniform(0.5, 2.0))

    def _run_jobs(self, person: Person, chance: random.Random) -> None:
        _, page = self._until_answered(lambda: person.ask("GET", "/jobs/schedules/"), 200)
        found = sorted(set(re.findall(r"/jobs/schedules/\d+/run", page)))
        rows = page.split("<tr")
        backup = [row for row in rows if "Back up the house" in row]
        if backup and chance.random() < BACKUPS:
            found = re.findall(r"/jobs/schedules/\d+/run", backup[0])
        self._until_answered(lambda: person.form(chance.choice(found)), 302)
        time.sleep(chance.uniform(1.0, 4.0))


def _declaration(name: str) -> dict[str, Any]:
    item = {
        "item_no": 1, "hs": "610910", "origin": "CN", "net_mass": 120.0, "gross_mass": 130.0,
        "quantity": 40.0, "customs_value": 900.0, "description": "goods for sale",
    }  # fmt: skip
    return {
        "declaration_id": name, "declaration_date": TODAY, "office": "XT001",
        "importer": "XT0000017", "currency": "EUR", "items": [item],
    }  # fmt: skip
