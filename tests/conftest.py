"""Fixtures of the whole-server tests: a server with the example tools, and a factory of servers with folders of their own."""

import os
from pathlib import Path

import pytest

from pix_server import BUILD, REQUESTS, Server, copy_examples


def pytest_collection_modifyitems(items):
    """The slow ones last, so that the rest speaks early."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes more than a few seconds")


def pytest_sessionfinish(session, exitstatus):
    """Notes which routes were asked for; scripts/check_routes compares them with the route table."""
    if not session.config.option.keyword and not session.config.option.markexpr:
        lines = sorted("\t".join(request) for request in REQUESTS)
        (BUILD / "requests.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def examples(tmp_path_factory):
    """One server for all tests that only use the example tools and leave no mark that another test would see."""
    folder = tmp_path_factory.mktemp("examples")
    server = Server(folder, tools=copy_examples(folder / "tools"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def make_server(tmp_path):
    """make_server(...) -> Server, not started, under a folder of this test; ended with it whatever happens."""
    servers = []

    def make(name="pix", **options):
        server = Server(tmp_path / name, **options)
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.kill()


@pytest.fixture
def tools_folder(tmp_path):
    folder = tmp_path / "shims"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True, scope="session")
def no_proxy():
    """Whatever proxy this machine has is not for loopback."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]


@pytest.fixture(scope="session")
def repository():
    return Path(__file__).resolve().parent.parent
