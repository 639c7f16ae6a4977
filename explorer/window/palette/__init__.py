"""Ctrl+K: everything there is, found by its name; F1: the keys, by groups."""
