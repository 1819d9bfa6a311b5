"""The only owner of names on disk: layout, numbering, atomic writes, locks, resume."""

from ksweep.store.atomic import surroundings
from ksweep.store.collecting import uncollected
from ksweep.store.configs import ConfigDir, Generated, Staging
from ksweep.store.document import Document, Entry, listing, name_of
from ksweep.store.identity import entry_of, is_text_of
from ksweep.store.ledger import Ledger
from ksweep.store.lock import HIDDEN, Holder
from ksweep.store.record import from_json, to_json
from ksweep.store.results import Results
from ksweep.store.tail import LedgerTail
from ksweep.store.trialdir import TrialDir
from ksweep.store.trouble import TrialDirError

__all__ = [
    "HIDDEN",
    "ConfigDir",
    "Document",
    "Entry",
    "Generated",
    "Holder",
    "Ledger",
    "LedgerTail",
    "Results",
    "Staging",
    "TrialDir",
    "TrialDirError",
    "entry_of",
    "from_json",
    "is_text_of",
    "listing",
    "name_of",
    "surroundings",
    "to_json",
    "uncollected",
]
