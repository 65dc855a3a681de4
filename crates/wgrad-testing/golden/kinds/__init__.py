"""One module for each kind of case. Each has `SMALL` and `WIDE`, lists of what to compute, and `write(folder, stem, entry)`."""
