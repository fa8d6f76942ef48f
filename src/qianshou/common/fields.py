"""Model fields every app shares: area codes, identifiers and sealed texts."""

from typing import Any
from uuid import UUID

from django.db import models

from qianshou.common import crypto
from qianshou.common.identity import new_id


class AreaCodeField(models.CharField[str, str]):
    """A 12-digit area code, collated bytewise so that a subtree is one index range."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 12)
        kwargs.setdefault("db_collation", "C")
        super().__init__(*args, **kwargs)


class Sealed:
    """A sealed text as it lies in its row; reading it is an act that the caller has to audit."""

    __slots__ = ("column", "raw", "row")

    def __init__(self, raw: bytes, *, column: str, row: object) -> None:
        self.raw, self.column, self.row = raw, column, row

    def __bool__(self) -> bool:
        return bool(self.raw)

    def open(self) -> str:
        """Return the plain text; raises `crypto.Unreadable` if it was altered or moved."""
        return crypto.unseal(self.raw, column=self.column, row=self.row)


class _SealedAttribute:
    """Turn assigned plain text into a sealed value, and hand out `Sealed` on reading."""

    def __init__(self, field: "SealedField") -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        raw = instance.__dict__.get(self.field.attname, b"")
        return Sealed(bytes(raw or b""), column=self.field.bound_name, row=instance.pk)

    def __set__(self, instance: models.Model, value: str | bytes | memoryview | Sealed) -> None:
        if isinstance(value, str):
            value = crypto.seal(value, column=self.field.bound_name, row=instance.pk)
        elif isinstance(value, Sealed):
            value = value.raw
        instance.__dict__[self.field.attname] = bytes(value or b"")


class SealedField(models.BinaryField[Any, Any]):
    """Text encrypted under its table, column and row id; assign text, read with `.open()`.

    The primary key must be set before the field, so declare it first in the model.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", b"")
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    @property
    def bound_name(self) -> str:
        """Name the column as the associated data does: `table.column`."""
        return f"{self.model._meta.db_table}.{self.attname}"

    def contribute_to_class(self, cls: type[models.Model], name: str, **kwargs: Any) -> None:  # type: ignore[override]
        """Put the sealing attribute in the place of the plain one."""
        super().contribute_to_class(cls, name, **kwargs)
        setattr(cls, self.attname, _SealedAttribute(self))

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes:  # noqa: ARG002, FBT001
        """Hand the raw bytes to the database."""
        raw: bytes = model_instance.__dict__.get(self.attname, b"")
        return raw

    def value_from_object(self, obj: models.Model) -> bytes:
        """Return the raw bytes, as serialisers expect."""
        raw: bytes = obj.__dict__.get(self.attname, b"")
        return raw


class Identified(models.Model):
    """A row with a UUIDv7 that is made in Python, before the row is written."""

    id: models.UUIDField[UUID, UUID] = models.UUIDField(
        primary_key=True, default=new_id, editable=False
    )

    class Meta:
        abstract = True
