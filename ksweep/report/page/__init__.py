"""The page of a sweep: one HTML file that needs nothing from elsewhere.

`document` makes the values, `html` the file; the script beside them draws the one from the other.
"""

from ksweep.report.page.curves import Curves
from ksweep.report.page.html import as_json, live_page, page
from ksweep.report.page.values import Document, document

__all__ = ["Curves", "Document", "as_json", "document", "live_page", "page"]
