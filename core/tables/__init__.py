"""Tables of numbers as text: their encoding and rows, which row is the header, and what a cell's number is."""
