"""Registry: one true file per child, linked from department rows and kept current."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Registers the app and its reactions."""

    name = "qianshou.registry"
    label = "registry"

    def ready(self) -> None:
        """Listen to the hub."""
        from qianshou.registry import handlers  # noqa: F401, PLC0415
