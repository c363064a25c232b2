"""The world outside: the experiment tracker, alerts. Rule of the room: implements ports of actions; the only place of \
mlflow and apprise."""
