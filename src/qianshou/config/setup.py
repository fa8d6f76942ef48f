"""Bringing a database up to date: privileges, migrations, the scope key. Safe to run again."""

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg.conninfo import make_conninfo

from qianshou.common.rowsecurity import RENEW, key_pads
from qianshou.config import database
from qianshou.config.migrating import quick_drawing

STORE_KEY = """
INSERT INTO scope_key (id, inner_pad, outer_pad) VALUES (1, %s, %s)
ON CONFLICT (id) DO UPDATE SET inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad
"""


def owner_url() -> str:
    """Return the owner's connection string for the database in use."""
    parts = connections["owner"].settings_dict
    names = {
        "dbname": "NAME",
        "user": "USER",
        "password": "PASSWORD",
        "host": "HOST",
        "port": "PORT",
    }
    given = {key: str(parts[name]) for key, name in names.items() if parts[name]}
    return make_conninfo("", **given)


def prepare_database(verbosity: int = 0) -> None:
    """Migrate as the owner and store the key against which scope tokens are checked."""
    database.grant_privileges(owner_url())
    with quick_drawing():
        call_command("migrate", database="owner", interactive=False, verbosity=verbosity)
    store_scope_key("owner")
    # Whichever migration wrote them, policies have one shape.
    with connections["owner"].cursor() as cursor:
        cursor.execute(RENEW)
    connections["owner"].close()


def store_scope_key(alias: str) -> None:
    """Keep the pads of the present scope key where only the policies' functions can read them."""
    with connections[alias].cursor() as cursor:
        cursor.execute(STORE_KEY, list(key_pads(settings.SCOPE_KEY)))
