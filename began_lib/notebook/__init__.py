"""What every page of the suite begins with, and how it checks what it says."""

from began_lib.notebook.claims import check
from began_lib.notebook.start import start

__all__ = ["check", "start"]
