"""What a person works out: hand-sized runs, a hidden error to find, worksheets."""
