"""Real Spark Connect servers: Sail from its package, and Apache Spark where there is Java.

Each runs as a process of its own, as a cluster would; the executors import this checkout.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"


@pytest.fixture(scope="session", params=["sail", "spark"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """The address of a server with two cores."""
    pytest.importorskip("pyspark", reason="the extra `scale` is not installed")
    port = _free_port()
    command = {"sail": _sail, "spark": _spark}[request.param](port)
    log = tmp_path_factory.mktemp(request.param) / "log"
    with _running(command, log):
        yield _answering(f"sc://127.0.0.1:{port}", log)


def _sail(port: int) -> list[str]:
    pytest.importorskip("pysail", reason="the extra `scale` is not installed")
    return [sys.executable, "-m", "pysail", "spark", "server", "--port", str(port)]


def _spark(port: int) -> list[str]:
    home = os.environ.get("SPARK_HOME")
    if shutil.which("java") is None:
        pytest.skip("no Java: Apache Spark needs it")
    if not home or not (Path(home) / "jars").is_dir():
        pytest.skip(
            "no Apache Spark: set SPARK_HOME (the folder `pyspark` of that package will do)"
        )
    return [
        str(Path(home) / "bin" / "spark-submit"), "--class", CONNECT, "--master", "local[2]",
        "--conf", f"spark.connect.grpc.binding.port={port}",
        "--conf", "spark.connect.grpc.binding.address=127.0.0.1",
        "--conf", "spark.driver.bindAddress=127.0.0.1",
        "--conf", "spark.driver.host=127.0.0.1",
        "--conf", "spark.ui.enabled=false",
        "--conf", "spark.sql.shuffle.partitions=2",
        "spark-internal",
    ]  # fmt: skip


@contextmanager
def _running(command: list[str], log: Path):
    environment = {
        **os.environ,
        "PYTHONPATH": f"{REPOSITORY / 'src'}:{REPOSITORY}",
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SAIL_PARALLELISM": "2",
    }
    with log.open("w") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, cwd=log.parent)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answering(address: str, log: Path) -> str:
    host, port = address.removeprefix("sc://").split(":")
    for _ in range(300):
        with socket.socket() as knock:
            if knock.connect_ex((host, int(port))) == 0:
                return address
        time.sleep(0.2)
    raise RuntimeError(f"the server did not start: {log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
