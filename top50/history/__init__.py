"""Old raw objects brought in: found, judged by what the lake holds already, and landed."""
