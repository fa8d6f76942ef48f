"""Triggers by which PostgreSQL itself refuses a step that a transition table does not hold."""

import pgtrigger
from django.db.migrations.state import ProjectState
from pgtrigger import migrations as trigger_migrations

from qianshou.common.machines import Machine


class AddTrigger(trigger_migrations.AddTrigger):
    """Makes a trigger in a migration; nothing that refers to its model is drawn anew for it.

    A trigger changes no column. To render a model and all of its neighbours for each of them cost
    a seventh of a new installation's time (docs/decisions/0166).
    """

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Note the trigger among the model's options."""
        options = state.models[app_label, self.model_name].options
        options["triggers"] = [*options.get("triggers", []), self.trigger]


def guards(machine: Machine, name: str, *, field: str = "state") -> list[pgtrigger.Trigger]:
    """Return the triggers of a model: begin in an initial state, move along the table only."""
    return [
        pgtrigger.FSM(name=f"{name}_moves", field=field, transitions=machine.pairs()),
        pgtrigger.Protect(
            name=f"{name}_begins",
            operation=pgtrigger.Insert,
            condition=~pgtrigger.Q(**{f"new__{field}__in": list(machine.initial)}),
        ),
    ]
