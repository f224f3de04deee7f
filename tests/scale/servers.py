"""Real Spark Connect servers for tests and benchmarks, each a process of its own, as a cluster is."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[2]
CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
KINDS = ("sail", "spark")


def absent(kind: str) -> str:
    """Why there is no server of this kind here; empty when there is."""
    if importlib.util.find_spec("pyspark") is None:
        return "the extra `scale` is not installed"
    if kind == "sail":
        return "" if importlib.util.find_spec("pysail") else "the extra `scale` is not installed"
    if shutil.which("java") is None:
        return "no Java: Apache Spark needs it"
    home = os.environ.get("SPARK_HOME", "")
    if not (Path(home) / "jars").is_dir() or not home:
        return "no Apache Spark: set SPARK_HOME (the folder `pyspark` of that package will do)"
    return ""


@contextmanager
def running(kind: str, cores: int = 2) -> Iterator[str]:
    """The address of a server whose executors import this checkout."""
    port = _free_port()
    command = _sail(port) if kind == "sail" else _spark(port, cores)
    environment = {
        **os.environ,
        "PYTHONPATH": f"{REPOSITORY / 'src'}:{REPOSITORY}",
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SAIL_EXECUTION__DEFAULT_PARALLELISM": str(cores),
        # A core a worker: those of Sail are threads of one process, those of Spark processes.
        "POLARS_MAX_THREADS": str(cores if kind == "sail" else 1),
    }
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("w") as out:
            process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, cwd=folder)
            try:
                yield _answering(port, log)
            finally:
                _end(process)


def _sail(port: int) -> list[str]:
    return [sys.executable, "-m", "pysail", "spark", "server", "--port", str(port)]


def _spark(port: int, cores: int) -> list[str]:
    settings = {
        "spark.connect.grpc.binding.port": port,
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": cores,
    }
    submit = str(Path(os.environ["SPARK_HOME"]) / "bin" / "spark-submit")
    told = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    memory = ["--driver-memory", "4g"]  # the sums of all keys pass through it
    return [
        submit, "--class", CONNECT, "--master", f"local[{cores}]", *memory, *told, "spark-internal",
    ]  # fmt: skip


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _answering(port: int, log: Path) -> str:
    for _ in range(900):  # a busy machine takes its time
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return f"sc://127.0.0.1:{port}"
        time.sleep(0.2)
    raise RuntimeError(f"the server did not start: {log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
