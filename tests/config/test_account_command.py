"""Opening the first accounts of an installation from the command line."""

import pytest
from django.utils import translation

from qianshou.accounts.models import Grant, User
from qianshou.config.commands import operate
from tests import make

pytestmark = pytest.mark.django_db
GOOD = "korrektes-pferd-9"


@pytest.fixture
def typed(monkeypatch):
    """Let the operator type something, and run the command."""

    def run(password: str, *, name: str = "wang", area: str = make.COUNTY) -> int:
        monkeypatch.setattr(operate.getpass, "getpass", lambda: password)
        with translation.override("en"):
            return operate.account([name, "--name", "王芳", "--role", "fed_county", "--area", area])

    return run


def test_account_is_opened_with_its_role(typed):
    assert typed(GOOD) == 0

    grant = Grant.objects.get()
    assert (grant.user.username, grant.role, grant.area_id) == ("wang", "fed_county", make.COUNTY)
    assert grant.user.check_password(GOOD)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "abc"}, "First password"),
        ({"name": "王 芳"}, "User name"),
        ({"area": "奉节县"}, "12-digit code"),
        ({"area": "999999000000"}, "12-digit code"),
    ],
)
def test_account_is_refused_in_words_and_nothing_is_left(typed, capsys, change, said):
    assert typed(**{"password": GOOD, **change}) == 2

    assert said in capsys.readouterr().err
    assert not User.objects.exists()


def test_a_second_account_of_the_same_name_is_refused(typed, capsys):
    typed(GOOD)

    assert typed(GOOD) == 2
    assert "has this user name" in capsys.readouterr().err
