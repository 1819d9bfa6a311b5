"""Speed of ksweep as a ratio to something known, both measured in the same run."""
