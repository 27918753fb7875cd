"""What production needs besides the code."""
