"""Which states of a pairing staff follow on their worklist."""

from typing import Final

from qianshou.pairing.rules import life

# A pairing that closes has the steps of its ending instead.
FOLLOWED: Final = (life.ACTIVE_INITIAL, life.ACTIVE, life.AT_RISK, life.PAUSED)
