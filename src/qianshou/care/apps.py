"""Care: what really happens between a mother and her child, signal or not."""

from django.apps import AppConfig


class CareConfig(AppConfig):
    """Registers the app and its reactions."""

    name = "qianshou.care"
    label = "care"

    def ready(self) -> None:
        """Listen to what moves the clocks; tell protection, which is below, how pairs fared."""
        from qianshou.care import handlers  # noqa: F401, PLC0415
        from qianshou.care.queries import watching  # noqa: PLC0415
        from qianshou.protection.queries import extensions  # noqa: PLC0415

        extensions.register_histories(watching.histories)
