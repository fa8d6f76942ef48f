"""Accounts: who signs in, with which role, for which area."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers the app."""

    name = "qianshou.accounts"
    label = "accounts"
