"""Quality: how good each department's rows are, and how well rows of one child find each other."""

from django.apps import AppConfig


class QualityConfig(AppConfig):
    """Registers the app, and gives its labels to the linkage."""

    name = "qianshou.quality"
    label = "quality"

    def ready(self) -> None:
        """Let what clerks label move the weights of the linkage."""
        from qianshou.quality.actions import sampling  # noqa: PLC0415
        from qianshou.registry.actions import learning  # noqa: PLC0415

        learning.register_labels(sampling.labels)
