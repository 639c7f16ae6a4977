"""The selected node, parameter or contribution, with its arithmetic."""
