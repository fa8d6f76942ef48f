"""The same plan, bit by bit, from Apache Spark."""

import sys

import numpy as np
import pytest

from qianshou.engines.matching import certificate, command
from qianshou.engines.matching.backends import local, spark

from . import country, make
from .test_counties import answer_twice, by_county, errands

pytestmark = [
    pytest.mark.needs("java"),
    # PySpark leaves sockets and old calls of its own behind.
    pytest.mark.filterwarnings("default"),
]


@pytest.fixture(scope="module")
def in_spark():
    with spark.opened(2) as run:
        yield run


@pytest.mark.parametrize("groups", [False, True])
def test_spark_gives_the_same_plan_bit_by_bit(tmp_path, in_spark, groups):
    rows = country.a_country(np.random.default_rng(31), groups=groups, children=60)
    with local.opened(1) as here:
        mine, joined = by_county(rows, tmp_path, run=here)

    theirs, also = by_county(country.shuffled(rows, seed=4), tmp_path, run=in_spark)

    for name in ("mate", "value", "price"):
        assert np.array_equal(getattr(mine, name), getattr(theirs, name))
    assert joined.joins == also.joins


def test_spark_answers_in_order_wave_by_wave(in_spark, monkeypatch):
    monkeypatch.setattr(spark, "WAVE_BYTES", 200)

    found = list(in_spark(answer_twice, errands(10, 11, 12)))

    assert [number for number, _ in found] == [20, 22, 24]


def test_spark_raises_what_was_raised_there(in_spark):
    with pytest.raises(ValueError, match="three is bad") as error:
        list(in_spark(answer_twice, errands(2, 3)))

    assert error.value.__notes__ == ["in county county 3"]


def test_match_in_spark_reads_and_writes_parquet_by_county(tmp_path, in_spark):
    rows = country.a_country(np.random.default_rng(12), children=60)
    options = [*country.in_folders(rows, tmp_path / "in"), "--format", "parquet"]

    for engine in ("local", "spark"):
        assert make.a_match([*options, "--engine", engine], tmp_path / engine) == 0

    files = [
        {one.relative_to(tmp_path / engine): one.read_bytes() for one in parts(tmp_path / engine)}
        for engine in ("local", "spark")
    ]
    assert files[0] == files[1]
    assert make.a_verdict(options[:6], tmp_path / "spark") == 0


def parts(folder):
    return [one for one in folder.rglob("*") if one.is_file()]


def test_without_pyspark_the_message_says_what_to_install(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)

    code = make.a_match([*make.tables(tmp_path), "--engine", "spark"], tmp_path / "out")

    assert code == command.BROKEN
    assert "pip install -r requirements/spark.txt" in capsys.readouterr().err


def test_without_java_the_message_says_what_to_install(tmp_path, capsys, monkeypatch):
    def no_java(_builder, _workers):
        raise FileNotFoundError(2, "No such file", "java")

    from pyspark.sql import SparkSession

    monkeypatch.setattr(spark, "_configured", no_java)
    monkeypatch.setattr(SparkSession, "getActiveSession", lambda: None)

    code = make.a_match([*make.tables(tmp_path), "--engine", "spark"], tmp_path / "out")

    assert code == command.BROKEN
    assert "openjdk-17-jre-headless" in capsys.readouterr().err


def test_certificates_do_not_name_the_engine():
    assert not {"engine", "workers"} & set(certificate.Answer.__annotations__)
