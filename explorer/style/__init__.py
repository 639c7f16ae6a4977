"""Themes, fonts, colours, and how numbers and formulas are written."""
