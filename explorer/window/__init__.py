"""The window, its menus, and the files that it opens and writes."""
