"""What is written for others to look at: pictures, animations, the gallery, worksheets."""
