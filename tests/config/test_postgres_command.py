"""The private database from the command line."""

from qianshou.config.postgres import __main__ as command
from qianshou.config.postgres import roles


def test_command_starts_describes_and_stops(made_dir, capsys):
    acts = (["start", "--fast"], ["status"], ["stop"], ["stop"])

    codes = [command.main([*act, str(made_dir)]) for act in acts]

    said = capsys.readouterr().out.splitlines()
    assert codes == [0, 0, 0, 0]
    assert said[0].startswith("postgresql://app@/qianshou?host=")
    assert f"in {made_dir}: running as process" in said[2]
    assert said[3:] == ["stopped", "was not running"]


def test_command_removes(data_dir, capsys):
    (data_dir / "cluster").mkdir()

    code = command.main(["remove", str(data_dir)])

    assert (code, capsys.readouterr().out) == (0, "removed\n")
    assert not data_dir.exists()


def test_command_explains_a_failure(made_dir, capsys):
    (made_dir / "local.conf").write_text("no such setting\n")

    code = command.main(["start", str(made_dir)])

    assert code == 1
    assert "syntax error in file" in capsys.readouterr().err


def test_command_prints_the_sql_for_an_outside_server(capsys):
    command.main(["sql"])

    assert capsys.readouterr().out == f"{roles.bootstrap_sql()}\n"


def test_command_prepares_an_outside_server(server, capsys):
    code = command.main(["prepare", "--createdb", server.url("postgres")])

    assert (code, capsys.readouterr().out) == (0, "prepared\n")
