"""A policy is data: complete, sound, hashed; anything else is refused by key."""

import hashlib

import pytest

from qianshou.engines.matching.policy import DEFAULT, PARTS, RULES, BadPolicyError, load_policy


def test_load_policy_reads_the_shipped_file_whole():
    policy = load_policy()

    assert policy.digest == hashlib.sha256(DEFAULT.read_bytes()).hexdigest()
    assert sum(policy.weights.values()) == 1000
    assert all(policy.sentences[name].zh and policy.sentences[name].en for name in RULES + PARTS)


def test_load_policy_hashes_every_change(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(DEFAULT.read_text().replace('version = "4"', 'version = "5"'))

    assert load_policy(path).digest != load_policy().digest


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("weight = 150", "weight = 151", "add up to 1000"),
        ("weight = 150", 'weight = "much"', "parts.time.weight is 'much'; give a int"),
        ("on = true", "on = 1", "rules.no_consent.on is 1; give a bool"),
        ("travel_m = 15000", "travel_m = 0", "limits.travel_m is 0; give a whole number above 0"),
        ("name =", "name ==", "write TOML in UTF-8"),
        ("step = 0", "step = -1", "fairness.step is -1; give a whole number from 0 to 10000"),
        ("per_month = 20", 'per_month = "x"', "switching.per_month is 'x'; give a whole number"),
    ],
)
def test_load_policy_refuses_what_is_not_sound(tmp_path, old, new, message):
    path = tmp_path / "own.toml"
    path.write_text(DEFAULT.read_text().replace(old, new, 1))

    with pytest.raises(BadPolicyError, match=message):
        load_policy(path)
