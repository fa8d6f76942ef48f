"""Exchange: the hub where department data arrives, is checked, and is kept as received."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Registers the app."""

    name = "qianshou.exchange"
    label = "exchange"
