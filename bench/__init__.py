"""What the engines and the main job cost, each beside a peer or a floor in the same run."""
