"""What is left of a name where it is masked, and what a child is called by those who know it."""

import pytest

from qianshou.common import masking


@pytest.mark.parametrize(
    ("whole", "known", "called"),
    [
        ("张小禾", "小禾", "小禾"),
        ("张禾", "", "禾"),
        ("欧阳若曦", "", "若曦"),
        ("阿依古丽·买买提江", "依古丽买买提江", "阿依古丽"),
        ("扎西•多吉", "", "扎西"),
        ("禾", "", "禾"),
        ("", "", ""),
    ],
)
def test_child_is_called_by_the_name_that_its_family_uses(whole, known, called):
    assert masking.given(whole, known) == called
