"""Reports and signals; both are closed to everybody whom the database does not find named."""

from qianshou.protection.models.reports import Access, Report, Reporter, Step, Terms
from qianshou.protection.models.signals import Signal, WordList

__all__ = ["Access", "Report", "Reporter", "Signal", "Step", "Terms", "WordList"]
