"""Equations: derived from what cells and parts declare, written in one book's symbols."""
