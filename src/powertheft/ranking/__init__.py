"""What a visit is worth, and who is visited first. Rule of the room: imports domain and panel only; rows keep order."""
