"""uptally probes endpoints, keeps an exact ledger of when each was up, and says what is owed."""

from importlib.metadata import version

__version__ = version("uptally")
