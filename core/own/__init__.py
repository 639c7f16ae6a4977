"""Somebody's own arrays: x, weights, initial states, targets or a gradient handed in, in the layout that they have.

`core.own.reading.read` says what arrays of any names and layouts are, by our names and in our layout, and keeps for
each of them the way there and back (`core.own.places.Place`); `core.own.writing` writes a run in any of these layouts.
"""
