"""Where the database is: the private one under var/, or the server named by DATABASE_URL."""

import os
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from qianshou.config import env
from qianshou.config.postgres import launcher, roles


def is_private() -> bool:
    """Tell whether this installation runs its own private PostgreSQL."""
    return "DATABASE_URL" not in os.environ and "DATABASE_URL_FILE" not in os.environ


def data_dir() -> Path:
    """Return the private server's folder."""
    here = Path(__file__).resolve().parents[3]
    return Path(env.text("QIANSHOU_VAR", str(here / "var"))).resolve() / "postgres"


def settings(role: str) -> dict[str, Any]:
    """Return Django's settings for a connection as `app` or as `owner`.

    The private server is started on first use, so that any command works at any time.
    """
    if is_private():
        url = launcher.start(data_dir()).url(role)
    else:
        url = env.text("DATABASE_URL" if role == "app" else "DATABASE_OWNER_URL", "")
        url = url or env.text("DATABASE_URL")
    parts = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", "qianshou"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": parts.get("port", ""),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "qianshou"},
        "TEST": {"MIRROR": "default"} if role == "owner" else {},
    }


def grant_privileges(owner_url: str) -> None:
    """Give the application's role its rights on what the owner makes from now on."""
    roles.prepare(owner_url)
