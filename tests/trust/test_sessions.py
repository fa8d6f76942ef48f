"""T07, T13, T14, T16: signing in, staying in, and being out at once."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qianshou.accounts import actions
from qianshou.accounts.models import Grant, User
from qianshou.audit.models import Entry
from qianshou.pairing.models import Pairing
from qianshou.support.actions import ending, schedules
from tests import make, make_mothers, make_registry

pytestmark = pytest.mark.django_db
SIGN_IN, CHILDREN = "/accounts/sign-in/", "/children/"
PASSWORD, WRONG = "qing-shan-lv-shui-33", "cai-de-mi-ma-1234"
NOON = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def a_worker(username="zhou") -> User:
    user = make.a_worker(username=username)
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client=None, *, username="zhou", password=PASSWORD, address="10.0.0.1", **headers):
    client = client or Client()
    said = {"username": username, "password": password}
    return client.post(SIGN_IN, said, REMOTE_ADDR=address, **headers)


def signed_in() -> Client:
    client = Client()
    assert sign_in(client).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(CHILDREN).status_code == 200


# -- T07: what was taken away is gone at the next request ------------------------------------------


def test_a_role_taken_away_is_gone_at_the_next_request():
    user = a_worker()
    client, key = signed_in(), a_key(user)
    assert is_in(client)
    assert asked(key) == 200

    actions.revoke_role(Grant.objects.get(user=user), by=make.a_user("sec_admin", area=make.CITY))

    assert client.get(CHILDREN).status_code == 404
    assert asked(key) == 404


def test_a_role_that_has_run_out_is_gone():
    user = a_worker()
    client = signed_in()
    Grant.objects.filter(user=user).update(valid_until=timezone.localdate() - timedelta(days=1))

    assert client.get(CHILDREN).status_code == 404


def test_a_closed_account_is_out_at_the_next_request():
    user = a_worker()
    client, key = signed_in(), a_key(user)
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert client.get(CHILDREN).status_code == 302
    assert asked(key) == 401
    assert sign_in().status_code == 200


def test_an_ended_pairing_is_gone_from_the_mothers_page():
    make_registry.deliver([make_registry.a_row(name="张小雨")])
    child = make_registry.Child.objects.get(name="张小雨")
    mother, worker = make_mothers.a_mother(area_code=child.area_code), make.a_worker()
    pairing = Pairing.objects.create(
        child=child, mother=mother, area_code=child.area_code, started_on=make.TODAY, by=worker,
        state="ACTIVE", active_on=make.TODAY,
    )  # fmt: skip
    client = Client()
    client.force_login(make.a_user("mother", person_id=mother.pk))
    assert "张小雨" in client.get(reverse("mothers:mine")).content.decode()

    schedules.load_schedules()
    decided = ending.Decision("SAFETY", "HARM", "孩子害怕", "MONITORED")
    ending.begin(pairing, decided, by=worker, today=make.TODAY)

    assert "张小雨" not in client.get(reverse("mothers:mine")).content.decode()


def a_key(user: User) -> str:
    return actions.create_token(
        user, by=user, name="报表", powers=["children.view"], today=timezone.localdate()
    )


def asked(key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return Client().get("/api/v1/children", headers=headers).status_code


# -- T13: guessing stops, and nobody can be shut out from elsewhere --------------------------------


def fail(times: int, **more) -> int:
    return [sign_in(password=WRONG, **more).status_code for _ in range(times)][-1]


def test_five_failures_lock_the_pair_of_account_and_address():
    a_worker()

    assert fail(5) == 429
    assert sign_in().status_code == 429


def test_the_victim_signs_in_from_elsewhere():
    a_worker()
    fail(8, address="10.9.9.9")

    assert sign_in(address="10.0.0.1").status_code == 302


def test_the_wait_ends_after_a_quarter_of_an_hour_whatever_the_guesser_does():
    a_worker()
    with time_machine.travel(NOON, tick=False) as clock:
        fail(5)
        for minutes in (5, 10, 14):
            clock.move_to(NOON + timedelta(minutes=minutes))
            assert sign_in(password=WRONG).status_code == 429
        clock.move_to(NOON + timedelta(minutes=15, seconds=1))

        assert sign_in().status_code == 302


def test_a_hundred_guesses_an_hour_are_not_to_be_had(monkeypatch):
    a_worker()
    hashings = counted(monkeypatch)
    with time_machine.travel(NOON, tick=False) as clock:
        for minute in range(60):
            clock.move_to(NOON + timedelta(minutes=minute))
            fail(1)

    assert 10 <= len(hashings) <= 100


def test_behind_our_web_server_the_client_counts_not_the_server(settings):
    settings.HTTPS = True
    secure = {"address": "127.0.0.1", "secure": True}
    a_worker()
    for _ in range(6):
        sign_in(password=WRONG, HTTP_X_FORWARDED_FOR="10.9.9.9", **secure)

    assert sign_in(HTTP_X_FORWARDED_FOR="10.9.9.9", **secure).status_code == 429
    assert sign_in(HTTP_X_FORWARDED_FOR="10.0.0.1", **secure).status_code == 302


def test_without_the_lock_guessing_goes_on(settings):
    """Negative control of the locking."""
    settings.AXES_ENABLED = False
    a_worker()
    fail(8)

    assert sign_in().status_code == 302


# -- T14: who has an account here is not to be learned --------------------------------------------


def counted(monkeypatch) -> list[str]:
    """Every hashing of a password from now on."""
    done: list[str] = []
    for name in ("encode", "verify"):
        real = getattr(Argon2PasswordHasher, name)

        def noting(self, *args, _real=real, _name=name):
            done.append(_name)
            return _real(self, *args)

        monkeypatch.setattr(Argon2PasswordHasher, name, noting)
    return done


CASES = {
    "no account": {"username": "nobody"},
    "wrong password": {"username": "zhou", "password": WRONG},
    "closed account": {"username": "gone", "password": PASSWORD},
    "no password set": {"username": "xinlai", "password": PASSWORD},
}


def answer_of(case: str) -> str:
    response = sign_in(**CASES[case])
    text = response.content.decode().replace(CASES[case]["username"], "NAME")
    return f"{response.status_code} {re.sub(r'value=.[A-Za-z0-9]{64}.', '', text)}"


def a_few_accounts() -> None:
    a_worker()
    gone = a_worker("gone")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    make.a_worker(username="xinlai")


def test_every_failure_says_the_same():
    a_few_accounts()

    assert len({answer_of(case) for case in CASES}) == 1


def test_every_failure_costs_one_hashing(monkeypatch):
    a_few_accounts()
    done = counted(monkeypatch)
    costs = {}
    for case, said in CASES.items():
        done.clear()
        sign_in(**said)
        costs[case] = len(done)

    assert costs == dict.fromkeys(CASES, 1)


def test_a_short_cut_for_unknown_names_is_found(monkeypatch):
    """Negative control: without the hashing for nobody, the two cases differ."""
    done = counted(monkeypatch)
    monkeypatch.setattr(User, "set_password", lambda *_args: None)
    sign_in(**CASES["no account"])

    assert done == []


def test_signing_in_and_failing_stand_in_the_trail():
    user = a_worker()
    sign_in(password=WRONG)
    sign_in(username="nobody")
    sign_in()
    entries = Entry.objects.order_by("id").values_list("act", "subject_id", "actor_id", "result")

    assert list(entries) == [
        ("accounts.sign_in_failed", str(user.pk), None, "REFUSED"),
        ("accounts.sign_in_failed", "", None, "REFUSED"),
        ("accounts.signed_in", str(user.pk), user.pk, "DONE"),
    ]


@pytest.mark.parametrize("password", ["1q2w3e4r5t6y", "kurz", "neues-konto-7", PASSWORD])
def test_a_first_password_is_held_against_the_rules(password):
    """Too common, too short, the name of the account; the last one is good."""
    client = Client()
    client.force_login(make.a_user("sys_admin", area=make.CITY))
    said = {"username": "neues-konto", "display_name": "新人", "password": password}
    answer = client.post("/accounts/users/", said)

    assert answer.status_code == (302 if password == PASSWORD else 422)


def test_a_user_name_is_given_once():
    """The page says so; nothing is changed."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(make.a_user("sys_admin", area=make.CITY))
    said = {"username": "neues-konto", "display_name": "新人", "password": PASSWORD}
    client.post("/accounts/users/", said)

    answer = client.post("/accounts/users/", {**said, "display_name": "另一人"})

    assert answer.status_code == 422
    assert User.objects.get(username="neues-konto").display_name == "新人"


