"""Making the new week visible where BI tools look."""
