"""Small controls that several panels share. They look through the style sheet alone and know no session."""
