"""Files: what is read of them is bounded before it is read, and what is written is the old file or the new one."""
