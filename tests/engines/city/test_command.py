"""`qianshou demo-data` from the command line."""

import json

import pytest

from qianshou.engines.city.command import demo_data


def test_demo_data_prints_one_line_of_figures(tmp_path, capsys):
    code = demo_data(["--size", "town", "--seed", "2", "--out", str(tmp_path / "town")])

    printed = json.loads(capsys.readouterr().out)
    assert code == 0
    assert printed["mothers"] == 40
    assert 90 <= printed["children"] <= 100
    assert (tmp_path / "town" / "manifest.json").exists()


def test_demo_data_says_why_it_refuses(tmp_path, capsys):
    (tmp_path / "mine.txt").touch()

    code = demo_data(["--size", "town", "--out", str(tmp_path)])

    assert code == 1
    assert "is not empty" in capsys.readouterr().err


def test_demo_data_accepts_the_long_code_of_a_county(tmp_path, capsys):
    arguments = ["--size", "town", "--county", "500229000000", "--as-of", "2026-01-31"]

    code = demo_data([*arguments, "--out", str(tmp_path / "town")])

    manifest = json.loads((tmp_path / "town" / "manifest.json").read_text(encoding="utf-8"))
    assert code == 0
    assert manifest["counties"] == ["500229000000"]
    assert {f["period"] for f in manifest["files"]} == {"2026-01", "2026-02"}


def test_demo_data_refuses_unknown_options(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        demo_data(["--size", "moon", "--out", str(tmp_path)])

    assert stop.value.code == 2
    assert "moon" in capsys.readouterr().err
