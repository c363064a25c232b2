"""Files and folders that are whole or not there. Rule of the room: know nothing of what is written."""
