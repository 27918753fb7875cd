"""The invented world: songs, their ranks and figures on any day, as pure functions of a seed and a day."""
