"""Images: where they come from, what is wrong with them, decoded, split and fed in batches."""
