"""Proposals for pairs that steering made, scored and explained from today's files."""

from django.utils import timezone

from qianshou.engines.matching.explain import explain_pair
from qianshou.engines.matching.policy import policy_from
from qianshou.pairing.models import MatchRun, Proposal
from qianshou.pairing.queries import arrays, instance, shapes, wishes
from qianshou.pairing.queries.standing import Answer, Standing
from qianshou.pairing.rules import plans as rules


def proposals_for(run: MatchRun, held: Standing, answer: Answer) -> list[Proposal]:
    """Return a proposal for each child that gets another mother; not yet stored."""
    moved = [each for each in answer.moves if each.after is not None]
    today = timezone.localdate()
    policy = policy_from(run.policy.body, digest=run.policy.sha256)
    values = policy.values
    kids = instance.child_rows([each.child for each in moved])
    ids = [each.after for each in moved if each.after]
    mums = instance.mother_rows(ids, today=today, values=values)
    people = arrays.build(kids, mums, refused=[], unasked=[], today=today, values=values)
    people = arrays.wished(people, wishes.said_in(run.area_code, values=values), today=today)
    kid_at = {row.id: at for at, row in enumerate(kids)}
    mum_at = {row.id: at for at, row in enumerate(mums)}
    made = []
    for each in moved:
        assert each.after is not None
        kid, mum = kid_at[each.child], mum_at[each.after]
        why = explain_pair(people.children, people.mothers, policy, child=kid, mother=mum)
        following, margin = held.runner_up(answer.settled, each.child)
        row, hers = kids[kid], mums[mum]
        made.append(
            Proposal(
                run=run, child_id=row.id, mother_id=hers.id, area_code=row.area_code,
                tier=row.tier, grade=row.grade, score=why.score, distance_m=why.distance_m,
                parts=shapes.parts_of(why.parts), runner_up_id=following,
                margin=margin if following else None, family=each.family,
                attention=rules.attention(
                    grade=row.grade, score=why.score, margin=margin if following else None,
                    distance_m=why.distance_m, mother_pairs=hers.load,
                ),
            )
        )  # fmt: skip
    return made
