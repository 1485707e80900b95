"""The database: the only package that imports SQLAlchemy. Functions take a connection and return values."""
