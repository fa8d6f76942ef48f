"""Serving: two installations never share one port without a word."""

import socket
from contextlib import closing

import pytest
from django.db.migrations.recorder import MigrationRecorder

from qianshou.config.commands import serve


def listening(*, shared: bool) -> socket.socket:
    """Listen on a free port, as a web server of several processes does if `shared`."""
    found = socket.socket()
    if shared:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    found.bind(("127.0.0.1", 0))
    found.listen()
    return found


def test_serve_refuses_a_port_that_another_program_shares(capsys):
    with closing(listening(shared=True)) as other:
        port = other.getsockname()[1]
        # The control: the system itself would let a second one in.
        with socket.socket() as second:
            second.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            second.bind(("127.0.0.1", port))

        assert serve.serve(["--port", str(port)]) == 1

    assert "another --port" in capsys.readouterr().err
    assert not serve.is_taken("127.0.0.1", port)


def test_a_connection_that_has_just_ended_takes_no_port():
    with closing(listening(shared=False)) as other:
        port = other.getsockname()[1]
        with closing(socket.create_connection(("127.0.0.1", port))):
            accepted, _address = other.accept()
            accepted.close()

    assert not serve.is_taken("127.0.0.1", port)


@pytest.mark.django_db
def test_serve_begins_on_no_database_that_is_not_up_to_date(capsys, monkeypatch):
    begun = []
    monkeypatch.setattr(
        serve, "run_until_stopped", lambda *_commands, **_more: begun.append(1) or 0
    )
    monkeypatch.setattr(serve.connections, "close_all", lambda: None)
    monkeypatch.setenv("SITE_URL", "http://127.0.0.1:8000")
    with closing(listening(shared=False)) as free:
        port = free.getsockname()[1]

    # The control: on this database nothing waits.
    assert serve.serve(["--port", str(port), "--no-worker"]) == 0
    MigrationRecorder.Migration.objects.filter(app="care").order_by("-pk")[0].delete()
    assert serve.serve(["--port", str(port)]) == 1

    assert begun == [1]
    assert "Run `qianshou setup` first" in capsys.readouterr().err
