"""Published experiments run again: our figures beside the printed ones, and every difference of set-up."""
