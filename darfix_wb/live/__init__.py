"""A scan that is being recorded: each frame is classified as it lands, and all anew at the end."""
