"""Care: what really happens between a mother and her child, signal or not."""

from django.apps import AppConfig


class CareConfig(AppConfig):
    """Registers the app and its reactions."""

    name = "qianshou.care"
    label = "care"

    def ready(self) -> None:
        """Listen to what moves the clocks; tell the rooms below what only this one knows."""
        from qianshou.care import handlers  # noqa: F401, PLC0415
        from qianshou.care.actions import enclosing  # noqa: PLC0415
        from qianshou.care.queries import recordings, watching  # noqa: PLC0415
        from qianshou.plans.actions import proving  # noqa: PLC0415
        from qianshou.plans.queries import extensions as proofs  # noqa: PLC0415
        from qianshou.protection.queries import extensions  # noqa: PLC0415

        extensions.register_histories(watching.histories)
        proving.register_keeper(enclosing.prove)
        proofs.register_proofs(recordings.of_ticks)
