"""Is everything all right? The doctor asks the surroundings, verify the lake."""
