"""Data from files: tables with a time, images of digits, texts."""
