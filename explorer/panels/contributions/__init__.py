"""How much of each step's memory reaches each later one."""