# -- T16: the session ------------------------------------------------------------------------------


def test_a_session_from_before_does_not_come_along():
    a_worker()
    client = Client()
    session = client.session
    session["marked"] = True
    session.save()
    planted = client.cookies["sessionid"].value
    sign_in(client)

    assert client.cookies["sessionid"].value != planted
    assert not is_in(with_session(planted))


def with_session(key: str) -> Client:
    client = Client()
    client.cookies["sessionid"] = key
    return client


def test_signing_out_ends_the_session_on_the_server():
    a_worker()
    client = signed_in()
    key = client.cookies["sessionid"].value
    client.post("/accounts/sign-out/")

    assert not is_in(with_session(key))


def test_an_idle_session_ends():
    a_worker()
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in()
        assert is_in(client)
        clock.move_to(NOON + timedelta(minutes=29))
        assert is_in(client)
        clock.move_to(NOON + timedelta(minutes=60))

        assert not is_in(client)


def test_a_busy_session_ends_after_twelve_hours():
    a_worker()
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in()
        alive = []
        for minutes in range(0, 13 * 60, 20):
            clock.move_to(NOON + timedelta(minutes=minutes))
            alive.append(is_in(client))

    assert alive.count(True) == 12 * 3 + 1
    assert alive[-1] is False


def test_without_the_limits_a_session_stays(settings):
    """Negative control of the two limits."""
    settings.SESSION_IDLE = settings.SESSION_ABSOLUTE = 10**9
    settings.SESSION_COOKIE_AGE = 10**8
    a_worker()
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in()
        clock.move_to(NOON + timedelta(hours=13))

        assert is_in(client)


