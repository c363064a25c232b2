"""Contributions into reasons in words. Rule of the room: domain, panel, features, models; shap nowhere but here."""
