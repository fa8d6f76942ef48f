"""What really happens: contacts and answers to them, appointments, phones, and silence."""

from qianshou.care.models.contacts import (
    KIND_CHOICES,
    Appointment,
    Arrival,
    Contact,
    Draft,
    Enclosure,
    Reply,
)
from qianshou.care.models.phones import Device, DeviceQuerySet, Held, Operation
from qianshou.care.models.silence import Clock, Reminder

__all__ = [
    "KIND_CHOICES",
    "Appointment",
    "Arrival",
    "Clock",
    "Contact",
    "Device",
    "DeviceQuerySet",
    "Draft",
    "Enclosure",
    "Held",
    "Operation",
    "Reminder",
    "Reply",
]
