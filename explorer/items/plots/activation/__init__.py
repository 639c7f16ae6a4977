"""An activation and its derivative, with the units of one step."""
