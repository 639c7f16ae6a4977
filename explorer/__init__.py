"""Everything Qt: the window, its panels, the pictures in them. The mathematics lives in `core`."""
