"""Pages and API: parse the request -> one function below -> template or JSON."""
