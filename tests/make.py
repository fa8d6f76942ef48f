"""Builders of the people and things that tests need, with harmless defaults.

The same small cast everywhere: one mother, another mother who must see nothing, one federation
worker, one child, one guardian. All are invented.
"""

from datetime import date
from itertools import count
from typing import Any

from django.utils import timezone

from qianshou.accounts.models import Grant, User
from qianshou.areas.models import Area

COUNTY, OTHER_COUNTY, CITY = "500236000000", "500235000000", "500000000000"
TODAY = date(2026, 11, 24)
_numbers = count(1)


def a_user(*roles: str, area: str = COUNTY, **fields: Any) -> User:
    """A person with roles for an area; without roles, a person who may do nothing."""
    number = next(_numbers)
    user = User.objects.create(
        username=fields.pop("username", f"user{number}"),
        display_name=fields.pop("display_name", f"李{number}"),
        password="!",
        **fields,
    )
    for role in roles:
        Grant.objects.create(
            user=user, role=role, area=Area.objects.get(code=area), valid_from=date(2026, 1, 1)
        )
    return user


def a_worker(area: str = COUNTY, **fields: Any) -> User:
    """A county federation worker."""
    return a_user("fed_county", area=area, **fields)


def now() -> Any:
    """The present moment, for fields that need one."""
    return timezone.now()
