"""The editable numbers of a run."""
