"""Policies that differ from the shipped one in a single rule."""

from dataclasses import replace

from qianshou.engines.matching.policy import Policy, load_policy


def with_rule(name: str) -> Policy:
    """Return the shipped policy with one rule on."""
    policy = load_policy()
    return replace(policy, rules={**policy.rules, name: True})


def without(name: str) -> Policy:
    """Return the shipped policy with one rule off."""
    policy = load_policy()
    return replace(policy, rules={**policy.rules, name: False})


def sharing(step: int) -> Policy:
    """Return the shipped policy with a further child of a mother costing a step more."""
    return replace(load_policy(), fairness_step=step)
