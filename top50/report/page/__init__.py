"""One chart as a page that anyone can open, and as a digest that anyone can mail."""
