"""Numbers in tables, products of matrices, bars and formulas in a row."""
