"""Pages, pictures and files of results. Rule of the room: show what it is given, compute nothing but its picture."""
