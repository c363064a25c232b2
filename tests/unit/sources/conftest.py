"""What the tests of readers share: a folder for copies, and servers that are skipped where they do not answer."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import s3fs
from moto.server import ThreadedMotoServer

SERVERS = {
    "postgres": (5432, "postgresql://root@127.0.0.1:5432/test"),
    "mariadb": (3306, "mysql://root@127.0.0.1:3306/test"),
}


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> str:
    """The address of a real database; skipped where it does not answer, unless POWERTHEFT_REQUIRE names it."""
    port, address = SERVERS[request.param]
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        reason = f"no {request.param} answers at 127.0.0.1:{port}"
        if request.param in os.environ.get("POWERTHEFT_REQUIRE", "").split(","):
            pytest.fail(reason)
        pytest.skip(reason)
    return address


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """A local server of object storage."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> s3fs.S3FileSystem:
    """An empty bucket `utility`, and the environment that leads there."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    store = s3fs.S3FileSystem(endpoint_url=s3_server, skip_instance_cache=True, use_listings_cache=False)
    if store.exists("utility"):
        store.rm("utility", recursive=True)
    store.mkdir("utility")
    return store
