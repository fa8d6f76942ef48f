"""Accounts on pages: what is refused stands beside the form, in the language of the reader."""

import pytest

from qianshou.accounts.models import User
from tests import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "says"),
    [("zh-hans", "该用户名已被另一个账号使用。"), ("en", "has this user name already")],
)
def test_a_taken_user_name_is_refused_in_words(client, language, says):
    client.force_login(make.a_user("sys_admin", username="system"))
    typed = {"username": "clerk", "display_name": "王芳", "password": "fengjie-2026-lotus"}
    asked = {"accept-language": language}

    # The control: a name that is free opens an account.
    assert client.post("/accounts/users/", typed, headers=asked).status_code == 302
    again = client.post("/accounts/users/", typed, headers=asked)

    assert again.status_code == 422
    assert says in again.content.decode()
    assert User.objects.filter(username="clerk").count() == 1