def change_password(client: Client, *, present: str, new: str):
    said = {"old_password": present, "new_password1": new, "new_password2": new}
    return client.post("/accounts/me/password/", said)


def test_a_new_password_ends_every_other_session():
    user = a_worker()
    one, two = signed_in(), signed_in()
    answer = change_password(one, present=PASSWORD, new="xin-de-mi-ma-2026-x")

    assert answer.status_code == 302
    assert (is_in(one), is_in(two)) == (True, False)
    assert Entry.objects.filter(act="accounts.password.changed", actor_id=user.pk).count() == 1


def test_a_password_is_not_changed_without_the_present_one():
    a_worker()
    one, two = signed_in(), signed_in()
    change_password(one, present=WRONG, new="xin-de-mi-ma-2026-x")

    assert (is_in(one), is_in(two)) == (True, True)


def test_a_key_taken_back_opens_nothing():
    user = a_worker()
    client, key = signed_in(), a_key(user)
    (token,) = user.tokens.all()
    assert asked(key) == 200

    client.post(f"/accounts/me/tokens/{token.pk}/revoke/")

    assert asked(key) == 401


def test_nobody_takes_back_the_key_of_another():
    user = a_worker()
    a_worker("wu")
    key, client = a_key(user), Client()
    sign_in(client, username="wu")
    (token,) = user.tokens.all()

    assert client.post(f"/accounts/me/tokens/{token.pk}/revoke/").status_code == 404
    assert asked(key) == 200


def test_the_cookie_is_kept_from_scripts_and_other_sites():
    a_worker()
    client = signed_in()
    cookie = client.cookies["sessionid"]

    assert (bool(cookie["httponly"]), cookie["samesite"]) == (True, "Lax")


def test_parallel_sessions_are_apart():
    a_worker()
    one, two = signed_in(), signed_in()
    one.post("/accounts/sign-out/")

    assert (is_in(one), is_in(two)) == (False, True)
