"""What is promised: the terms of `slas:`, and what speaks of them."""
